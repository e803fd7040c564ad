# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Switch a front end on or off by its name, in the gateway's namespace:
#   postrouting, all, egress, enabled-helper   options of "mptcp-bflag enable"
#   chains       nft-examples/nat-gateway-expression.nft and "mptcp-bflag sync"
#   helper       the helper's rule of docs/front-ends.md
#   helper-all   the same for connections without NAT
#   iptables     the helper's rule for iptables of docs/front-ends.md

# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/documented.sh
. "$SELFTESTS/lib/documented.sh"

# front_end_lacks NAME: the gateway lacks $front_end_needs (lib/features.sh) for it
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
		capable_match
		documented_helper &&
			in_gateway nft -f - <<<"${documented_helper/tcp option mptcp subtype 0/$capable_match}"
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
	iptables) front_end_iptables -A ;;
	*) return 2 ;;
	esac
}

front_end_iptables() {
	in_gateway iptables -t raw "$1" PREROUTING -i lan -p tcp --tcp-option 30 -j CT --helper mptcp-bflag
}

front_end_off() {
	case $1 in
	iptables) front_end_iptables -D ;;
	chains | helper | helper-all) in_gateway nft delete table inet router ;;
	*) in_gateway mptcp-bflag disable ;;
	esac
}

# bflag_counter NAME: the gateway's counter, the sum of all front ends
bflag_counter() {
	in_gateway cat /proc/net/mptcp_bflag | awk -v name="$1" '$1 == name {
		for (i = 2; i <= NF; i++) sum += $i
		print sum }'
}

# named COUNTER: the packets of this named counter of nft, in any table
named() {
	in_gateway nft list counters | awk -v name="$1" '
		$1 == "counter" { found = $2 == name }
		found && $1 == "packets" { print $2 }'
}
