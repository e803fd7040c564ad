#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 10,000 Linux MPTCP connections at once: none falls back, each is told, none is joined
# machine: --icount-idle --memory 16384
# timeout: 7000
#
# Real endpoints (helpers/crowd.c) open SCALE_CONNECTIONS connections through each front end, as fast as the
# gateway can, and keep them open together.  The server opens a subflow to each client, if it may (lib/mptcp.sh).
# Counted: segments with MP_CAPABLE and MP_JOIN at both ends of the gateway's cables, by stock nft; the MIBs,
# sockets and path managers of both ends; the counters of the gateway.  All must agree, to the last connection.
#
# Linux has one bucket of four MPTCP tokens for each MiB of memory, and falls back where one is full: hence the
# memory, for 20,000 tokens of both ends.  Most of it is never touched, but QEMU asks the host for it.
#
# The clock counts instructions, so no segment is repeated because this machine is busy.  What is left of the
# connections per second is a ratio of instructions, of endpoints and gateway together.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"
. "$SELFTESTS/lib/front_end.sh"
need_feature no-mptcp

# Faster than "ip netns exec", which makes a mount namespace for each command
inside() { nsenter --net="/run/netns/$1" "${@:2}"; }
in_gateway() { inside "$gateway" "$@"; }
in_client() { inside "$client" "$@"; }
in_server() { inside "$server" "$@"; }
off() { check "${called[$1]}: switch off" front_end_off "$1"; }
on() { check "${called[$1]}: switch on" front_end_on "$1"; }

all=${SCALE_CONNECTIONS:-10000}
some=$((all < 2000 ? all : 2000))	# where something else than the front end differs
few=$((all < 200 ? all : 200))	# enough to see that a single connection would not be missed
timed=$(((all + 24) / 25)) rounds=3
first_source=20000 odd_source=20007
port=1000	# of the server, the next one for each run
declare -A called=([postrouting]=expression [helper]='helper, stock nft' [iptables]='helper, iptables raw'
	[egress]='expression, netdev egress')
front_ends=(postrouting helper iptables egress)

# --- the wire

# wire NAMESPACE: count at its "eth", in both directions: segments with MP_CAPABLE of each length, with and without
# the flag, and SYN+MP_JOIN; those of sentinels apart
wire() {
	local length kind
	{
		echo 'table netdev wire'
		echo 'delete table netdev wire'
		echo 'table netdev wire {'
		for length in 4 12 20 22 24; do
			echo "counter flag$length { }"
			echo "counter plain$length { }"
		done
		echo 'counter join { }'
		echo 'counter sentinel { }'
		for kind in flag plain; do
			echo "chain $kind {"
			for length in 4 12 20 22 24; do echo "tcp option mptcp length $length counter name $kind$length"; done
			echo '}'
		done
		cat <<-'EOF'
		chain join {
			tcp flags & (syn | ack) != syn return
			tcp dport 90-91 counter name sentinel return
			counter name join
		}
		chain look {
			tcp option mptcp subtype 1 jump join
			tcp option mptcp subtype != 0 return
			tcp dport 90-91 return
			tcp sport 90-91 return
			tcp option @30,24,8 & 0x20 == 0x20 goto flag
			goto plain
		}
		chain in { type filter hook ingress device "eth" priority 0; jump look; }
		chain out { type filter hook egress device "eth" priority 0; jump look; }
		}
		EOF
	} | inside "$1" nft -f -
}

# seen NAMESPACE COUNTER...: the sum
seen() {
	inside "$1" nft list counters netdev | awk -v names=" ${*:2} " '
		$1 == "counter" { wanted = index(names, " " $2 " ") }
		$1 == "packets" && wanted { sum += $2 }
		END { print sum + 0 }'
}
seen_are() { [ "$(seen "$1" "${@:3}")" = "$2" ]; } # NAMESPACE NUMBER COUNTER...

# --- the endpoints

# mib NAMESPACE REGEXP: the sum of the counters with such names
mib() {
	inside "$1" nstat -asz | awk -v r="^($2)\$" '$1 ~ r { sum += $2; found = 1 }
		END { if (found) print sum; else print "no such counter" }'
}
fell_back='MPTcpExt.*(Fallback|InfiniteMap|MPFail|DSSCorruption|Blackhole|SYNTXDrop).*'

