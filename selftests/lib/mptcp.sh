# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034	# scripts that call mp_connect use what it sets
# Linux MPTCP endpoints on both sides of a masquerading gateway (lib/net.sh), captures at both
# devices of the gateway, and the events of the server's path manager.
#
# The server opens a subflow from its second address to every client.  Towards a client behind
# NAT, its SYN+MP_JOIN is futile; the flag tells the server not to send it.  To prove that the
# server had time to send one, a third host connects later.  It is not behind the gateway.
# The test counts the SYN+MP_JOINs to the first client after the server has tried to join the
# third host (which refuses: a Linux client does not listen).

# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"

neighbour=neighbour-$net_id

# Linux does not join a client if the path manager runs before the connection is accepted.
# On one CPU, the server accepts first, because it is a real-time task.
taskset -pc 0 $$ >/dev/null

mp_dir=$(mktemp -d)
at_exit "rm -rf $mp_dir"
mp_port=40000		# of the latest connection
mp_family=4 mp_bytes=200000
mp_server_options=''
mp_event_buffer=1048576	# bytes; the kernel drops events that do not fit
declare -A mp_inside=([4]=10.0.1.2 [6]=fd00:1::2)	# the client's address in the LAN
declare -A mp_outside=([4]=10.0.2.1 [6]=fd00:2::1)	# the client's address at the server

# The gateway's own NAT rules
mp_masquerade() {
	in_gateway nft -f - <<-'EOF'
	table inet nat {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" masquerade
		}
	}
	EOF
}

# mp_offload on|off: off: a capture has complete checksums, computed by the stack.
# on: it has partial ones, because veth never completes them.
mp_offload() {
	local device
	if paired; then
		pair_offload "$1"
		return
	fi
	for device in "$client:eth" "$server:eth" "$neighbour:eth" "$gateway:lan" "$gateway:wan"; do
		ip netns exec "${device%:*}" ethtool -K "${device#*:}" \
			tx "$1" tso "$1" gso "$1" gro "$1" >/dev/null
	done
}

mp_neighbour() {
	net_add "$neighbour"
	ip link add eth netns "$neighbour" type veth peer name direct netns "$server"
	ip -n "$server" addr add 10.0.3.1/24 dev direct
	ip -n "$server" addr add fd00:3::1/64 dev direct nodad
	ip -n "$neighbour" addr add 10.0.3.2/24 dev eth
	ip -n "$neighbour" addr add fd00:3::2/64 dev eth nodad
	ip -n "$server" link set direct up
	ip -n "$neighbour" link set eth up
	ip -n "$neighbour" route add default via 10.0.3.1
	ip -n "$neighbour" route add default via fd00:3::1
}

# mp_tap lan|wan: set the namespace and the device where to capture.  If the gateway is in
# another machine, capture at the other end of the cable: this shows what was sent, and does
# not slow down the gateway.
mp_tap() {
	mp_tap_in=$gateway mp_tap_on=$1
	paired || return 0
	mp_tap_on=eth
	if [ "$1" = lan ]; then mp_tap_in=$client; else mp_tap_in=$server; fi
}

# mp_capture: capture at both devices of the gateway, in lan.pcap and wan.pcap, until
# mp_capture_end
mp_capture() {
	local device
	mp_tcpdump=()
	for device in lan wan; do
		: >"$mp_dir/$device.log"
		mp_tap "$device"
		# not in a function: $! has to be the pid of tcpdump
		ip netns exec "$mp_tap_in" tcpdump -i "$mp_tap_on" --immediate-mode -U -B 8192 \
			-w "$mp_dir/$device.pcap" tcp 2>"$mp_dir/$device.log" 8>&- 9>&- &
		mp_tcpdump+=($!)
	done
	for device in lan wan; do
		wait_for 20 grep -q 'listening on' "$mp_dir/$device.log"
	done
}

