#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "list" and "status" make of the conntrack helpers, of connections and of
# counters, with real connections through a gateway; and each hint: when it is
# given, and that it is not when all is well.
set -uo pipefail
# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"
attempt_by
capable_match

scratch=$(mktemp -d)
at_exit "rm -rf $scratch"

# status: leaves $status, $json and $said, the text
status() {
	status_json
	said=$(in_gateway mptcp-bflag status 2>&1)
	check_equal 'status, with and without --json: the same exit status' "$status" "$?"
}
status_json() {
	status=0
	json=$(in_gateway mptcp-bflag status --json) || status=$?
}
of_json() { jq -r "$1" <<<"$json"; }
rules() { in_gateway nft -f -; }

# hints_are NAME [ID/FRONT-END...]: these and no others
hints_are() {
	local name=$1
	shift
	status_json
	check_equal "$name: hints" "$*" "$(of_json '[.hints[] | "\(.id)/\(.front_end)"] | join(" ")')"
}
# The text ends with the hints that JSON has, and has no others.
hints_agree() {
	status
	check_equal "$1: hints in text and JSON" "$(of_json '.hints[] | "hint: " + .text')" \
		"$(sed -n '/^hint: /,$p' <<<"$said")"
}

unloaded() { ! loaded "$1" || rmmod "$1"; }
# No rules, and counters that start at 0
fresh() {
	in_gateway nft flush ruleset
	wait_for 20 unload || fail 'the modules are unloaded'
}

# counter ROW COLUMN
# shellcheck disable=SC2016
counter() { in_gateway awk -v row="$1" -v column="$2" '$1 == row { print $column }' /proc/net/mptcp_bflag; }
counted() { [ "$(counter "$1" "$2")" -ge 1 ]; }

# refused [OPTION]... : one SYN with MP_CAPABLE, which the server refuses
# shellcheck disable=SC2086	# $attempt is words
refused() { in_client $attempt "$@" 9 >/dev/null 2>&1; }
refused4() { refused 10.0.2.2; }
refused6() { refused -6 fd00:2::2; }
# refused_with_flag COUNT: so many, of a client that sets the flag itself
refused_with_flag() { many_refused "$1" -f 0x21; }
# many_refused COUNT [OPTION]...: so many SYNs, at once
many_refused() { in_client capable -n "$@" 10.0.2.2 9; }

listening() { in_server ss -Hltn "sport = :$1" | grep -q .; }
# Without MPTCP in the kernel, connections are plain TCP.
plain=''
! lacks no-mptcp || plain=-t
# serve PORT [OPTION...]: a server with MPTCP
serve() {
	local port=$1
	shift
	# shellcheck disable=SC2086	# nothing, or a word
	ip netns exec "$server" peer server $plain -n 1000 "$@" "$port" >/dev/null 2>&1 9>&- &
	at_exit "kill $! 2>/dev/null"
	wait_for 20 listening "$port"
}

# hold ADDRESS PORT [OPTION...]: a connection that stays until "release"
hold() {
	local address=$1 port=$2
	shift 2
	# shellcheck disable=SC2086	# nothing, or a word
	ip netns exec "$client" peer client $plain -w -s 1000 "$@" "$address" "$port" <"$scratch/hold" >/dev/null 2>&1 9>&- &
	holders+=($!)
}
holders=()
release() {
	exec 9>&-
	wait "${holders[@]}"
	holders=()
	exec 9<>"$scratch/hold"
}

connections() { in_gateway mptcp-bflag status --json | jq -r '.connections | if . == null then "null" else "\(."mptcp-bflag") \(."mptcp-bflag-lb")" end'; }
connections_are() { [ "$(connections)" = "$1" ]; }

nothing() {
	status
	check_equal 'nothing: status exits 1' 1 "$status"
	check_match 'nothing: says so' '^rules: none$' "$said"
	check_equal 'nothing: JSON' '[] null []' "$(of_json '"\(.helpers) \(.connections) \(.hints)"')"
	check_equal 'nothing: list' 'no rule with mptcp_bflag and no ct helper of ours in this network namespace' \
		"$(in_gateway mptcp-bflag list)"
	check_equal 'nothing: list --json' '{"rules":[],"helpers":[]}' "$(in_gateway mptcp-bflag list --json | jq -c .)"
}

