#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Crafted TCP segments through both front ends: the rule in each family and at each hook, and
# the conntrack helpers; with VLAN tags, padding, offloads, nonlinear and cloned skbs.
# helpers/segments.c compares what arrives byte by byte.  Everything is in network namespaces.
set -uo pipefail
# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"

bridge=bridge-$net_id other=other-$net_id
in_bridge() { ip netns exec "$bridge" "$@"; }

declare -A numbers=(
	# segments, versions, flag
	[default]='5 2 32' [synack]='7 2 32' [v0]='7 1 32' [both]='7 3 32'
	[flag-b]='7 2 64' [only-syn]='1 2 32' [only-synack]='2 2 32'
	[only-ack]='4 2 32' [none]=''
)

# The numbers of the rule that only matches, if they differ from those of the rule that sets
match=''

# The output of helpers/segments.c
lines=$(mktemp)
at_exit "rm -f $lines"

# Where the rule is: its namespace and its family; the front end, "expression" or "helper"; and
# the word of a feature that the kernel lacks for it (lib/features.sh)
where='' family='' front_end='' lacking=''

# chain NAMESPACE FAMILY HOOK...: replace the ruleset by an empty base chain
chain() {
	where=$1 family=$2 front_end=expression
	shift 2
	lacking=''
	if [[ $* = egress* ]] && lacks no-egress; then
		lacking=no-egress
		return
	fi
	nsenter --net="/run/netns/$where" nft -f - <<-EOT
		flush ruleset
		table $family t {
			chain c { type filter hook $*; policy accept; }
		}
	EOT
}

# helped NAMESPACE FAMILY HOOK...: the same for a chain that gives each connection a helper:
# "default" mptcp-bflag, "only-synack" mptcp-bflag-lb, "both" mptcp-bflag with all segments in
# reply direction.  Conntrack must not reject segments for their checksum or window.
helped() {
	chain "$@"
	front_end=helper
	nsenter --net="/run/netns/$where" sysctl -qw net.netfilter.nf_conntrack_checksum=0 \
		net.netfilter.nf_conntrack_tcp_be_liberal=1
}

helper_set() {
	local type=mptcp-bflag
	[ "$1" != only-synack ] || type=mptcp-bflag-lb
	nsenter --net="/run/netns/$where" nft -f - <<-EOT
		flush chain $family t c
		table $family t {
			ct helper $1 { type "$type" protocol tcp; }
			chain c { ct helper set "$1"; }
		}
	EOT
}

# rule_set CONFIG MATCH: replace the rules of the chain by this one, after one that matches and
# counts the segments that a rule MATCH would change or count
# shellcheck disable=SC2086	# numbers are words
rule_set() {
	if [ "$front_end" = helper ]; then
		helper_set "$1"
		return
	fi
	nsenter --net="/run/netns/$where" rule -r "$family" t c ${numbers[$1]} || return
	[ "$2" = none ] || nsenter --net="/run/netns/$where" \
		attributes add -i -m -c "$family" t c ${numbers[$2]}
}

# try CONFIG NAME SEGMENTS-OPTION...: run helpers/segments.c with this rule
try() {
	local config=$1 name=$2 look=${match:-$1} status=0 output
	shift 2
	if [ -n "$lacking" ]; then
		skip_lacking "$name, $config" "$lacking"
		return
	fi
	if [ "$front_end" = helper ]; then
		case $config in
		only-synack) set -- --helper balancer "$@" ;;
		both) set -- --helper reply "$@" ;;
		*) set -- --helper client "$@" ;;
		esac
	elif [ "$look" != none ]; then
		set -- --match "$look" "$@"
	fi
	if ! output=$(rule_set "$config" "$look" 2>&1); then
		fail "$name, $config: the rule can be set"
		diag <<<"$output"
		return
	fi
	segments --name "$name, $config" --config "$config" \
		--gateway "$where" "$@" >"$lines" || status=$?
	ktap_relay <"$lines"
	[ "$status" -le 1 ] || fail "$name, $config: segments ends normally (exit $status)"
}

