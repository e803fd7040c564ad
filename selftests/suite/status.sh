#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "status" and "list" say is configured, and whether it works: in text, JSON and
# OpenMetrics.  Connections through a gateway are real, and each hint is given when it
# is to be, and not when all is well.
set -uo pipefail
# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"
# shellcheck source=selftests/lib/openmetrics.sh
. "$SELFTESTS/lib/openmetrics.sh"
attempt_by
capable_match
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"

tool() { in_gateway mptcp-bflag "$@"; }
nft() { in_gateway nft "$@"; }
status() { # leaves $status and $json
	status=0
	json=$(tool status --json) || status=$?
}
of_json() { jq -r "$1" <<<"$json"; }
tells() { check_match "$1: says $2" "^$2" "$said"; } # NAME REGEXP: the text does

# works NAME, fails NAME PROBLEM...: the exit status, and each problem (regular
# expressions); leaves $said, the text, too
works() { fails "$1"; }
fails() {
	local name=$1 problem expected='0 0 true works 0'
	shift
	[ $# = 0 ] || expected="1 1 false does not work $#"
	status
	said=$(tool status 2>"$scratch/errors")
	check_equal "$name: does it work?" "$expected" \
		"$? $status $(of_json .works) $(head -n 1 <<<"$said") $(of_json '.problems | length')"
	for problem; do
		check_match "$name: $problem" "^$problem\$" "$(of_json '.problems[]')"
	done
	check_equal "$name: problems and hints in text and JSON" \
		"$(of_json '(.problems[] | "problem: " + .), (.hints[] | "hint: " + .text)')" \
		"$(grep -E '^(problem|hint): ' <<<"$said")"
}
nothing_sets='nothing sets the flag: no packet comes to .*'
nobody_jumps='no packet comes to it: nothing jumps there from a hook'

# hints_are NAME [ID/FRONT-END...]: these and no others
hints_are() {
	status
	check_equal "$1: hints" "${*:2}" "$(of_json '[.hints[] | "\(.id)/\(.front_end)"] | join(" ")')"
}
# The kernel lists in an order of its own: one line a paragraph, sorted
paragraphs() { awk '{ printf "%s%s", (/^ / ? "|" : NR > 1 ? "\n" : ""), $0 } END { print "" }' | sort; }

# synced: these rules, and what their comments describe
synced() { nft -f - && tool sync >/dev/null; }
unloaded() { ! loaded "$1" || rmmod "$1"; }
fresh() { # no rules, and counters that start at 0
	nft flush ruleset
	wait_for 20 unload || fail 'the modules are unloaded'
}
counter() { in_gateway awk "\$1 == \"$1\" { print \$$2 }" /proc/net/mptcp_bflag; } # ROW COLUMN
counted() { [ "$(counter "$@")" -ge 1 ]; }

# refused [OPTION]...: one SYN with MP_CAPABLE; many_refused COUNT [OPTION]...: so many at once
# shellcheck disable=SC2086	# $attempt is words
refused() { in_client $attempt "$@" 9 >/dev/null 2>&1; }
many_refused() { in_client capable -n "$@" 10.0.2.2 9; }

# Without MPTCP in the kernel, connections are plain TCP, and segments are made for it.
plain=''
! lacks no-mptcp || plain=-t
listening() { in_server ss -Hltn "sport = :$1" | grep -q .; }
serve() { # PORT
	# shellcheck disable=SC2086	# nothing, or a word
	ip netns exec "$server" peer server -6 $plain -n 1000 "$1" >/dev/null 2>&1 9>&- &
	at_exit "kill $! 2>/dev/null"
	wait_for 20 listening "$1"
}
connect() { # [-6] ADDRESS: SYN, third ACK, data
	if [ -n "$plain" ]; then
		in_client capable "$@" 80 && in_client capable -a "$@" 80
	else
		in_client peer client -s 1000 "$@" 80 >/dev/null
	fi
}
holders=()
hold() { # ADDRESS PORT [OPTION...]: a connection that stays until "release"
	# shellcheck disable=SC2086	# nothing, or a word
	ip netns exec "$client" peer client $plain -w -s 1000 "${@:3}" "$1" "$2" <"$scratch/hold" >/dev/null 2>&1 9>&- &
	holders+=($!)
}
release() {
	exec 9>&-
	wait "${holders[@]}"
	holders=()
	exec 9<>"$scratch/hold"
}

nothing() {
	fails nothing "$nothing_sets"
	check_equal 'nothing: JSON' '[] [] [] [] null []' \
		"$(of_json '"\(.enabled) \(.chains) \(.strays) \(.helpers) \(.connections) \(.hints)"')"
	check_equal 'nothing: list' 'no chain with a comment of mptcp_bflag and no ct helper of ours in this network namespace' \
		"$(tool list)"
	check_equal 'nothing: list --json' '{"chains":[],"helpers":[],"strays":[]}' "$(tool list --json | jq -cS .)"
	metrics_agree nothing tool status
}

# Each state that a chain with a comment may have
states() {
	synced <<-'RULES'
		table inet t {
			chain target { }
			chain good { comment "mptcp_bflag match segments syn : goto target"; }
			chain lost { comment "mptcp_bflag set"; }
			chain late { comment "mptcp_bflag set segments synack"; }
			chain other { comment "mptcp_bflag set"; }
			chain twice { comment "mptcp_bflag set versions 0,1 flag b jump target"; }
			chain bare { }
			chain base {
				type filter hook forward priority 5;
				jump good; jump lost; jump late; jump other; jump twice
			}
		}
	RULES
	works 'all in place'
	nft 'flush chain inet t lost; insert rule inet t late counter
		add chain inet t bad { comment "mptcp_bflag sett"; }; add rule inet t base jump bad'
	in_gateway rule -r inet t other 1 2 32
	in_gateway rule inet t twice 5 2 32
	in_gateway rule inet t bare 5 2 32
	local sync='run: mptcp-bflag sync' list
	fails 'each state' "chain inet t lost: its rule is missing; $sync" \
		"chain inet t late: its rule is not the first; $sync" \
		"chain inet t (other|twice): it has another rule of ours; $sync" 'chain inet t twice: .*' \
		"chain inet t bad, comment \"mptcp_bflag sett\": unknown operation 'sett'.*" "$nothing_sets"
	tells 'each state' 'hint: chain inet t bare has a rule of ours'
	list=$(tool list)
	check_equal 'each state: list' "$(paragraphs <<-'LIST'
		inet t good: match segments syn versions 1 flag 0x20: goto target: in place
		inet t lost: set segments syn,ack versions 1 flag 0x20: its rule is missing
		inet t late: set segments synack versions 1 flag 0x20: its rule is not the first
		inet t other: set segments syn,ack versions 1 flag 0x20: has another rule of ours
		inet t twice: set segments syn,ack versions 0,1 flag 0x40 jump target: has another rule of ours
		inet t bad: its comment is not understood: unknown operation 'sett'
		inet t bare: handle N is a rule of ours that the comment does not describe
	LIST
	)" "$(sed '/^ /d; s/handle [0-9]*/handle N/; s/\(operation .sett.\).*/\1/' <<<"$list" | paragraphs)"
	check_equal 'each state: list tells from where it is reached' 6 \
		"$(grep -c '^    reached from base (type filter hook forward priority 5)$' <<<"$list")"
	check_equal 'each state: the lines of list' "$list" "$(sed -n '/^inet /,/^module/p' <<<"$said" | grep -v ^module)"
	check_equal 'each state: list --json' "$(jq -S '{ chains, strays, helpers }' <<<"$json")" "$(tool list --json | jq -S .)"
	check_equal 'each state: JSON' \
		'bad not_understood;good in_place;late not_first;lost missing;other other_rule;twice other_rule' \
		"$(of_json '[.chains[] | "\(.chain) \(.state)"] | sort | join(";")')"
	check_equal 'each state: JSON, in full' \
		'{"flag":"0x40","operation":"set","segments":["syn","ack"],"target":"target","verdict":"jump","versions":["0","1"]}' \
		"$(of_json '.chains[] | select(.chain == "twice") | { operation, segments, versions, flag, verdict, target }' | jq -cS .)"
	hints_are 'each state' stray/expression
	metrics_agree 'each state' tool status
	nft 'flush chain inet t base; delete chain inet t bad; add rule inet t base goto lost'
	tool sync >/dev/null
	fails 'sync, four that nothing reaches' "chain inet t (good|late|other|twice): $nobody_jumps" {,,}'chain.*'
	check_equal 'sync: all are in place, none is stray' 'in_place []' \
		"$(of_json '"\([.chains[].state] | unique[]) \(.strays)"')"
	fresh
}

