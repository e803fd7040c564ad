#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No deadlock while modules are loaded and unloaded.  nf_conntrack requests the module of a "ct
# helper" with a namespace's commit mutex held.  Others wait for this mutex with a lock held that
# (un)loading may need.  The test replaces kernel.modprobe by a script that starts these and continues
# when they wait, so that nothing is left to chance:
#
#	second nft			holds nf_tables' lock
#	a namespace exits		holds pernet_ops_rwsem
#	another helper is unregistered	behind that namespace, holds the lock of nfnetlink_cthelper
#					(not in newer kernels: 7.3 unregisters it without waiting)
#
# A load by "ct helper", one that fails, and modprobe of the helpers must not wait for them.  A load of
# the expression and each unload may, and must succeed when the transaction ends.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"

patience=20	# seconds; a process that takes longer hangs
modprobe=$(sysctl -n kernel.modprobe)
scratch=$(mktemp -d)
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
dying=''	# pid of the process that keeps the namespace to be deleted
at_exit "rm -rf $scratch"
at_exit "sysctl -qw kernel.modprobe=$modprobe"

gone() { # PID...
	local pid
	for pid; do
		! grep -qsE '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" || return
	done
}
# waits FUNCTION [PID]: is this process, or any, waiting in this kernel function?
# shellcheck disable=SC2086	# the pattern must expand
waits() { grep -qsE " ($1)\+" /proc/${2:-[0-9]*}/stack; }
# stuck: print the processes in uninterruptible sleep, and their stacks
stuck() {
	local status
	grep -lsE '^State:[[:space:]]*D' /proc/[0-9]*/status | while read -r status; do
		echo "$(<"${status%status}comm"): $(tr '\0' ' ' <"${status%status}cmdline")"
		cat "${status%status}stack"
	done 2>/dev/null | diag
}

# hold COMMAND...: start a process in a namespace that COMMAND makes; set $held to its pid
hold() {
	"$@" sleep infinity >/dev/null 2>&1 &
	held=$!
	disown
	at_exit "kill -9 $held 2>/dev/null"
	wait_for 20 grep -q '^sleep$' "/proc/$held/comm"
}
# join PID COMMAND...: run COMMAND in its namespace ("${into[@]}"), as its user ("${as[@]}")
join() { "${as[@]}" nsenter -t "$1" "${into[@]}" "${@:2}"; }
# place COMMAND...: make the test's namespace, $place; "${here[@]}" runs a command there
place() {
	hold "$@"
	place=$held here=("${as[@]}" nsenter -t "$held" "${into[@]}")
}
place_of_root() {
	as=() into=(-n)
	place unshare -n
}
place_of_user() {
	as=("${user[@]}") into=(-U -n --preserve-credentials)
	place "${user[@]}" unshare -Urn
}

# Steps: NAME_before prepares, NAME is run by the script for modprobe, NAME_after must succeed
# afterwards.  goes_on records the pid of a process that continues to run.
goes_on() { echo $! >>"$scratch/others"; }

second_nft_before() { :; }
second_nft() {
	"${here[@]}" nft add table ip other &
	goes_on
	wait_for 10 waits nf_tables_valid_genid $!
}
second_nft_after() { "${here[@]}" nft list table ip other; }

namespace_dies_before() {
	hold "${here[@]}" unshare -n
	dying=$held
	join "$dying" ip link add far type veth peer name near netns "$place"
}
namespace_dies() {
	kill -9 "$dying"
	wait_for 10 waits 'nf_tables_[a-z]*_event'
}
namespace_dies_after() { ! "${here[@]}" ip link show near; }

# Another module's helper is unregistered; behind namespace_dies, it waits up to Linux 6.12 at least.
# 7.3 does not wait: then it is gone, and helper_leaves_after finds its name free.
helper_leaves_before() { cthelper add leaving; }
helper_leaves() {
	cthelper delete leaving &
	goes_on
	wait_for 10 left_or_waits $!
}
left_or_waits() { waits net_ns_barrier "$1" || gone "$1"; }
helper_leaves_after() { cthelper add leaving && cthelper delete leaving; }

# A transaction that waits for modprobe, with the commit mutex held, until the file "release" exists
transaction_before() { rm -f "$scratch/holding" "$scratch/release"; }
transaction() {
	"${here[@]}" nft 'table ip held { ct helper h { type "held" protocol tcp; }; }' &
	goes_on
	wait_for 10 test -e "$scratch/holding"
}
transaction_after() { :; }