# routed NAME CONFIG... -- SEGMENTS-OPTION...: through the router
routed() {
	local name=$1 configs=()
	shift
	while [ "$1" != -- ]; do configs+=("$1"); shift; done
	shift
	for config in "${configs[@]}"; do
		try "$config" "$name" --from "$client:eth" --via "$gateway:lan" \
			--to "$server:eth" --back "$gateway:wan" "$@"
	done
}

# bridged NAME CONFIG... -- SEGMENTS-OPTION...: through the bridge
bridged() {
	local name=$1 configs=()
	shift
	while [ "$1" != -- ]; do configs+=("$1"); shift; done
	shift
	for config in "${configs[@]}"; do
		try "$config" "$name" --bridged --from "$client:port" \
			--via "$server:port" --to "$server:port" --back "$client:port" "$@"
	done
}

# Newer kernels parse a second VLAN tag and PPPoE when there is a "meta" expression.  The offset
# of the IP header then differs from skb's network header; packets whose IP header ends early
# show whether the expression respects this.  A counter shows whether the kernel parses them.
within() { # NAME SEGMENTS-OPTION...
	local hook unseen name=$1
	shift
	for hook in 'netdev ingress device lan' 'netdev egress device wan' 'bridge forward'; do
		chain "$bridge" "${hook%% *}" "${hook#* } priority 0"
		unseen=''
		if [ -z "$lacking" ]; then
			in_bridge nft -f - <<-EOT
				delete chain ${hook%% *} t c
				table ${hook%% *} t {
					chain c { }
					chain base {
						type filter hook ${hook#* } priority 0;
						meta l4proto tcp counter jump c
					}
				}
			EOT
			bridged "$hook, $name, no rule" none -- --sweep 10 "$@"
			unseen=--unseen
			[[ $(in_bridge nft list chain "${hook%% *}" t base) = *'counter packets 0'* ]] || unseen=''
			echo "# $hook, $name: the kernel does ${unseen:+not }parse it"
		fi
		# shellcheck disable=SC2086
		bridged "$hook, $name" default both -- --sweep 10 $unseen "$@"
		# shellcheck disable=SC2086
		bridged "$hook, $name, padding" both -- --sweep 10 --pad 30 $unseen "$@"
	done
}

within_other_headers() {
	within 'two VLAN tags' --vlan 10 --within tag
	within PPPoE --within pppoe
	within 'VLAN, PPPoE' --vlan 10 --within pppoe
}

make_bridge() {
	net_bridged "$bridge"
	net_add "$other"
	ip link add port netns "$other" type veth peer name dmz netns "$bridge"
	ip -n "$bridge" link set dmz master br0 up
	ip -n "$other" link set port up
	# frames are flooded only if they are sent to a MAC address that no host has
	learn=$(in_server cat /sys/class/net/port/address)
	bridge -n "$bridge" fdb replace "$learn" dev wan master static
}

every=(default synack v0 both flag-b only-syn only-synack only-ack)

routed_hooks() {
	chain "$gateway" ip 'forward priority 0'
	routed 'no rule' none -- --sweep 5
	routed 'ip forward' default -- --each --family 4
	routed 'ip forward' "${every[@]:1}" -- --family 4
	chain "$gateway" ip6 'forward priority 0'
	routed 'ip6 forward' "${every[@]}" -- --family 6
	chain "$gateway" inet 'forward priority 0'
	routed 'inet forward' default both -- --sweep 3 --pad 9 --trimmed
	match=both routed 'inet forward, only a rule with "match"' none -- --sweep 3
	local family hook
	for family in ip ip6 inet; do
		for hook in 'prerouting priority -300' 'postrouting priority 100'; do
			chain "$gateway" "$family" "$hook"
			case $family in
			ip) set -- --family 4 ;;
			ip6) set -- --family 6 ;;
			inet) set -- ;;
			esac
			routed "$family ${hook%% *}" default both -- --sweep 10 "$@"
		done
	done
	chain "$gateway" inet 'ingress device lan priority 0'
	routed 'inet ingress' default both -- --sweep 10
	for hook in ingress egress; do
		local device=lan
		[ "$hook" = ingress ] || device=wan
		chain "$gateway" netdev "$hook device $device priority 0"
		routed "netdev $hook" default both -- --sweep 10
		# padding follows the IP packet at ingress only
		set -- --pad 30
		[ "$hook" = ingress ] || set -- --pad 30 --trimmed
		routed "netdev $hook, padding" both -- --sweep 10 "$@"
	done
}