# Who has no helper does not pay for one
without_helper() {
	in_gateway mptcp-bflag enable --device wan --all >/dev/null
	hints_are 'the expression, no traffic' no_mp_capable/expression
	check_equal 'the expression, no traffic: exits 0' 0 "$status"
	refused4
	hints_are 'the expression, traffic'
	status
	check_match 'counters: singular' '^    1 SYN marked$' "$said"
	check_equal 'the expression: nothing of helpers is said' 0 "$(grep -c helper <<<"$said")"
	check_equal 'the expression: connections are not asked for' null "$(of_json .connections)"
	check 'status has not loaded nf_conntrack_netlink' eval '! grep -q ^nf_conntrack_netlink /proc/modules'
	refused6
	refused_with_flag 1
	status
	check_match 'counters: plural' '^    2 SYNs marked$' "$said"
	check_match 'counters: one left alone' \
		'^    1 segment left alone: the flag was set already, by the client or by another rule$' "$said"
	refused_with_flag 1
	status
	check_match 'counters: two left alone' '^    2 segments left alone: the flag was set already, ' "$said"
	fresh
}

listing() {
	rules <<-'RULES'
		table inet t {
			ct helper direct { type "mptcp-bflag" protocol tcp; }
			ct helper below { type "mptcp-bflag-lb" protocol tcp; }
			ct helper mapped { type "mptcp-bflag" protocol tcp; }
			ct helper lonely { type "mptcp-bflag" protocol tcp; }
			ct helper unused { type "mptcp-bflag" protocol tcp; }
			ct helper other { type "ftp" protocol tcp; }
			chain base {
				type filter hook forward priority 5;
				tcp dport 1 ct helper set "direct"
				jump middle
			}
			chain again {
				type filter hook output priority 5;
				tcp dport 1 ct helper set "direct"
				tcp dport 2 ct helper set "other"
			}
			chain middle { goto end; }
			chain end {
				ct helper set "below"
				ct helper set tcp dport map { 80 : "mapped", 81 : "mapped", 21 : "other" }
				ct helper set tcp dport map { 21 : "other" }
			}
			chain nowhere { ct helper set "lonely"; }
		}
		table ip four {
			ct helper h { type "mptcp-bflag" protocol tcp; }
			chain c { type filter hook forward priority 0; ct helper set "h"; }
		}
		table ip6 six {
			flags dormant
			ct helper h { type "mptcp-bflag" protocol tcp; }
			chain c { type filter hook forward priority 0; ct helper set "h"; }
		}
	RULES
	local list handle
	list=$(in_gateway mptcp-bflag list)
	check_equal 'list: helpers' "$(cat <<-'LIST'
		inet t ct helper direct: type mptcp-bflag segments syn,ack
		    set by chain base
		        reached from base (type filter hook forward priority 5)
		    set by chain again
		        reached from again (type filter hook output priority 5)
		inet t ct helper below: type mptcp-bflag-lb segments synack
		    set by chain end
		        reached from base (type filter hook forward priority 5) -> middle -> end
		inet t ct helper mapped: type mptcp-bflag segments syn,ack
		    set by chain end, through a map
		        reached from base (type filter hook forward priority 5) -> middle -> end
		inet t ct helper lonely: type mptcp-bflag segments syn,ack
		    set by chain nowhere
		        not reached: nothing jumps here from a hook
		inet t ct helper unused: type mptcp-bflag segments syn,ack
		    no rule sets it
		ip four ct helper h: type mptcp-bflag segments syn,ack
		    set by chain c
		        reached from c (type filter hook forward priority 0)
		ip6 six ct helper h: type mptcp-bflag segments syn,ack
		    set by chain c
		        not reached: the table is dormant
	LIST
	)" "$(by_helper <<<"$list" | sed 's/ handle [0-9]*//')"
	check_equal 'list --json: helpers' "$(cat <<-'LIST'
		inet t direct mptcp-bflag
		 base null true base
		 again null true again
		inet t below mptcp-bflag-lb
		 end null true base>middle>end
		inet t mapped mptcp-bflag
		 end map true base>middle>end
		inet t lonely mptcp-bflag
		 nowhere null false 
		inet t unused mptcp-bflag
		ip four h mptcp-bflag
		 c null true c
		ip6 six h mptcp-bflag
		 c null false c
	LIST
	)" "$(in_gateway mptcp-bflag list --json | jq -r '.helpers[] | "\(.family) \(.table) \(.name) \(.type)",
		(.set_by[] | " \(.chain) \(.map | if . then "map" else "null" end) \(.reached) \([.reached_from[].path | join(">")] | join(","))")' |
		by_helper)"
	handle=$(in_gateway nft -a list table inet t | sed -n 's/.*"below" # handle //p')
	check_match 'list: the handle' "set by chain end handle $handle\$" "$list"
	check_equal 'list --json: the handle' "$handle" "$(in_gateway mptcp-bflag list --json |
		jq -r '.helpers[] | select(.name == "below").set_by[].handle')"
	status
	check_equal 'status --json: the helpers of list --json' \
		"$(in_gateway mptcp-bflag list --json | jq -S .helpers)" "$(of_json .helpers | jq -S .)"
	check_match 'status counts them' \
		'^ct helpers: 7, packets can come to rules that set 4 of them$' "$said"
	check_equal 'status: no "rules: none" beside helpers' 0 "$(grep -c '^rules: ' <<<"$said")"
	check_equal 'status: exits 0' 0 "$status"
	fresh
}
# The kernel lists objects in an order of its own: one paragraph for each
by_helper() {
	awk '!/^ / {
			name = $3 == "ct" ? $5 : $3
			sub(":", "", name)
			key = index("direct below mapped lonely unused", name)
			if (name == "h")
				key = $1 == "ip" ? 800 : 900
		}
		{ printf "%03d\t%d\t%s\n", key, NR, $0 }' | sort -k1,1n -k2,2n | cut -f3
}