mp_capture_end() {
	kill "${mp_tcpdump[@]}" && wait "${mp_tcpdump[@]}"
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt"
	mpdump "$mp_dir/wan.pcap" >"$mp_dir/wan.txt"
}

# Append the events of the server's path manager to a file.  Connections on loopback show that
# the monitor is running.
mp_monitor() {
	ip netns exec "$server" stdbuf -oL ip -rcvbuf "$mp_event_buffer" mptcp monitor >"$mp_dir/events" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	ip netns exec "$server" peer server -n 1000 90 >/dev/null 2>&1 &
	mp_sentinel4=$!
	ip netns exec "$server" peer server -6 -n 1000 91 >/dev/null 2>&1 &
	at_exit "kill $mp_sentinel4 $! 2>/dev/null"
	wait_for 20 mp_warm_up
}

mp_warm_up() {
	in_server peer client -s 1 127.0.0.1 90 && [ -s "$mp_dir/events" ]
}

# Have the server open a subflow from its second address to each client.
mp_server_joins() {
	in_server ip mptcp endpoint flush
	in_server ip mptcp endpoint add 10.0.2.3 subflow
	in_server ip mptcp endpoint add fd00:2::3 subflow
}

# mp_setup: everything except the rule that sets the flag
mp_setup() {
	net_routed
	mp_neighbour
	mp_masquerade
	mp_offload off
	mp_server_joins
	mkfifo "$mp_dir/hold" "$mp_dir/hold.neighbour"
	mp_monitor
}

mp_events() { grep -a -E "$1" "$mp_dir/events"; }

mp_listening() { in_server ss -Hltn "sport = :$1" | grep -q .; }

# mp_capable lan|wan: MP_CAPABLE segments of the latest connection
mp_capable() {
	awk -v p="$mp_port" '($3 == p || $5 == p) && $10 == "capable"' "$mp_dir/$1.txt"
}

# mp_sent: those segments on standard input that the client sent
mp_sent() { awk -v p="$mp_port" '$3 == p'; }

# mp_joins: SYN+MP_JOINs to the client, at the WAN side
mp_joins() {
	awk -v p="$mp_port" '$1 == "SYN" && $5 == p && $10 == "join"' "$mp_dir/wan.txt"
}

# During a capture: has the server tried to join?
mp_joined() {
	mpdump "$mp_dir/wan.pcap" >"$mp_dir/wan.txt" 2>/dev/null
	[ -n "$(mp_joins)" ]
}

# During a capture: are the client's segments of the handshake in both files?
mp_captured() {
	local lan wan
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	mpdump "$mp_dir/wan.pcap" >"$mp_dir/wan.txt" 2>/dev/null
	lan=$(mp_capable lan | mp_sent | wc -l) wan=$(mp_capable wan | mp_sent | wc -l)
	[ "$lan" -gt 1 ] && [ "$lan" = "$wan" ]
}

# mp_hold NAMESPACE FIFO PEER-ARGUMENTS...: start a client that keeps its connection open
# until "exec 8>&-" or "9>&-"
mp_hold() {
	local where=$1 fifo=$2
	shift 2
	ip netns exec "$where" peer client -w "$@" <"$fifo" >"$fifo.out" 2>&1 8>&- 9>&- &
	mp_held=$!
}

# After this, the server has had time to join every client that it may join.
mp_sentinel() {
	local port=$((mp_port + 10000)) pid status=0
	if [ "$mp_family" = 6 ]; then
		mp_hold "$neighbour" "$mp_dir/hold.neighbour" -6 -b "$port" -s 20000 fd00:2::2 91
	else
		mp_hold "$neighbour" "$mp_dir/hold.neighbour" -b "$port" -s 20000 10.0.2.2 90
	fi
	pid=$mp_held
	exec 8>"$mp_dir/hold.neighbour"
	wait_for 20 mp_events "SF_(ESTABLISHED|CLOSED).*dport=$port" || status=1
	exec 8>&-
	wait "$pid"
	return "$status"
}