endpoint_limits() {
	inside "$1" sysctl -qw net.ipv4.tcp_syncookies=0 net.ipv4.tcp_max_tw_buckets=1000000
}

# crowd_open COUNT ADDRESS: sets $opened, $seconds
crowd_open() {
	local count=$1 address=$2 six='' word
	[ "$mp_family" = 4 ] || six=-6
	port=$((port + 1)) opened=0 client_mptcp=0 seconds=0
	in_gateway conntrack -F 2>/dev/null
	# shellcheck disable=SC2086
	nsenter --net="/run/netns/$server" crowd server $six "$port" "$count" >"$mp_dir/served" &
	served=$!
	wait_for 20 mp_listening "$port"
	# shellcheck disable=SC2086
	exec 7< <(exec nsenter --net="/run/netns/$client" crowd client $six -b "$first_source" "$address" "$port" "$count" \
		<"$mp_dir/hold" 2>&1)
	exec 9>"$mp_dir/hold"
	read -r -t 1800 word opened _ client_mptcp _ seconds <&7
	[ "$word" = open ] || { echo "# $word $opened $client_mptcp $seconds"; opened=0; }
}

# crowd_close: sets $ended, the last words of both ends
crowd_close() {
	exec 9>&-
	[ "$opened" -gt 0 ] || kill "$served"
	read -r -t 1800 ended <&7
	exec 7<&-
	wait "$served"
	ended+="; $(<"$mp_dir/served")"
}

# created 1|0: how many connections of this run the path manager of the told side reports, with the flag or without
created() {
	awk -v port=" $port_of_event=$port " -v flag="$1" '
		/CREATED/ && index($0 " ", port) && (match($0 " ", /flags=[0-9a-f]*[13579bdf] /) > 0) == flag { seen[$3] }
		END { for (token in seen) n++; print n + 0 }' "$told_dir/events"
}
all_created() { [ $(($(created 0) + $(created 1))) -ge "$1" ]; }

# --- the gateway

# counters: what /proc and the tool say was marked: "FIRST ACK" (FIRST: SYN or SYN+ACK)
counters() {
	echo "$(bflag_counter "$first_marked") $(bflag_counter ack_marked)"
	in_gateway mptcp-bflag status --json |
		jq -r "\"\([.counters[].$first_marked] | add) \([.counters[].ack_marked] | add)\""
}
# The same since $counters_before.  Those of nft, if it has any, begin with the front end.
counters_now() {
	paste -d' ' <(echo "$counters_before") <(counters) | awk '{ print $3 - $1, $4 - $2 }'
	[ -z "$(named "$first_marked")" ] || echo "$(named "$first_marked") $(($(named ack_marked)))"
}

# --- a run

# NAT gateway: the server is told by SYN and ACK.  Balancer: the client by SYN+ACK.
towards_server() {
	teller=$client told=$server told_dir=$mp_dir port_of_event=sport
	first_length=4 ack_lengths=(20 22 24) first_marked=syn_marked
	sentinel() { mp_sentinel 9>&-; }
}
towards_client() {
	teller=$server told=$client told_dir=$mp_dir/client port_of_event=dport
	first_length=12 ack_lengths=() first_marked=synack_marked
	sentinel() { balancer_sentinel 9>&-; }
}


# A client in front of a balancer joins an address that is not balanced: the sentinel.
balancer_sentinel() {
	local status=0 pid
	mp_hold "$client" "$mp_dir/hold.neighbour" -b $((mp_port + 10000)) -s 1000 10.0.2.2 90
	pid=$mp_held
	exec 8>"$mp_dir/hold.neighbour"
	wait_for 20 seen_are "$client" 1 sentinel || status=1
	exec 8>&-
	wait "$pid"
	return "$status"
}
client_monitor() {
	local server=$client mp_dir=$mp_dir/client
	mkdir "$mp_dir"
	mp_monitor
}
second_listens() {
	nsenter --net="/run/netns/$second" peer server -n 1000000 $((port + 1)) >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
}

fallbacks() { echo $(($(mib "$client" "$fell_back") + $(mib "$server" "$fell_back"))); }
accepted() { mib "$server" MPTcpExtMPCapableACKRX; }
repeated() { mib "$teller" TcpExtTCPSynRetrans; }

