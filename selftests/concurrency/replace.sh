#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules are replaced as fast as possible while all processors send through them (helpers/flood, swap): at
# the receiver, each segment is whole, unmarked or marked, and the counters, which are read all the time, are
# exact.
# CONCURRENCY_SECONDS: for each of the three scenes (default 20)
set -uo pipefail
# shellcheck source=selftests/lib/flood.sh
. "$SELFTESTS/lib/flood.sh"
seconds=${CONCURRENCY_SECONDS:-20}
commits_min=$((seconds * 10))	# KASAN makes 50 a second, a stock kernel 4000
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"

# marked ROW: the sums of both columns, and each
marked() { counters "$gateway" | awk -v row="$1" '$1 == row { print $2 + $3, $2, $3 }'; }
# number NAME: what flood has printed
number() { awk -v name="$1" '$1 == name { print $2 }' "$scratch/flood"; }

expression() { flood_chains 1; }
# Before conntrack's confirm; a connection keeps its helper, so the connections are flushed.
helper() {
	in_gateway nft -f - <<-'EOT'
		table ip h {
			ct helper client { type "mptcp-bflag" protocol tcp; }
			chain prerouting {
				type filter hook prerouting priority 0;
				tcp dport 1 ct helper set "client"
			}
		}
	EOT
}
swap_rules() { in_gateway swap "$seconds" >"$scratch/commits" 2>&1; }
flush_connections() {
	local until=$((SECONDS + seconds)) rule="add rule ip h prerouting tcp dport 1 ct helper set client"
	while [ "$SECONDS" -lt "$until" ]; do
		in_gateway nft flush chain ip h prerouting && in_gateway conntrack -F && in_gateway nft "$rule" &&
			in_gateway conntrack -F || return
		echo
	done >"$scratch/flushes" 2>"$scratch/complaints"
}

# row NAME COUNTER FLOODED BEFORE COLUMNS: the counter is exact, and these columns are not 0
row() {
	local now before column
	read -ra now <<<"$(marked "$2")"
	read -ra before <<<"$4"
	check_equal "$1: $2 is what the receiver has seen" "$(number "$3")" "$((now[0] - before[0]))"
	for column in $5; do
		check "$1: $2, column $column has counted" [ "${now[column]}" -gt "${before[column]}" ]
	done
	echo "# $2: ${now[*]}, before: ${before[*]}"
}
# scene NAME COLUMNS COMMAND...: flood while these commands run
scene() {
	local name=$1 columns=$2 syn ack status=0 pids=() command cpu
	shift 2
	syn=$(marked syn_marked) ack=$(marked ack_marked)
	flood "$client" "$gateway" "$server" 3600 >"$scratch/flood" 2>&1 &
	local flood=$!
	at_exit "kill $flood 2>/dev/null"
	check "$name: the flood begins" wait_for 20 grep -q begins "$scratch/flood"
	# shellcheck disable=SC2016	# in the gateway; without a process for each time
	in_gateway bash -c 'while :; do mapfile -t rows <"$0"; done' "$proc" &
	local reader=$!
	at_exit "kill $reader 2>/dev/null"
	for command; do
		"$command" &
		pids+=($!)
	done
	for command; do
		wait "${pids[0]}"
		check_equal "$name: $command succeeds" 0 $?
		pids=("${pids[@]:1}")
	done
	kill "$reader"
	kill -TERM "$flood"
	wait "$flood" || status=$?
	check_equal "$name: each segment arrives, unmarked or marked, with a right checksum" 0 "$status"
	diag <"$scratch/flood"
	for cpu in $(seq 0 $(($(nproc) - 1))); do
		check "$name: processor $cpu has sent" [ "$(number "sent_by_cpu$cpu")" -gt 1000 ]
	done
	check "$name: clones were looked at" [ "$(number tapped)" -gt 1000 ]
	row "$name" syn_marked marked_syn "$syn" "$columns"
	row "$name" ack_marked marked_ack "$ack" "$columns"
	in_gateway nft flush ruleset
}
many() { # NAME FILE
	check "$1: $(<"$scratch/commits") transactions, at least $commits_min" \
		[ "$(<"$scratch/commits")" -ge "$commits_min" ]
}

net_routed
net_absent "$gateway" wan
modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
in_gateway sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1
check 'the counters exist' wait_for 20 in_gateway test -e $proc

expression
scene expression 1 swap_rules
many expression
helper
scene helper 2 flush_connections
check "helper: connections were flushed $(wc -l <"$scratch/flushes") times" \
	[ -s "$scratch/flushes" ]
expression
helper
scene both '1 2' swap_rules flush_connections
many both
check 'the modules can be unloaded' wait_for 60 unload
finish
