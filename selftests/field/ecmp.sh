#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: two routers without NAT: by ECMP, packet by packet, and each way that a handshake can take
# packages: nftables
#
# With nft-examples/two-gateways.nft on both routers, and with the helper on both.  Conntrack does not see all of a
# handshake there; what the helper then misses is asserted, so that the test says so if conntrack learns it.
. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"
. "$SELFTESTS/lib/front_end.sh"

mp_bytes=20000
both() {
	ip netns exec "$first" "$@" && ip netns exec "$second" "$@"
}

# front_end expression|helper|nat: on both routers; nat: the helper, and each has NAT
front_end() {
	both nft flush ruleset
	case $1 in
	expression)
		sed 's/"wan0"/"wan"/' "$SELFTESTS/../nft-examples/two-gateways.nft" >"$mp_dir/two-gateways.nft"
		check "$1: nft loads two-gateways.nft on both routers" both nft -f "$mp_dir/two-gateways.nft"
		check "$1: sync on both routers" both mptcp-bflag sync
		;;
	helper)
		{ gateway=$first front_end_on helper-all && gateway=$second front_end_on helper-all; } ||
			fail "$1: nft loads the rule on both routers"
		;;
	nat)
		gateway=$first mp_masquerade && gateway=$second mp_masquerade
		check "$1: enable --helper on both routers" both mptcp-bflag enable --helper --device wan
		;;
	esac
}

# route NAMESPACE RULE: routes packets that RULE marks with 2 through the second router
route() {
	ip netns exec "$1" nft -f - <<-EOF
	table inet split
	delete table inet split
	table inet split {
		chain output {
			type route hook output priority mangle; policy accept;
			$2
		}
	}
	EOF
}

marks() { mp_capable wan | mp_sent | awk '{ print $1 ($9 > 0 ? "+data" : ""), substr($11, 7, 2) }' | sort -u | paste -sd,; }
declare -A marked=([all]='ACK 21,ACK+data 21,SYN 21' [SYN]='ACK 01,ACK+data 01,SYN 21')

# one NAME join|no-join MARKS
one() {
	local family
	for family in 4 6; do
		mp_family=$family
		mp_connect "$2"
		check_match "$1, IPv$family: MPTCP, all bytes" " $mp_port bytes $mp_bytes mptcp yes$" "$mp_server"
		check_equal "$1, IPv$family: what is marked" "$3" "$(marks)"
	done
}

# ways NAME: the SYN goes through the first router; answers and ACKs as the words say
ways() {
	local answers acks name want segments
	while read -r answers acks want segments; do
		name="$1, answers through the $answers, ACKs through the $acks"
		route "$server" "$([ "$answers" = first ] || echo meta mark set 2)"
		route "$client" "$([ "$acks" = first ] || echo 'tcp flags & syn == 0 meta mark set 2')"
		one "$name" "$want" "${marked[$segments]}"
	done
}

# mac SEGMENT: the router of the latest connection's "syn" or "syn|ack", by its MAC address
mac() {
	local way='src port' field=2
	[ "$1" = 2 ] || way='dst port' field=4
	tcpdump -nn -e -r "$mp_dir/wan.pcap" "$way $mp_port and (tcp[13] & 0x12 = $1 or ip6[53] & 0x12 = $1)" 2>/dev/null |
		awk -v field="$field" '{ print substr($field, 1, 17); exit }'
}

# ecmp NAME: make connections by ECMP; set $all, $known (those with the flag at the server) and $symmetric (those whose
# answers come through the router of the SYN)
ecmp() {
	local family i wrong=0 same syn
	symmetric=0 known=0 all=0
	route "$client" ''
	route "$server" ''
	declare -A by=()
	for family in 4 6; do
		mp_family=$family
		for ((i = 0; i < 8; i++)); do
			mp_connect no-join
			all=$((all + 1)) same=0 syn=$(mac 2)
			by[${syn:-none}]=1
			[ -z "$syn" ] || [ "$syn" != "$(mac 18)" ] || same=1
			symmetric=$((symmetric + same)) known=$((known + mp_flags))
			[[ $mp_server = *" bytes $mp_bytes mptcp yes" ]] || wrong=$((wrong + 1))
		done
	done
	check_equal "$1, ECMP: both routers are used" 2 "${#by[@]}"
	check_equal "$1, ECMP: all connections are MPTCP and have all bytes" 0 "$wrong"
	echo "# figure: $1, ECMP: the server knows the flag in $known of $all connections; in $symmetric, one router saw all"
}

mp_setup
topology_two_gateways
in_server ip rule add fwmark 2 lookup 100
in_server ip -6 rule add fwmark 2 lookup 100
in_steps "$server" <<-'EOF_STEPS'
route add 10.0.1.0/24 via 10.0.2.4 table 100
route add fd00:1::/64 via fd00:2::4 dev eth table 100
EOF_STEPS

front_end expression
ways expression <<-'EOF_WAYS'
first first no-join all
first second no-join all
second first no-join all
second second no-join all
EOF_WAYS
route "$client" 'meta mark set numgen inc mod 2 map { 0 : 0, 1 : 2 }'
route "$server" 'meta mark set numgen inc mod 2 map { 0 : 0, 1 : 2 }'
one 'expression, packet by packet' no-join "${marked[all]}"
one 'expression, packet by packet, again' no-join "${marked[all]}"

front_end helper
ways helper <<-'EOF_WAYS'
first first no-join all
first second no-join all
second first join SYN
second second no-join all
EOF_WAYS
both sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
ways 'helper, nf_conntrack_tcp_loose=0' <<-'EOF_WAYS'
first first no-join all
first second join SYN
second first join SYN
second second join SYN
EOF_WAYS
both sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1

# Linux hashes both directions alike, and with one secret per machine.  Between two machines the secrets differ; here the
# server's weights, and for IPv6 its order, send answers through the other router as well.
for where in "$client" "$server"; do
	ip netns exec "$where" sysctl -qw net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
done
ip -n "$client" route replace default nexthop via 10.0.1.1 nexthop via 10.0.1.4
ip -n "$client" -6 route replace default nexthop via fd00:1::1 dev eth nexthop via fd00:1::4 dev eth
ip -n "$server" route replace 10.0.1.0/24 nexthop via 10.0.2.1 nexthop via 10.0.2.4 weight 3
ip -n "$server" -6 route replace fd00:1::/64 nexthop via fd00:2::4 dev eth nexthop via fd00:2::1 dev eth weight 3
ways=$(for where in "$client -4" "$client -6" "$server -4" "$server -6"; do
	ip -n "${where% *}" "${where#* }" route show | grep -c nexthop
done)
check_equal 'ECMP: client and server have two ways in each family' '2 2 2 2' "$(paste -sd' ' <<<"$ways")"
front_end expression
ecmp expression
check 'expression, ECMP: answers come through the same router and through the other' [ $((symmetric % all)) != 0 ]
check_equal 'expression, ECMP: the server knows the flag in all connections' "$all" "$known"
front_end helper
ecmp helper
check 'helper, ECMP: answers come through the same router and through the other' [ $((symmetric % all)) != 0 ]
check_equal 'helper, ECMP: the server knows it in those of which one router has seen all' "$symmetric" "$known"
front_end nat
ecmp 'helper, NAT on each router'
check_equal 'helper, NAT on each router, ECMP: the server knows it in all connections' "$all" "$known"
finish