# From where packets come to a chain
reach() {
	ip -n "$gateway" link add d0 type dummy
	synced <<-'RULES'
		table inet t {
			chain end { comment "mptcp_bflag set"; }
			chain middle { goto end; }
			chain first { type filter hook forward priority 5; jump middle; }
			chain second { type route hook output priority -3; jump end; }
			chain mapped { comment "mptcp_bflag set"; }
			chain third { type filter hook input priority 0; tcp dport vmap { 80 : jump mapped }; }
			chain lonely { comment "mptcp_bflag set"; }
			chain above { jump lonely; }
		}
		table ip asleep {
			flags dormant
			chain c { type filter hook forward priority 0; comment "mptcp_bflag set"; }
		}
		table netdev n {
			chain end { comment "mptcp_bflag set"; }
			chain c { type filter hook ingress device d0 priority 7; comment "mptcp_bflag match: jump end"; }
		}
	RULES
	check_equal 'where packets come: list' "$(paragraphs <<-'LIST'
		inet t end
		    reached from second (type route hook output priority -3)
		    reached from first (type filter hook forward priority 5)
		inet t mapped
		    perhaps reached, through a verdict map
		inet t lonely
		    not reached: nothing jumps here from a hook
		ip asleep c
		    not reached: the table is dormant
		netdev n end
		    reached from c (type filter hook ingress priority 7 devices d0)
		netdev n c
		    reached from c (type filter hook ingress priority 7 devices d0)
	LIST
	)" "$(tool list | sed 's/: .*: in place$//' | paragraphs)"
	fails 'where packets come' "chain inet t lonely: $nobody_jumps" \
		'chain ip asleep c: no packet comes to it: the table is dormant'
	check_equal 'where packets come: JSON' 'c false true 1;c true false 1;end true false 1;end true false 2;lonely false false 0;mapped true false 0' \
		"$(of_json '[.chains[] | "\(.chain) \(.reached) \(.dormant) \(.reached_from | length)"] | sort | join(";")')"
	metrics_agree 'where packets come' tool status
	nft 'delete table ip asleep; delete chain inet t above; delete table inet t'
	ip -n "$gateway" link del d0
	status
	# some kernels take the chain away with its device
	check_match 'the device is gone' '1 chain netdev n end: no packet comes to it: (none of its devices exists|nothing jumps)' \
		"$status $(of_json '.problems[] | select(contains("end"))')"
	fresh
}