# mp_connect calls this while its connection is open; scripts redefine it.
mp_while_open() { :; }

# mp_connect join|no-join [PEER-OPTION]...: make one connection through the gateway, with
# $mp_bytes each way.  "join" waits until the server tries to join the client, "no-join" until
# it tries to join the neighbour; the test fails if it does not.  Sets mp_port (the client's),
# mp_client and mp_server (their output), mp_flags (1 or 0, from the server's event; empty
# without an event).
mp_connect() {
	local want=$1 six='' address=10.0.2.2 client_pid server_pid token
	shift
	mp_port=$((mp_port + 1))
	[ "$mp_family" = 4 ] || { six=-6 address=fd00:2::2; }
	mp_capture
	# shellcheck disable=SC2086
	in_server peer server $six $mp_server_options 80 >"$mp_dir/server.out" 2>&1 &
	server_pid=$!
	wait_for 10 mp_listening 80
	# shellcheck disable=SC2086
	mp_hold "$client" "$mp_dir/hold" $six "$@" -b "$mp_port" -s "$mp_bytes" "$address" 80
	client_pid=$mp_held
	exec 9>"$mp_dir/hold"
	wait_for 20 mp_events "ESTABLISHED.*dport=$mp_port" ||
		fail "the server sees an MPTCP connection from port $mp_port"
	case $want in
	join) wait_for 20 mp_joined || fail 'the server tries to join' ;;
	no-join) mp_sentinel 9>&- || fail 'the server tries to join a host it may join' ;;
	esac
	mp_while_open
	exec 9>&-
	wait "$client_pid" "$server_pid"
	mp_client=$(cat "$mp_dir/hold.out") mp_server=$(cat "$mp_dir/server.out")
	token=$(mp_events "CREATED.*dport=$mp_port" | sed -n 's/.*token=\([0-9a-f]*\).*/\1/p')
	[ -z "$token" ] || wait_for 10 mp_events "CLOSED.*token=$token"
	mp_flags=$(mp_events " CREATED.*dport=$mp_port")
	case $mp_flags in
	*flags=*) mp_flags=${mp_flags##*flags=} mp_flags=$((${mp_flags%% *} & 1)) ;;
	?*) mp_flags=0 ;;
	esac
	wait_for 10 mp_captured || fail "both captures have the handshake from port $mp_port"
	mp_capture_end
}

# mp_shape lan|wan: the client's MP_CAPABLE segments without the fields that differ between
# connections: keys, sequence numbers, data-level checksum
mp_shape() {
	mp_capable "$1" | awk -v p="$mp_port" '$3 == p {
		print $1, ($9 > 0 ? "data" : "bare"), substr($11, 1, 8), length($11) / 2 }' | sort -u
}

# mp_expected: the segments of the LAN side as they must be at the WAN side: 0x20 set in
# those of the client, addresses translated, everything else the same
mp_expected() {
	mp_capable lan | awk -v p="$mp_port" -v from="${mp_inside[$mp_family]}" \
		-v to="${mp_outside[$mp_family]}" '{
		for (i = 2; i <= 4; i += 2)
			if ($i == from)
				$i = to
		if ($3 == p) {
			high = index("0123456789abcdef", substr($11, 7, 1)) - 1
			if (int(high / 2) % 2 == 0)
				high += 2
			$11 = substr($11, 1, 6) substr("0123456789abcdef", high + 1, 1) substr($11, 8)
		}
		print }'
}

# mp_checksums: count correct and incorrect checksums, as judged by tcpdump, in the
# connection's first 300 segments at the WAN side; these include the handshake
mp_checksums() {
	tcpdump -nn -vv -c 300 -r "$mp_dir/wan.pcap" "tcp port $mp_port" 2>/dev/null |
		grep -Eo 'cksum 0x[0-9a-f]+ \((in)?correct' | awk '{ print $3 }' | tr -d '(' |
		sort | uniq -c | awk '{ print $2, $1 }' | paste -sd' '
}
