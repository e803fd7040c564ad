#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "mptcp-bflag sync --watch", without systemd: the rule comes back within a second after each of
# RELOADS (default 1000) reloads under traffic, or as many as fit into RELOADS_SECONDS (60), after
# a storm of commits, and after a big transaction.  Without commits, it uses no processor time.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"
reloads=${RELOADS:-1000} seconds=${RELOADS_SECONDS:-60}

scratch=$(mktemp -d)
at_exit "rm -rf $scratch"
net_routed

cat >"$scratch/ruleset" <<'EOS'
flush ruleset
table inet t {
	chain c {
		comment "mptcp_bflag set"
		type filter hook postrouting priority 110; policy accept;
	}
}
EOS
load() { in_gateway nft -f "$scratch/ruleset"; }

# The first rule of the chain, without its handle
first_rule() { in_gateway attributes dump inet t c | sed -n '1s/ [0-9]* / /p'; }
rule='inet t c mptcp_bflag,1=5,2=2,3=32,4=0'
in_place() { [ "$(first_rule)" = "$rule" ]; }
# soon NAME: the rule is in place within a second
soon() {
	local start=${EPOCHREALTIME/./} took=0
	until in_place || [ "$took" -gt 1000 ]; do
		read -r -t 0.02 _ <>"$ktap_never" || :
		took=$(((${EPOCHREALTIME/./} - start) / 1000))
	done
	check_equal "$1: the rule is in place within a second" "$rule" "$(first_rule)"
	echo "# $1: after $took ms"
}

# listen: read commits from $commits from now on
listen() {
	exec {commits}< <(exec nsenter --net="/run/netns/$gateway" commits listen t c)
	listener=$!
	at_exit "kill $listener 2>/dev/null"
	wait_for 10 heard || fail 'the test receives commits'
	drain
}
drain() { while read -r -t 0.5 -u "$commits" _; do :; done; }
heard() {
	in_gateway nft 'add table inet hello; delete table inet hello'
	read -r -t 0.5 -u "$commits" _
}
unlisten() { kill "$listener"; exec {commits}<&-; }
# placed: wait until a commit removes the rule and another one adds it, at most a second each; $took
# is the time between the two in microseconds
placed() {
	local at state since=''
	while read -r -t 1 -u "$commits" at _ state; do
		if [ "$state" = absent ]; then
			since=${since:-$at}
		elif [ -n "$since" ]; then
			took=$((at - since))
			return
		fi
	done
	return 1
}

watch() {
	nsenter --net="/run/netns/$gateway" env NOTIFY_SOCKET="$scratch/notify" \
		mptcp-bflag sync --watch >"$scratch/said" 2>&1 &
	watcher=$!
	at_exit "kill $watcher 2>/dev/null"
}
# Its processor time, in hundredths of a second
ticks() { awk '{ print $14 + $15 }' "/proc/$watcher/stat"; }
changes() { grep -c '^changed: ' "$scratch/said"; }

begin() {
	local notes note
	exec {notes}< <(exec syscalls notified "$scratch/notify")
	at_exit "kill $! 2>/dev/null"
	wait_for 5 test -S "$scratch/notify" || fail 'the test has a socket for notifications'
	load
	check_equal 'no rule without the watcher' '' "$(first_rule)"
	watch
	read -r -t 20 -u "$notes" note
	check_equal 'the watcher reports that it is ready' READY=1 "$note"
	check_equal 'the rule is in place by then' "$rule" "$(first_rule)"
	check_equal 'the watcher prints the change' 'changed: chain inet t c: rule added' "$(<"$scratch/said")"
}

many() {
	local i lost=0 took slow start
	traffic_start
	renice -n 10 -p "$traffic" "$stream" >/dev/null	# or they take half of an emulated processor
	check 'traffic flows' wait_for 20 has_looked
	drain
	start=$SECONDS
	for ((i = 0; i < reloads && SECONDS - start < seconds; i++)); do
		load
		if placed; then
			echo "$took"
		else
			lost=$((lost + 1))
		fi
	done >"$scratch/times"
	traffic_stop
	reloads=$i
	echo "# $reloads reloads in $((SECONDS - start)) s; segments with MP_CAPABLE: $(looked)"
	check "there were enough reloads" test "$reloads" -ge "${RELOADS:-100}"
	check_equal 'the rule came back after each reload' 0 "$lost"
	check_equal 'the watcher printed one change for each reload' "$((reloads + 1))" "$(changes)"
	sort -n "$scratch/times" >"$scratch/sorted"
	awk '{ t[NR] = $1 / 1000 } END { printf "# median %.1f ms, worst %.1f ms\n", t[int((NR + 1) / 2)], t[NR] }' \
		"$scratch/sorted"
	slow=$(awk '$1 > 1000000' "$scratch/sorted")
	check_equal 'the rule came back within a second' '' "$slow"
	check_equal 'the rule is in place' "$rule" "$(first_rule)"
}

by_handle() {
	local handle took=0
	drain
	handle=$(in_gateway attributes dump inet t c | awk '/mptcp_bflag/ { print $4 }')
	in_gateway nft delete rule inet t c handle "$handle"
	check 'the rule comes back after it is deleted by its handle' placed
	echo "# deleted by its handle: $((took / 1000)) ms"
	in_gateway nft insert rule inet t c counter
	soon 'another rule is inserted before it'
}

# Neither its own commits nor a timer wake it.
idle() {
	local before line=''
	drain
	before=$(ticks)
	read -r -t 3 -u "$commits" line
	check_equal 'without other commits, the watcher does not commit' '' "$line"
	check_match 'without other commits, it uses no processor time' '^[01]$' "$(($(ticks) - before))"
}

# Each commit of the storm removes the rule.  The watcher still repairs it now and then.
storm() {
	local start before had count share answers
	unlisten
	before=$(ticks) had=$(changes) start=${EPOCHREALTIME/./}
	count=$(in_gateway commits storm 5 t c)
	share=$((($(ticks) - before) * 1000000 / (${EPOCHREALTIME/./} - start)))
	soon 'a storm'
	answers=$(($(changes) - had))
	echo "# a storm of $count commits in 5 s: $answers answers, $share % of the processor"
	check 'a storm: it has more than 200 commits' test "$count" -gt 200
	check 'a storm: the watcher uses less than 30 % of the processor' test "$share" -lt 30
	check 'a storm: the watcher repairs the rule meanwhile' test "$answers" -ge 1
	listen
}

# More notifications than its socket can hold
big() {
	{
		cat "$scratch/ruleset"
		echo 'table inet big { chain c {'
		for i in {1..20000}; do echo "ip saddr 10.0.$((i / 256)).$((i % 256)) counter"; done
		echo '}; }'
	} >"$scratch/big"
	check '20,000 rules in one transaction: nft loads them' in_gateway nft -f "$scratch/big"
	soon '20,000 rules in one transaction'
	# shellcheck disable=SC2016	# these are awk's
	echo "# notifications dropped, by socket: $(in_gateway awk '$2 == 12 { print $9 }' /proc/net/netlink | xargs)"
	load
	soon 'the 20,000 rules are deleted'
}

end() {
	local status=0
	kill "$watcher"
	wait "$watcher" || status=$?
	check_equal 'SIGTERM ends the watcher with exit status 0' 0 "$status"
	check_equal 'the rule stays' "$rule" "$(first_rule)"
	check_equal 'the watcher printed no error' '' "$(grep -v '^changed: ' "$scratch/said")"
	load
	check_equal 'without the watcher, a reload loses the rule' '' "$(first_rule)"
}

listen
begin
many
by_handle
idle
storm
idle
big
idle
end
unlisten
finish