local_hooks() {
	local family
	for family in ip ip6 inet; do
		case $family in
		ip) set -- --family 4 ;;
		ip6) set -- --family 6 ;;
		inet) set -- ;;
		esac
		chain "$gateway" "$family" 'input priority 0'
		try both "$family input" --input --from "$client:eth" \
			--via "$gateway:lan" --to "$gateway" --sweep 10 "$@"
		chain "$gateway" "$family" 'output priority 0'
		try both "$family output" --output --from "$gateway" \
			--to "$server:eth" --sweep 10 "$@"
	done
}

with_conntrack() {
	chain "$gateway" inet 'forward priority 0'
	in_gateway nft add chain inet t track '{ type filter hook prerouting priority 0; }'
	in_gateway nft add rule inet t track ct state invalid counter
	routed 'inet forward, conntrack' default both -- --sweep 10 --defrag
}

with_vlan_devices() {
	ip -n "$gateway" link add link lan name lan10 type vlan id 10
	ip -n "$gateway" link add link wan name wan10 type vlan id 10
	ip -n "$gateway" link set lan10 up
	ip -n "$gateway" link set wan10 up
	ip -n "$gateway" addr flush dev wan
	ip -n "$gateway" addr add 10.0.2.1/24 dev wan10
	ip -n "$gateway" addr add fd00:2::1/64 dev wan10 nodad
	net_absent "$gateway" wan10
	local hook
	for hook in 'ingress device lan' 'egress device wan' 'egress device wan10'; do
		chain "$gateway" netdev "$hook priority 0"
		routed "VLAN, netdev $hook" both -- --sweep 10 --vlan 10
	done
	chain "$gateway" inet 'forward priority 0'
	routed 'VLAN, inet forward' both -- --sweep 10 --vlan 10
	ip -n "$gateway" link delete wan10
	ip -n "$gateway" link delete lan10
	ip -n "$gateway" addr add 10.0.2.1/24 dev wan
	ip -n "$gateway" addr add fd00:2::1/64 dev wan nodad
	net_absent "$gateway" wan
}

bridge_hooks() {
	local hook
	for hook in 'prerouting priority -300' 'forward priority 0' 'postrouting priority 0'; do
		chain "$bridge" bridge "$hook"
		bridged "bridge ${hook%% *}" default both -- --sweep 10
		bridged "bridge ${hook%% *}, padding" both -- --sweep 10 --pad 22
		bridged "bridge ${hook%% *}, VLAN" both -- --sweep 10 --vlan 10 --pad 1
	done
	bridged 'bridge, no rule' none -- --sweep 10 --vlan 10 --pad 3
	for hook in 'ingress device lan' 'egress device wan'; do
		chain "$bridge" netdev "$hook priority 0"
		bridged "bridge, netdev $hook" both -- --sweep 10 --pad 18
		bridged "bridge, netdev $hook, VLAN" both -- --sweep 10 --vlan 10 --pad 18
	done
	chain "$bridge" bridge 'forward priority 0'
	ip -n "$bridge" link set br0 type bridge vlan_filtering 1
	for port in lan wan dmz; do
		bridge -n "$bridge" vlan add dev "$port" vid 10
	done
	bridge -n "$bridge" fdb replace "$learn" dev wan master static vlan 10
	bridge -n "$bridge" fdb replace "$learn" dev wan master static vlan 1
	bridged 'bridge forward, VLAN filtering' both -- --sweep 10 --vlan 10
	bridged 'bridge forward, VLAN filtering, no tag' both -- --sweep 10
	ip -n "$bridge" link set br0 type bridge vlan_filtering 0
}

