#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tool beside 100,000 rules in other tables: each verb takes less than 0.1 s of processor time,
# with nft, and succeeds 100 times of 100 while another program commits four times a second.
set -uo pipefail
# In a network namespace that ends with the script
[ -n "${BUSY_INSIDE:-}" ] || BUSY_INSIDE=1 exec unshare -n "$0"

# shellcheck source=selftests/lib/tool.sh
. "$SELFTESTS/lib/tool.sh"

times=100

# foreign N: another table, with ten chains of 1000 rules
foreign() {
	echo "table ip foreign$1 {"
	for chain in {0..9}; do
		echo "chain c$chain {"
		seq -f 'tcp dport %g counter accept' 1000
		echo '}'
	done
	echo '}'
}
crowd() {
	local i
	nft -f - <<-'END'
		table inet t {
			chain c { comment "mptcp_bflag set"; }
			chain base {
				type filter hook forward priority 0;
				jump c
			}
		}
		table inet writer { set s { type inet_service; }; }
	END
	for i in {0..9}; do
		foreign "$i" | nft -f - || return
	done
}

# cost COMMAND...: its processor time in ms, with the kernel's; fails if COMMAND fails
cost() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >"$scratch/cost.said" 2>&1; } 2>"$scratch/cost" || return
	awk '{ printf "%d\n", ($1 + $2) * 1000 + 0.5 }' "$scratch/cost"
}
# best BEFORE COMMAND...: the lowest cost of five runs, each after BEFORE
best() {
	local i ms best=''
	for i in {1..5}; do
		$1 >/dev/null 2>&1
		ms=$(cost "${@:2}") || return
		[ -n "$best" ] && [ "$best" -le "$ms" ] || best=$ms
	done
	echo "$best"
}
# cheap BEFORE COMMAND...: it takes less than 100 ms; on a slow (emulated) machine, less than
# $times_start times the start of the tool
cheap() {
	local ms limit=$((${times_start:-10} * tool_start))
	[ "$limit" -gt 100 ] || limit=100
	if ms=$(best "$@"); then
		check "${*:2}${1:+ after $1}: $ms ms of processor time" [ "$ms" -lt "$limit" ]
	else
		fail "${*:2}${1:+ after $1}: succeeds"
		diag <"$scratch/cost.said"
	fi
}

lose() { nft flush chain inet t c; }
quick() {
	tool_start=$(best true mptcp-bflag version)
	echo "# mptcp-bflag version: $tool_start ms"
	cheap lose mptcp-bflag sync
	cheap '' mptcp-bflag sync
	cheap '' mptcp-bflag sync --check
	cheap 'mptcp-bflag disable' mptcp-bflag enable --device lo
	cheap '' mptcp-bflag enable --device lo
	cheap 'mptcp-bflag enable --device lo' mptcp-bflag enable --device lo --exempt 192.0.2.80
	cheap '' mptcp-bflag list
	cheap '' mptcp-bflag status
	cheap '' mptcp-bflag status --json
	cheap 'mptcp-bflag enable --device lo' mptcp-bflag disable
}

# Another program: it commits four times a second, and prints a line for each commit
write() {
	local verb
	while :; do
		for verb in add delete; do
			nft "$verb element inet writer s { 4711 }" && echo "$verb"
			read -r -t 0.25 _ <>"$ktap_never"
		done
	done >"$scratch/commits"
}
commits() { wc -l <"$scratch/commits"; }
commits_made() { [ "$(commits)" -ge "$1" ]; }

# always BEFORE ARGUMENT...: the tool succeeds after BEFORE each time, at least a hundred times and
# until the other program has committed twenty times
always() {
	local good=0 tries=0 start
	start=$(commits)
	while [ "$tries" -lt "$times" ] || ! commits_made $((start + 20)); do
		tries=$((tries + 1))
		$1 >/dev/null 2>&1
		if mptcp-bflag "${@:2}" >"$scratch/said" 2>&1; then
			good=$((good + 1))
		else
			diag <"$scratch/said"
		fi
	done
	check_equal "${*:2} beside a writer: it succeeds each time" "$tries times of $tries" "$good times of $tries"
}
disturbed() {
	write &
	at_exit "kill $! 2>/dev/null"
	check 'the other program commits' wait_for 20 commits_made 2
	always 'mptcp-bflag disable' enable --device lo
	always 'mptcp-bflag enable --device lo' disable
	always lose sync
	always true status
	always true list
	kill "$!"
	wait "$!" 2>/dev/null
}

# A writer that adds and deletes chains: the kernel then skips other chains in a dump.
chains() { # add|delete
	seq -f "$1 chain inet other c%g" 100
}
reload_chains() {
	while :; do
		nft -f <(chains delete) && nft -f <(chains add) && echo reload
	done >"$scratch/reloads"
}
reloaded() { [ "$(wc -l <"$scratch/reloads")" -ge "$1" ]; }
torn() {
	local good=0 i
	nft add table inet other
	nft -f <(seq -f 'add chain inet other c%g' 900)
	mptcp-bflag enable --device lo >/dev/null
	reload_chains &
	at_exit "kill $! 2>/dev/null"
	check 'another program reloads chains' wait_for 20 reloaded 2
	for i in {1..100}; do
		if mptcp-bflag status >"$scratch/said" 2>&1; then good=$((good + 1)); else diag <"$scratch/said"; fi
	done
	check_equal 'chains of another table come and go: status says works each time' 100 "$good"
	good=0
	for i in {1..50}; do
		mptcp-bflag enable --device lo >"$scratch/said" 2>&1
		if grep -q '^unchanged' "$scratch/said"; then good=$((good + 1)); else diag <"$scratch/said"; fi
	done
	check_equal 'chains of another table come and go: enable changes nothing' 50 "$good"
	check 'it reloaded all the time' reloaded 20
	kill "$!"
	wait "$!" 2>/dev/null
	nft flush ruleset
}

# A block list of a country is a set of 10,000 to 100,000 networks.
big_set() {
	mptcp-bflag enable --device lo >/dev/null
	check 'nft adds 50,000 exempt networks' nft -f - < <(
		echo 'add element inet mptcp_bflag exempt_ipv4 {'
		for i in {0..195}; do seq -f "$((i % 200 + 1)).%g.128.0/20," 0 255; done
		echo '}')
	times_start=200 cheap '' mptcp-bflag status
	nft flush ruleset
}

start=$SECONDS
check 'nft loads 100,000 other rules' crowd
echo "# they took $((SECONDS - start)) s"
quick
disturbed
nft flush ruleset
torn
big_set
nft flush ruleset
finish
