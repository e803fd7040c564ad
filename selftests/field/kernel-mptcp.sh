#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the kernel's own MPTCP selftests: transfers between four hosts, joins, TCP and MPTCP mixed
# packages: linux-source iputils-ping
#
# The kernel's own MPTCP selftests (tools/testing/selftests/net/mptcp in Debian's linux-source),
# unchanged, without any rule and then with rules in each network namespace that they make: routers and
# hosts.  Exactly those subtests may fail that fail without.
#
# A function "ip" adds the rule to each new namespace, and keeps its counters when it is deleted.
# mptcp_join.sh also joins the address that a connection began with, which the flag in a SYN+ACK forbids: these
# subtests must fail as they fail when Linux itself sets the flag.

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"

need_feature no-mptcp
modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag mptcp_diag sch_netem
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"
cp -r /run/out/prepared/tools "$scratch"

# This function replaces the program in those scripts.
ip() {
	case "$1 $2" in
	'netns del' | 'netns delete')
		command ip netns exec "$3" cat /proc/net/mptcp_bflag >>"$scratch/counters" 2>/dev/null
		;;
	esac
	command ip "$@" || return
	[ "$1 $2" != 'netns add' ] || command ip netns exec "$3" bash -eu "$scratch/rule" >>"$scratch/rule.log" 2>&1
}
export -f ip
export scratch

# The names that both scripts give to devices; in each namespace, most of them do not exist
devices() { printf -- '--device %s ' lo ns1eth{1..4} ns2eth{1..4} ns3eth{1..4} ns4eth{1..4}; }

# rule NAME: what a new namespace gets
rule() {
	case $1 in
	none) ;;
	linux) echo 'sysctl -qw net.mptcp.allow_join_initial_addr_port=0' ;;
	enable) echo "mptcp-bflag enable --all $(devices)" ;;
	expression)
		cat <<-'EOF'
		nft 'table inet bflag { chain out {
			comment "mptcp_bflag set segments syn,synack,ack"
			type filter hook postrouting priority srcnat + 10; }; }'
		mptcp-bflag sync
		EOF
		;;
	enable-lb) echo "mptcp-bflag enable --load-balancer --source 10.0.1.1 $(devices)" ;;
	helper | helper-lb)
		cat <<-EOF
		nft 'table inet bflag {
			ct helper bflag { type "mptcp-bflag${1#helper}" protocol tcp; }
			chain choose { ct state new tcp option mptcp subtype 0 ct helper set "bflag"; }
			chain in { type filter hook prerouting priority filter; jump choose; }
			chain out { type filter hook postrouting priority srcnat + 10; jump choose; }
			}'
		EOF
		;;
	esac >"$scratch/rule"
}

# selftest SCRIPT RULE ARGUMENT...: run it with this rule; its output is in $scratch/said
selftest() {
	local script=$1
	rule "$2"
	: >"$scratch/counters"
	: >"$scratch/rule.log"
	(cd "$scratch/tools/testing/selftests/net/mptcp" &&
		exec bash "./$script" "${@:3}") >"$scratch/said" 2>&1
	cp "$scratch/said" "/run/out/$script.$2"
	marked=$(awk '$1 ~ /_marked$/ { for (i = 2; i <= NF; i++) sum += $i } END { print sum + 0 }' "$scratch/counters")
}
rules_loaded() {
	check_equal "$1: each namespace got its rule" '' \
		"$(grep -vE "^changed: |warning: device '[a-z0-9]*' does not exist" "$scratch/rule.log")"
}

# results: of the last run, as lines "ok NAME" and "not ok NAME".  Scripts of new kernels print KTAP; old
# ones print "NAME (duration 12ms) [ OK ]", or "001 NAME ..." and at the end "- 1: NAME" for what failed.
results() {
	if grep -qE '^(not )?ok [0-9]+ - ' "$scratch/said"; then
		sed -nE 's/^(not ok|ok) [0-9]+ - ([^#]*[^# ]) *(#.*)?$/\1 \2/p' "$scratch/said"
	else
		sed -nE 's/^(ns. .*[^[:space:]])[[:space:]]*\(duration.*\[ (OK|FAIL) \].*/\2 \1/; s/^FAIL /not ok /p; s/^OK /ok /p' "$scratch/said"
		awk '/^[0-9][0-9][0-9] / { name[$1 + 0] = substr($0, 5, 36); if (/\[ skip \]/) delete name[$1 + 0] }
			/^\t- [0-9]+: / { failed[$2 + 0] = 1 }
			END { for (i in name) print (i in failed ? "not ok " : "ok ") name[i] }' "$scratch/said" | sort
	fi
}

# compare SCRIPT NAME TRUTH RULES ARGUMENT...: run the script with the rule TRUTH and then with each of
# the RULES; they must have the same results
declare -A result=()
compare() {
	local script=$1 name=$2 truth=$3 rules=$4 rule figure
	shift 4
	for rule in "$truth" $rules; do
		selftest "$script" "$rule" "$@"
		result[$rule]=$(results)
		rules_loaded "$name, $rule"
		if [ "$rule" = "$truth" ]; then
			# Linux with the flag must fail: it shows that the flag forbids what the subtests do
			check_match "$name, $rule: it runs subtests" "^$([ "$rule" != linux ] || echo 'not ')ok " "${result[$rule]}"
			figure="$name: ${rule/none/no rule} $(passes "$rule") pass"
			continue
		fi
		check_equal "$name, $rule: passes and fails as with ${truth/none/no} rule" \
			"${result[$truth]}" "${result[$rule]}"
		check "$name, $rule: it marks segments" [ "$marked" -gt 0 ]
		figure+=", $rule $(passes "$rule")"
	done
	echo "# figure: $figure"
}
# passes RULE: "N of N"
passes() { echo "$(grep -c '^ok ' <<<"${result[$1]}") of $(grep -c . <<<"${result[$1]}")"; }

# Four hosts, of which two route; TCP and MPTCP, IPv4 and IPv6, SYN cookies, loss, reordered segments.
# The options choose what the script otherwise draws, and less data.
compare mptcp_connect.sh 'four hosts' none 'expression helper enable' -f 20000 -d 4 -l 0.02% -r '25% 50%' -e tso

# Announced addresses, checksums, an aborted connection: what the flag allows
compare mptcp_join.sh 'joins that the flag allows' none 'expression helper enable' 'no JOIN' 'signal address' \
	'signal addresses' 'signal address with syn cookies' 'checksum test 1 1' 'fastclose test'
# Joins by the client: forbidden by the flag in the SYN+ACK, allowed if only the client sends it
joins=('single subflow' 'subflow and signal' 'single subflow with syn cookies')
compare mptcp_join.sh 'joins by the client, flag in the SYN+ACK' linux 'expression helper-lb enable-lb' "${joins[@]}"
compare mptcp_join.sh 'joins by the client, flag in SYN and ACK' none 'helper enable' "${joins[@]}"
finish
