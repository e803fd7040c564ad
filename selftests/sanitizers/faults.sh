#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each memory allocation fails once: while the modules are loaded, a namespace is made, rules and a "ct
# helper" are added (helpers/failing.c), and while packets are made writable.  Then kmemleak
# looks for what was lost.  Needs the kernel of sanitizers/run, with kmemleak.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"
updates=/lib/modules/$(uname -r)/updates
debug=/sys/kernel/debug

mount -t debugfs debugfs $debug
at_exit "umount $debug"
# also allocations that may wait
for kind in failslab fail_page_alloc; do
	for word in ignore-gfp-wait ignore-gfp-highmem min-order verbose; do
		[ ! -e $debug/$kind/$word ] || echo 0 >$debug/$kind/$word
	done
done
echo clear >$debug/kmemleak
# for lib/inspect: the kernel reports that it has no memory
echo 'bflag: allocations fail on purpose' >/dev/kmsg

# fails NAME ERRORS ARGUMENT...: helpers/failing succeeds, with at least so many errors
fails() {
	local name=$1 errors=$2 said
	shift 2
	if said=$(timeout 3000 failing "$@" 2>&1) && [[ $said =~ ^[0-9]+\ allocations:\ ([0-9]+)\ errors ]] &&
		[ "${BASH_REMATCH[1]}" -ge "$errors" ]; then
		ok "$name"
	else
		fail "$name"
	fi
	diag <<<"$said"
}

modprobe -a nf_conntrack nf_tables
fails 'load of mptcp_bflag' 20 load "$updates/mptcp_bflag.ko" mptcp_bflag
modprobe mptcp_bflag
fails 'load of nft_mptcp_bflag' 20 load "$updates/nft_mptcp_bflag.ko" nft_mptcp_bflag
fails 'load of nf_conntrack_mptcp_bflag' 20 load "$updates/nf_conntrack_mptcp_bflag.ko" nf_conntrack_mptcp_bflag
modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
fails 'a rule that sets' 4 rule set
fails 'a rule that matches' 4 rule match
fails 'a ct helper object' 4 helper mptcp-bflag
fails 'a new namespace' 5 namespace

# A header that has to be made writable, in softirq: some atomic allocations fail.  A packet socket
# clones what comes in, and keeps it for some time.  Not in forward: ip_forward() copies such packets.
net_routed
in_gateway nft -f - <<-'EOT'
	table ip t {
		chain c { type filter hook prerouting priority 0; }
	}
EOT
in_gateway python3 -c '
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("lan", 0))
s.setblocking(False)
print("ready", flush=True)
while True:
	time.sleep(1)
	try:
		while True: s.recv(1)
	except BlockingIOError: pass
' >/run/clones &
clones=$!
at_exit "kill $clones 2>/dev/null"
check 'a packet socket clones packets' wait_for 60 grep -q ready /run/clones
in_gateway attributes add ip t c 7 2 32
count() { counters "$gateway" | awk -v row="$1" '$1 == row { print $2 }'; }
tries() {
	local pids=()
	while [ ${#pids[@]} -lt 8 ]; do
		connect &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(count "$1")" -gt "$2" ]
}
check 'a segment is marked' wait_for 30 tries syn_marked 0
echo 1 >$debug/failslab/ignore-gfp-wait
echo -1 >$debug/failslab/times
echo 20 >$debug/failslab/probability
check 'a segment is left alone for lack of memory, and counted' wait_for 120 tries not_writable 0
echo 0 >$debug/failslab/probability
check 'without failures they are marked again' wait_for 30 tries syn_marked "$(count syn_marked)"
echo "# $(count not_writable) segments were left alone"
kill "$clones"
in_gateway nft flush ruleset

check 'the modules can be unloaded' wait_for 20 unload
check_equal 'kmemleak is silent' '' "$("$SELFTESTS/lib/kmemleak" 2>&1)"
finish