# What is configured comes first; a device that is not there, and one that comes back
devices() {
	local options=(--device wan0 --exempt 192.0.2.80 --exempt 2001:db8::/64 --source 10.0.1.0/24 --all)
	local gone='table inet mptcp_bflag: none of its devices exists: wan0'
	ip -n "$gateway" link add wan0 type dummy
	tool enable "${options[@]}" >/dev/null
	works 'a device'
	check_equal 'a device: configuration' "$(cat <<-'TEXT'
		table inet mptcp_bflag: all connections, segments syn,ack versions 1 flag 0x20
		    devices: wan0
		    exempt: 192.0.2.80, 2001:db8::/64
		    sources: 10.0.1.0/24
	TEXT
	)" "$(sed -n 2,5p <<<"$said")"
	check_equal 'a device: JSON' '{"connections":"all","counters":{"ack_marked":0,"candidates":0,"exempt":0,"syn_marked":0},"devices":[{"exists":true,"name":"wan0"}],"exempt":["192.0.2.80","2001:db8::/64"],"family":"inet","flag":"0x20","helper":false,"hook":"postrouting","load_balancer":false,"segments":["syn","ack"],"sources":["10.0.1.0/24"],"table":"mptcp_bflag","versions":["1"]}' \
		"$(of_json '.enabled[]' | jq -cS 'del(.packets)')"
	ip -n "$gateway" link set wan0 name other0
	fails 'the device is renamed' "$gone"
	tells 'the device is renamed' '    devices: wan0 \(none now\)$'
	metrics_agree 'the device is renamed' tool status
	check_status 'the device is renamed: enable again' 0 tool enable "${options[@]}"
	check_match 'the device is renamed: enable warns, and changes nothing' "^mptcp-bflag: warning: .*'wan0'.*;unchanged: " \
		"$(paste -sd ';' <<<"$ktap_output")"
	ip -n "$gateway" link del other0
	fails 'the device is gone' "$gone"
	ip -n "$gateway" link add wan0 type dummy
	works 'the device is back'
	tool enable "${options[@]}" --device 'ppp*' >/dev/null 2>&1
	works 'one of two devices'
	tells 'one of two devices' '    devices: .*ppp\* \(none now\)'
	ip -n "$gateway" link set wan0 name ppp0
	works 'the other one, by a wildcard'
	tells 'the other one, by a wildcard' '    devices: (ppp\*, wan0 \(none now\)|wan0 \(none now\), ppp\*)$'
	nft flush chain inet mptcp_bflag candidates
	fails 'a stock rule is lost' "$nothing_sets" "chain inet mptcp_bflag set_bflag: $nobody_jumps"
	ip -n "$gateway" link del ppp0
	fresh
}

