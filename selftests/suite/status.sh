#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The output of "status" and "list" in text, JSON and OpenMetrics, with real connections through a
# gateway: it is right about what works, and each hint appears when it must, and only then.
set -uo pipefail
# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"
# shellcheck source=selftests/lib/openmetrics.sh
. "$SELFTESTS/lib/openmetrics.sh"
capable_match
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"

tool() { ip netns exec "$gateway" mptcp-bflag "$@"; } # with the /sys of that namespace
nft() { in_gateway nft "$@"; }
of_json() { jq -r "$1" <<<"$json"; }

# works NAME, fails NAME PROBLEM...: check the exit status and each problem (regular expressions).
# Set $said to the text, $json, and $scratch/errors to stderr.
works() { fails "$1"; }
fails() {
	local status=0 problem expected='0 0 true works 0'
	[ $# = 1 ] || expected="1 1 false does not work $(($# - 1))"
	json=$(tool status --json) || status=$?
	said=$(tool status 2>"$scratch/errors")
	check_equal "$1: exit statuses, works, first line, number of problems" "$expected" \
		"$? $status $(of_json .works) $(head -n 1 <<<"$said") $(of_json '.problems | length')"
	for problem in "${@:2}"; do
		check_match "$1: $problem" "^$problem\$" "$(of_json '.problems[]')"
	done
	check_equal "$1: text has the problems and hints of JSON" \
		"$(of_json '(.problems[] | "problem: " + .), (.hints[] | "hint: " + .text)')" "$(grep -E '^(problem|hint): ' <<<"$said")"
}
nothing_sets='nothing sets the flag: no packet reaches .*'
nobody_jumps='no packet reaches it: no base chain leads to it; add a jump to it'
tells() { check_match "$1: prints $2" "^$2" "$said"; } # NAME REGEXP
hints_are() { # NAME [ID/FRONT-END...]: exactly these hints
	json=$(tool status --json)
	check_equal "$1: hints" "${*:2}" "$(of_json '[.hints[] | "\(.id)/\(.front_end)"] | join(" ")')"
}
hints() { # lines COMMAND|[ID/FRONT-END]: after each command, this hint or none
	local command hint
	while IFS='|' read -r command hint; do
		eval "$command"
		hints_are "$command" ${hint:+"$hint"}
	done
}
# One line for each paragraph, sorted, because the order is the kernel's
paragraphs() { awk '{ printf "%s%s", (/^ / ? "|" : NR > 1 ? "\n" : ""), $0 } END { print "" }' | sort; }

# synced: load these rules, and add those that their comments describe
synced() { nft -f - && tool sync >/dev/null; }
unloaded() { ! loaded "$1" || rmmod "$1"; }
fresh() { # no rules, and counters of 0
	nft flush ruleset
	wait_for 20 unload || fail 'the modules are unloaded'
}
counted() { [ "$(in_gateway awk "\$1 == \"$1\" { print \$$2 }" /proc/net/mptcp_bflag)" -ge 1 ]; } # ROW COLUMN
syns() { in_client capable -n "$@" 10.0.2.2 9; } # COUNT [OPTION]...: with MP_CAPABLE, to a closed port

# Without MPTCP in the kernel: plain TCP connections, and generated segments with MP_CAPABLE
plain=()
! lacks no-mptcp || plain=(-t)
listening() { in_server ss -Hltn "sport = :$1" | grep -q .; }
serve() { # PORT
	ip netns exec "$server" peer server -6 "${plain[@]}" -n 1000 "$1" >/dev/null 2>&1 9>&- &
	at_exit "kill $! 2>/dev/null"
	wait_for 20 listening "$1"
}
meet() { # [-6] ADDRESS: SYN, third ACK, data
	if lacks no-mptcp; then
		in_client capable "$@" 80 && in_client capable -a "$@" 80
	else
		in_client peer client -s 1000 "$@" 80 >/dev/null
	fi
}
hold() { # [-6] ADDRESS PORT: open a connection until "release"
	ip netns exec "$client" peer client "${plain[@]}" -w -s 1000 "$@" <"$scratch/hold" >/dev/null 2>&1 9>&- &
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
	check_equal 'nothing: JSON' '[] null []' "$(of_json '"\(.enabled) \(.connections) \(.hints)"')"
	check_equal 'nothing: list' 'no chain with an mptcp_bflag comment and no mptcp_bflag helper in this network namespace' \
		"$(tool list)"
	check_equal 'nothing: list --json' '{"chains":[],"helpers":[],"iptables":[],"strays":[]}' "$(tool list --json | jq -cS .)"
	metrics_agree nothing tool status
}

# Each state of a chain with a comment, and the hooks that lead to it
chains() {
	local list sync="run 'mptcp-bflag sync'"
	local asleep="chain ip asleep c: no packet reaches it: its table is dormant; run 'nft add table ip asleep'" lonely="chain inet t lonely: $nobody_jumps"
	synced <<-'RULES'
		table inet t {
			chain bare { }
			chain good { comment "mptcp_bflag match segments syn : goto bare"; }
			chain lost { comment "mptcp_bflag set"; }
			chain late { comment "mptcp_bflag set segments synack"; }
			chain twice { comment "mptcp_bflag set versions 0,1 flag b jump bare"; }
			chain mapped { comment "mptcp_bflag set"; }
			chain lonely { comment "mptcp_bflag set"; }
			chain middle { goto good; }
			chain far { type route hook output priority -3; jump middle; }
			chain near { type filter hook forward priority 5; jump good; jump lost; jump late; jump twice; }
			chain third { type filter hook input priority 0; tcp dport vmap { 80 : jump mapped }; }
			chain above { jump lonely; }
		}
		table ip asleep { flags dormant; chain c { type filter hook forward priority 0; comment "mptcp_bflag set"; }; }
	RULES
	fails 'all in place, not all reached' "$lonely" "$asleep"
	nft 'flush chain inet t lost; insert rule inet t late counter
		add chain inet t bad { comment "mptcp_bflag sett"; }; add rule inet t near jump bad'
	in_gateway rule inet t twice 5 2 32
	in_gateway rule inet t bare 5 2 32
	fails 'each state' "chain inet t lost: its rule is missing; $sync" "chain inet t late: its rule is not the first; $sync" \
		"chain inet t twice: it has another mptcp_bflag rule; $sync" \
		"chain inet t bad, comment \"mptcp_bflag sett\": unknown operation 'sett'.*" "$lonely" "$asleep"
	list=$(tool list)
	check_equal 'each state: list' "$(paragraphs <<-'LIST'
		chain inet t good: match segments syn versions 1 flag 0x20: goto bare: rule in place
		    reached from chain near (type filter hook forward priority 5)
		    reached from chain far (type route hook output priority -3)
		chain inet t lost: set segments syn,ack versions 1 flag 0x20: rule missing
		    reached from chain near (type filter hook forward priority 5)
		chain inet t late: set segments synack versions 1 flag 0x20: rule not first
		    reached from chain near (type filter hook forward priority 5)
		chain inet t twice: set segments syn,ack versions 0,1 flag 0x40 jump bare: another mptcp_bflag rule
		    reached from chain near (type filter hook forward priority 5)
		chain inet t bad: comment not understood: unknown operation 'sett'
		    reached from chain near (type filter hook forward priority 5)
		chain inet t mapped: set segments syn,ack versions 1 flag 0x20: rule in place
		    possibly reached through a verdict map
		chain inet t lonely: set segments syn,ack versions 1 flag 0x20: rule in place
		    not reached: no base chain leads here
		chain ip asleep c: set segments syn,ack versions 1 flag 0x20: rule in place
		    not reached: the table is dormant
		chain inet t bare: rule handle N has the expression, and no comment describes it
	LIST
	)" "$(sed 's/handle [0-9]*/handle N/; s/\(operation .sett.\).*/\1/' <<<"$list" | paragraphs)"
	check_equal 'each state: the lines of list' "$list" "$(sed -n '/^chain /,/^module/p' <<<"$said" | grep -v ^module)"
	check_equal 'each state: list --json' "$(jq -S '{ chains, strays, helpers, iptables }' <<<"$json")" "$(tool list --json | jq -S .)"
	check_equal 'each state: JSON' 'bad not_understood true,c in_place false,good in_place true,late not_first true,lonely in_place false,lost missing true,mapped in_place true,twice other_rule true' \
		"$(of_json '[.chains[] | "\(.chain) \(.state) \(.reached)"] | sort | join(",")')"
	hints_are 'each state' stray/expression
	metrics_agree 'each state' tool status
	nft 'delete rule inet t near handle '"$(nft -a list chain inet t near | sed -n 's/.*jump bad # handle //p')"'; delete chain inet t bad'
	tool sync >/dev/null
	fails 'after sync' "$lonely" "$asleep"
	check_equal 'after sync: no stray' '[]' "$(of_json '.strays')"
	# a listing is loaded again without the rules, and one of them is added
	nft 'delete table ip asleep; flush chain inet t above; delete chain inet t lonely'
	list=$(nft list ruleset)
	nft flush ruleset
	nft -f - <<<"$list"
	fails 'a reload' "$nothing_sets" "chain inet t (good|lost|late|twice|mapped): its rule is missing; $sync" {,,,}'chain .*'
	in_gateway rule inet t lost 5 2 32
	fails 'one rule is back' "chain inet t (good|late|twice|mapped): its rule is missing; $sync" {,,}'chain .*'
	tool sync >/dev/null
	works 'all rules are back'
	fresh
}

# The lines of a table; its device goes away and comes back
devices() {
	local options=(--device wan0 --exempt 192.0.2.80 --exempt 2001:db8::/64 --source 10.0.1.0/24 --all)
	local gone='table inet mptcp_bflag: none of its devices exists: wan0; create one, or run .*'
	ip -n "$gateway" link add wan0 type dummy
	tool enable "${options[@]}" >/dev/null
	works 'a device'
	check_equal 'a device: configuration' 'table inet mptcp_bflag: marks syn,ack of connections of the sources, versions 1 flag 0x20|    devices: wan0|    exempt: 192.0.2.80, 2001:db8::/64|    sources: 10.0.1.0/24' \
		"$(sed -n 2,5p <<<"$said" | paragraphs)"
	check_equal 'a device: JSON' '["inet","mptcp_bflag","postrouting",false,false,"all",["syn","ack"],["1"],"0x20",[{"name":"wan0","exists":true}],["192.0.2.80","2001:db8::/64"],["10.0.1.0/24"]]' \
		"$(of_json '.enabled[] | [.family, .table, .hook, .load_balancer, .helper, .connections, .segments, .versions, .flag, .devices, .exempt, .sources]' | jq -c .)"
	ip -n "$gateway" link set wan0 name other0
	fails 'the device is renamed' "$gone"
	tells 'the device is renamed' '    devices: wan0 \(does not exist\)$'
	metrics_agree 'the device is renamed' tool status
	check_status 'the device is renamed: enable again' 0 tool enable "${options[@]}"
	check_match 'the device is renamed: enable warns and changes nothing' "^mptcp-bflag: warning: .*'wan0'.*;unchanged: " \
		"$(paste -sd ';' <<<"$ktap_output")"
	ip -n "$gateway" link del other0
	fails 'the device is gone' "$gone"
	ip -n "$gateway" link add wan0 type dummy
	works 'the device is back'
	with_feature no-ifname-ranges 'one of two devices, by a wildcard' wildcard
	nft flush chain inet mptcp_bflag candidates
	fails 'a stock rule is lost' "$nothing_sets" "chain inet mptcp_bflag set_bflag: $nobody_jumps"
	nft flush ruleset
	synced <<<'table netdev n { chain c { comment "mptcp_bflag set"; }; chain d { type filter hook ingress device wan0 priority 8; jump c; }; }'
	works 'the device of a chain'
	tells 'the device of a chain' '    reached from chain d \(type filter hook ingress priority 8 devices wan0\)$'
	ip -n "$gateway" link del wan0
	# some kernels delete the chain
	fails 'the device of a chain is gone' 'chain netdev n c: no packet reaches it: (none of its devices exists|no base chain).*' "$nothing_sets"
	fresh
}
wildcard() {
	tool enable "${options[@]}" --device 'ppp*' >/dev/null 2>&1
	ip -n "$gateway" link set wan0 name ppp0
	works 'one of two devices, by a wildcard'
	tells 'one of two devices, by a wildcard' '    devices: (ppp\*, wan0 \(does not exist\)|wan0 \(does not exist\), ppp\*)$'
	ip -n "$gateway" link set ppp0 name wan0
}

seen() { in_server nft list counter inet seen "$1" | awk '$1 == "packets" { print $2 }'; }
both_seen() { [ $(($(seen marked) + $(seen unmarked))) -ge 2 ]; }
marked=0
goes() { # NAME marked|unmarked [-6] ADDRESS: so the server sees each MP_CAPABLE of the client
	local others=marked
	[ "$2" != marked ] || others=unmarked
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
	check "$1: a connection" meet "${@:3}"
	wait_for 20 both_seen
	marked=$((marked + $(seen marked)))
	check_equal "$1: each segment is $2" 0 "$(seen "$others")"
	in_server nft flush ruleset
}
client_is() { # NUMBER: the last part of its addresses
	ip -n "$client" route replace default via 10.0.1.1 src "10.0.1.$1"
	ip -n "$client" -6 route replace default via fd00:1::1 src "fd00:1::$1"
}

# The table of enable for each front end: which connections it marks, and its counters
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
	check_equal "$1: the counters of marked segments" "source_nat 2 $marked" \
		"$(of_json "\"\(.enabled[].connections) \" + (.counters.$1 | \"\(.syn_marked) \(.syn_marked + .ack_marked)\")")"
	check_equal "$1: other connections are candidates only" true \
		"$(of_json '.enabled[].counters | .candidates > .exempt + (.helped // .syn_marked + .ack_marked)')"
	hints_are "$1"
	metrics_agree "$1" tool status
}
expression() {
	marking expression
	check_equal 'expression: counters of the table' "2 $marked true" \
		"$(of_json '.enabled[].counters | "\(.syn_marked) \(.syn_marked + .ack_marked) \(.exempt >= 4)"')"
	syns 1 -f 0x21
	works expression
	tells expression '    counted: 2 SYN marked, [0-9]+ ACK marked, [0-9]+ exempt, [0-9]+ examined'
	tells expression '    2 SYNs marked$'
	tells expression '    1 segment left alone: the sender or another rule had set the flag$'
	# without a helper, conntrack is not asked
	check_equal 'expression: connections are not counted' 'null 0' "$(of_json .connections) $(grep -c '^connections' <<<"$said")"
	check 'expression: nf_conntrack_netlink is not loaded' eval '! loaded nf_conntrack_netlink'
	# other rules with the same comments
	local listing
	listing=$(nft list ruleset | sed 's/ct status snat.*@source_ipv4/ip daddr 10.0.2.2/')
	nft flush ruleset
	synced <<<"$listing"
	works 'edited by hand'
	tells 'edited by hand' 'table inet mptcp_bflag: marks syn,ack of connections \(edited by hand\), versions 1 '
	client_is 4
	goes 'edited by hand' marked 10.0.2.2
	client_is 2
	fresh
}
helper() {
	marking helper --helper
	check_equal 'helper: counters of the table' 'true true' "$(of_json '.enabled[].counters | "\(.helped >= 2) \(.exempt >= 2)"')"
	tells helper 'table inet mptcp_bflag_helper: marks syn,ack of connections with source NAT \(conntrack helper\), versions '
	fresh
}

