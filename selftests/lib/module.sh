# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests that load and unload the modules: counters, and traffic through the gateway.

# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"
attempt_by

# Faster than "ip netns exec", which makes a mount namespace for each command
inside() { nsenter --net="/run/netns/$1" "${@:2}"; }
in_gateway() { inside "$gateway" "$@"; }
in_client() { inside "$client" "$@"; }
in_server() { inside "$server" "$@"; }

proc=/proc/net/mptcp_bflag
counters() { inside "$1" cat $proc; }
# The number of segments that both front ends of the gateway have looked at
looked() { counters "$gateway" | awk 'NR > 1 { sum += $2 + $3 } END { print sum + 0 }'; }
has_looked() { [ "$(looked)" -gt 0 ]; }

# One connection attempt with MP_CAPABLE, which is reset
# shellcheck disable=SC2086	# $attempt is words
connect() { in_client $attempt 10.0.2.2 9 </dev/null >/dev/null 2>&1; }
# Start connection attempts and a stream of UDP.  Not with in_client: $! has to be the pid of
# the loop.
traffic_start() {
	# shellcheck disable=SC2016
	nsenter --net="/run/netns/$client" bash -c 'while :; do
			$1 10.0.2.2 9 </dev/null >/dev/null 2>&1
			read -r -t 0.02 _ <>"$0"
		done' "$ktap_never" "$attempt" &
	traffic=$!
	at_exit "kill $traffic 2>/dev/null"
	# shellcheck disable=SC2016
	nsenter --net="/run/netns/$client" bash -c 'while exec 3<>/dev/udp/10.0.2.2/9; do
			for i in {1..100}; do echo "$i" >&3; done 2>/dev/null
			read -r -t 0.02 _ <>"$0"
		done' "$ktap_never" 2>/dev/null &
	stream=$!
	at_exit "kill $stream 2>/dev/null"
}
traffic_stop() {
	kill "$traffic" "$stream"
	wait "$traffic" "$stream" 2>/dev/null
}

delete_module() { syscalls delete-module "$1"; }