# A listing is loaded, and our rules are lost; one is put back
reload() {
	local listing
	synced <<-'RULES'
		table inet t {
			chain a { type filter hook forward priority 0; comment "mptcp_bflag set"; }
			chain b { type filter hook output priority 0; comment "mptcp_bflag set"; }
		}
	RULES
	listing=$(nft list ruleset)
	nft flush ruleset
	nft -f - <<<"$listing"
	fails 'a reload' 'chain inet t a: its rule is missing; .*' 'chain inet t b: .*missing; .*' "$nothing_sets"
	in_gateway rule inet t a 5 2 32
	fails 'one is put back' 'chain inet t b: its rule is missing; run: mptcp-bflag sync'
	tool sync >/dev/null
	works 'both are put back'
	fresh
}

seen() { in_server nft list counter inet seen "$1" | awk '$1 == "packets" { print $2 }'; }
both_seen() { [ $(($(seen marked) + $(seen unmarked))) -ge 2 ]; }
# goes NAME marked|unmarked [-6] ADDRESS: so the server sees all that comes from the client
goes() {
	in_server nft -f - <<-RULES
		table inet seen {
			counter marked { }
			counter unmarked { }
			chain c {
				type filter hook input priority 0;
				$capable_match tcp option @30,24,8 & 0x20 == 0x20 counter name marked
				$capable_match tcp option @30,24,8 & 0x20 == 0 counter name unmarked
			}
		}
	RULES
	local others=marked
	[ "$2" != marked ] || others=unmarked
	check "$1: a connection" connect "${@:3}"
	wait_for 20 both_seen
	marked=$((marked + $(seen marked)))
	check_equal "$1: all is $2" 0 "$(seen "$others")"
	in_server nft flush ruleset
}
marked=0
client_is() { # NUMBER: the last one of its addresses
	ip -n "$client" route replace default via 10.0.1.1 src "10.0.1.$1"
	ip -n "$client" -6 route replace default via fd00:1::1 src "fd00:1::$1"
}

# The table of enable for each front end: which connections are marked, and counters
marking() { # FRONT-END [OPTION]
	tool enable "${@:2}" --device wan --exempt 10.0.2.3 --exempt fd00:2::3 --source 10.0.1.2 --source fd00:1::/126 >/dev/null
	goes "$1, no source NAT" unmarked 10.0.2.2
	nft -f - <<<'table inet nat { chain c { type nat hook postrouting priority 100; oifname "wan" masquerade; }; }'
	marked=0
	goes "$1" marked 10.0.2.2
	goes "$1, IPv6" marked -6 fd00:2::2
	goes "$1, exempt" unmarked 10.0.2.3
	goes "$1, exempt, IPv6" unmarked -6 fd00:2::3
	client_is 4
	goes "$1, another source" unmarked 10.0.2.2
	goes "$1, another source, IPv6" unmarked -6 fd00:2::2
	client_is 2
	works "$1"
	check_equal "$1: what was marked" "2 $marked" "$(of_json ".counters.$1 | \"\(.syn_marked) \(.syn_marked + .ack_marked)\"")"
	check_equal "$1: nobody else is counted as marked or exempt" true \
		"$(of_json '.enabled[].counters | .candidates > .exempt + (.helped // .syn_marked + .ack_marked)')"
	hints_are "$1"
	metrics_agree "$1" tool status
}
expression() {
	marking expression
	check_equal 'expression: counters of the table' "2 $marked true" \
		"$(of_json '.enabled[].counters | "\(.syn_marked) \(.syn_marked + .ack_marked) \(.exempt >= 4)"')"
	tells expression '    counted: 2 SYN marked, [0-9]+ ACK marked, [0-9]+ exempt, [0-9]+ looked at'
	tells expression '    2 SYNs marked$'
	many_refused 1 -f 0x21
	works expression
	tells expression '    1 segment left alone: the flag was set already, by the client or by another rule$'
	# who has no helper does not pay for one
	check_equal 'expression: connections are not asked for' 'null 0' "$(of_json .connections) $(grep -c '^connections' <<<"$said")"
	check 'expression: nf_conntrack_netlink is not loaded' eval '! loaded nf_conntrack_netlink'
	fresh
}
helper() {
	marking helper --helper
	check_equal 'helper: counters of the table' '2 true' "$(of_json '.enabled[].counters | "\(.helped) \(.exempt >= 2)"')"
	tells helper 'table inet mptcp_bflag_helper: connections with source NAT, conntrack helper, '
	fresh
}

