# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# shared with lib/mptcp.sh and lib/topologies.sh
# A Linux MPTCP client with two addresses in front of a load balancer (topology_balanced).
# The first server announces a second address of its own.
#
# The client opens a subflow from its second address to the address it connected to, unless
# the flag forbids it, and to announced addresses that it accepts.  To prove that the client
# had time to join the virtual address, the test waits until it has joined a later connection
# to the first server's own address.

declare -A virtual=([4]=192.0.2.80 [6]=2001:db8::80) own=([4]=10.0.2.2 [6]=fd00:2::2)
declare -A announced=([4]=10.0.2.3 [6]=fd00:2::3)

# in_ NAMESPACE COMMAND...
in_() { ip netns exec "$@"; }

# marked NAMESPACE syn|synack|ack: the module's counter, for both front ends
marked() {
	in_ "$1" cat /proc/net/mptcp_bflag | awk -v name="${2}_marked" '$1 == name { print $2 + $3 }'
}

# packets NAMESPACE COUNTER: the packets of this named counter of nft
packets() {
	in_ "$1" nft list counters | awk -v name="$2" '
		$1 == "counter" { mine = $2 == name }
		mine && $1 == "packets" { sum += $2 }
		END { print sum + 0 }'
}

data_arrived() {
	check_match "$1: MPTCP at the client, $mp_bytes bytes return unchanged" \
		" bytes $mp_bytes mptcp yes$" "$mp_client"
	check_match "$1: MPTCP at the server, $mp_bytes bytes unchanged" \
		" $mp_port bytes $mp_bytes mptcp yes$" "$mp_server"
}

balanced_setup() {
	in_client ip mptcp limits set subflow 2 add_addr_accepted 2
	balanced_start
}

# The second server listens on one socket for both families: two sockets cannot have
# the same port.
balanced_start() {
	in_client ip mptcp endpoint add 10.0.1.3 subflow
	in_client ip mptcp endpoint add fd00:1::3 subflow
	ip netns exec "$second" peer server -6 -n 1000 80 >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 balanced_listening
}
balanced_listening() { ip netns exec "$second" ss -Hltn 'sport = :80' | grep -q .; }

# joins FROM TO: SYN+MP_JOINs at the client's side; an empty address matches any
joins() {
	awk -v from="$1" -v to="$2" '$1 == "SYN" && $10 == "join" &&
		(from == "" || $2 == from) && (to == "" || $4 == to)' "$mp_dir/lan.txt"
}

# During a capture: has the client sent this join?
joins_seen() {
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	[ -n "$(joins "$@")" ]
}

# During a capture: is the subflow to this address established?
join_answered() {
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	awk -v to="$1" '$1 == "ACK" && $10 == "join" && $4 == to { found = 1 }
		END { exit !found }' "$mp_dir/lan.txt"
}

# Start a capture and a connection to the virtual address, open until balanced_close.
balanced_open() {
	local six=''
	[ "$mp_family" = 4 ] || six=-6
	mp_port=$((mp_port + 1))
	in_server ip mptcp endpoint flush
	in_server ip mptcp endpoint add "${announced[$mp_family]}" signal
	mp_capture
	# shellcheck disable=SC2086
	ip netns exec "$server" peer server $six 80 >"$mp_dir/server.out" 2>&1 &
	balanced_server=$!
	wait_for 10 mp_listening 80
	# shellcheck disable=SC2086
	mp_hold "$client" "$mp_dir/hold" $six -b "$mp_port" -s "$mp_bytes" "${virtual[$mp_family]}" 80
	balanced_client=$mp_held
	exec 9>"$mp_dir/hold"
}

balanced_close() {
	exec 9>&-
	wait "$balanced_client" || kill "$balanced_server"	# which got no connection
	wait "$balanced_server"
	mp_client=$(cat "$mp_dir/hold.out") mp_server=$(cat "$mp_dir/server.out")
	wait_for 10 mp_captured || fail "both captures have the handshake from port $mp_port"
	mp_capture_end
}

