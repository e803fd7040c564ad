#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Load the modules with the first rule and unload them after the last one: under traffic, with
# rules in network namespaces that are deleted.  Each namespace has its own counters.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"

# chain NAMESPACE: replace its ruleset by one empty chain
chain() {
	inside "$1" nft -f - <<-'EOT'
		flush ruleset
		table ip t {
			chain c { type filter hook forward priority 0; }
		}
	EOT
}
add() { inside "$1" attributes add ip t c 5 2 32; }
rules() { inside "$1" attributes dump | wc -l; }

first_rule() {
	check 'no module is loaded before the first rule' wait_for 20 unload
	check 'the counters do not exist' in_gateway test ! -e $proc
	chain "$gateway"
	check 'a chain loads no module' eval '! loaded'
	check 'the first rule can be added' add "$gateway"
	check 'the rule loads the module of the expression' loaded nft_mptcp_bflag
	check 'the rule does not load the module of the helpers' eval '! loaded nf_conntrack_mptcp_bflag'
}

in_use() {
	check_status 'rmmod is refused while a rule exists' 1 rmmod nft_mptcp_bflag
	check_match 'rmmod says why' 'in use' "$ktap_output"
	check_status 'the system call is refused, too' 1 delete_module nft_mptcp_bflag
	check_equal 'the system call is refused with EWOULDBLOCK' 'Resource temporarily unavailable' "$ktap_output"
	chain "$server"
	check 'a rule in another namespace can be added' add "$server"
	in_gateway nft flush chain ip t c
	check_equal 'the first rule can be deleted' 0 "$(rules "$gateway")"
	check_status 'the module it depends on is refused' 1 delete_module mptcp_bflag
	check_status 'refused while there is a rule in another namespace' 1 delete_module nft_mptcp_bflag
	in_server nft delete table ip t
	check 'without the last rule the modules can be unloaded' wait_for 20 unload
	check 'unloaded: the counters are gone' in_gateway test ! -e $proc
}

rules_of_dead_namespaces() {
	local one=one-$net_id two=two-$net_id
	ip netns add "$one"
	ip netns add "$two"
	chain "$one"
	chain "$two"
	add "$one"
	add "$two"
	ip netns delete "$one"
	check_status 'one of two namespaces with rules is deleted: the module stays' 1 delete_module nft_mptcp_bflag
	ip netns delete "$two"
	check 'both are deleted: the modules can be unloaded' wait_for 20 unload
}

rules_of_dead_devices() {
	local hook hooks=(ingress)
	with_feature no-egress 'netdev egress: a rule, and its device is deleted' eval 'hooks+=(egress)'
	for hook in "${hooks[@]}"; do
		ip -n "$gateway" link add short type veth peer name lived
		in_gateway nft -f - <<-EOF
			table netdev t {
				chain c { type filter hook $hook device short priority 0; }
			}
		EOF
		check "netdev $hook: a rule can be added" in_gateway attributes add netdev t c 5 2 32
		check "netdev $hook: its device can be deleted" ip -n "$gateway" link delete short
		check "netdev $hook: its table can be deleted" in_gateway nft delete table netdev t
		check "netdev $hook: the modules can be unloaded" wait_for 20 unload
	done
}

failed_transactions() {
	local before
	chain "$gateway"
	before=$(in_gateway nft list ruleset)
	check_status 'two rules, the second is bad: refused' 1 \
		in_gateway attributes add ip t c 5 2 32 0 2 32
	check_equal 'two rules, the second is bad: neither is added' "0 $before" \
		"$(rules "$gateway") $(in_gateway nft list ruleset)"
	check 'two rules, the second is bad: the modules can be unloaded' wait_for 20 unload
}

counters_of_namespaces() {
	local zero before young=young-$net_id
	chain "$gateway"
	add "$gateway"
	zero=$(counters "$gateway")
	check_equal 'the counters have these names' \
		'counter syn_marked synack_marked ack_marked already_set extensibility_set wrong_length other_version broken_options tcp_ao fragment not_writable ack_unmarked' \
		"$(awk '{ print $1 }' <<<"$zero" | xargs)"
	check_equal 'the counters start at 0' '' "$(sed '1d; / 0 0$/d' <<<"$zero")"
	check_equal 'each namespace has counters' "$zero"$'\n'"$zero" \
		"$(counters "$client"; counters "$server")"
	check_equal 'the counters are readable for all, writable for nobody' 444 \
		"$(in_gateway stat -c %a $proc)"
	check_equal 'another user can read the counters' "$zero" "$(in_gateway \
		setpriv --reuid=65534 --regid=65534 --clear-groups cat $proc)"
	check_status 'root cannot write the counters' 1 in_gateway sh -c "echo 0 >$proc"

	connect
	check_equal 'a connection attempt: one SYN is counted' 1 \
		"$(counters "$gateway" | awk '$1 == "syn_marked" { print $2 }')"
	check_equal 'nothing is counted in other namespaces' "$zero"$'\n'"$zero" \
		"$(counters "$client"; counters "$server")"
	before=$(counters "$gateway")
	in_gateway nft flush ruleset
	check_equal 'counters stay without the rule' "$before" "$(counters "$gateway")"
	ip netns add "$young"
	check_equal 'a new namespace starts at 0' "$zero" "$(counters "$young")"
	ip netns delete "$young"
	check 'counters: unloaded' wait_for 20 unload
}