# The name of a helper is already taken when its module is loaded.
other_helper_before() { :; }
other_helper() { cthelper add mptcp-bflag; }
other_helper_after() { cthelper delete mptcp-bflag; }
other_lb_before() { cthelper add mptcp-bflag-lb; }
other_lb() { :; }
other_lb_after() { cthelper delete mptcp-bflag-lb; }

# modprobe must return, with any status.
# shellcheck disable=SC2086	# several words
unloading_before() { modprobe -a $modules; }
# shellcheck disable=SC2086	# several words
unloading() {
	rmmod $modules &
	goes_on
	wait_for 10 unloading_waits $! || return
	modprobe nfct-helper-mptcp-bflag || :
}
unloading_waits() { waits 'nft_unregister_expr|unregister_pernet_subsys|net_ns_barrier' "$1"; }
unloading_after() { :; }

# moment ALIAS STEP...: replace modprobe, for ALIAS, by a script that runs the steps, and
# makes the file "reached" if all succeed
moment() {
	rm -f "$scratch/reached"
	: >"$scratch/others"
	: >"$scratch/said"
	cat >"$scratch/modprobe" <<-EOT
		#!/bin/bash
		case \$3 in
		nfct-helper-held) touch "$scratch/holding" ;;
		$1) ;;
		*) exec $modprobe "\$@" ;;
		esac
		exec </dev/null >>"$scratch/said" 2>&1
		$(declare -p PATH ktap_never scratch modules here)
		dying=$dying
		$(declare -f)
		[ "\$3" = "$1" ] || { wait_for 60 test -e "$scratch/release"; exit 1; }
		echo \$\$ >>"$scratch/others"
		$(printf '%s && ' "${@:2}") touch "$scratch/reached"
		exec $modprobe "\$@"
	EOT
	chmod +x "$scratch/modprobe"
	sysctl -qw kernel.modprobe="$scratch/modprobe"
}

# ends NAME PID...: none of these hangs; after one has, wait only 1 s for the others
ends() {
	if wait_for "${hung:-$patience}" gone "${@:2}"; then
		ok "$1"
	else
		fail "$1"
		hung=1
	fi
}
# others_end NAME [PID]...: the same for these and the recorded processes
others_end() {
	local noted=()
	mapfile -t noted <"$scratch/others"
	ends "$@" "${noted[@]}"
}

ct_helper() { "${here[@]}" nft "table ip t { ct helper h { type \"$1\" protocol tcp; }; }" 2>/dev/null; }
expression() { "${root[@]}" rule ip t c 3 2 0x20; }
by_modprobe() { "$scratch/modprobe" -q -- "$1"; }

# scene NAME ALIAS COMMAND STEP...: COMMAND requests the module ALIAS, the steps are run while it waits
# for modprobe, and nothing hangs.  Sets $answer to its exit status.  If something hangs, kill it.
# With $meanwhile: a step is "transaction", which ends when this command has succeeded.
scene() {
	local name=$1 alias=$2 command=$3 step requests elsewhere hung=''
	shift 3
	for step; do
		"${step}_before" || fail "$name: before: $step"
	done
	moment "$alias" "$@"
	$command &
	requests=$!
	if [ -n "$meanwhile" ]; then
		check "$name: meanwhile: $meanwhile" wait_for 20 "$meanwhile" || stuck
		touch "$scratch/release"
	fi
	ends "$name: what requests it returns" "$requests"
	# the existing namespace needs nf_tables' lock, the new one pernet_ops_rwsem
	"${root[@]}" sh -c 'nft "add table ip t; list ruleset; delete table ip t" && exec unshare -n true' >/dev/null &
	elsewhere=$!
	ends "$name: nft in other namespaces returns" "$elsewhere"
	others_end "$name: all other processes return"
	if [ -n "$hung" ]; then
		stuck
		kill -9 "$requests" 2>/dev/null
		hung=''
		others_end "$name: it is killed, and all other processes return" "$requests" "$elsewhere"
		[ -z "$hung" ] || finish	# later tests would hang, too
	fi
	sysctl -qw kernel.modprobe="$modprobe"
	diag <"$scratch/said"
	wait "$elsewhere"
	check_equal "$name: nft in other namespaces succeeds" 0 $?
	wait "$requests" 2>/dev/null
	answer=$?
	check "$name: all steps were run while it waited" test -e "$scratch/reached"
	"${here[@]}" nft 'add table ip t; delete table ip t'
	for step; do
		check "$name: after: $step" wait_for 20 "${step}_after"
	done
}
clean() {
	"${here[@]}" nft flush ruleset
	check "$1: the modules can be unloaded" wait_for 20 unload
}

