#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The conntrack helper comes and goes: with nft's objects and without a trace, while
# connections have it, with packets on their way, with namespaces that die, and
# when conntrack throws connections out.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"

# helper NAMESPACE: each connection gets it; no other rules there
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
# connections NAMESPACE: of those it tracks, how many have the helper?
connections() { inside "$1" conntrack -L -p tcp 2>/dev/null | grep -c 'helper=mptcp-bflag'; }
# half_open NAMESPACE ADDRESS TRACKER: a connection attempt that nobody answers (one
# that is reset leaves nothing in conntrack), until TRACKER tracks it
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
# same_again PORT: another SYN of that connection, seen behind the gateway
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

# Connections are tracked from their first packet, and kept a while after a reset.
helper_in_use() {
	local tracked port
	helper "$gateway"
	check 'helper: its module comes with it' loaded nf_conntrack_mptcp_bflag
	check 'helper: and that of the expression does not' eval '! loaded nft_mptcp_bflag'
	check_status 'helper: rmmod is refused while nft has it' 1 delete_module nf_conntrack_mptcp_bflag
	nobody_answers
	check 'helper: a connection gets it' half_open "$client" 10.0.2.2 "$gateway"
	in_gateway nft flush ruleset
	check_equal 'helper: the connection keeps it without the rules' 1 \
		"$(connections "$gateway")"
	check 'helper: no rule, a connection that has it: unloaded' wait_for 20 unload
	# Newer kernels still name the helper, and leave an empty one to the connection.
	tracked=$(in_gateway conntrack -L -p tcp 2>/dev/null)
	check_equal 'helper: the connection is still there' 1 "$(grep -c . <<<"$tracked")"
	check 'helper: the alias loads the module' modprobe nfct-helper-mptcp-bflag-lb
	port=$(grep -o 'sport=[0-9]*' <<<"$tracked" | sed 's/sport=//; q')
	check 'helper: back again, another SYN of the connection' same_again "$port"
	check_equal 'helper: it is the same connection' 1 \
		"$(in_gateway conntrack -L -p tcp 2>/dev/null | grep -c .)"
	check_equal 'helper: what lost it does not get it back' 0 "$(looked)"
	check 'helper: unloaded' wait_for 20 unload
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
	check_equal 'helper: 8 times under traffic, saw packets' 8 "$seen"
	check_equal 'helper: connections had it when its rules were flushed' 8 "$had"
	check_equal 'helper: unloaded 8 times while they had it' 8 "$gone"
}

# A namespace dies with connections that have the helper, while the module stays,
# and while it goes.
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
	check_equal 'helper: 5 namespaces died with connections that had it' 5 "$had"
	check_equal 'helper: unloaded while, or after, they died' 3 "$gone"
}

# conntrack_size BUCKETS MAX, of the whole machine
conntrack_size() {
	sysctl -qw net.netfilter.nf_conntrack_buckets="$1" net.netfilter.nf_conntrack_max="$2"
}
early_drops() {
	in_gateway conntrack -S | grep -o ' early_drop=[0-9]*' | cut -d= -f2 |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# begun COUNT: so many connections at once
begun() {
	if lacks no-mptcp; then
		in_client capable -n "$1" 10.0.2.2 10
	else
		in_client syscalls attempts 10.0.2.2 10 "$1"
	fi
}

# When the table is full, conntrack throws out connections that have the helper.
# It looks for one in eight buckets only, so they have to be well filled.
helper_early_drop() {
	local before left
	before=$(sysctl -n net.netfilter.nf_conntrack_buckets net.netfilter.nf_conntrack_max | xargs)
	at_exit "conntrack_size $before"
	helper "$gateway"
	in_gateway conntrack -F 2>/dev/null
	conntrack_size 512 256
	check 'helper: 600 connections are begun' begun 600
	left=$(connections "$gateway")
	# shellcheck disable=SC2086
	conntrack_size $before
	check 'helper: conntrack is full and drops early' test "$(early_drops)" -gt 0
	check 'helper: those left have it' test "$left" -gt 128 -a "$left" -le 256
	check 'helper: of those begun, each one conntrack took was marked' test \
		"$(counters "$gateway" | awk '$1 == "syn_marked" { print $3 }')" -ge "$(($(early_drops) + left))"
	in_gateway nft flush ruleset
	check 'helper: unloaded after that' wait_for 20 unload
}

# tracked FAMILY: its connections here, of those the ports to which there is a helper
tracked() { in_gateway conntrack -L -f "$1" -p tcp 2>/dev/null; }
by_port() { { tracked ipv4; tracked ipv6; } | grep -E 'dport=(1|21) .*UNREPLIED'; }
three_tracked() { [ "$(by_port | grep -c .)" = 3 ]; }
# of these alone: newer kernels go on naming the helper of connections before them
helpers_by_port() { by_port | grep -oE 'helper=[^ ]*' | sort | xargs; }

# Before Linux 6.0 a sysctl asks conntrack to give helpers to connections by their
# port, without a rule; ours has none, and registers with port 1.
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
	check 'helper: by port: FTP is there' modprobe nf_conntrack_ftp
	if in_gateway test -e "/proc/sys/${asked//.//}"; then
		in_gateway sysctl -qw "$asked=1"
		expected=helper=ftp
	fi
	in_client capable 10.0.2.2 21
	in_client capable 10.0.2.2 1
	in_client capable -6 fd00:2::2 1
	check 'helper: by port: three connections' wait_for 20 three_tracked
	check_equal 'helper: by port: FTP has one if the kernel can, ours none' "$expected" "$(helpers_by_port)"
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