# Chain candidates is another one
edited() {
	local listing
	tool enable --device wan >/dev/null
	listing=$(nft list ruleset)
	nft flush ruleset
	synced <<<"$(sed '/comment "connections with source NAT"/d; s/ct status snat/ip daddr 10.0.2.2/' <<<"$listing")"
	works 'edited by hand'
	tells 'edited by hand' 'table inet mptcp_bflag: edited by hand, segments syn,ack versions 1 '
	check_equal 'edited by hand: JSON' edited "$(of_json '.enabled[].connections')"
	goes 'edited by hand' marked 10.0.2.2
	goes 'edited by hand' unmarked 10.0.2.3
	fresh
}

# router TYPE [RULE [HOOK PRIORITY]]: one object and one chain
router() {
	nft -f - <<-RULES
		table inet router {
			ct helper h { type "$1" protocol tcp; }
			chain c { type filter hook ${3-forward} priority ${4-0}; ${2-$capable_match ct helper set \"h\"}; }
		}
	RULES
}

# Objects "ct helper" of ours, and the rules that set them
objects() {
	local list handle
	router mptcp-bflag counter
	hints_are 'a helper nothing sets' helper_unused/helper
	fails 'a helper nothing sets' "$nothing_sets"
	nft 'add chain inet router lonely; add rule inet router lonely ct helper set "h"'
	hints_are 'a helper set where no packet comes'
	fails 'a helper set where no packet comes' "$nothing_sets"
	nft 'add rule inet router c goto lonely'
	works 'a helper that is set'
	nft -f - <<-'RULES'
		table inet t {
			ct helper lb { type "mptcp-bflag-lb" protocol tcp; }
			ct helper mapped { type "mptcp-bflag" protocol tcp; }
			ct helper other { type "ftp" protocol tcp; }
			chain c { ct helper set tcp dport map { 80 : "mapped", 81 : "other" }; ct helper set "other"; }
		}
		table ip6 six {
			flags dormant
			ct helper h { type "mptcp-bflag" protocol tcp; }
			chain c { type filter hook forward priority 0; ct helper set "h"; }
		}
	RULES
	works 'helpers'
	list=$(tool list)
	handle=$(nft -a list chain inet router lonely | sed -n 's/.*"h" # handle //p')
	check_equal 'helpers: list' "$(paragraphs <<-LIST
		inet router ct helper h: type mptcp-bflag segments syn,ack
		    set by chain lonely handle $handle
		        reached from c (type filter hook forward priority 0)
		inet t ct helper mapped: type mptcp-bflag segments syn,ack
		    set through a map
		inet t ct helper lb: type mptcp-bflag-lb segments synack
		    no rule sets it
		ip6 six ct helper h: type mptcp-bflag segments syn,ack
		    set by chain c handle $(nft -a list chain ip6 six c | sed -n 's/.*"h" # handle //p')
		        not reached: the table is dormant
	LIST
	)" "$(paragraphs <<<"$list")"
	check_equal 'helpers: the lines of list' "$list" "$(sed -n '2,/^module/p' <<<"$said" | sed '$d')"
	check_equal 'helpers: JSON' "h/mptcp-bflag/false/lonely h/mptcp-bflag/false/c lb/mptcp-bflag-lb/false/ mapped/mptcp-bflag/true/" \
		"$(tool list --json | jq -r '[.helpers | sort_by(.name, .table != "router")[] |
			"\(.name)/\(.type)/\(.by_map)/\([.set_by[].chain] | join(","))"] | join(" ")')"
	fresh
}

