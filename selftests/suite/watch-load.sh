#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "mptcp-bflag sync --watch --load FILE": it loads the file when the ruleset has no rule of ours
# any more, unless "disable" removed the last one; it survives files that are empty or never end.
set -uo pipefail
# In a network namespace that ends with the script
[ -n "${LOAD_INSIDE:-}" ] || LOAD_INSIDE=1 exec unshare -n "$0"
# shellcheck source=selftests/lib/tool.sh
. "$SELFTESTS/lib/tool.sh"

loads() { # FILE
	mptcp-bflag sync --watch --load "$1" >"$scratch/loads" 2>&1 &
	loader=$!
	at_exit "kill $loader 2>/dev/null"
}
gone() { ! readlink "/proc/$loader/exe" >/dev/null; }
stops() { # NAME
	local status=0
	kill "$loader"
	check "$1: SIGTERM ends it" wait_for 5 gone
	kill -9 "$loader" 2>/dev/null
	wait "$loader" || status=$?
	check_equal "$1: exit status" 0 "$status"
}
tables() { nft list tables | sort | paste -sd' '; }
table_is_back() { [[ $(tables) == *'inet mptcp_bflag'* ]]; }
loading() {
	: >"$scratch/empty"
	loads "$scratch/empty"
	check 'an empty file: a message' wait_for 20 grep -q 'is not loaded again' "$scratch/loads"
	check_equal 'an empty file: it is loaded once' 1 "$(grep -c '^changed: loaded' "$scratch/loads")"
	stops 'an empty file'
	echo 'add table' >"$scratch/late"
	loads "$scratch/late"
	check 'a bad file: a message' wait_for 20 grep -q 'trying again' "$scratch/loads"
	rm "$scratch/late"
	read -r -t 3 _ <>"$ktap_never" || :
	echo 'table inet late { chain c { comment "mptcp_bflag set"; }; }' >"$scratch/late"
	nft add table ip other
	check 'a bad file, which is replaced: it is loaded after the next commit' wait_for 20 grep -q '^changed: loaded' "$scratch/loads"
	stops 'a bad file, which is replaced'
	nft flush ruleset
	echo 'add table inet u; add chain inet u c; add rule inet u c counter' >"$scratch/rule"
	for reads in 1 8; do
		FAIL_RECV_FROM=$reads LD_PRELOAD=$SELFTESTS/../build/helpers/fail_recv.so loads "$scratch/rule"
		check "reads fail from number $reads on: a message" wait_for 20 grep -q 'out of memory' "$scratch/loads"
		read -r -t 3 _ <>"$ktap_never" || :
		check "reads fail from number $reads on: the file is loaded once at most" \
			test "$(grep -c '^changed: loaded' "$scratch/loads")" -le 1
		stops "reads fail from number $reads on"
		nft flush ruleset
	done
	mkfifo "$scratch/pipe"
	loads "$scratch/pipe"
	check 'a file that nft waits for: nft runs' wait_for 20 pgrep -f "nft -f $scratch/pipe"
	stops 'a file that nft waits for'

	ip link set lo up
	mptcp-bflag enable --device lo --all >/dev/null
	nft list table inet mptcp_bflag >"$scratch/saved"
	nft flush ruleset
	loads "$scratch/saved"
	check 'it loads the table' wait_for 20 table_is_back
	nft 'add table ip other; add chain ip other x { comment "mptcp_bflag nonsense"; }'
	check 'a wrong comment: a message' wait_for 20 grep -q nonsense "$scratch/loads"
	mptcp-bflag enable --device lo --all --versions 0,1 >/dev/null
	nft flush ruleset
	check 'a wrong comment, enable, then a flush: it loads the table again' wait_for 20 table_is_back
	kill -STOP "$loader"
	mptcp-bflag enable --device lo --all --versions 0,1 >/dev/null
	nft flush ruleset
	kill -CONT "$loader"
	check 'enable and a flush at once: it loads the table again' wait_for 20 table_is_back
	check 'disable' mptcp-bflag disable
	nft 'add table ip other'
	read -r -t 2 _ <>"$ktap_never" || :
	nft flush ruleset
	read -r -t 2 _ <>"$ktap_never" || :
	check_equal 'disable: the table stays away' '' "$(tables)"
	mptcp-bflag enable --device lo --all >/dev/null
	nft flush ruleset
	check 'enable after disable, then a flush: it loads the table again' wait_for 20 table_is_back
	stops 'with a table'
}

loading
finish
