# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# KTAP output of one test script: source this file, call ok/fail/skip or check, and end with
# "finish".  The output of a check is shown if it fails.

ktap_count=0 ktap_failed=0

ktap_line() { # ok|not ok, name, [directive]
	ktap_count=$((ktap_count + 1))
	echo "$1 $ktap_count ${2//#/ }${3:+ # $3}"
}

ok() { ktap_line ok "$1"; }
skip() { ktap_line ok "$1" "SKIP $2"; }
fail() {
	ktap_failed=$((ktap_failed + 1))
	ktap_line 'not ok' "$1"
}
diag() { sed 's/^/# /'; }

# check NAME COMMAND...: passes if the command succeeds
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		fail "$name"
		{ echo "failed: $*"; echo "$output"; } | diag
	fi
}

# check_equal NAME EXPECTED ACTUAL
check_equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		fail "$1"
		diff <(echo "$2") <(echo "$3") | diag
	fi
}

# check_status NAME STATUS COMMAND...: passes if the command exits with STATUS; sets
# $ktap_output to its output
check_status() {
	local name=$1 expected=$2 status=0
	shift 2
	ktap_output=$("$@" 2>&1) || status=$?
	if [ "$status" = "$expected" ]; then
		ok "$name"
	else
		fail "$name"
		{ echo "exit $status, not $expected: $*"; echo "$ktap_output"; } | diag
	fi
}

# check_match NAME EXTENDED-REGEXP TEXT
check_match() {
	if grep -Eq -- "$2" <<<"$3"; then
		ok "$1"
	else
		fail "$1"
		{ echo "no match for: $2"; echo "$3"; } | diag
	fi
}

# Number the lines of a helper program on standard input ("ok NAME", "not ok NAME", "# ...").
ktap_relay() {
	local line
	while IFS= read -r line; do
		case $line in
		'ok '*' # SKIP '*)
			line=${line#ok }
			skip "${line%% # SKIP *}" "${line#* # SKIP }"
			;;
		'ok '*) ok "${line#ok }" ;;
		'not ok '*) fail "${line#not ok }" ;;
		*) echo "$line" ;;
		esac
	done
}

# wait_for SECONDS COMMAND...: repeat the command until it succeeds; fail after SECONDS
wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		read -r -t 0.05 _ <>"$ktap_never" || :
	done
}

# Reading from this empty pipe with a time-out waits without starting a process.
ktap_never=$(mktemp -u)
mkfifo "$ktap_never"

ktap_cleanup=()
# at_exit COMMAND: run it when the script ends; the last one runs first
at_exit() { ktap_cleanup=("$1" "${ktap_cleanup[@]}"); }
ktap_exit() {
	local command
	for command in "${ktap_cleanup[@]}"; do
		eval "$command" || :
	done
	rm -f "$ktap_never"
}
trap ktap_exit EXIT
trap 'exit 130' INT TERM

finish() {
	echo "1..$ktap_count"
	[ "$ktap_failed" -eq 0 ]
	exit
}

# need COMMAND REASON...: skip the whole script unless the command succeeds
need() {
	local command=$1
	shift
	eval "$command" >/dev/null 2>&1 && return
	skip "$(basename "$0" .sh)" "$*"
	finish
}
