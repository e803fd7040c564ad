#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Load and unload the conntrack helper: with nft's objects, while connections have it, under
# traffic, while namespaces are deleted, and while conntrack drops connections early.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"

# helper NAMESPACE: replace the ruleset by one that gives each connection the helper
helper() {
	inside "$1" nft -f - <<-'EOT'
		flush ruleset
		table inet t {
			ct helper bflag { type "mptcp-bflag" protocol tcp; }
			ct helper bflag_lb { type "mptcp-bflag-lb" protocol tcp; }
			chain c {
				type filter hook forward priority 0;
				ct helper set "bflag"
			}
		}
	EOT
}
# connections NAMESPACE: the number of its tracked connections that have the helper
connections() { inside "$1" conntrack -L -p tcp 2>/dev/null | grep -c 'helper=mptcp-bflag'; }
# half_open NAMESPACE ADDRESS TRACKER: a connection attempt without an answer, until TRACKER
# tracks it (conntrack forgets one that is reset)
half_open() {
	local before pid status=0
	before=$(connections "$3")
	# shellcheck disable=SC2086	# it is words
	nsenter --net="/run/netns/$1" $attempt "$2" 10 </dev/null >/dev/null 2>&1 &
	pid=$!
	wait_for 20 more_connections "$3" "$before" || status=1
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return "$status"
}
more_connections() { [ "$(connections "$1")" -gt "$2" ]; }
nobody_answers() {
	in_server nft -f - <<-'EOT'
		table inet silent {
			chain c {
				type filter hook prerouting priority raw;
				tcp dport 10 counter drop
			}
		}
	EOT
}
unanswered() { in_server nft list table inet silent | awk '$4 == "counter" { print $6 }'; }
has_come() { [ "$(unanswered)" -gt "$1" ]; }
# same_again PORT: send another SYN of that connection, until the server receives it
same_again() {
	local pid come status=0
	come=$(unanswered)
	# shellcheck disable=SC2086	# it is words
	nsenter --net="/run/netns/$client" ${attempt:-peer client} -b "$1" 10.0.2.2 10 </dev/null >/dev/null 2>&1 &
	pid=$!
	wait_for 20 has_come "$come" || status=1
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return "$status"
}

# A connection keeps the helper without the rules, and loses it when the module is unloaded.
helper_in_use() {
	local tracked port
	helper "$gateway"
	check 'helper: nft loads its module' loaded nf_conntrack_mptcp_bflag
	check 'helper: and not the module of the expression' eval '! loaded nft_mptcp_bflag'
	check_status 'helper: rmmod is refused while nft has the helper' 1 delete_module nf_conntrack_mptcp_bflag
	nobody_answers
	check 'helper: a connection has it' half_open "$client" 10.0.2.2 "$gateway"
	in_gateway nft flush ruleset
	check_equal 'helper: the connection keeps it without the rules' 1 \
		"$(connections "$gateway")"
	check 'helper: unloaded without rules while a connection has the helper' wait_for 20 unload
	# Newer kernels still name the helper, and leave the connection an empty one.
	tracked=$(in_gateway conntrack -L -p tcp 2>/dev/null)
	check_equal 'helper: the connection is still tracked' 1 "$(grep -c . <<<"$tracked")"
	check 'helper: the alias loads the module' modprobe nfct-helper-mptcp-bflag-lb
	port=$(grep -o 'sport=[0-9]*' <<<"$tracked" | sed 's/sport=//; q')
	check 'helper: loaded again, another SYN of the connection' same_again "$port"
	check_equal 'helper: conntrack has the same connection' 1 \
		"$(in_gateway conntrack -L -p tcp 2>/dev/null | grep -c .)"
	check_equal 'helper: the connection does not get it back' 0 "$(looked)"
	check 'helper: unloaded again' wait_for 20 unload
}

helper_under_traffic() {
	local try seen=0 gone=0 had=0
	traffic_start
	for try in {1..8}; do
		helper "$gateway"
		wait_for 20 has_looked && seen=$((seen + 1))
		half_open "$client" 10.0.2.2 "$gateway" && had=$((had + 1))
		in_gateway nft flush ruleset
		wait_for 20 unload && gone=$((gone + 1))
	done
	traffic_stop
	check_equal 'helper: under traffic it has seen packets, 8 times' 8 "$seen"
	check_equal 'helper: connections had it when the rules were flushed, 8 times' 8 "$had"
	check_equal 'helper: unloaded while connections had it, 8 times' 8 "$gone"
}