offloads() {
	local family hook
	for family in 'inet forward' 'netdev ingress device lan' 'netdev egress device wan'; do
		read -r family hook <<<"$family"
		chain "$gateway" "$family" "$hook priority 0"
		in_gateway ethtool -K wan tx on tso on gso on >/dev/null
		routed "$family ${hook%% *}, checksum left to the device" default both -- \
			--sweep 10 --partial keep
		routed "$family ${hook%% *}, GSO" both -- --sweep 10 --gso keep
		in_gateway ethtool -K wan tx off tso off gso off >/dev/null
		routed "$family ${hook%% *}, checksum filled in" default both -- \
			--sweep 10 --partial fill
		routed "$family ${hook%% *}, GSO segmented" both -- --sweep 10 --gso segment
	done
	in_gateway ethtool -K wan tx on tso on gso on >/dev/null
}

# The client's kernel segments a big frame, and the gateway's GRO merges the segments: into a
# normal skb or into a list of skbs with headers of their own.  The rule sees the merged skb
# once, and each segment leaves with the flag.
joined() {
	local family hook list
	if lacks no-veth-gro; then
		skip_lacking 'segments joined by GRO' no-veth-gro
		return
	fi
	in_client ethtool -K eth tx off tso off gso off >/dev/null
	for list in off on; do
		in_gateway ethtool -K lan gro on rx-gro-list "$list" >/dev/null
		for family in 'inet forward' 'netdev egress device wan'; do
			read -r family hook <<<"$family"
			chain "$gateway" "$family" "$hook priority 0"
			in_gateway ethtool -K wan tx on tso on gso on >/dev/null
			routed "$family ${hook%% *}, joined, rx-gro-list $list" default -- \
				--joined --sweep 10 --gso keep
			in_gateway ethtool -K wan tx off tso off gso off >/dev/null
			routed "$family ${hook%% *}, joined, rx-gro-list $list, segmented" default -- \
				--joined --sweep 10 --gso segment
		done
	done
	in_gateway ethtool -K lan gro off rx-gro-list off >/dev/null
	in_gateway ethtool -K wan tx on tso on gso on >/dev/null
	in_client ethtool -K eth tx on tso on gso on >/dev/null
}

# Nonlinear skbs: parts of a big frame, and frames of a tap device, which are made of pages
pieces() {
	local hook
	for hook in 'inet ingress device lan' 'inet prerouting' 'inet forward' \
		'inet postrouting' 'netdev egress device wan'; do
		chain "$gateway" "${hook%% *}" "${hook#* } priority 0"
		routed "$hook, pieces of a big frame" both -- --split frame
	done

	ip -n "$gateway" tuntap add dev tap0 mode tap
	ip -n "$gateway" link set tap0 up
	in_gateway ethtool -K tap0 gro off >/dev/null
	for hook in 'netdev ingress device tap0' 'inet prerouting' 'inet forward' \
		'netdev egress device wan'; do
		chain "$gateway" "${hook%% *}" "${hook#* } priority 0"
		try both "$hook, pieces by tap" --split tap --from "$gateway:tap0" \
			--via "$gateway:tap0" --to "$server:eth"
	done
	chain "$bridge" bridge 'forward priority 0'
	ip -n "$bridge" tuntap add dev tap0 mode tap
	ip -n "$bridge" link set tap0 master br0 up
	in_bridge ethtool -K tap0 gro off >/dev/null
	try both 'bridge forward, pieces by tap' --bridged --split tap \
		--from "$bridge:tap0" --via "$server:port" --to "$server:port"
	ip -n "$gateway" link delete tap0
	ip -n "$bridge" link delete tap0
}