# Two helpers, IPv4 and IPv6, a connection with another one, and one without
connections_are() { [ "$(tool status --json | jq -r '.connections | "\(."mptcp-bflag") \(."mptcp-bflag-lb")"')" = "$1" ]; }
connected() {
	nft -f - <<-'RULES'
		table inet router {
			ct helper h { type "mptcp-bflag" protocol tcp; }
			ct helper lb { type "mptcp-bflag-lb" protocol tcp; }
			ct helper other { type "ftp" protocol tcp; }
			chain c {
				type filter hook forward priority 0;
				tcp dport 80 ct helper set "h"
				tcp dport 81 ct helper set "lb"
				tcp dport 82 ct helper set "other"
			}
		}
	RULES
	in_gateway sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_time_wait=1 \
		net.netfilter.nf_conntrack_tcp_timeout_close=1
	check 'connections: none' wait_for 20 connections_are '0 0'
	hold 10.0.2.2 80
	hold fd00:2::2 80 -6
	check 'connections: IPv4 and IPv6' wait_for 20 connections_are '2 0'
	hold 10.0.2.2 81
	hold 10.0.2.2 82
	hold 10.0.2.2 83
	check 'connections: other ones are not counted' wait_for 20 connections_are '2 1'
	works connections
	tells connections 'connections with a helper of ours now: 2 mptcp-bflag, 1 mptcp-bflag-lb$'
	with_feature no-mptcp 'helpers count SYN+ACK' tells connections '    1 SYN\+ACK marked$'
	check_equal 'connections: the expression is not mentioned' 0 "$(grep -c 'by the expression' <<<"$said")"
	hints_are connections
	metrics_agree connections tool status
	# without a rule that asks for it, there is no connection tracking
	nft 'delete table inet router; add table inet t; add chain inet t c { type filter hook forward priority 0; }; add rule inet t c ct state new'
	hints_are 'connections, and no rule of nf_tables any more' iptables/helper
	release
	check 'connections: they have ended' wait_for 20 connections_are '0 0'
	fails 'neither connections nor rules' "$nothing_sets"
	in_gateway iptables-nft -t raw -A PREROUTING -p tcp --dport 80 -j CT --helper mptcp-bflag
	hold 10.0.2.2 80
	check 'iptables: a connection' wait_for 20 connections_are '1 0'
	works iptables
	hints_are iptables iptables/helper
	release
	untold
	fresh
}
# without MODULE COMMAND...: the kernel cannot load it
without() {
	local modprobe
	modprobe=$(cat /proc/sys/kernel/modprobe)
	wait_for 20 unloaded "$1"
	echo /bin/false >/proc/sys/kernel/modprobe
	"${@:2}"
	echo "$modprobe" >/proc/sys/kernel/modprobe
}
untold() {
	router mptcp-bflag
	without nf_conntrack_netlink works 'no ctnetlink'
	check_equal 'no ctnetlink: connections are unknown' null "$(of_json .connections)"
	check_match 'no ctnetlink: says so' '^mptcp-bflag: connections are not known: .*modprobe nf_conntrack_netlink' "$(<"$scratch/errors")"
	check 'with it again' wait_for 20 connections_are '0 0'
}

# 1000 packets went out through the device, and none had MP_CAPABLE
no_mp_capable() { # FRONT-END [OPTION]
	local command pid
	tool enable "${@:2}" --device wan --all >/dev/null
	hints_are "$1, one second after enable"
	many_refused 900 -o 01010101
	hints_are "$1, 900 packets"
	# nobody answers there
	ip -n "$gateway" neigh replace 10.0.2.9 lladdr 02:00:00:00:00:01 dev wan
	in_client bash -c 'for i in {1..100}; do echo >/dev/udp/10.0.2.9/9; done'
	hints_are "$1, 1000 packets" "no_mp_capable/$1"
	# the command of the hint shows MP_CAPABLE, IPv4 and IPv6, and nothing else
	command=$(of_json '.hints[].text' | sed -n 's/.*To see them: tcpdump /timeout 20 tcpdump -c 4 /p')
	# shellcheck disable=SC2024
	ip netns exec "$gateway" bash -c "$command" >"$scratch/seen" 2>"$scratch/log" 9>&- &
	pid=$!
	wait_for 20 grep -q '^listening' "$scratch/log"
	refused 10.0.2.2
	refused -6 fd00:2::2
	wait "$pid"
	check_equal "$1: the command of the hint sees the SYNs" 'lan In IP;wan Out IP;lan In IP6;wan Out IP6' \
		"$(awk '{ print $2, $3, $4 }' "$scratch/seen" | paste -sd ';')"
	hints_are "$1, something has come"
	fresh
}
nothing_seen() {
	no_mp_capable expression
	no_mp_capable helper --helper
}

