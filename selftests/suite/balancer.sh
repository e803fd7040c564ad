#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the flag in the SYN+ACK does for real Linux clients with different limits, in front of
# a balancer that spreads subflows over two servers: the table of docs/load-balancers.md.  And
# direct server return, where the rule is on the servers, because their answers do not pass
# the balancer.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"
. "$SELFTESTS/lib/balanced.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
need_feature no-mptcp
modprobe nft_mptcp_bflag
mp_setup
mp_bytes=20000

# Clients.  The first server announces an address, the second none.  192.0.2.80 leads to the
# first and then to the second, 192.0.2.81 to the second and then to the first.
# balance: the next connection is the first one
balance() {
	in_gateway nft -f - <<-'EOF'
	table ip balancer
	delete table ip balancer
	table ip balancer {
		chain balance {
			type nat hook prerouting priority dstnat; policy accept;
			ip daddr 192.0.2.80 dnat to numgen inc mod 2 map { 0 : 10.0.2.2, 1 : 10.0.4.2 }
			ip daddr 192.0.2.81 dnat to numgen inc mod 2 map { 0 : 10.0.4.2, 1 : 10.0.2.2 }
		}
	}
	EOF
}

# A server that is not balanced, and sets the flag itself: what the client does with this
# connection, it had time to do with those before.
oracle=oracle-$net_id
oracle_setup() {
	net_add "$oracle"
	ip link add eth netns "$oracle" type veth peer name wan3 netns "$gateway"
	in_steps "$oracle" <<-'EOF'
	addr add 10.0.5.2/24 dev eth
	addr add 10.0.5.3/24 dev eth
	link set eth up
	route add default via 10.0.5.1
	EOF
	in_steps "$gateway" <<-'EOF'
	addr add 10.0.5.1/24 dev wan3
	link set wan3 up
	EOF
	in_ "$oracle" ip mptcp endpoint add 10.0.5.3 signal
	in_ "$oracle" sysctl -qw net.mptcp.allow_join_initial_addr_port=0
	serve "$oracle"
}

serve() { # NAMESPACE
	ip netns exec "$1" peer server -n 1000 80 >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 serving "$1"
}
serving() { ip netns exec "$1" ss -Hltn 'sport = :80' | grep -q .; }

# limits_of CLIENT: set the limits and endpoints of the client
limits_of() {
	in_client ip mptcp endpoint flush
	in_client ip mptcp limits set subflow 2 add_addr_accepted 0	# the defaults
	case $1 in
	default) ;;
	endpoint) in_client ip mptcp endpoint add 10.0.1.3 subflow ;;
	limits)
		in_client ip mptcp endpoint add 10.0.1.3 subflow fullmesh
		in_client ip mptcp limits set subflow 2 add_addr_accepted 2
		;;
	esac
}

# hold FD ADDRESS: open a connection until that descriptor is closed
hold() {
	mp_port=$((mp_port + 1))
	rm -f "$mp_dir/hold$1"
	mkfifo "$mp_dir/hold$1"
	ip netns exec "$client" peer client -w -b "$mp_port" -s "$mp_bytes" "$2" 80 \
		<"$mp_dir/hold$1" >"$mp_dir/held$1" 2>&1 5>&- 6>&- 7>&- &
	held+=($!)
	eval "exec $1>'$mp_dir/hold$1'"
}
connected() { [ "$(in_client ss -Htn state established dst 192.0.2.80/31 | awk '{ print $4 }' | sort -u | wc -l)" = 2 ]; }

# became ADDRESS: what became of subflows to it: "not tried", "reset" or "joined"
became() {
	local resets
	if [ -z "$(joins '' "$1")" ]; then
		echo 'not tried'
	elif join_established "$1"; then
		echo joined
	else
		resets=$(tcpdump -nn -r "$mp_dir/lan.pcap" "src host $1 and tcp[tcpflags] & tcp-rst != 0" 2>/dev/null | wc -l)
		if [ "$resets" = 0 ]; then echo 'not answered'; else echo reset; fi
	fi
}
join_established() {
	awk -v to="$1" '$1 == "ACK" && $10 == "join" && $4 == to { found = 1 } END { exit !found }' "$mp_dir/lan.txt"
}
# Without an endpoint, the client joins nobody.  Then it has had time if it has answered ADD_ADDR.
echoes() { in_ "$oracle" nstat -asz MPTcpExtEchoAdd | awk '/EchoAdd/ { print $2 }'; }
had_time() { # CLIENT ECHOES
	if [ "$1" = default ]; then
		[ "$(echoes)" -gt "$2" ]
	else
		joins_seen '' 10.0.5.3 && join_established 10.0.5.3
	fi
}
# During a capture: have the subflows become what they should?
has_become() { # SHARED SILENT ANNOUNCED
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	[ "$(became 192.0.2.80), $(became 192.0.2.81), $(became 10.0.2.3)" = "$1, $2, $3" ]
}

