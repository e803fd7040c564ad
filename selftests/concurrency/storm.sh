#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Cycles of: load the modules (by a rule, by modprobe, by a "ct helper", with a name taken), rules, traffic,
# flush, unload; beside transactions in this and another namespace, namespaces that come and go,
# conntrack -F, another helper's registration, readers of the counters, and "sync --watch".  In each
# cycle the modules must mark segments and can then be unloaded, and the kernel reports nothing.
# CYCLES: how many (default 12)
set -uo pipefail
# shellcheck source=selftests/lib/flood.sh
. "$SELFTESTS/lib/flood.sh"
cycles=${CYCLES:-12}
patience=60	# seconds
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"
other=other-$net_id

# What runs beside the cycles: each function is called again and again; counts its successes, and records
# each failure
beside() { # FUNCTION
	local done_=0
	while [ ! -e "$scratch/end" ]; do
		if "$1" >"$scratch/$1.said" 2>&1; then
			done_=$((done_ + 1))
			echo "$done_" >"$scratch/$1.count"
		else
			{ echo "after $done_:"; cat "$scratch/$1.said"; } >>"$scratch/$1.failed"
		fi
		pause 0.1
	done
}
pause() { read -r -t "$1" _ <>"$ktap_never" || :; }
transactions_here() { in_gateway nft 'add table ip beside; add chain ip beside c; add rule ip beside c accept; delete table ip beside'; }
transactions_elsewhere() {
	[ ! -e "$scratch/quiet" ] || return 0
	inside "$other" nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; }' &&
		inside "$other" attributes add ip t c 7 2 32 && inside "$other" nft delete table ip t
	pause 0.5
}
# Names of its own each time: the kernel deletes the device some time after the namespace.
namespaces() {
	local name=short-$net_id-$RANDOM
	ip netns add "$name" && ip link add far netns "$name" type veth peer name "near$RANDOM" netns "$gateway" &&
		ip netns exec "$name" cat /proc/net/dev
	local status=$?
	ip netns delete "$name" && return "$status"
}
connections_flushed() { in_gateway conntrack -F; }
another_helper() { cthelper add other-name && cthelper delete other-name; }
# it is there only while the module is
counters_read() { in_gateway cat "$proc" || [ "$?" = 1 ]; }
real_connections() { in_client timeout 30 peer client -s 1000 10.0.2.2 80 | grep -q 'mptcp yes'; }
workers='transactions_here transactions_elsewhere namespaces connections_flushed another_helper counters_read real_connections'

# Ways to load
by_rule() { in_gateway attributes add ip t open 7 2 32; }
by_modprobe() {
	modprobe nf_conntrack_mptcp_bflag && modprobe mptcp_bflag && modprobe nft_mptcp_bflag && by_rule
}
by_helper() {
	in_gateway nft -f - <<-'EOT'
		table ip h {
			ct helper client { type "mptcp-bflag" protocol tcp; }
			chain prerouting { type filter hook prerouting priority 0; tcp dport { 1, 80 } ct helper set "client"; }
		}
	EOT
}
# One name is taken: the module is loaded with the other helper
by_half() {
	# a former unload may still hold the name
	wait_for "$patience" cthelper add mptcp-bflag && modprobe nf_conntrack_mptcp_bflag
	cthelper delete mptcp-bflag && by_rule
}
# Both are: the load fails
by_rule_after_failure() {
	wait_for "$patience" cthelper add mptcp-bflag && wait_for "$patience" cthelper add mptcp-bflag-lb &&
		! modprobe nf_conntrack_mptcp_bflag 2>/dev/null
	cthelper delete mptcp-bflag && cthelper delete mptcp-bflag-lb && by_rule
}
ways=(by_rule by_modprobe by_helper by_half by_rule_after_failure)

# The table of the tool's rule, which "sync --watch" fills
watched() { in_gateway nft 'add table inet w; add chain inet w c { comment "mptcp_bflag set"; }'; }
filled() { in_gateway attributes dump inet w c | grep -q mptcp_bflag,; }