# After this, the client has had time to join every address that it may join.
balanced_sentinel() {
	local port=$((mp_port + 10000)) six='' pid status=0 listener=90
	[ "$mp_family" = 4 ] || six=-6 listener=91
	# shellcheck disable=SC2086
	mp_hold "$client" "$mp_dir/hold.neighbour" $six -b "$port" -s 1000 "${own[$mp_family]}" "$listener"
	pid=$mp_held
	exec 8>"$mp_dir/hold.neighbour"
	wait_for 20 joins_seen '' "${own[$mp_family]}" || status=1
	exec 8>&-
	wait "$pid"
	return "$status"
}

# balanced_answers lan|wan: MP_CAPABLE of the SYN+ACKs, without the key
balanced_answers() {
	mp_capable "$1" | awk -v p="$mp_port" '$5 == p && $1 == "SYN+ACK" { print substr($11, 1, 8) }' |
		sort -u
}

# balanced_count COUNTER: the number of segments with MP_CAPABLE at the client's side that such a
# counter counts
balanced_count() {
	case $1 in
	*synack*) mp_capable lan | grep -c '^SYN+ACK ' ;;
	*) mp_capable lan | grep -c '^SYN ' ;;
	esac
}

# The number of SYN+MP_JOINs with a token that the second server does not know
balanced_astray() {
	ip netns exec "$second" nstat -asz MPTcpExtMPJoinNoTokenFound | awk '/NoTokenFound/ { print $2 }'
}
balanced_more_astray() { [ "$(balanced_astray)" -gt "$1" ]; }

# balanced_connect NAME virtual|announced: make one connection, whose second subflow goes to
# that address; otherwise the test fails
balanced_connect() {
	local name=$1 want=$2 astray
	astray=$(balanced_astray)
	balanced_open
	case $want in
	virtual)
		wait_for 20 joins_seen '' "${virtual[$mp_family]}" ||
			fail "$name: the client joins the virtual address"
		wait_for 10 balanced_more_astray "$astray" ||
			fail "$name: the second server gets a subflow of a connection it does not know"
		;;
	announced)
		wait_for 20 join_answered "${announced[$mp_family]}" ||
			fail "$name: a subflow to the announced address is established"
		;;
	esac
	balanced_sentinel 9>&- || fail "$name: the client joins an address that is not balanced"
	balanced_close
}

# nft's counter of first packets, or of marked segments
balanced_counter=mptcp_syn

balanced_with_flag() {
	local name=$1 answers counted
	answers=$(marked "$gateway" synack) counted=$(packets "$gateway" "$balanced_counter")
	balanced_connect "$name" announced
	data_arrived "$name"
	check_equal "$name: the server sends the SYN+ACK without the flag" 1e0c0101 "$(balanced_answers wan)"
	check_equal "$name: the client receives the SYN+ACK with the flag" 1e0c0121 "$(balanced_answers lan)"
	check_match "$name: the client joins the announced address" ' join ' \
		"$(joins '' "${announced[$mp_family]}")"
	check_equal "$name: the client does not join the virtual address" '' \
		"$(joins '' "${virtual[$mp_family]}")"
	check_equal "$name: counters of module, nft and capture agree" \
		"$(balanced_count synack) $(balanced_count "$balanced_counter")" \
		"$(($(marked "$gateway" synack) - answers)) $(($(packets "$gateway" "$balanced_counter") - counted))"
	check_equal "$name: nothing else was marked" '0 0' \
		"$(marked "$gateway" syn) $(marked "$gateway" ack)"
}

balanced_without_flag() {
	local name=$1 astray
	astray=$(balanced_astray)
	balanced_connect "$name" virtual
	data_arrived "$name"
	check_match "$name: the client joins the virtual address" ' join ' \
		"$(joins '' "${virtual[$mp_family]}")"
	check_equal "$name: the second server gets a subflow of a connection it does not know" \
		$((astray + 1)) "$(balanced_astray)"
	check_equal "$name: the client receives the SYN+ACK without the flag" 1e0c0101 "$(balanced_answers lan)"
}
