# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The ways to have the gateway set the flag, by name, so that one suite can be
# run over each of them: "postrouting", "all", "egress" and "enabled-helper" are those of
# "enable", "chains" is the example for operators who write their own nft rules, "helper"
# is the conntrack helper, by stock nft alone, and "helper-all" without regard to NAT.

# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"

# front_end_lacks NAME: there is no way to switch it on, because the gateway lacks
# $front_end_needs (lib/features.sh)
front_end_lacks() {
	case $1 in
	egress) front_end_needs=no-egress ;;
	*) return 1 ;;
	esac
	lacks "$front_end_needs"
}

# front_end_on NAME
front_end_on() {
	case $1 in
	postrouting) in_gateway mptcp-bflag enable --device wan ;;
	all) in_gateway mptcp-bflag enable --device wan --all ;;
	egress) in_gateway mptcp-bflag enable --device wan --hook egress --all ;;
	enabled-helper) in_gateway mptcp-bflag enable --helper --device wan ;;
	chains)
		sed 's/"wan0"/"wan"/' "$SELFTESTS/../nft-examples/nat-gateway-expression.nft" |
			in_gateway nft -f - &&
			in_gateway mptcp-bflag sync
		;;
	helper)
		# the very lines that README.md tells to take
		capable_match
		sed -n '/^table inet router {$/,/^}$/p' "$SELFTESTS/../README.md" |
			sed "s/\"wan0\"/\"wan\"/; s/tcp option mptcp subtype 0/$capable_match/" |
			in_gateway nft -f -
		;;
	helper-all)
		capable_match
		in_gateway nft -f - <<-EOF
		table inet router {
			ct helper bflag { type "mptcp-bflag" protocol tcp; }
			chain forward {
				type filter hook forward priority filter; policy accept;
				oifname "wan" ct state new $capable_match ct helper set "bflag"
			}
		}
		EOF
		;;
	*) return 2 ;;
	esac
}

front_end_off() {
	case $1 in
	chains | helper | helper-all) in_gateway nft delete table inet router ;;
	*) in_gateway mptcp-bflag disable ;;
	esac
}

# bflag_counter NAME: of the gateway, all front ends together
bflag_counter() {
	in_gateway cat /proc/net/mptcp_bflag | awk -v name="$1" '$1 == name {
		for (i = 2; i <= NF; i++) sum += $i
		print sum }'
}