hung() {
	echo w >/proc/sysrq-trigger
	dmesg | tail -n 200 | diag
	finish
}
has_marked() { counters "$gateway" | awk '/_marked/ { sum += $2 + $3 } END { exit !sum }'; }
# dirty: has the kernel reported anything since the start?
dirty() { dmesg | sed "1,/bflag storm $net_id/d" | grep -E 'WARNING|BUG|Oops|Call Trace|INFO: |unregister_netdevice|leak|rcu.*stall'; }

# A rule elsewhere uses the modules or loads them again.  On a slow kernel that happens each time:
# then without it.
unload_beside() {
	wait_for "$patience" unload && return
	echo '# unloaded only without transactions_elsewhere'
	touch "$scratch/quiet"
	wait_for $((4 * patience)) unload || return
	rm "$scratch/quiet"
}

cycle() { # NUMBER
	local way=${ways[$(($1 % ${#ways[@]}))]}
	flood_chains '1, 80'
	if ! "$way" >"$scratch/way" 2>&1; then
		diag <"$scratch/way"
		return 1
	fi
	if [ $(($1 % 2)) = 1 ]; then
		watched
		wait_for "$patience" filled || { echo '# "sync --watch" adds no rule'; return 1; }
	fi
	wait_for "$patience" has_marked || { echo '# no segment is marked'; return 1; }
	[ "$way" != by_modprobe ] || in_gateway swap 1 >/dev/null || return
	in_gateway nft flush ruleset
	unload_beside || { echo '# the modules cannot be unloaded'; lsmod | diag; return 2; }
	! dirty
}
storm() {
	local i good=0 status start
	for ((i = 0; i < cycles; i++)); do
		start=$SECONDS status=0
		cycle "$i" || status=$?
		if [ "$status" = 0 ]; then
			good=$((good + 1))
		else
			echo "# cycle $i, ${ways[$((i % ${#ways[@]}))]}: failed"
		fi
		[ "$status" != 2 ] || break
		[ $((i % 10)) != 9 ] || echo "# cycle $i took $((SECONDS - start)) s"
	done
	check_equal "$cycles cycles: the modules are loaded, mark, and are unloaded" "$cycles" "$good"
	[ "$status" != 2 ] || hung
}

echo "bflag storm $net_id" >/dev/kmsg
need 'modprobe nfnetlink_cthelper' 'no nfnetlink_cthelper'
at_exit 'wait_for 20 rmmod nfnetlink_cthelper'
net_routed
net_absent "$gateway" wan
net_add "$other"
in_gateway nft 'add table ip t; add chain ip t c; add rule ip t c ct state new; delete table ip t'
in_gateway sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1
nsenter --net="/run/netns/$server" peer server -n 1000000 80 >/dev/null 2>&1 &
at_exit "kill $! 2>/dev/null"
nsenter --net="/run/netns/$gateway" mptcp-bflag sync --watch >"$scratch/watch" 2>&1 &
watch=$!
at_exit "kill $watch 2>/dev/null"
flood -l "$client" "$gateway" "$server" 100000 >"$scratch/flood" 2>&1 &
flood=$!
at_exit "kill $flood 2>/dev/null"
check 'the flood begins' wait_for 20 grep -q begins "$scratch/flood"
pids=()
for worker in $workers; do
	beside "$worker" &
	pids+=($!)
done
at_exit "touch $scratch/end"

storm
touch "$scratch/end"
ended() { local pid; for pid; do ! kill -0 "$pid" 2>/dev/null || return; done; }
check 'what ran beside ends' wait_for $((4 * patience)) ended "${pids[@]}" || hung
for worker in $workers; do
	check "$worker: $(cat "$scratch/$worker.count" 2>/dev/null) times" [ -s "$scratch/$worker.count" ]
	check_equal "$worker never failed" '' "$(cat "$scratch/$worker.failed" 2>/dev/null)"
done
check 'sync --watch still runs' kill -0 "$watch"
kill -TERM "$flood"
status=0
wait "$flood" || status=$?
check_equal 'each segment that arrived is whole, and no clone was written to' 0 "$status"
diag <"$scratch/flood"
kill "$watch"
wait "$watch" 2>/dev/null
in_gateway nft flush ruleset
check 'the modules can be unloaded' wait_for "$patience" unload
check_equal 'the kernel has reported nothing' '' "$(dirty)"
finish