# Namespaces are deleted with connections that have the helper, in every second case while the
# module is being unloaded.
helper_of_dead_namespaces() {
	local try name gone=0 had=0
	for try in {1..5}; do
		name=short-$net_id-$try
		ip netns add "$name"
		ip -n "$name" link set lo up
		inside "$name" nft -f - <<-'EOT'
			table inet t {
				ct helper bflag { type "mptcp-bflag" protocol tcp; }
				chain c {
					type filter hook output priority 0;
					ct helper set "bflag"
				}
				chain d {
					type filter hook input priority 0;
					tcp dport 10 drop
				}
			}
		EOT
		half_open "$name" 127.0.0.2 "$name" && had=$((had + 1))
		ip netns delete "$name"
		[ $((try % 2)) = 0 ] || { wait_for 20 unload && gone=$((gone + 1)); }
	done
	check_equal 'helper: 5 namespaces are deleted with connections that have it' 5 "$had"
	check_equal 'helper: unloaded while, or after, they are deleted' 3 "$gone"
}

# conntrack_size BUCKETS MAX: set these for the whole machine
conntrack_size() {
	sysctl -qw net.netfilter.nf_conntrack_buckets="$1" net.netfilter.nf_conntrack_max="$2"
}
early_drops() {
	in_gateway conntrack -S | grep -o ' early_drop=[0-9]*' | cut -d= -f2 |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# When the table is full, conntrack drops connections that have the helper.  It searches eight
# buckets only, so they have to be well filled.
helper_early_drop() {
	local before left
	before=$(sysctl -n net.netfilter.nf_conntrack_buckets net.netfilter.nf_conntrack_max | xargs)
	at_exit "conntrack_size $before"
	helper "$gateway"
	in_gateway conntrack -F 2>/dev/null
	conntrack_size 512 256
	check 'helper: 600 connections are started' in_client capable -n 600 10.0.2.2 10
	left=$(connections "$gateway")
	# shellcheck disable=SC2086
	conntrack_size $before
	check 'helper: conntrack is full and drops early' test "$(early_drops)" -gt 0
	check 'helper: the remaining connections have it' test "$left" -gt 128 -a "$left" -le 256
	check 'helper: the SYN of each tracked connection was marked' test \
		"$(counters "$gateway" | awk '$1 == "syn_marked" { print $3 }')" -ge "$(($(early_drops) + left))"
	in_gateway nft flush ruleset
	check 'helper: unloaded after early drops' wait_for 20 unload
}

# tracked FAMILY: its connections; by_port: those to a port with a helper
tracked() { in_gateway conntrack -L -f "$1" -p tcp 2>/dev/null; }
by_port() { { tracked ipv4; tracked ipv6; } | grep -E 'dport=(1|21) .*UNREPLIED'; }
three_tracked() { [ "$(by_port | grep -c .)" = 3 ]; }
# not of all: newer kernels still show the helper of earlier connections
helpers_by_port() { by_port | grep -oE 'helper=[^ ]*' | sort | xargs; }

# Before Linux 6.0, a sysctl makes conntrack attach helpers by port, without a rule.  Our
# helpers have no port; they register with port 1.
helper_never_by_port() {
	local asked=net.netfilter.nf_conntrack_helper expected=''
	in_server nft add rule inet silent c tcp dport '{ 1, 21 }' drop
	in_gateway nft -f - <<-'EOT'
		table inet t {
			ct helper bflag { type "mptcp-bflag" protocol tcp; }
			chain c {
				type filter hook forward priority 0;
				ct state new counter
			}
		}
	EOT
	check 'helper: by port: the FTP helper is loaded' modprobe nf_conntrack_ftp
	if in_gateway test -e "/proc/sys/${asked//.//}"; then
		in_gateway sysctl -qw "$asked=1"
		expected=helper=ftp
	fi
	in_client capable 10.0.2.2 21
	in_client capable 10.0.2.2 1
	in_client capable -6 fd00:2::2 1
	check 'helper: by port: three connections' wait_for 20 three_tracked
	check_equal 'helper: by port: FTP gets one if the kernel has the sysctl, port 1 gets none' "$expected" "$(helpers_by_port)"
	check_equal 'helper: by port: nothing is marked' 0 "$(looked)"
	in_gateway nft flush ruleset
	check 'helper: by port: unloaded' wait_for 20 unload
}

need 'command -v conntrack' 'no conntrack(8)'
net_routed
for step in helper_in_use helper_never_by_port helper_under_traffic \
	helper_of_dead_namespaces helper_early_drop; do
	start=$SECONDS
	"$step"
	echo "# $step: $((SECONDS - start)) s"
done
finish