router() { # TYPE [RULE [HOOK PRIORITY]]: add one object and one chain
	nft -f - <<-RULES
		table inet router {
			ct helper h { type "$1" protocol tcp; }
			chain c { type filter hook ${3-forward} priority ${4-0}; ${2-$capable_match ct helper set \"h\"}; }
		}
	RULES
}

# "ct helper" objects, and the rules that set them
objects() {
	router mptcp-bflag counter
	fails 'a helper that no rule sets' "$nothing_sets"
	hints_are 'a helper that no rule sets' helper_unused/helper
	nft -f - <<-'RULES'
		table inet t { ct helper mapped { type "mptcp-bflag" protocol tcp; }; ct helper other { type "ftp" protocol tcp; }; }
		table ip6 six { flags dormant; ct helper lb { type "mptcp-bflag-lb" protocol tcp; }; chain c { type filter hook forward priority 0; ct helper set "lb"; }; }
		table inet router { chain far { ct helper set "h"; }; }
	RULES
	fails 'helpers set where no packet arrives' "$nothing_sets"
	nft 'add rule inet router c goto far; add chain inet t c; add rule inet t c ct helper set tcp dport map { 80 : "mapped", 81 : "other" }'
	works 'helpers'
	check_equal 'helpers: list' "$(paragraphs <<-LIST
		ct helper inet router h: type mptcp-bflag segments syn,ack
		    set in chain far by rule handle $(nft -a list chain inet router far | sed -n 's/.*"h" # handle //p')
		        reached from chain c (type filter hook forward priority 0)
		ct helper inet t mapped: type mptcp-bflag segments syn,ack
		    set through a map
		ct helper ip6 six lb: type mptcp-bflag-lb segments synack
		    set in chain c by rule handle $(nft -a list chain ip6 six c | sed -n 's/.*"lb" # handle //p')
		        not reached: the table is dormant
	LIST
	)" "$(tool list | paragraphs)"
	fresh
}

# Two helpers, IPv4 and IPv6, a connection with another one, and one without
connections_are() { [ "$(tool status --json | jq -r '.connections | "\(."mptcp-bflag") \(."mptcp-bflag-lb")"')" = "$1" ]; }
connected() {
	local type port=80
	in_gateway sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_{time_wait,close}=1
	for type in mptcp-bflag mptcp-bflag-lb ftp; do
		nft -f - <<<"table inet t$port { ct helper h { type \"$type\" protocol tcp; }; chain c {
			type filter hook forward priority 0; tcp dport $port ct helper set \"h\"; }; }"
		port=$((port + 1))
	done
	# newer kernels keep the helper's name in connections from before an unload
	in_gateway conntrack -F >/dev/null 2>&1
	check 'connections: none' wait_for 20 connections_are '0 0'
	hold 10.0.2.2 80
	hold -6 fd00:2::2 80
	for port in 81 82 83; do hold 10.0.2.2 "$port"; done
	check 'connections: other helpers are not counted' wait_for 20 connections_are '2 1'
	works connections
	tells connections 'connections with a helper: 2 mptcp-bflag, 1 mptcp-bflag-lb$'
	with_feature no-mptcp 'helpers count SYN+ACK' tells connections '    1 SYN\+ACK marked$'
	hints_are connections
	metrics_agree connections tool status
	nft 'delete table inet t80; delete table inet t81'
	fails 'connections without a rule' "$nothing_sets"
	hints_are 'connections without a rule' rule_gone/helper
	release
	check 'connections: they have ended' wait_for 20 connections_are '0 0'
	fails 'neither connections nor rules' "$nothing_sets"
	router mptcp-bflag
	wait_for 20 unloaded nf_conntrack_netlink
	no_modprobe works 'no ctnetlink'
	check_equal 'no ctnetlink: connections are unknown' null "$(of_json .connections)"
	check_match 'no ctnetlink: a message' '^mptcp-bflag: cannot count connections: .*modprobe nf_conntrack_netlink' "$(<"$scratch/errors")"
	fresh
}
no_modprobe() { # COMMAND...: the kernel cannot load modules
	local modprobe
	modprobe=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	"$@"
	echo "$modprobe" >/proc/sys/kernel/modprobe
}

# Rules of iptables, with and without connections
xtables() { # nft|legacy
	local name=iptables-$1 four=iptables-$1 six=ip6tables-$1 target='-p tcp --dport 80 -j CT --helper mptcp-bflag'
	raw() { in_gateway "$1" -t raw "${@:2}"; }
	lines() { grep -oE "^$name: .*|^    (not )?reached.*" <<<"$said" | sed 's/handle [0-9]*/handle N/' | paste -sd ';'; }
	in_gateway conntrack -F >/dev/null 2>&1
	# other targets, other helpers; a rule in a chain that no rule jumps to
	raw "$four" -A PREROUTING -p udp -j CT --notrack
	raw "$four" -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	raw "$four" -N far
	# shellcheck disable=SC2086	# words
	raw "$four" -A far $target
	fails "$name, no jump to its chain" "$nothing_sets"
	check_equal "$name, no jump to its chain: lines" \
		"${lines[$1,far]};    not reached: no base chain leads here" "$(lines)"
	raw "$four" -N farther
	raw "$four" -A farther -p tcp -j far
	fails "$name, a jump from a chain that is not reached" "$nothing_sets"
	raw "$four" -A OUTPUT -p tcp -j farther
	works "$name, a jump to its chain"
	hints_are "$name, a jump to its chain"
	raw "$four" -F
	fails "$name, flushed" "$nothing_sets"
	raw "$four" -X
	hints_are "$name, flushed"
	check_equal "$name, flushed: no rule" '' "$(lines)"
	# shellcheck disable=SC2086	# words
	raw "$six" -A PREROUTING ${target/bflag/bflag-lb}
	works "$name, IPv6"
	check_equal "$name, IPv6: lines" "${lines[$1,six]}" "$(lines)"
	check_equal "$name, IPv6: list" "$(lines)" "$(said=$(tool list) && lines)"
	check_equal "$name, IPv6: JSON" "$name ip6 raw mptcp-bflag-lb synack true" \
		"$(of_json '.iptables[] | "\(.program) \(.family) \(.table) \(.type) \(.segments[]) \(.reached)"')"
	metrics_agree "$name" tool status
	# shellcheck disable=SC2086	# words
	raw "$four" -A PREROUTING $target
	hold 10.0.2.2 80
	check "$name: a connection" wait_for 20 connections_are '1 0'
	works "$name, a connection"
	hints_are "$name, a connection"
	check_equal "$name: rules of both families" "$(printf '%s\n' ip ip6)" "$(of_json '.iptables[].family' | sort)"
	raw "$four" -F
	raw "$six" -F
	fails "$name, a connection without a rule" "$nothing_sets"
	hints_are "$name, a connection without a rule" rule_gone/helper
	release
	fresh
}
declare -A lines=(
	[nft,far]='iptables-nft: chain ip raw far rule handle N: sets mptcp-bflag segments syn,ack'
	[nft,six]='iptables-nft: chain ip6 raw PREROUTING rule handle N: sets mptcp-bflag-lb segments synack;    reached from chain PREROUTING (type filter hook prerouting priority -300)'
	[legacy,far]='iptables-legacy: table ip raw: a rule sets mptcp-bflag segments syn,ack'
	[legacy,six]='iptables-legacy: table ip6 raw: a rule sets mptcp-bflag-lb segments synack')
iptables() {
	in_gateway sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_{time_wait,close}=1
	xtables nft
	with_feature no-iptables-legacy 'rules of iptables-legacy' xtables legacy
	with_feature no-iptables-legacy 'iptables-legacy without root' not_root
}
# CAP_NET_ADMIN is enough for nf_tables, but the files in /proc that name the tables are root's
not_root() {
	in_gateway iptables-legacy -t raw -A PREROUTING -p tcp --dport 80 -j CT --helper mptcp-bflag
	check_equal 'CAP_NET_ADMIN alone, rules of iptables-legacy: the state is unknown' 3 "$(ip netns exec "$gateway" \
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +net_admin --ambient-caps +net_admin \
		"$(command -v mptcp-bflag)" status >/dev/null 2>"$scratch/errors" || echo $?)"
	check_match 'CAP_NET_ADMIN alone: the message' 'run as root' "$(<"$scratch/errors")"
	in_gateway iptables-legacy -t raw -F
}

# 1000 packets left through the device, and none had MP_CAPABLE
no_mp_capable() { # FRONT-END [OPTION]
	tool enable "${@:2}" --device wan --all >/dev/null
	hints <<-HINTS
		: one second after enable|
		syns 900 -o 01010101|
		in_client bash -c 'for i in {1..100}; do echo >/dev/udp/10.0.2.9/9; done'|no_mp_capable/$1
	HINTS
	# the command of the hint shows MP_CAPABLE of IPv4 and IPv6, and nothing else
	rm -f "$scratch/log"
	inside "$gateway" bash -c "$(of_json '.hints[].text' | sed -n 's/.*To see them: tcpdump /timeout 20 tcpdump -c 4 /p')" \
		>"$scratch/seen" 2>"$scratch/log" 9>&- &
	holders=($!)
	wait_for 20 grep -q '^listening' "$scratch/log"
	connect
	# shellcheck disable=SC2086	# $attempt is words
	in_client $attempt -6 fd00:2::2 9 >/dev/null 2>&1
	wait "${holders[@]}"
	holders=()
	check_equal "$1: the command of the hint shows the SYNs" 'lan In IP;wan Out IP;lan In IP6;wan Out IP6' \
		"$(awk '{ print $2, $3, $4 }' "$scratch/seen" | paste -sd ';')"
	hints_are "$1, after an MP_CAPABLE"
	fresh
}
nothing_seen() {
	no_mp_capable expression
	no_mp_capable helper --helper
}

# segment OPTION...: a third ACK, or a variation
segment() { in_client capable -a "$@" 10.0.2.2 80; }
third_ack() {
	router mptcp-bflag
	hints <<-'HINTS'
		syns 99|
		syns 1|no_third_ack/helper
		syns 10 -f 0x21|
		syns 10|no_third_ack/helper
		segment; wait_for 20 counted ack_marked 3|
		segment -f 0x41; wait_for 20 counted extensibility_set 3|
		segment -o 1d0c0102f1f2f3f4f5f6f7f81e1401010102030405060708090a0b0c0d0e0f10; wait_for 20 counted ack_unmarked 3|ack_unmarked/helper
	HINTS
	works 'an ACK without the flag'
	tells 'an ACK without the flag' '    1 ACK that Linux servers accept left without the flag'
	nft flush ruleset
	check_equal 'a removed helper: no hint about ACKs' '' "$(tool status --json | jq -r '.hints[].id' | grep ack)"
	fresh
}

# sets HOOK SEGMENTS [TABLE]: add a chain that sets the flag in these
sets() {
	nft "add table ip ${3-t}; delete table ip ${3-t}"
	synced <<<"table ip ${3-t} { chain c { type filter hook $1 priority 0; comment \"mptcp_bflag set segments $2\"; }; }"
}
# early HOOK PRIORITY: set a helper there
early() {
	nft flush ruleset
	router mptcp-bflag 'ct helper set "h"' "$@"
}
places() {
	hints <<-'HINTS'
		sets forward syn|syn_only/expression
		sets forward syn,synack|syn_only/expression
		sets forward ack|ack_only/expression
		sets forward syn,ack|
		sets forward synack|
		sets forward syn; sets postrouting ack u|
		nft 'table inet f { flowtable t { hook ingress priority 0; devices = { lan, wan }; }; chain c { type filter hook forward priority 0; }; }'|
		nft add rule inet f c ip protocol tcp flow add @t|flowtable/expression
		nft delete table ip t; sets forward synack u|
		sets output syn,ack|
		sets prerouting syn,ack|flowtable/expression
	HINTS
	with_feature no-egress 'a flowtable, and also egress' hints <<<'tool enable --device wan --all --hook egress >/dev/null|'
	hints <<-'HINTS'
		early prerouting -300|helper_too_early/helper
		early prerouting -150|
		early output -300|helper_too_early/helper
		early output -150|
		early forward -300|
		early 'ingress device lan' 0|helper_too_early/helper
	HINTS
	fresh
}

# without_installed PATTERN: run status as if these modules were not installed
# No packet looks up a map in a table without a base chain.
unused_map() {
	synced <<-'END'
		table inet q {
			chain a { comment "mptcp_bflag set"; }
			map m { type ipv4_addr : verdict; elements = { 192.0.2.4 : jump a }; }
		}
	END
	fails 'a map, and no base chain' 'chain inet q a: no packet reaches it: .*' 'nothing sets the flag.*'
	nft flush ruleset
}
without_installed() {
	grep -v "^[^:]*/$1" "/lib/modules/$(uname -r)/modules.dep" >"$scratch/modules.dep"
	# shellcheck disable=SC2016
	said=$(unshare -m bash -c 'mount --bind "$0" "/lib/modules/$(uname -r)/modules.dep" && ip netns exec "$1" mptcp-bflag status' \
		"$scratch/modules.dep" "$gateway" 2>&1)
}
modules() {
	local paths version
	version=$(mptcp-bflag version | awk '{ print $NF }')
	without_installed '.*mptcp_bflag'
	check_equal 'no module is installed: one problem names them' 1 \
		"$(grep -c '^problem: the modules mptcp_bflag, nft_mptcp_bflag, nf_conntrack_mptcp_bflag are not installed for the running kernel' <<<"$said")"
	without_installed nft_mptcp_bflag
	tells 'one is not installed' 'problem: the module nft_mptcp_bflag is not installed for the running kernel'
	tells 'one is not installed' 'module nft_mptcp_bflag: not loaded, not installed for the running kernel$'
	tells 'one is not installed' 'module mptcp_bflag: not loaded, installed$'
	readarray -t paths < <(tool status --json | jq -r '.modules[].path')
	sed "s/version=$version/version=0.0.7/" "${paths[0]}" >"$scratch/mptcp_bflag.ko"
	modprobe mptcp_bflag
	rmmod mptcp_bflag
	insmod "$scratch/mptcp_bflag.ko"
	tool enable --device wan --all >/dev/null
	works 'a module of another version'
	tells 'a module of another version' 'module mptcp_bflag: loaded, version 0\.0\.7$'
	tells 'a module of another version' "hint: this tool has version $version, the loaded module mptcp_bflag has 0\.0\.7\..*modinfo -F version mptcp_bflag"
	without_installed nft_mptcp_bflag
	tells 'loaded, not installed' 'works$'
	tells 'loaded, not installed' "module nft_mptcp_bflag: loaded, version $version, not installed"
	fresh
}

# Names that nft rejects
odd_names() {
	local name i=0 kind
	for name in 'q"uo\te' $'\xc3\xa9' $'c1\xc2\x9b1m' $'raw\x9b1m' $'\xff\xfe' $'c0\e[1m' $'new\nline' $'del\x7f' '{a="b"} 1'; do
		i=$((i + 1))
		in_gateway attributes chain inet "t$i$name" "c$name" 'mptcp_bflag set'
	done
	in_gateway attributes chain inet t c $'mptcp_bflag \e"\xc2\x9b\\\xff'
	for kind in '' --json --openmetrics; do
		# shellcheck disable=SC2086	# nothing, or a word
		tool status $kind >"$scratch/out" 2>&1
		check "odd names: status $kind prints no control characters" printable <"$scratch/out"
	done
	check_equal 'odd names: list has each chain' $((i + 1)) "$(tool list --json | jq '.chains | length')"
	metrics_agree 'odd names' tool status
	fresh
}

# An unknown state has an exit status of its own
nf_tables_unloaded() {
	awk '/^(nft_|nf_flow_table|nf_tables)/ { print $1 }' /proc/modules | xargs -rn 1 rmmod
	! loaded nf_tables
}
no_nf_tables() {
	check_status 'no nf_tables: status' 7 tool status
	check_status 'no nf_tables: list' 7 tool list
	check_match 'no nf_tables: a message' '^mptcp-bflag: .*no nf_tables' "$ktap_output"
}
unread() {
	check_status 'without CAP_NET_ADMIN: status' 3 in_gateway setpriv --bounding-set=-net_admin --inh-caps=-net_admin mptcp-bflag status --json
	check_match 'without CAP_NET_ADMIN: the message says run as root' '^mptcp-bflag: .*run as root' "$ktap_output"
	check 'nf_tables is not used' wait_for 20 nf_tables_unloaded
	no_modprobe no_nf_tables
}

net_routed
ip -n "$client" addr add 10.0.1.4/24 dev eth
ip -n "$client" addr add fd00:1::4/64 dev eth nodad
client_is 2
ip -n "$gateway" neigh add 10.0.2.9 lladdr 02:00:00:00:00:01 dev wan	# nobody answers there
mkfifo "$scratch/hold"
exec 9<>"$scratch/hold"
unload
for port in 80 81 82 83; do serve "$port"; done
check 'nf_conntrack_netlink is not loaded at the start' wait_for 20 unloaded nf_conntrack_netlink

for part in ${STATUS_PARTS:-nothing chains devices expression helper objects connected iptables nothing_seen third_ack places \
	modules unused_map odd_names unread}; do
	start=$SECONDS
	"$part"
	echo "# $part: $((SECONDS - start)) s"
done
finish
