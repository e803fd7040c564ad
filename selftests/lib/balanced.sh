# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# shared with lib/mptcp.sh and lib/topologies.sh
# A real MPTCP client with two addresses in front of a load balancer
# (topology_balanced), whose first server announces a second address of its own.
#
# The client, if it may, opens a subflow from its second address to the address
# it has connected to, and one to each address that is announced.  "No join to
# the virtual address" needs proof that there was time for one: a later
# connection, to the first server's own address, was joined from the client's
# second address by then.

declare -A virtual=([4]=192.0.2.80 [6]=2001:db8::80) own=([4]=10.0.2.2 [6]=fd00:2::2)
declare -A announced=([4]=10.0.2.3 [6]=fd00:2::3)

# The other server listens for both families on one socket: two of the same port
# would be in each other's way.
balanced_setup() {
	in_client ip mptcp limits set subflow 2 add_addr_accepted 2
	in_client ip mptcp endpoint add 10.0.1.3 subflow
	in_client ip mptcp endpoint add fd00:1::3 subflow
	ip netns exec "$second" peer server -6 -n 1000 80 >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 balanced_listening
}
balanced_listening() { in_ "$second" ss -Hltn 'sport = :80' | grep -q .; }

# joins FROM TO: SYN+MP_JOIN at the client's side; an empty address is any
joins() {
	awk -v from="$1" -v to="$2" '$1 == "SYN" && $10 == "join" &&
		(from == "" || $2 == from) && (to == "" || $4 == to)' "$mp_dir/lan.txt"
}

# Still capturing: has the client sent that?
joins_seen() {
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	[ -n "$(joins "$@")" ]
}

# Still capturing: is the subflow to that address established?
join_answered() {
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	awk -v to="$1" '$1 == "ACK" && $10 == "join" && $4 == to { found = 1 }
		END { exit !found }' "$mp_dir/lan.txt"
}

# A connection to the virtual address, captured, open until balanced_close.
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
	wait "$balanced_client" || kill "$balanced_server"	# nobody came to it
	wait "$balanced_server"
	mp_client=$(cat "$mp_dir/hold.out") mp_server=$(cat "$mp_dir/server.out")
	wait_for 10 mp_captured || fail "both captures have the handshake from port $mp_port"
	mp_capture_end
}

# By now the client would have joined any address it is allowed to.
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

balanced_with_flag() {
	local name=$1 signalled=${announced[$mp_family]} balanced=${virtual[$mp_family]} answers syns
	answers=$(marked "$gateway" synack) syns=$(packets "$gateway" mptcp_syn)
	balanced_open
	wait_for 20 join_answered "$signalled" || fail "$name: a subflow to the announced address comes up"
	balanced_sentinel 9>&- || fail "$name: the client joins an address that is not balanced"
	balanced_close
	data_arrived "$name"
	check_equal "$name: the server has not set the flag" 1e0c0101 "$(balanced_answers wan)"
	check_equal "$name: the client gets it" 1e0c0121 "$(balanced_answers lan)"
	check_match "$name: the client joins the announced address" ' join ' "$(joins '' "$signalled")"
	check_equal "$name: the client does not join the virtual address" '' "$(joins '' "$balanced")"
	check_equal "$name: counters of module, nft and capture agree" \
		"$(mp_capable lan | grep -c '^SYN+ACK') $(mp_capable lan | grep -c '^SYN ')" \
		"$(($(marked "$gateway" synack) - answers)) $(($(packets "$gateway" mptcp_syn) - syns))"
	check_equal "$name: nothing else was marked" '0 0' \
		"$(marked "$gateway" syn) $(marked "$gateway" ack)"
}

# Joins that came to the other server, which knows no connection of that token.
balanced_astray() {
	in_ "$second" nstat -asz MPTcpExtMPJoinNoTokenFound | awk '/NoTokenFound/ { print $2 }'
}
balanced_more_astray() { [ "$(balanced_astray)" -gt "$1" ]; }

balanced_without_flag() {
	local name=$1 balanced=${virtual[$mp_family]} astray
	astray=$(balanced_astray)
	balanced_open
	wait_for 20 joins_seen '' "$balanced" || fail "$name: the client joins the virtual address"
	check "$name: that subflow is given to a server that does not know the connection" \
		wait_for 10 balanced_more_astray "$astray"
	balanced_close
	data_arrived "$name"
	check_match "$name: the client joins the virtual address" ' join ' "$(joins '' "$balanced")"
	check_equal "$name: no flag" 1e0c0101 "$(balanced_answers lan)"
}