# run NAME COUNT JOINS [CREATED]: connections through the gateway as it is, kept open until that many joins are
# seen and, by a sentinel, no more can come.  Sets $result, and what the telling side has sent, what has arrived
# with the flag and without, and what the gateway has counted.
run() {
	local name=$1 count=$2 joins=$3 before=("$(fallbacks)" "$(accepted)" "$(repeated)")
	mp_port=$((mp_port + 1))
	wire "$client"
	wire "$server"
	counters_before=$(counters)
	crowd_open "$count" "$address"
	echo "# $name: $opened of $count are open after $seconds s, $client_mptcp are MPTCP"
	wait_for 60 all_created "${4:-$count}" ||
		fail "$name: the path manager sees all connections, not $(created 1) with the flag and $(created 0) without"
	accepted=$(($(accepted) - before[1])) repeated=$(($(repeated) - before[2]))
	wait_for 60 seen_are "$told" "$joins" join || fail "$name: $joins joins, not $(seen "$told" join)"
	sentinel || fail "$name: the sentinel is joined"
	helped=$(in_gateway mptcp-bflag status --json | jq '.connections."mptcp-bflag"')
	crowd_close
	fell=$(($(fallbacks) - before[0])) now_told=$(created 1) joined=$(seen "$told" join)
	result="open $opened mptcp $client_mptcp; $ended; fallbacks $fell; accepted $accepted"
	result+="; told $now_told, not told $(created 0); joins $joined"
	sent="$(seen "$teller" "plain$first_length") $(seen "$teller" "${ack_lengths[@]/#/plain}")"
	arrived="$(seen "$told" "flag$first_length") $(seen "$told" "${ack_lengths[@]/#/flag}")"
	untold=$(seen "$told" "plain$first_length" "${ack_lengths[@]/#/plain}")
	marked=$(counters_now)
}

# result_of COUNT TOLD JOINS: $result if no connection falls back
result_of() {
	echo "open $1 mptcp $1; closed $1 mptcp $1; closed $1 mptcp $1; fallbacks 0; accepted $1;" \
		"told $2, not told $(($1 - $2)); joins $3"
}

without_rule() { # NAME: $number connections
	run "$1, no rule" "$number" "$number"
	joined_before=$joined
	check_equal "$1, no rule: all are MPTCP, none is told, the other side joins each" \
		"$(result_of "$number" 0 "$number")" "$result"
	check_equal "$1, no rule: nothing arrives with the flag, nothing is counted" '0 0 0 0' \
		"$arrived $(sort -u <<<"$marked")"
}

# What the last run with a rule, and the last one without, have measured
figures() { echo "$opened connections, $fell fallbacks, $now_told told, joins $joined_before -> $joined"; }

# with_rule NAME: the front end is on; $number connections
with_rule() {
	run "$1" "$number" 0
	check_equal "$1: all stay MPTCP, each is told, none is joined" "$(result_of "$number" "$number" 0)" "$result"
	check_equal "$1: one ${first_marked%_marked} for each connection, and $repeated repeated" \
		"$((number + repeated))" "${sent% *}"
	check_equal "$1: all that was sent arrives with the flag, nothing without" "$sent 0" "$arrived $untold"
	check_equal "$1: /proc, the tool and nft count the same" "$sent" "$(sort -u <<<"$marked")"
	echo "# $1: sent and marked (${first_marked%_marked}, ack): $sent"
}

# --- connections per second

# rate FRONT-END: add the seconds of a run to spent[FRONT-END]
declare -A spent
rate() {
	[ "$1" = none ] || front_end_on "$1" >/dev/null
	crowd_open "$timed" "$address"
	crowd_close
	[ "$1" = none ] || front_end_off "$1" >/dev/null
	[ "$opened" = "$timed" ] || fail "rate: $1: $opened of $timed are open"
	echo "# rate, $1: $opened in $seconds s"
	spent[$1]=$(awk -v a="${spent[$1]:-0}" -v b="$seconds" 'BEGIN { print a + b }')
}
# The order is another one in each round.
rates() {
	local order=(none "${front_ends[@]}") round front_end
	rate none
	spent=()
	for ((round = 0; round < rounds; round++)); do
		for front_end in "${order[@]}"; do rate "$front_end"; done
		order=("${order[@]:2}" "${order[@]:0:2}")
	done
	for front_end in "${front_ends[@]}"; do
		ratio[$front_end]=$(awk -v a="${spent[none]}" -v b="${spent[$front_end]}" 'BEGIN { printf "%.2f", a / b }')
	done
}

# --- the network

at_gateway modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
ulimit -n $((all + 1000))
sysctl -qw net.core.rmem_max=$((64 << 20)) net.netfilter.nf_conntrack_max=1000000 \
	net.ipv4.tcp_mem='200000 300000 400000' net.ipv4.tcp_max_orphans=100000
mp_event_buffer=$((64 << 20))
net_routed
mp_neighbour
mp_masquerade
endpoint_limits "$client"
endpoint_limits "$server"
mkfifo "$mp_dir/hold" "$mp_dir/hold.neighbour"
towards_server
address=10.0.2.2

declare -A ratio
rates
mp_server_joins
mp_monitor

# --- a NAT gateway

number=$all
without_rule IPv4
for front_end in "${front_ends[@]}"; do
	on "$front_end"
	with_rule "${called[$front_end]}"
	case $front_end in
	helper | iptables) check_equal "${called[$front_end]}: it stays with each connection" "$number" "$helped" ;;
	esac
	off "$front_end"
	echo "# figure: ${called[$front_end]}, IPv4: $(figures);" \
		"connections per second: ${ratio[$front_end]} of those without a rule"
done

number=$some
on postrouting
in_server sysctl -qw net.ipv4.tcp_syncookies=2
cookies=$(mib "$server" TcpExtSyncookiesRecv)
with_rule 'SYN cookies'
check_equal 'SYN cookies: the server used them, for the sentinel, too' "$((number + 1))" "$(($(mib "$server" TcpExtSyncookiesRecv) - cookies))"
in_server sysctl -qw net.ipv4.tcp_syncookies=0

# Would one connection be missed?
in_gateway nft insert rule inet mptcp_bflag exemptions tcp sport "$odd_source" return
run 'one is exempt' "$few" 1
check_equal 'one is exempt: exactly one is not told, and joined' "$(result_of "$few" $((few - 1)) 1)" "$result"
check_equal 'one is exempt: its SYN, ACK and data arrive without the flag' 3 "$untold"
off postrouting
in_gateway nft 'table inet odd { chain forward { type filter hook forward priority 0; }; }'
in_gateway nft add rule inet odd forward tcp sport "$odd_source" tcp flags syn / syn,ack reset tcp option mptcp
on postrouting
run 'one falls back' "$few" 0 $((few - 1))
check_match 'one falls back: exactly one is not MPTCP at both ends, and counted' \
	"^open $few mptcp $((few - 1)); closed $few mptcp $((few - 1)); closed $few mptcp $((few - 1)); fallbacks [1-9]" "$result"
in_gateway nft delete table inet odd
off postrouting

mp_family=6 address=fd00:2::2
without_rule IPv6
on postrouting
with_rule 'expression, IPv6'
off postrouting
echo "# figure: expression, IPv6: $(figures)"
mp_family=4

# --- a load balancer, which finds the server by the client's address

topology_balanced
endpoint_limits "$client"
in_gateway nft -f - <<'EOF'
table inet balancer {
	chain balance {
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr 192.0.2.80 dnat ip to ip saddr map { 10.0.1.2 : 10.0.2.2, 10.0.1.3 : 10.0.4.2 }
	}
}
EOF
in_server ip mptcp endpoint flush
client_monitor
in_client ip mptcp endpoint add 10.0.1.3 subflow
towards_client
address=192.0.2.80
second_listens
foreign=$(mib "$second" MPTcpExtMPJoinNoTokenFound)
without_rule balancer
check_equal 'balancer, no rule: each second subflow reaches the server that does not know it' "$number" \
	"$(($(mib "$second" MPTcpExtMPJoinNoTokenFound) - foreign))"
check 'balancer: switch on' in_gateway mptcp-bflag enable --load-balancer --device lan --source "$address"
second_listens
with_rule balancer
echo "# figure: expression, --load-balancer: $(figures)"

finish