# Each time, the module must have seen packets before it is unloaded.
load_and_unload() {
	local try seen=0 gone=0
	chain "$gateway"
	traffic_start
	for try in {1..20}; do
		modprobe nft_mptcp_bflag
		add "$gateway"
		wait_for 20 has_looked && seen=$((seen + 1))
		if [ $((try % 2)) = 0 ]; then
			in_gateway nft flush chain ip t c
		else
			chain "$gateway"
		fi
		wait_for 20 unload && gone=$((gone + 1))
	done
	check_equal 'loaded under traffic, it has seen packets, 20 times' 20 $seen
	check_equal 'unloaded under traffic, 20 times' 20 $gone
}

rules_under_traffic() {
	local try there=0 gone=0
	modprobe nft_mptcp_bflag
	for try in {1..30}; do
		chain "$gateway"
		in_gateway attributes add ip t c 5 2 32 7 3 32 5 1 64 7 2 32
		[ "$(rules "$gateway")" = 4 ] && there=$((there + 1))
		case $((try % 3)) in
		0) in_gateway nft flush ruleset ;;
		1) in_gateway nft delete table ip t ;;
		2) in_gateway nft flush chain ip t c ;;
		esac
		[ "$(rules "$gateway")" = 0 ] && gone=$((gone + 1))
	done
	check_equal 'four rules added under traffic, 30 times' 30 $there
	check_equal 'flushed and deleted under traffic, 30 times' 30 $gone
	check 'packets went through the rules' has_looked
	traffic_stop
	check 'unloaded after the traffic' wait_for 20 unload
}

# Each allocation for a namespace is freed, as the kernel's tracepoints show.
trace=/sys/kernel/tracing
allocations() { # prints "ALLOCATED FREED" of the module
	awk '/percpu_alloc_percpu:.*bflag_net_init/ && match($0, / ptr=[^ ]*/) {
			there[substr($0, RSTART, RLENGTH)] = 1
			allocated++
		}
		/percpu_free_percpu:/ && match($0, / ptr=[^ ]*/) {
			key = substr($0, RSTART, RLENGTH)
			if (key in there) { delete there[key]; freed++ }
		}
		END { print allocated + 0, freed + 0 }' $trace/trace
}
all_freed() { [ "$(allocations)" = '200 200' ]; }

many_namespaces() {
	[ -e $trace/trace ] || { mount -t tracefs tracefs $trace && at_exit "umount $trace"; }
	modprobe nft_mptcp_bflag
	if lacks no-percpu-trace; then
		check '200 namespaces come and go' syscalls namespaces 200
		skip_lacking '200 allocations for them, all freed' no-percpu-trace
		check 'unloaded after 200 namespaces' wait_for 20 unload
		return
	fi
	at_exit "echo 0 >$trace/events/percpu/enable; echo >$trace/trace; echo 1408 >$trace/buffer_size_kb"
	echo 16384 >$trace/buffer_size_kb
	echo 1 >$trace/events/percpu/enable
	check '200 namespaces start and exit' syscalls namespaces 200
	wait_for 60 all_freed
	echo 0 >$trace/events/percpu/enable
	# gcc may have made no tail call of the kernel's __alloc_percpu(); then the trace names that one, as on arm64
	if grep -q 'percpu_alloc_percpu:.*call_site=__alloc_percpu+' $trace/trace; then
		skip_lacking '200 allocations for them are freed' no-percpu-trace
	else
		check_equal '200 allocations for them are freed' '200 200' "$(allocations)"
	fi
	check 'unloaded after 200 namespaces' wait_for 20 unload
}

net_routed
first_rule
in_use
rules_of_dead_namespaces
rules_of_dead_devices
failed_transactions
counters_of_namespaces
load_and_unload
rules_under_traffic
many_namespaces
finish