# clients CLIENT NAME SHARED SILENT ANNOUNCED: what becomes of subflows to the shared address of a
# server that announces another, to that of a server that announces none, and to the announced one
clients() {
	local kind=$1 name=$2 shared=$3 silent=$4 other=$5 held=() before
	limits_of "$kind"
	balance
	mp_capture
	hold 5 192.0.2.80
	hold 6 192.0.2.81
	wait_for 20 connected || fail "$name: the client connects"
	before=$(echoes)
	hold 7 10.0.5.2
	wait_for 20 had_time "$kind" "$before" || fail "$name: the client answers a server that sets the flag itself"
	wait_for 10 has_become "$shared" "$silent" "$other"
	exec 5>&- 6>&- 7>&-
	wait "${held[@]}"
	mp_capture_end
	check_equal "$name, an address is announced: subflow to the shared address, to the announced one" \
		"$shared, $other" "$(became 192.0.2.80), $(became 10.0.2.3)"
	check_equal "$name, none is announced: subflow to the shared address" "$silent" "$(became 192.0.2.81)"
	check_equal "$name: all data return unchanged over MPTCP" 3 \
		"$(cat "$mp_dir/held5" "$mp_dir/held6" "$mp_dir/held7" | grep -c " bytes $mp_bytes mptcp yes$")"
}

all_clients() {
	topology_balanced
	oracle_setup
	in_server ip mptcp endpoint flush
	in_server ip mptcp endpoint add 10.0.2.3 signal
	serve "$server"
	serve "$second"
	check_match 'the client begins with default limits' 'add_addr_accepted 0 subflows 2' "$(in_client ip mptcp limits)"

	clients default 'default limits, no endpoint, without the flag' 'not tried' 'not tried' 'not tried'
	clients endpoint 'default limits, one endpoint, without the flag' reset reset 'not tried'
	clients limits 'limits 2 and 2, fullmesh, without the flag' reset reset joined

	in_gateway mptcp-bflag enable --load-balancer --device lan --source 192.0.2.80/31 >/dev/null
	clients default 'default limits, no endpoint, with the flag' 'not tried' 'not tried' 'not tried'
	clients endpoint 'default limits, one endpoint, with the flag' 'not tried' 'not tried' joined
	clients limits 'limits 2 and 2, fullmesh, with the flag' 'not tried' 'not tried' joined
}

# Direct server return.  The balancer rewrites MAC addresses only, by the client's address: a
# stateless hash, after which the second subflow gets to the second server.
mac() { in_ "$1" cat /sys/class/net/eth/address; }
direct_balance() {
	local a b own
	a=$(mac "$server") b=$(mac "$second") own=$(mac "$balancer")
	in_ "$balancer" nft -f - <<-EOF
	table netdev direct {
		counter to_servers { }
		chain ingress {
			type filter hook ingress device "eth" priority filter; policy accept;
			ip daddr 192.0.2.80 counter name "to_servers" ether saddr set $own ether daddr set ip saddr map { 10.0.1.2 : $a, 10.0.1.3 : $b } fwd to "eth"
			ip6 daddr 2001:db8::80 counter name "to_servers" ether saddr set $own ether daddr set ip6 saddr map { fd00:1::2 : $a, fd00:1::3 : $b } fwd to "eth"
			ip saddr 192.0.2.80 counter name "answers"
			ip6 saddr 2001:db8::80 counter name "answers"
		}
		counter answers { }
	}
	EOF
}

. "$SELFTESTS/lib/direct.sh"

direct_server_return() {
	topology_direct
	direct_balance
	balanced_setup
	direct_without_flag 'direct server return'
	check_match 'direct server return: the balancer forwards the packets to the servers' '^[1-9]' \
		"$(packets "$balancer" to_servers)"
	direct_with_flag 'direct server return'
	check_equal 'direct server return: no answer passes the balancer' 0 "$(packets "$balancer" answers)"
}

direct_server_return
all_clients
finish