third_ack() {
	router mptcp-bflag
	many_refused 99
	hints_are '99 SYNs without an answer'
	refused 10.0.2.2
	hints_are '100 SYNs, no ACK' no_third_ack/helper
	works '100 SYNs, no ACK'
	tells '100 SYNs, no ACK' 'hint: this is normal if .*: 100 SYNs were marked by the helper, but no ACK'
	many_refused 9 -f 0x21
	hints_are 'nine that were marked before silence nothing' no_third_ack/helper
	many_refused 1 -f 0x21
	hints_are 'ten that were marked before may be ACKs'
	many_refused 10
	hints_are 'ten of 110 that were marked before' no_third_ack/helper
	in_client capable -a 10.0.2.2 80
	wait_for 20 counted ack_marked 3
	hints_are 'an ACK has come'
	fresh
}

# An ACK that Linux servers accept, with TCP-AO; one with 0x40 is none
unmarked() {
	router mptcp-bflag
	in_client capable -a -f 0x41 10.0.2.2 80
	check 'an ACK with 0x40 is left alone' wait_for 20 counted extensibility_set 3
	hints_are 'an ACK that Linux does not accept'
	in_client capable -a -o 1d0c0102f1f2f3f4f5f6f7f81e1401010102030405060708090a0b0c0d0e0f10 10.0.2.2 80
	check 'an ACK with TCP-AO is left unmarked' wait_for 20 counted ack_unmarked 3
	hints_are 'an ACK without the flag' ack_unmarked/helper
	works 'an ACK without the flag'
	tells 'an ACK without the flag' '    1 ACK that Linux servers accept went out without the flag'
	tells 'an ACK without the flag' '    1 segment left alone: signed with TCP-AO'
	nft flush ruleset
	hints_are 'of a helper that is gone'
	fresh
}

# sets TABLE HOOK SEGMENTS: a chain that sets the flag in these
sets() { synced <<<"table ip $1 { chain c { type filter hook $2 priority 0; comment \"mptcp_bflag set segments $3\"; }; }"; }
segments() {
	local part hint
	while read -r part hint; do
		sets t forward "$part"
		hints_are "segments $part" ${hint:+"$hint/expression"}
		nft flush ruleset
	done <<<$'syn syn_only\nsyn,synack syn_only\nack ack_only\nsyn,ack\nsynack'
	sets t forward syn
	sets u postrouting ack
	hints_are 'SYN here, ACK there'
	fresh
}

flowtable() {
	local place
	nft -f - <<-'RULES'
		table inet flows {
			flowtable f { hook ingress priority 0; devices = { lan, wan }; }
			chain c { type filter hook forward priority 0; }
		}
	RULES
	sets t postrouting syn,ack
	hints_are 'a flowtable no rule uses'
	nft add rule inet flows c ip protocol tcp flow add @f
	hints_are 'a flowtable' flowtable/expression
	for place in 'output syn,ack' 'forward synack'; do
		nft delete table ip t
		# shellcheck disable=SC2086	# words
		sets t $place
		hints_are "a flowtable, $place"
	done
	sets u prerouting syn,ack
	hints_are 'a flowtable, prerouting, too' flowtable/expression
	with_feature no-egress 'a flowtable, egress, too' flowtable_and_egress
	fresh
}
flowtable_and_egress() {
	tool enable --device wan --all --hook egress >/dev/null
	hints_are 'a flowtable, egress, too'
}

too_early() {
	local hook priority hint
	while IFS=, read -r hook priority hint; do
		router mptcp-bflag 'ct helper set "h"' "$hook" "$priority"
		hints_are "a helper at $hook $priority" ${hint:+"$hint/helper"}
		nft flush ruleset
	done <<-'CASES'
		prerouting,-300,helper_too_early
		prerouting,-150
		output,-300,helper_too_early
		output,-150
		forward,-300
		ingress device lan,0,helper_too_early
	CASES
	fresh
}

