# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests of mptcp-bflag: run it, check its output, and read the state of the kernel.

# shellcheck source=selftests/lib/ktap.sh
declare -F ktap_line >/dev/null || . "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"

scratch=$(mktemp -d)
chmod 755 "$scratch"
at_exit "rm -rf $scratch"

# The ruleset, and what nft cannot print of it
everything() {
	nft -a list ruleset
	attributes dump
}
# The rules with the expression: family, table, chain, expressions
marks() { attributes dump | grep ' mptcp_bflag,' | cut -d' ' -f1-3,5- | sort; }
# expressions FAMILY TABLE CHAIN: one line for each rule
expressions() { attributes dump "$@" | cut -d' ' -f5-; }
# in_line: join the lines of standard input with ";"
in_line() { paste -sd';'; }

# stock FAMILY TABLE CHAIN: the rules that nft lists
stock() {
	nft list chain "$@" | sed -n 's/^\t\t\(.*[^ ]\) *$/\1/p' | grep -vE '^(comment|type) ' | in_line |
		sed -E 's/tcp flags & \(syn \| ack\) == ([a-z]+)( \| ([a-z]+))?/tcp flags \1 \/ syn,ack/g'
}
# Old nft lists a network that ends with the last address as a range.
prefixes='s=^0\.0\.0\.0-255.*=0.0.0.0/0=; s=^::-ffff.*=::/0=; s=^255\.255\.255\.0-255.*=255.255.255.0/24=; s=^ff00::-ffff.*=ff00::/8='
# elements SET...: of table inet mptcp_bflag, in one line
elements() {
	local name
	for name; do
		nft list set inet mptcp_bflag "$name" | tr -d '\t\n" ' | sed -n 's/.*elements={\([^}]*\)}.*/\1/p' |
			tr , '\n' | sed -E "$prefixes" | sort | paste -sd' '
	done | grep . | paste -sd' '
}
handles() { nft -a list table inet mptcp_bflag | grep -E '^	(chain|set|counter) '; }

# made OPTION...: enable, without output
made() { mptcp-bflag enable "$@" >/dev/null; }
# tool ARGUMENT...: run it; sets $status, $said and $complained
tool() {
	status=0
	said=$(mptcp-bflag "$@" 2>"$scratch/stderr") || status=$?
	complained=$(<"$scratch/stderr")
}
# told NAME STATUS SAID COMPLAINED: compare the last run with these regexps; empty: no output
told() {
	if [[ $status =~ ^$2$ ]] && [[ $said =~ ^$3$ ]] && [[ $complained =~ ^${4:+mptcp-bflag: }$4$ ]]; then
		ok "$1"
	else
		fail "$1"
		printf '%s\n' "exit $status" "stdout: $said" "stderr: $complained" \
			"wanted: exit $2" "stdout: $3" "stderr: $4" | diag
	fi
}
# done_with NAME SAID ARGUMENT...: it exits 0, prints this, and nothing to stderr
done_with() {
	tool "${@:3}"
	told "$1" 0 "$2" ''
}
# refused STATUS REGEXP ARGUMENT...: it exits so, prints nothing to stdout, and the message to
# stderr.  Use it between "refusing" and "nothing_changed NAME".
refused() {
	tool "${@:3}"
	told "exit $1: mptcp-bflag ${*:3}" "$1" '' ".*$2.*"
}
refusing() { before=$(everything); }
nothing_changed() { check_equal "$1: nothing changed" "$before" "$(everything)"; }

# has NAME REGEXP TABLE: the listing of this inet table, in one line, matches
has() { check_match "$1" "$2" "$(nft list table inet "$3" | tr -d '\t' | in_line)"; }
# at_once N ARGUMENT...: run N tools at the same time; prints how many exited 0
at_once() {
	local good=0 i pids=()
	for ((i = 0; i < $1; i++)); do
		mptcp-bflag "${@:2}" >/dev/null 2>"$scratch/at_once.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" && good=$((good + 1)); done
	echo "$good"
}

# each COMMAND...: for each line "A|B;C..." of standard input, run COMMAND... A B, COMMAND... A C
each() {
	local first rest second
	while IFS='|' read -r first rest; do
		while IFS= read -rd ';' second; do
			"$@" "$first" "$second"
		done <<<"$rest;"
	done
}

# listed_again NAME: nft loads its listing and lists the same; the rules come back with sync
listed_again() {
	local listing rules
	listing=$(nft list ruleset) rules=$(marks)
	nft flush ruleset
	check "$1: nft loads its listing" nft -f - <<<"$listing"
	check_equal "$1: nft lists the same" "$listing" "$(nft list ruleset)"
	check_equal "$1: the listing has no rule with the expression" '' "$(marks)"
	tool sync
	check_equal "$1: sync prints a line for each rule" "0 $(grep -c . <<<"$rules") " \
		"$status $(grep -c '^changed: .*: rule added$' <<<"$said") $complained"
	check_equal "$1: sync puts the rules back" "$rules" "$(marks)"
}
