# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The ways to have the gateway set the flag, by name, so that one suite can be
# run over each of them.

# front_end_on NAME: postrouting, egress, attached
front_end_on() {
	case $1 in
	postrouting) in_gateway mptcp-bflag enable --device wan ;;
	egress) in_gateway mptcp-bflag enable --device wan --hook egress --all ;;
	attached)
		in_gateway nft -f - <<-'EOF' &&
		table ip operator {
			chain bflag { }
			chain forward {
				type filter hook forward priority filter; policy accept;
				oifname "wan" jump bflag
			}
		}
		table ip6 operator {
			chain bflag { }
			chain forward {
				type filter hook forward priority filter; policy accept;
				oifname "wan" jump bflag
			}
		}
		EOF
		in_gateway mptcp-bflag attach ip operator bflag &&
			in_gateway mptcp-bflag attach ip6 operator bflag
		;;
	*) return 2 ;;
	esac
}

front_end_off() {
	case $1 in
	attached)
		in_gateway mptcp-bflag detach ip operator bflag
		in_gateway mptcp-bflag detach ip6 operator bflag
		in_gateway nft delete table ip operator
		in_gateway nft delete table ip6 operator
		;;
	*) in_gateway mptcp-bflag disable ;;
	esac
}

# bflag_counter NAME: of the gateway, all front ends together
bflag_counter() {
	in_gateway awk -v name="$1" '$1 == name {
		for (i = 2; i <= NF; i++) sum += $i
		print sum }' /proc/net/mptcp_bflag
}
