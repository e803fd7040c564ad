#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Random and mutated segments through the rule in a running kernel, byte by byte against the oracle
# (fuzz/tun.c), and the counters at the end.  FUZZ_SEGMENTS (100000): how many; FUZZ_SEED (1); FUZZ_HEADERS: a
# file with the TCP headers to send (lines as in fuzz/handshakes), instead of random ones
set -uo pipefail
# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"
declare -A total=()
headers=()
[ -z "${FUZZ_HEADERS:-}" ] || headers=(-f "$FUZZ_HEADERS")

# tunnels NAMESPACE: it forwards from "in" to "out"
tunnels() {
	local device
	for device in in out; do
		ip -n "$1" tuntap add dev $device mode tun vnet_hdr
		ip -n "$1" link set $device addrgenmode none mtu 9000 up
	done
	ip -n "$1" addr add 10.0.1.1/24 dev in
	ip -n "$1" addr add fd00:1::1/64 dev in nodad
	ip -n "$1" route add 10.0.2.0/24 dev out
	ip -n "$1" route add fd00:2::/64 dev out
	inside "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}
inside() { nsenter --net="/run/netns/$1" "${@:2}"; }

# counted NAMESPACE: the counters, as fuzz_tun prints what they should be
# shellcheck disable=SC2016	# awk's fields
counted() { inside "$1" awk 'NR > 1 { print $1, $2 }' /proc/net/mptcp_bflag; }

# compared HOOK OPTION SEED SEGMENTS VERSIONS FLAG
compared() {
	local hook=$1 option=$2 seed=$3 name=tun-$net_id-$3 wanted word number status=0
	shift 3
	net_add "$name"
	tunnels "$name"
	inside "$name" nft "add table inet t; add chain inet t c { type filter hook $hook priority 0; }"
	inside "$name" attributes add inet t c "$@" &&
		inside "$name" attributes add -i -m -c inet t c "$@"
	# shellcheck disable=SC2086	# no option is no word
	wanted=$(inside "$name" fuzz_tun $option "${headers[@]}" "$each" "$seed" "$@" 2>&1) || status=$?
	if [ "$status" = 0 ]; then
		ok "$each segments, $hook${option:+, cloned}, rule $*"
	else
		fail "$each segments, $hook${option:+, cloned}, rule $*"
		diag <<<"$wanted"
		return
	fi
	check_equal "its counters, $hook${option:+, cloned}, rule $*" "$wanted" "$(counted "$name")"
	while read -r word number; do
		total[$word]=$((${total[$word]:-0} + number))
	done <<<"$wanted"
}

need 'modprobe -a nft_mptcp_bflag tun' 'no module'
each=$((${FUZZ_SEGMENTS:-100000} / 8))
seed=${FUZZ_SEED:-1}
# Linux copies a cloned header before "forward"; at "prerouting", our rule has to.
while read -r hook option numbers; do
	# shellcheck disable=SC2086	# numbers are words
	compared "$hook" "${option#none}" $((seed++)) $numbers
done <<'EOT'
forward none 7 3 32
forward none 5 2 32
postrouting none 2 2 32
postrouting none 7 1 32
prerouting none 7 3 32
prerouting -t 7 3 32
prerouting -t 7 2 64
prerouting -t 5 2 32
EOT
if [ ${#headers[@]} -gt 0 ]; then
	check 'segments were marked' [ "$((${total[syn_marked]:-0} * ${total[synack_marked]:-0} * ${total[ack_marked]:-0}))" -gt 0 ]
	finish
fi
# no segment can make a header unwritable
unreached=''
for word in "${!total[@]}"; do
	[ "$word" = not_writable ] || [ "${total[$word]}" -gt 0 ] || unreached+="$word "
done
check_equal "each of ${#total[@]} counters was reached" '12 ' "${#total[@]} $unreached"
for word in "${!total[@]}"; do echo "# $word ${total[$word]}"; done | sort
finish