meanwhile=''
loads() { # NAME STEP...
	scene "$1" nfct-helper-mptcp-bflag 'ct_helper mptcp-bflag' "${@:2}"
	check_equal "$1: nft has the helper" 0 "$answer"
	check "$1: the module is loaded" loaded
	check "$1: the counters exist" wait_for 20 "${here[@]}" test -e /proc/net/mptcp_bflag
	clean "$1"
}
# Another helper has the name: nft may fail or not, but the next load succeeds.
name_taken() { # NAME STEP...
	scene "$1" nfct-helper-mptcp-bflag 'ct_helper mptcp-bflag' "${@:2}"
	clean "$1"
	check "$1: next time, nft has both helpers" "${here[@]}" nft 'table ip t {
		ct helper h { type "mptcp-bflag" protocol tcp; };
		ct helper l { type "mptcp-bflag-lb" protocol tcp; };
		chain c { }; }'
	check "$1: the next load gives the expression" "${here[@]}" rule ip t c 3 2 0x20
	clean "$1: the next load"
}
unloads() { # NAME STEP...
	scene "$1" nfct-helper-no-such 'ct_helper no-such' "${@:2}"
	check_equal "$1: nft is refused" 1 "$answer"
	clean "$1"
}

# Loads beside a transaction that holds the commit mutex and has nothing to do with them
helpers_are_there() { grep -qE '^nf_conntrack_mptcp_bflag .* Live ' /proc/modules; }
expression_waits() { waits 'nft_register_expr|nft_mptcp_bflag_module_init'; }
beside() { # NAME ALIAS COMMAND MEANWHILE STEP...
	local meanwhile=$4
	"${root[@]}" nft 'add table ip t; add chain ip t c'
	scene "$1" "$2" "$3" transaction "${@:5}"
	check_equal "$1: it succeeds" 0 "$answer"
	"${root[@]}" nft flush ruleset
	clean "$1"
}

root_loads() {
	loads 'load, second nft' second_nft
	loads 'load, namespace exits' namespace_dies
	loads 'load, another helper leaves' namespace_dies helper_leaves
}
loads_beside() {
	local path alias command meanwhile
	while IFS=, read -r path alias command meanwhile; do
		beside "$path, second nft" "$alias" "$command" "$meanwhile" second_nft
		beside "$path, namespace exits" "$alias" "$command" "$meanwhile" namespace_dies
		beside "$path, another helper leaves" "$alias" "$command" "$meanwhile" namespace_dies helper_leaves
	done <<-'EOT'
		modprobe of the helpers,nfct-helper-mptcp-bflag,by_modprobe nfct-helper-mptcp-bflag,helpers_are_there
		modprobe of the expression,nft-expr-mptcp_bflag,by_modprobe nft-expr-mptcp_bflag,expression_waits
		rule,nft-expr-mptcp_bflag,expression,expression_waits
	EOT
}
user_loads() {
	local allowed=/proc/sys/kernel/unprivileged_userns_clone
	if [ -e "$allowed" ]; then
		at_exit "echo $(<"$allowed") >$allowed"
		echo 1 >"$allowed"
	fi
	place_of_user
	loads 'user, second nft' second_nft
	loads 'user, namespace exits' namespace_dies
	place_of_root
}
names_taken() {
	local other
	for other in second_nft namespace_dies; do
		name_taken "mptcp-bflag-lb is taken, $other" other_lb "$other"
		name_taken "mptcp-bflag is taken, $other" other_helper "$other"
		name_taken "both are taken, $other" other_lb other_helper "$other"
	done
	name_taken 'both are taken, another helper leaves' other_lb other_helper namespace_dies helper_leaves
}
root_unloads() {
	unloads 'unload, namespace exits' namespace_dies unloading
	unloads 'unload, second nft' second_nft unloading
	unloads 'unload, another helper leaves' namespace_dies helper_leaves unloading
}

need 'modprobe -a nf_tables nft_ct nfnetlink_cthelper veth' 'no nfnetlink_cthelper'
at_exit 'rmmod nfnetlink_cthelper'
place_of_root
root=("${here[@]}")
place_of_root
for step in root_loads loads_beside user_loads names_taken root_unloads; do
	start=$SECONDS
	"$step"
	echo "# $step: $((SECONDS - start)) s"
done
finish
