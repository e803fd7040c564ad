# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The gateway of "make bench" and "make bench-scale", in a network namespace of their virtual
# machine.  Frames arrive at lan (or lan1, for a second processor); wan drops them.  Source it
# from the directory above selftests.
set -uo pipefail
bench=$PWD/build/bench
PATH=$bench:$PWD/build/userspace:$PWD/build/helpers:$PATH

fatal() {
	echo "bench: $*" >&2
	exit 1
}
trap 'fatal "line $LINENO failed"' ERR
set -eE

in_gateway() { ip netns exec gateway "$@"; }

gateway_make() {
	local device
	ip netns add gateway
	ip netns add client
	for device in lan lan1; do
		ip link add "$device" netns gateway type veth peer name "eth${device#lan}" netns client
		ip -n client link set "eth${device#lan}" up
		in_gateway ethtool -K "$device" gro on >/dev/null	# XDP's frames need a device with NAPI
	done
	for device in wan other; do ip -n gateway link add "$device" type dummy; done
	in_gateway sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.{lan,lan1}.rp_filter=0
	for device in lo lan lan1 wan other; do ip -n gateway link set "$device" up; done
	ip -n gateway -batch - <<-'EOT'
		addr add 10.0.1.1/24 dev lan
		addr add 10.0.2.1/24 dev wan
		neigh replace 10.0.2.2 lladdr 02:00:00:00:00:02 dev wan nud permanent
	EOT
	modprobe nft_mptcp_bflag	# nft loads the helpers' module and conntrack if a ruleset needs them
	insmod "$bench/nop/nft_bench_nop.ko"
}

# Replace the rules of the chain by one rule of one expression, or by none
own_rule() { # [nop | [match] 5 2 32]
	in_gateway rule -r inet own own "$@"
}

tracked_by_nat() {
	in_gateway nft -f - <<-'EOT'
		table inet nat {
			chain nat { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
		}
	EOT
	# long timeouts: the clock jumps when the guest is idle
	in_gateway sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1 \
		net.netfilter.nf_conntrack_{udp_timeout,udp_timeout_stream,tcp_timeout_syn_sent}=100000 \
		net.netfilter.nf_conntrack_tcp_timeout_{established,unacknowledged,max_retrans}=100000
}

# The same, with an empty chain and a helper that its rules can set
tracked() {
	tracked_by_nat
	in_gateway nft -f - <<-'EOT'
		table inet own {
			ct helper bflag { type "mptcp-bflag" protocol tcp; }
			chain own { type filter hook postrouting priority 110; }
		}
	EOT
}

connections() { in_gateway cat /proc/sys/net/netfilter/nf_conntrack_count; }