# Cloned skbs: other users of the frame see it unchanged.
clones() {
	chain "$gateway" inet 'forward priority 0'
	routed 'inet forward, tap on lan' both -- --sweep 10 --tap "$gateway:lan"
	chain "$gateway" netdev 'ingress device lan priority 0'
	routed 'netdev ingress, tap on lan' both -- --sweep 10 --tap "$gateway:lan"
	chain "$bridge" bridge 'forward priority 0'
	bridged 'bridge forward, tap on lan' both -- --sweep 10 --tap "$bridge:lan"
	chain "$bridge" netdev 'egress device wan priority 0'
	bridged 'netdev egress, frame also flooded to dmz' both -- --sweep 10 \
		--via "$client:eth" --tap "$other:port"
}

# The helpers.  Neither $client nor $server may answer a crafted segment.
helper() {
	local hook config
	in_client nft -f - <<-'EOT'
		table inet silent {
			chain c { type filter hook prerouting priority raw; meta l4proto tcp drop; }
		}
	EOT
	helped "$gateway" inet 'forward priority 0'
	routed 'helper set in inet forward' default -- --each
	routed 'helper set in inet forward' only-synack -- --each
	routed 'helper set in inet forward, answers' both -- --sweep 10
	for hook in 'ip prerouting' 'ip6 prerouting' 'ip postrouting' 'ip6 postrouting' 'inet postrouting'; do
		helped "$gateway" "${hook% *}" "${hook#* } priority 50"
		case $hook in
		ip\ *) set -- --family 4 ;;
		ip6\ *) set -- --family 6 ;;
		*) set -- ;;
		esac
		routed "helper set in $hook" default only-synack -- --sweep 10 "$@"
	done
	helped "$gateway" inet 'input priority 0'
	try default 'helper set in inet input' --input --from "$client:eth" \
		--via "$gateway:lan" --to "$gateway" --sweep 10
	helped "$gateway" inet 'output priority 0'
	try default 'helper set in inet output' --output --from "$gateway" \
		--to "$server:eth" --sweep 10

	helped "$gateway" inet 'forward priority 0'
	routed 'helper, tap on lan' default only-synack -- --sweep 10 --tap "$gateway:lan"
	in_gateway ethtool -K wan tx on tso on gso on >/dev/null
	for config in default only-synack; do
		routed 'helper, checksum left to the device' "$config" -- --sweep 10 --partial keep
		routed 'helper, GSO' "$config" -- --sweep 10 --gso keep
	done
	in_gateway ethtool -K wan tx off tso off gso off >/dev/null
	for config in default only-synack; do
		routed 'helper, checksum filled in' "$config" -- --sweep 10 --partial fill
		routed 'helper, GSO segmented' "$config" -- --sweep 10 --gso segment
	done
	in_gateway ethtool -K wan tx on tso on gso on >/dev/null
	routed 'helper, pieces of a big frame' default -- --split frame

	helped "$bridge" bridge 'forward priority 0'
	bridged 'helper set in bridge forward' default only-synack -- --sweep 10
	in_client nft delete table inet silent
}

# A packet that is not TCP comes to the helper with the offset of another header.
helper_related() {
	ip -n "$gateway" route add 30.4.1.1 via 10.0.2.99 dev wan
	helped "$gateway" inet 'forward priority 0'
	try default 'helper' --from "$client:eth" --via "$gateway:lan" --to "$server:eth" \
		--related
	ip -n "$gateway" route delete 30.4.1.1
}

need 'modprobe nft_mptcp_bflag' 'no module'
modprobe -a tun 8021q bridge nf_conntrack_netlink nf_conntrack_bridge 2>/dev/null || :
net_jumbo
make_bridge
part() {
	local start=$SECONDS
	[[ " ${SEGMENTS_PARTS:-$1} " = *" $1 "* ]] || return 0
	"$1"
	echo "# $1: $((SECONDS - start)) s"
}
part routed_hooks
part local_hooks
part with_vlan_devices
part bridge_hooks
part within_other_headers
part offloads
part joined
part pieces
part clones
# The parts with conntrack are the last: before Linux 5.12, a network namespace that has used
# conntrack continues to defragment without rules.
part with_conntrack
part helper
part helper_related
finish