# status_with MODULE...: as if these were the modules that are installed
status_with() {
	local root=$scratch/lib/modules/${release:=$(uname -r)}
	rm -rf "$root"
	mkdir -p "$root"
	[ $# = 0 ] || cp "$@" "$root"
	depmod -b "$scratch" "$release" 2>/dev/null
	# shellcheck disable=SC2016
	said=$(unshare -m bash -c 'mount --bind "$0" "/lib/modules/${0##*/}" && ip netns exec "$1" mptcp-bflag status' \
		"$root" "$gateway" 2>&1)
}
modules() {
	local paths other=$scratch/nft_mptcp_bflag.ko
	readarray -t paths < <(tool status --json | jq -r '.modules[].path')
	status_with
	check_equal 'no module is installed: problems' 3 "$(grep -c '^problem: the module .* is not installed for the running kernel' <<<"$said")"
	status_with "${paths[0]}" "${paths[2]}"
	tells 'one is not installed' 'problem: the module nft_mptcp_bflag is not installed for the running kernel'
	tells 'one is not installed' 'module nft_mptcp_bflag: not loaded; not installed for the running kernel$'
	tells 'one is not installed' "module mptcp_bflag: not loaded; installed, version $(mptcp-bflag version | awk '{ print $NF }')\$"
	sed "s/version=$(mptcp-bflag version | awk '{ print $NF }')/version=0.0.7/" "${paths[1]}" >"$other"
	status_with "${paths[0]}" "$other" "${paths[2]}"
	tells 'one of another version' 'hint: .*the module nft_mptcp_bflag another'
	tells 'one of another version' 'module nft_mptcp_bflag: .*version 0\.0\.7$'
	tool enable --device wan --all >/dev/null
	status_with
	tells 'loaded, and not installed: works' works
	tells 'loaded, and not installed' 'module nft_mptcp_bflag: loaded, .*, but not installed'
	fresh
}

# Names that nft does not take
odd_names() {
	local names name i=0 kind
	names=('q"uo\te' $'\xc3\xa9' $'c1\xc2\x9b1m' $'raw\x9b1m' $'\xff\xfe' $'c0\e[1m' $'new\nline' $'del\x7f' '{a="b"} 1')
	for name in "${names[@]}"; do
		i=$((i + 1))
		in_gateway attributes chain inet "t$i$name" "c$name" 'mptcp_bflag set'
	done
	in_gateway attributes chain inet t c $'mptcp_bflag \e"\xc2\x9b\\\xff'
	for kind in '' --json --openmetrics; do
		# shellcheck disable=SC2086	# nothing, or a word
		tool status $kind >"$scratch/out" 2>&1
		check "odd names: status $kind is fit for a terminal" printable <"$scratch/out"
		check "odd names: status $kind has them" grep -q uo "$scratch/out"
	done
	check_equal 'odd names: all are there' $((i + 1)) "$(tool list --json | jq '.chains | length')"
	metrics_agree 'odd names' tool status
	fresh
}

# What cannot be told is neither yes nor no
nf_tables_unloaded() {
	awk '/^(nft_|nf_flow_table|nf_tables)/ { print $1 }' /proc/modules | xargs -rn 1 rmmod
	! loaded nf_tables
}
no_nf_tables() {
	check_status 'no nf_tables: status exits 7' 7 tool status
	check_status 'no nf_tables: list exits 7' 7 tool list
	check_match 'no nf_tables: list says so' '^mptcp-bflag: .*no nf_tables' "$ktap_output"
}
unread() {
	local kind
	for kind in status 'status --json' 'status --openmetrics' list; do
		# shellcheck disable=SC2086	# words
		check_status "without CAP_NET_ADMIN: $kind exits 3" 3 in_gateway setpriv --bounding-set=-net_admin \
			--inh-caps=-net_admin mptcp-bflag $kind
		check_match "without CAP_NET_ADMIN: $kind says so" '^mptcp-bflag: .*run as root' "$ktap_output"
	done
	check 'nf_tables is not used' wait_for 20 nf_tables_unloaded
	without nf_tables no_nf_tables
}

net_routed
ip -n "$client" addr add 10.0.1.4/24 dev eth
ip -n "$client" addr add fd00:1::4/64 dev eth nodad
mkfifo "$scratch/hold"
exec 9<>"$scratch/hold"
unload
for port in 80 81 82 83; do serve "$port"; done
client_is 2
check 'nf_conntrack_netlink is not loaded before' wait_for 20 unloaded nf_conntrack_netlink

for part in ${STATUS_PARTS:-nothing states reach devices reload expression helper edited objects connected \
	nothing_seen third_ack unmarked segments flowtable too_early modules odd_names unread}; do
	start=$SECONDS
	"$part"
	echo "# $part: $((SECONDS - start)) s"
done
finish