# helper TYPE [RULE]: one object and one chain at forward
helper() {
	rules <<-RULES
		table inet router {
			ct helper h { type "$1" protocol tcp; }
			chain c { type filter hook forward priority 0; ${2-$capable_match ct helper set \"h\"}; }
		}
	RULES
}

exit_status() {
	helper mptcp-bflag 'counter'
	hints_are 'a helper nothing sets' helper_unused/helper
	status
	check_equal 'a helper nothing sets: exits 1' '1 false' "$status $(of_json .ok)"
	check_match 'a helper nothing sets: what to do' 'ct helper h of table inet router: .*: ct helper set "h"$' "$said"
	in_gateway nft 'add chain inet router lonely; add rule inet router lonely ct helper set "h"'
	hints_are 'a helper set where no packet comes'
	check_equal 'a helper set where no packet comes: exits 1' '1 false' "$status $(of_json .ok)"
	in_gateway nft add rule inet router c jump lonely
	hints_are 'a helper set, no traffic' no_mp_capable/helper
	check_equal 'a helper set: exits 0' '0 true' "$status $(of_json .ok)"
	in_gateway mptcp-bflag enable --device wan --all >/dev/null
	status
	check_equal 'both front ends: exits 0' 0 "$status"
	check_match 'both front ends: rules' '^rules: 1, packets can come to 1 of them$' "$said"
	check_match 'both front ends: helpers' '^ct helpers: 1, packets can come to rules that set 1 of them$' "$said"
	in_gateway nft flush chain inet mptcp_bflag mark_bflag
	status
	check_equal 'a table of enable is not in place, a helper is: exits 1' '1 false' "$status $(of_json .ok)"
	fresh
}

# Two helpers, IPv4 and IPv6, a connection with another one, and one without
connected() {
	rules <<-'RULES'
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
	check_equal 'connections: none' '0 0' "$(connections)"
	status
	check_match 'connections: none, in the text' \
		'^connections with a helper of ours now: 0 mptcp-bflag, 0 mptcp-bflag-lb$' "$said"
	serve 81
	serve 82
	serve 83
	serve 84 -6
	# by now they are closed
	[ -z "$plain" ] || { in_client capable -n 3 10.0.2.2 80; wait_for 20 counted syn_marked 3; wait_for 20 connections_are '0 0'; }
	hold 10.0.2.2 80
	check 'connections: one' wait_for 20 connections_are '1 0'
	hold 10.0.2.2 81
	hold 10.0.2.2 82
	hold 10.0.2.2 83
	check 'connections: one of each, other ones are not counted' wait_for 20 connections_are '1 1'
	in_gateway nft insert rule inet router c tcp dport 84 ct helper set '"h"'
	hold fd00:2::2 84 -6
	hold 10.0.2.2 80
	check 'connections: several, IPv6, too' wait_for 20 connections_are '3 1'
	check_equal 'connections: there are more' 6 "$(in_gateway grep -c ESTABLISHED /proc/net/nf_conntrack)"
	hints_are 'connections'
	hints_agree 'connections'
	check_match 'connections: in the text' \
		'^connections with a helper of ours now: 3 mptcp-bflag, 1 mptcp-bflag-lb$' "$said"
	check_match 'helpers count SYN' '^    3 SYNs marked$' "$said"
	with_feature no-mptcp 'helpers count SYN+ACK' \
		check_match 'helpers count SYN+ACK' '^    1 SYN\+ACK marked$' "$said"
	check_equal 'the expression is not mentioned' 0 "$(grep -c 'by the expression' <<<"$said")"
	release
	check 'connections: none after they have ended' wait_for 20 connections_are '0 0'
	untold
	fresh
}

# The kernel does not tell about connections
untold() {
	local modprobe
	modprobe=$(cat /proc/sys/kernel/modprobe)
	wait_for 20 unloaded nf_conntrack_netlink
	echo /bin/false >/proc/sys/kernel/modprobe
	status
	echo "$modprobe" >/proc/sys/kernel/modprobe
	check_match 'no ctnetlink: connections are unknown' \
		"^connections with a helper of ours now: unknown: .*modprobe nf_conntrack_netlink" "$said"
	check_equal 'no ctnetlink: null, and all else as before' '0 null true' \
		"$status $(of_json '"\(.connections) \(.ok)"')"
	check_equal 'with it again' '0 0' "$(connections)"
	# a rule that is gone leaves what it has counted, and perhaps connections
	in_gateway nft flush ruleset
	check_equal 'no helper any more, but counters: asked' '0 0' "$(connections)"
	check_status 'without CAP_NET_ADMIN: exit 3' 3 in_gateway setpriv --bounding-set=-net_admin \
		--inh-caps=-net_admin mptcp-bflag status --json
	check_match 'without CAP_NET_ADMIN: says so' '^mptcp-bflag: .*run as root' "$ktap_output"
}

# The command in the hint shows MP_CAPABLE, IPv4 and IPv6, and nothing else
look_yourself() {
	local command pid
	helper mptcp-bflag
	hints_are 'nothing has come' no_mp_capable/helper
	status
	command=$(sed -n 's/^hint: .*To see them: tcpdump /timeout 20 tcpdump -c 4 /p' <<<"$said")
	# shellcheck disable=SC2024
	ip netns exec "$gateway" bash -c "$command" >"$scratch/seen" 2>"$scratch/log" 9>&- &
	pid=$!
	wait_for 20 grep -q '^listening' "$scratch/log"
	refused4
	refused6
	# not: 4 segments are seen, each at both devices, unless others are, too
	wait "$pid"
	check_equal 'the command of the hint sees the SYNs' \
		'lan In IP;wan Out IP;lan In IP6;wan Out IP6' \
		"$(awk '{ print $2, $3, $4 }' "$scratch/seen" | paste -sd ';')"
	hints_are 'something has come'
	hints_agree 'something has come'
	fresh
}

# A SYN whose list of options breaks behind MP_CAPABLE, or has none
broken() { in_client capable -o "$1" 10.0.2.2 9; }
no_mp_capable() {
	in_gateway nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; }'
	in_gateway mptcp-bflag attach ip t c >/dev/null
	broken 1e000000
	hints_are 'broken options are no MP_CAPABLE' no_mp_capable/expression
	broken 1e04010108ff0101
	check 'options that break behind MP_CAPABLE are counted' wait_for 20 counted broken_options 2
	check_equal 'those without MP_CAPABLE are not' 1 "$(counter broken_options 2)"
	hints_are 'broken options and MP_CAPABLE'
	fresh
}

# One of a whole connection, or alone
third_ack_comes() {
	if [ -n "$plain" ]; then
		in_client capable -a 10.0.2.2 80
	else
		in_client peer client -s 1000 10.0.2.2 80 >/dev/null
	fi
}

ten_synacks() {
	local i
	helper mptcp-bflag-lb
	serve 85
	for ((i = 0; i < 10; i++)); do in_client peer client -s 10 10.0.2.2 85 >/dev/null; done
	check_equal 'load balancer: ten SYN+ACKs' 10 "$(counter synack_marked 3)"
	hints_are 'load balancer: no ACK is expected'
	fresh
}

third_ack() {
	helper mptcp-bflag
	many_refused 99
	hints_are '99 SYNs without an answer'
	refused4
	hints_are '100 SYNs, no ACK' no_third_ack/helper
	status
	check_match '100 SYNs, no ACK: the number, and that it may be normal' \
		'^hint: this is normal if .*: 100 SYNs were marked by the helper, but no ACK' "$said"
	refused_with_flag 9
	hints_are 'nine that were marked before silence nothing' no_third_ack/helper
	refused_with_flag 1
	hints_are 'ten that were marked before may be ACKs'
	refused4
	many_refused 9
	hints_are 'ten of 110 that were marked before' no_third_ack/helper
	third_ack_comes
	hints_are 'an ACK has come'
	fresh

	with_feature no-mptcp 'load balancer: ten SYN+ACKs' ten_synacks

	in_gateway mptcp-bflag enable --device wan --all >/dev/null
	many_refused 100
	hints_are '100 SYNs, no ACK, the expression' no_third_ack/expression
	fresh
}

# 0x40 set in the ACKs by stock nft, on their way out of the client
ack_with_b() {
	local pid
	if [ -n "$plain" ]; then
		in_client capable -a -f 0x41 10.0.2.2 80
		return
	fi
	in_client nft -f - <<-'RULES'
		table ip t {
			chain c {
				type filter hook output priority 0;
				tcp flags & (syn|ack) == ack tcp option mptcp subtype 0 tcp option @30,16,16 set tcp option @30,16,16 | 0x0040
			}
		}
	RULES
	ip netns exec "$client" peer client -s 10 10.0.2.2 80 >/dev/null 2>&1 9>&- &
	pid=$!
	wait_for 20 counted extensibility_set 3
	kill "$pid" 2>/dev/null
	wait "$pid"
	in_client nft flush ruleset
}
unmarked() {
	helper mptcp-bflag
	ack_with_b
	check 'an ACK with 0x40 is left alone' wait_for 20 counted extensibility_set 3
	check_equal 'which Linux does not accept: not unmarked' 0 "$(counter ack_unmarked 3)"
	in_client capable -a -o 1d0c0102f1f2f3f4f5f6f7f81e1401010102030405060708090a0b0c0d0e0f10 10.0.2.2 80
	check 'an ACK with TCP-AO is left unmarked' wait_for 20 counted ack_unmarked 3
	hints_are 'ACKs left without the flag' ack_unmarked/helper
	status
	check_match 'ACKs left without the flag: counted' \
		'^    [0-9]+ ACKs? that Linux servers accept went out without the flag' "$said"
	check_match 'ACKs left without the flag: the reason' '^    [0-9]+ segments? left alone: signed with TCP-AO' "$said"
	check_equal 'ACKs left without the flag: exits 0' 0 "$status"
	in_gateway nft flush ruleset
	hints_are 'of a helper that is gone'
	fresh
}

# with SEGMENTS: the hints, besides that nothing has come
with() {
	local segments=$1
	shift
	in_gateway mptcp-bflag attach --segments "$segments" inet t c >/dev/null 2>&1
	hints_are "segments $segments" no_mp_capable/expression "$@"
}

segments() {
	rules <<-'RULES'
		table inet t {
			chain c { type filter hook forward priority 0; }
			chain d { type filter hook forward priority 1; }
			chain lonely { }
		}
	RULES
	with syn syn_only/expression
	with syn,synack syn_only/expression
	with ack ack_only/expression
	with syn,ack
	with synack
	with syn syn_only/expression
	in_gateway mptcp-bflag attach --segments ack inet t lonely 2>/dev/null >/dev/null
	hints_are 'SYN only, ACK where no packet comes' no_mp_capable/expression syn_only/expression
	in_gateway mptcp-bflag attach --segments ack inet t d 2>/dev/null >/dev/null
	hints_are 'SYN here, ACK there' no_mp_capable/expression
	fresh
}

flowtable_and_egress() {
	in_gateway mptcp-bflag enable --device wan --all --hook egress >/dev/null
	refused4
	hints_are 'a flowtable, egress, too'
}

flowtable() {
	rules <<-'RULES'
		table inet flows {
			flowtable f { hook ingress priority 0; devices = { lan, wan }; }
			chain c { type filter hook forward priority 0; }
		}
	RULES
	in_gateway mptcp-bflag enable --device wan --all >/dev/null
	refused4
	hints_are 'a flowtable no rule uses'
	in_gateway nft add rule inet flows c ip protocol tcp flow add @f
	hints_are 'a flowtable' flowtable/expression
	with_feature no-egress 'a flowtable, egress, too' flowtable_and_egress
	in_gateway mptcp-bflag disable >/dev/null
	in_gateway nft 'add table ip t; add chain ip t c { type filter hook prerouting priority 0; }'
	in_gateway mptcp-bflag attach ip t c >/dev/null
	hints_are 'a flowtable, prerouting' flowtable/expression
	helper mptcp-bflag
	refused4
	hints_are 'a flowtable, a helper, too'
	in_gateway nft 'delete table inet router; delete table ip t'
	in_gateway nft 'add table ip t; add chain ip t c { type filter hook output priority 0; }'
	in_gateway mptcp-bflag attach ip t c >/dev/null
	hints_are 'a flowtable, own connections'
	in_gateway mptcp-bflag attach --segments synack ip t c >/dev/null
	in_gateway nft 'add chain ip t e { type filter hook prerouting priority 0; }'
	in_gateway mptcp-bflag attach ip t e >/dev/null
	hints_are 'a flowtable, SYN+ACK of own connections' flowtable/expression
	in_gateway mptcp-bflag detach ip t e >/dev/null
	in_gateway nft 'add chain ip t d { type filter hook forward priority 0; }'
	in_gateway mptcp-bflag detach ip t c >/dev/null
	in_gateway mptcp-bflag attach --segments synack ip t d >/dev/null
	hints_are 'a flowtable, SYN+ACK'
	fresh
}

# early HOOK PRIORITY: a helper set there
early() {
	in_gateway nft flush ruleset
	rules <<-RULES
		table inet router {
			ct helper h { type "mptcp-bflag" protocol tcp; }
			chain c { type filter hook $1 priority $2; ct helper set "h"; }
		}
	RULES
}

too_early() {
	local hook
	for hook in prerouting output; do
		early "$hook" -300
		hints_are "a helper at $hook, before conntrack" no_mp_capable/helper helper_too_early/helper
		hints_agree "a helper at $hook, before conntrack"
		check_match "a helper at $hook, before conntrack: what to do" \
			'^hint: chain c of table inet router sets ct helper h where .* set it in a chain at hook forward' "$said"
		early "$hook" -150
		hints_are "a helper at $hook, after conntrack" no_mp_capable/helper
	done
	early 'ingress device lan' 0
	hints_are 'a helper at a device' no_mp_capable/helper helper_too_early/helper
	early forward -300
	hints_are 'a helper at forward, at any priority' no_mp_capable/helper
	# it is true: at -300 there is nothing to set it on, at -150 and at forward there is
	refused4
	hints_are 'a helper at forward: it marks'
	early prerouting -150
	refused4
	check_equal 'a helper at prerouting, after conntrack: it marks' 2 "$(counter syn_marked 3)"
	early prerouting -300
	refused4
	check_equal 'a helper at prerouting, before conntrack: it does not' 2 "$(counter syn_marked 3)"
	fresh
}

net_routed
mkfifo "$scratch/hold"
exec 9<>"$scratch/hold"
unload
serve 80
check 'nf_conntrack_netlink is not loaded before' wait_for 20 unloaded nf_conntrack_netlink

for part in ${STATUS_PARTS:-nothing without_helper listing exit_status connected look_yourself \
	no_mp_capable third_ack unmarked segments flowtable too_early}; do
	start=$SECONDS
	"$part"
	echo "# $part: $((SECONDS - start)) s"
done
finish
