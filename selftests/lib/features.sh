# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Find out, by trying, which features the kernel and nft lack.  A test that needs one is
# skipped; its reason begins with the feature's word.  selftests/kernels lists the words that
# each kernel may lack; any other skip is a failure.  no-mptcp and no-second-meaning are tried on
# this machine, everything else on the gateway's.

# shellcheck source=selftests/lib/ktap.sh
declare -F ktap_line >/dev/null || . "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/pair.sh
. "$SELFTESTS/lib/pair.sh"

feature_reason() { # WORD
	case $1 in
	no-mptcp) echo 'this kernel has no MPTCP endpoints (CONFIG_MPTCP)' ;;
	no-egress) echo 'this kernel has no netdev egress hook (came with Linux 5.16)' ;;
	no-mptcp-option) echo 'this nft does not know "tcp option mptcp" (came with nft 0.9.9)' ;;
	no-percpu-trace) echo 'this kernel does not trace the callers of per-CPU allocations (came with Linux 5.19; not on arm64)' ;;
	no-veth-gro) echo 'the veth devices of this kernel have no GRO without XDP (came with Linux 5.13)' ;;
	no-ifname-ranges) echo 'this nft cannot load a set with a device like "ppp*" (came with nft 1.0.2)' ;;
	no-iptables-legacy) echo 'this kernel has no tables of iptables-legacy (CONFIG_NETFILTER_XTABLES_LEGACY)' ;;
	no-table-owner) echo 'this kernel or its nft has no tables with an owner (came with Linux 5.12, nft 0.9.9)' ;;
	no-second-meaning) echo 'a server of this kernel does not join announced addresses for the flag (came in October 2025)' ;;
	*) echo "unknown feature $1"; return 2 ;;
	esac
}

feature_try() { # WORD: succeeds if the feature is there
	case $1 in
	none) ;;
	no-mptcp) sysctl -n net.mptcp.enabled ;;
	no-egress)
		at_gateway unshare -n sh -c 'ip link set lo up && nft "add table netdev t;
			add chain netdev t c { type filter hook egress device lo priority 0; }"'
		;;
	no-mptcp-option) at_gateway unshare -n nft 'add table t; add chain t c; add rule t c tcp option mptcp subtype 0' ;;
	no-percpu-trace)
		# tracefs may not be mounted yet
		at_gateway unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing
			grep -q call_site /sys/kernel/tracing/events/percpu/percpu_alloc_percpu/format'
		;;
	no-veth-gro)
		# veth devices that support GRO have it off at first
		at_gateway unshare -n sh -c 'ip link add x0 type veth peer name x1 &&
			ethtool -k x0 | grep -q "^generic-receive-offload: off$"'
		;;
	no-ifname-ranges)
		# without a limit, nft 0.9.8 allocates all memory
		at_gateway unshare -n sh -c 'ulimit -v 300000
			nft "table t { set s { type ifname; flags interval; elements = { \"ppp*\" }; }; }"'
		;;
	no-iptables-legacy) at_gateway unshare -n iptables-legacy -t raw -S ;;
	no-second-meaning) announced_joined ;;	# of suite/second-meaning.sh, which needs its network for that
	no-table-owner) at_gateway unshare -n nft 'table t { flags owner; }' ;;
	*) return 2 ;;
	esac </dev/null >/dev/null 2>&1	# at_gateway reads standard input
}

# lacks WORD: tried once per script
declare -A feature_lacking=()
lacks() {
	if [ -z "${feature_lacking[$1]:-}" ]; then
		if feature_try "$1"; then feature_lacking[$1]=no; else feature_lacking[$1]=yes; fi
	fi
	[ "${feature_lacking[$1]}" = yes ]
}

# skip_lacking NAME WORD: skip the test NAME because WORD is lacking
skip_lacking() { skip "$1" "$2: $(feature_reason "$2")"; }

# with_feature WORD NAME COMMAND...: run COMMAND, or skip the test NAME if WORD is lacking
with_feature() {
	if lacks "$1"; then skip_lacking "$2" "$1"; else "${@:3}"; fi
}

# need_feature WORD: skip the whole script without the feature
need_feature() {
	lacks "$1" || return 0
	skip_lacking "$(basename "$0" .sh)" "$1"
	finish
}

# attempt_by: set $attempt to a command that takes [-6] ADDRESS PORT and sends a SYN with
# MP_CAPABLE: a client with an MPTCP socket, or a raw SYN if the kernel has no MPTCP
# shellcheck disable=SC2034	# for those who source this
attempt_by() {
	attempt='peer client'
	! lacks no-mptcp || attempt=capable
}

# capable_match: set $capable_match to the match for MP_CAPABLE that this nft can parse
# shellcheck disable=SC2034	# for those who source this
capable_match() {
	capable_match='tcp option mptcp subtype 0'
	! lacks no-mptcp-option || capable_match='tcp option @30,16,4 0'
}
