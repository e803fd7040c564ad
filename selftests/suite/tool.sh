#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of mptcp-bflag: each verb and option, its effect in the kernel, its output,
# each exit status; and a command that fails changes nothing.
set -uo pipefail
# In a network namespace that ends with the script
[ -n "${TOOL_INSIDE:-}" ] || TOOL_INSIDE=1 exec unshare -n "$0"

# shellcheck source=selftests/lib/tool.sh
. "$SELFTESTS/lib/tool.sh"
attempt_by

source=$(realpath "$SELFTESTS/..")
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
set='mptcp_bflag,1=5,2=2,3=32,4=0' match='mptcp_bflag,1=5,2=2,3=32,4=1'

# shellcheck disable=SC2086	# it is words
wrong() { refused 2 "$1" ${2/#W/enable --device wan}; }
usage_errors() {
	refusing
	each wrong <<-'END'
		no verb given|
		unknown verb '|frobnicate;attach inet t c;help frobnicate
		--device|enable;enable --all;enable --save --all
		needs a value|enable --device;disable --hook;sync --watch --load
		unexpected argument '|enable --device wan extra;disable all;sync inet;list all;status all;version all
		more than one verb|help enable sync
		is unknown|disable --device wan;disable --all;sync --json;list --xml;list --openmetrics;status -x;W --nonsense;W --missing-ok;W -x
		takes no value|status --json=yes;sync --check=1;W --all=yes
		device name|enable --device .;enable --device ..;enable --device a/b;enable --device a:b;enable --device sixteen-letters-
		postrouting, egress or bridge|disable --hook forward;W --hook forward
		--watch|sync --load /etc/mptcp-bflag.nft
		--check|sync --check --watch
		--openmetrics|status --json --openmetrics
		device name|W --device "wan";W --device w*n;W --device=
		'.*'|W --versions=;W --flag=;W --exempt=;W --source=;W --hook=
		add --all|W --hook egress;W --hook bridge
		no wildcard|W --hook egress --all --device ppp*
		helper|W --helper --hook egress --all;W --helper --hook bridge --all;W --helper --versions 0;W --helper --flag b
		address|W --exempt host.example;W --exempt 192.0.2;W --exempt 192.0.2.256;W --exempt 192.0.2.1,192.0.2.2;W --source x
		address|W --exempt 192.0.2.1/33;W --exempt 192.0.2.1/;W --exempt 192.0.2.1/-1;W --exempt 192.0.2.1/+8;W --exempt 192.0.2.1/2x
		address|W --source 2001:db8::/129;W --source 2001:db8:::1;W --exempt 192.0.2.1/255.255.255.0;W --exempt /24
		network|W --exempt 192.0.2.80/24;W --exempt 192.0.2.80/0;W --exempt 2001:db8:0:1::/32;W --source 192.0.2.3/31
		versions|W --versions 2;W --versions 0,,1;W --versions 1,;W --versions -1;W --versions 0x1
		flag|W --flag 0;W --flag 0x60;W --flag 0x80;W --flag 32;W --flag c,b
	END
	refused 2 name enable --device 'a b'
	refused 2 "unknown verb ''" ''
	nothing_changed 'wrong usage'
}

verbs='disable enable help list status sync version'
words() {
	local usage verb module options
	usage=$(mptcp-bflag help)
	done_with version "mptcp-bflag $(<"$source/VERSION")" version
	check_equal '--version, -V, --help, -h' "$said$said$usage$usage" \
		"$(mptcp-bflag --version)$(mptcp-bflag -V)$(mptcp-bflag --help)$(mptcp-bflag -h)"
	check_equal 'help: a line for each verb' "$verbs" \
		"$(sed -nE 's/^ *(mptcp-bflag )?([a-z]+)( .*)?$/\2/p' <<<"$usage" | grep -wE "${verbs// /|}" | sort | paste -sd' ')"
	check_equal 'completion: verbs, also for help' "$verbs $verbs" \
		"$({ completed '' | grep -v '^-'; completed help '' | grep -v '^-'; } | paste -sd' ')"
	check_equal 'completion: hooks, devices' $'bridge\negress\npostrouting\nlo' \
		"$(completed disable --hook ''; completed enable --device l)"
	for verb in $verbs; do
		done_with "help $verb" "(usage: )?mptcp-bflag $verb.*" help "$verb"
		check_equal "$verb --help: the same" "$said" "$(mptcp-bflag "$verb" --help)"
		options=$(grep -oE -- '--[a-z-]+' <<<"$said" | grep -vx -- --help | sort -u)
		check_equal "completion: options of $verb" "$options" "$(completed "$verb" -- | grep -vx -- --help)"
	done
	modprobe nft_mptcp_bflag
	modprobe nf_conntrack_mptcp_bflag
	for module in $modules; do
		check_equal "module $module has the tool's version" "$(<"$source/VERSION")" "$(<"/sys/module/$module/version")"
	done
}
# completed WORD...: what bash offers for the last of these words, sorted
completed() {
	# shellcheck disable=SC2016	# that is for the other bash
	bash -c '. "$1"; COMP_WORDS=(mptcp-bflag "${@:2}") COMP_CWORD=$(($# - 1)) COMP_LINE="mptcp-bflag ${*:2}"
		COMP_POINT=${#COMP_LINE} COMP_TYPE=9
		complete=$(complete -p mptcp-bflag) && [[ $complete =~ -F\ ([^ ]+) ]] &&
			"${BASH_REMATCH[1]}" mptcp-bflag "${@: -1}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]% }"' completed "$source/userspace/mptcp-bflag.bash" "$@" | sort
}

# Right comments of chains, and the rules that they describe
good_comments() {
	local chains='' rules='' n=0
	good_comment() { # RULE COMMENT
		chains+="chain c$n { comment \"mptcp_bflag $2\"; }"$'\n'
		rules+="inet t c$((n++)) mptcp_bflag,$1"$'\n'
	}
	each good_comment <<-'END'
		1=5,2=2,3=32,4=0|set;set segments syn,ack;set flag c;set versions 1;set  	flag	0x20 
		1=7,2=2,3=32,4=0|set segments ack,synack,syn
		1=2,2=1,3=64,4=0|set segments synack versions 0 flag b
		1=4,2=3,3=64,4=0|set flag 0x40 versions 1,0 segments ack
		1=5,2=2,3=32,4=0 immediate|set jump x;set goto x;set: goto x;set flag 0x20 : jump x;set versions 1:jump x
		1=5,2=2,3=32,4=1 immediate|match: jump x;match goto x;match segments syn,ack: jump x
		1=2,2=3,3=32,4=1 immediate|match versions 0,1 segments synack goto x
	END
	nft "table inet t { chain x { }"$'\n'"$chains }"
	tool sync
	check_equal 'good comments: sync' "0 $n" "$status $(grep -c '^changed: chain inet t c[0-9]*: rule added$' <<<"$said")"
	check_equal 'good comments: the rules' "$(sort <<<"${rules%$'\n'}")" "$(marks)"
	done_with 'good comments: sync again' "unchanged: $n chains with an mptcp_bflag comment, each has its rule" sync
	nft flush ruleset
}

# bad_comment WHY COMMENT: sync names the error
bad_comment() {
	attributes chain inet t c "mptcp_bflag$2"
	nft 'add chain inet t good { comment "mptcp_bflag set"; }; add chain inet t x'
	refusing
	tool sync
	told "sync: comment 'mptcp_bflag$2'" 6 '' ".*chain inet t c, comment \"mptcp_bflag${2//\*/\\*}\": .*$1.*"
	nothing_changed "comment 'mptcp_bflag$2'"
	nft flush ruleset
}
bad_comments() {
	each bad_comment <<-'END'
		operation|; ; sett; SET; segments syn;: set
		mptcp_bflag|set;_lb set
		'|set; set set; set syn; set accept; set jump x y; set jump x segments syn
		segments| set segments; set segments fin; set segments syn,; set segments syn, ack; set segments: jump x
		twice| set segments syn segments ack; set flag c flag c; match versions 0 versions 1: jump x
		versions| set versions 2; set versions v1; set versions
		flag| set flag 0x60; set flag
		jump or goto| set:; set: counter; match; match segments syn
		jump| set jump; set jump : x; match: jump
	END
}

# Each wrong state of a chain: the output of list, and the repair by sync
synced() {
	local unchanged='unchanged: 7 chains with an mptcp_bflag comment, each has its rule'
	local changes='inet t behind: rule moved to the front;inet t gone: rule added;inet t leads: rule replaced;inet t more: rule replaced'
	changes+=';inet t other: rule replaced;inet t stray: rule removed;inet t twice: rule removed;ip stray c: rule removed'
	nft -f - <<-'END'
		table inet t {
			chain x { }
			chain good { comment "mptcp_bflag set"; counter; }
			chain gone { comment "mptcp_bflag set"; counter; }
			chain behind { comment "mptcp_bflag set"; counter; }
			chain twice { comment "mptcp_bflag set"; }
			chain other { comment "mptcp_bflag set segments syn,synack,ack"; counter; }
			chain more { comment "mptcp_bflag set"; counter; }
			chain leads { comment "mptcp_bflag match: jump x"; counter; }
			chain stray { comment "not mptcp_bflag set"; counter; }
		}
		table ip stray { chain c { counter; }; }
	END
	# shellcheck disable=SC2086	# it is words
	add() { attributes add $1 $2; }
	each add <<-'END'
		|inet t behind 5 2 32;inet t twice 5 2 32;inet t twice 5 2 32;ip stray c 7 3 64
		-i|inet t good 5 2 32;inet t other 5 2 32;inet t stray 5 2 32;-c inet t more 5 2 32;-m inet t leads 5 2 32
	END
	check_equal 'list: the states' \
		'behind rule not first;gone rule missing;good rule in place;leads another mptcp_bflag rule;more another mptcp_bflag rule;other another mptcp_bflag rule;twice another mptcp_bflag rule' \
		"$(mptcp-bflag list | sed -nE 's/^chain inet t ([a-z]*): (set|match) .*: ([a-z_ ]+)$/\1 \3/p' | sort | in_line)"
	check_equal 'list --json: the states' \
		'behind not_first;gone missing;good in_place;leads other_rule;more other_rule;other other_rule;twice other_rule;c null;stray null' \
		"$(mptcp-bflag list --json | jq -r '(.chains, .strays) | sort_by(.chain)[] | "\(.chain) \(.state)"' | in_line)"
	refusing
	tool sync --check
	check_equal 'sync --check' "8 $changes" "$status $(sort <<<"${said//would change: chain /}" | in_line)$complained"
	nothing_changed 'sync --check'
	tool sync
	check_equal 'sync' "0 $changes" "$status $(sort <<<"${said//changed: chain /}" | in_line)$complained"
	check_equal 'sync: the rules' \
		"behind $set;gone $set;good $set;leads $match immediate;more $set;other ${set/1=5/1=7};twice $set" \
		"$(marks | sed 's/^inet t //' | in_line)"
	check_equal 'sync: the rules are the first ones' "$set;counter;$set;counter;$match immediate;counter" \
		"$({ expressions inet t behind; expressions inet t gone; expressions inet t leads; } | in_line)"
	check_equal 'sync: other rules stay' counter "$(expressions ip stray c)"
	refusing
	done_with 'sync --check again' "$unchanged" sync --check
	done_with 'sync again' "$unchanged" sync
	nothing_changed 'sync again'
	nft flush chain inet t behind
	check_status 'one of seven rules is lost: status exits 1' 1 mptcp-bflag status
	check_match 'one of seven rules is lost: status names its chain' '^problem: .*inet t behind' "$ktap_output"
	nft flush ruleset

	done_with 'sync, empty ruleset' 'unchanged: no chain has an mptcp_bflag comment' sync
}

# not_synced STATUS REGEXP RULESET: sync fails, beside a right chain; C stands for a comment
not_synced() {
	nft "${3//C/comment \"mptcp_bflag set\";}; table ip good { chain c { comment \"mptcp_bflag set\"; }; }"
	refusing
	refused "$1" "$2" sync
	nothing_changed "sync, $2"
	nft flush ruleset
}
sync_refused() {
	not_synced 6 'chain arp t c' 'table arp t { chain c { type filter hook input priority 0; C }; }'
	not_synced 6 'chain ip t nat' 'table ip t { chain nat { type nat hook postrouting priority 100; C }; }'
	not_synced 6 'chain ip t below' \
		'table ip t { chain below { C }; chain nat { type nat hook postrouting priority 100; jump below; }; }'
	not_synced 5 'chain ip t e: the chain that it jumps to does not exist' 'table ip t { chain e { comment "mptcp_bflag set jump nowhere"; }; }'
	not_synced 6 'chain ip t f' \
		'table ip t { chain f { comment "mptcp_bflag set jump f"; }; chain b { type filter hook forward priority 0; jump f; }; }'
}

# variant TABLE EXPRESSION CHOICE OPTION...: enable, reload, enable again, disable.  The two rules
# with the expression have EXPRESSION in common; CHOICE is the content of this chain
variant() {
	local table=$1 name=${*:4} rules='' base=postrouting
	[[ $table != netdev* ]] || base=egress
	[ -z "$2" ] || rules="$table $base mptcp_bflag,$2,4=1 immediate
$table set_bflag mptcp_bflag,$2,4=0 immediate"
	done_with "enable $name" "changed: table $table added" enable "${@:4}"
	check_equal "enable $name: the rules with the expression" "$rules" "$(marks)"
	# shellcheck disable=SC2086	# it is words
	check_equal "enable $name: chain choice" "$3" "$(stock $table choice)"
	done_with "enable $name again" "unchanged: table $table" enable "${@:4}"
	listed_again "enable $name"
	done_with "enable $name, after sync" "unchanged: table $table" enable "${@:4}"
	done_with "disable, $name" "changed: table $table removed" disable
	check_equal "disable, $name: the ruleset is empty" '' "$(everything)"
}
variants() {
	local d='oifname @out_devices' s='ct status snat' e='goto exemptions' table expression choice options feature
	while IFS='|' read -r table expression choice options; do
		feature=none
		[[ $table != netdev* ]] || feature=no-egress
		# shellcheck disable=SC2086	# it is words
		with_feature $feature "enable $options" variant "$table" "$expression" "$choice" $options
	done <<-END
		inet mptcp_bflag|1=5,2=2,3=32|$d $s $e|--device wan
		inet mptcp_bflag|1=5,2=2,3=32|$d $e|--device wan --device dmz --all
		inet mptcp_bflag|1=5,2=3,3=32|$d $s $e|--device wan --versions 1,0
		inet mptcp_bflag|1=5,2=2,3=32|$d $s ct original ip saddr @source_ipv4 $e;$d $s ct original ip6 saddr @source_ipv6 $e|--device wan --source 10.0.0.0/8 --source fd00::/8
		inet mptcp_bflag|1=5,2=2,3=32|$d ip saddr @source_ipv4 $e;$d ip6 saddr @source_ipv6 $e|--device wan --source 10.0.0.0/8 --all
		inet mptcp_bflag_lb|1=2,2=2,3=32|$d ip saddr @source_ipv4 $e;$d ip6 saddr @source_ipv6 $e|--load-balancer --device wan --exempt 192.0.2.1 --source 198.51.100.0/24
		bridge mptcp_bflag|1=5,2=2,3=32|$d $e|--hook bridge --all --device wan --exempt 192.0.2.80
		netdev mptcp_bflag|1=5,2=2,3=32|$e|--hook egress --all --device wan --device dmz --exempt 192.0.2.80
		netdev mptcp_bflag_lb|1=2,2=2,3=32|ip saddr @source_ipv4 $e;ip6 saddr @source_ipv6 $e|--hook egress --load-balancer --device wan --source 198.51.100.1
		inet mptcp_bflag_helper||$d $s $e|--helper --device wan --exempt 192.0.2.80
		inet mptcp_bflag_helper||$d $s ct original ip saddr @source_ipv4 $e;$d $s ct original ip6 saddr @source_ipv6 $e|--helper --device wan --source 10.0.0.0/8
		inet mptcp_bflag_lb_helper||iif${d#oif} ip daddr @source_ipv4 $e;iif${d#oif} ip6 daddr @source_ipv6 $e|--helper --load-balancer --device wan --source 198.51.100.0/24
	END
}

# The other chains and objects of enable
contents() {
	local chain exempt='ip daddr @exempt_ipv4 counter name "exempt" return;ip6 daddr @exempt_ipv6 counter name "exempt" return;goto set_bflag'
	made --device wan
	check_equal 'chains candidates, exemptions, marked' "counter name \"candidates\" goto choice
$exempt
tcp flags syn / syn,ack counter name \"syn_marked\";tcp flags ack / syn,ack counter name \"ack_marked\"" \
		"$(for chain in candidates exemptions marked; do stock inet mptcp_bflag "$chain"; done)"
	check_equal 'the device is the only element' 'wan' "$(elements out_devices exempt_ipv4 exempt_ipv6)"
	has 'the hook' 'type filter hook postrouting priority srcnat \+ 10; policy accept;' mptcp_bflag
	has 'the comments' \
		'"made by mptcp-bflag enable.*"mptcp_bflag set segments syn,ack goto marked".*"mptcp_bflag match segments syn,ack: jump candidates"' mptcp_bflag
	tool enable --device wan --flag b --versions 0,1
	told '--flag b: warns' 0 'changed: table inet mptcp_bflag: chains' 'warning: servers that do not know flag 0x40 fall back .*'
	has 'the comments contain the other options' '"mptcp_bflag set segments syn,ack versions 0,1 flag 0x40 goto marked"' mptcp_bflag
	made --helper --device wan
	has '--helper: the object' 'ct helper bflag \{;type "mptcp-bflag" protocol tcp;l3proto inet' mptcp_bflag_helper
	check_equal '--helper: chain set_bflag sets the helper' 'counter name "helped" ct helper set "bflag"' "$(stock inet mptcp_bflag_helper set_bflag)"
	made --helper --load-balancer --device wan
	has '--helper --load-balancer: the object' 'ct helper bflag \{;type "mptcp-bflag-lb"' mptcp_bflag_lb_helper
	check_equal '--helper --load-balancer: exemptions match the source' "${exempt//daddr/saddr}" "$(stock inet mptcp_bflag_lb_helper exemptions)"
	nft flush ruleset
}

# to ELEMENTS OPTIONS: enable again; ELEMENTS are then in out_devices and exempt_...
# shellcheck disable=SC2086	# it is words
to() {
	tool enable $2
	told "to $2" 0 '(un)?changed: table inet mptcp_bflag(: out_devices)?(, |: )?(exempt_ipv4)?(, |: )?(exempt_ipv6)?' ''
	check_equal "to $2: the elements" "$1" "$(elements out_devices exempt_ipv4 exempt_ipv6)"
	done_with "to $2, again" 'unchanged: table inet mptcp_bflag' enable $2
}
in_place() {
	local handles
	made --device wan
	handles=$(handles)
	done_with 'one more device: the message names the set' 'changed: table inet mptcp_bflag: out_devices' enable --device wan --device dmz
	done_with 'the order of devices does not matter' 'unchanged: table inet mptcp_bflag' enable --device dmz --device wan --device dmz
	done_with 'servers are exempt: the message names the sets' 'changed: table inet mptcp_bflag: out_devices, exempt_ipv4, exempt_ipv6' \
		enable --device wan --exempt 192.0.2.80 --exempt 2001:db8::80
	each to <<-'END'
		wan 192.0.2.0/24|--device wan --exempt 192.0.2.80 --exempt 192.0.2.0/24
		wan 192.0.2.0/24 2001:db8::/32|--device wan --exempt 192.0.2.0/28 --exempt 192.0.2.0/24 --exempt 192.0.2.240/28 --exempt 2001:db8:5::/48 --exempt 2001:db8::/32
		wan 192.0.2.1 2001:db8::1|--device wan --exempt 192.0.2.1/32 --exempt 192.0.2.1 --exempt 2001:db8:0:0::1 --exempt 2001:DB8::1/128
		wan 255.255.255.0/24 ff00::/8|--device wan --exempt 255.255.255.0/24 --exempt ff00::/8
		wan 0.0.0.0 255.255.255.255 :: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|--device wan --exempt 255.255.255.255 --exempt 0.0.0.0 --exempt ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --exempt ::
	END
	check_equal 'after all these changes: the same handles' "$handles" "$(handles)"
	listed_again 'the first and the last address'
	to 'wan 0.0.0.0/0 ::/0' '--device wan --exempt 0.0.0.0/0 --exempt ::/0 --exempt 192.0.2.1'
	listed_again 'all addresses'
	made --device wan --exempt 192.0.2.0/25 --exempt 192.0.2.128/25
	listed_again 'neighbours'
	done_with 'neighbours, again' 'unchanged: .*' enable --device wan --exempt 192.0.2.128/25 --exempt 192.0.2.0/25
	to wan '--device wan'
	nft -f - <<<"$(sed -n 's/^nft \(add element .*\)/\1/p' "$source/userspace/mptcp-bflag.8" | tr -d "'")"
	check_equal 'nft adds elements as in the manual' 'wan wan1 192.0.2.80 2001:db8::/64' \
		"$(elements out_devices exempt_ipv4 exempt_ipv6)"
	to wan '--device wan'
	nft flush ruleset
}

# warned NAME SAID WARNING ARGUMENT...: it warns and exits 0
warned() {
	tool enable "${@:4}"
	told "$1" 0 "$2" "warning: .*$3.*"
}
# Devices that come and go
devices() {
	warned 'a missing device' 'changed: table inet mptcp_bflag added' "device 'lan7' does not exist" --device lan7
	warned 'two of three devices are missing' 'changed: table inet mptcp_bflag: out_devices' "'lan7' does not.*warning: .*'lan8' does not" \
		--device wan --device lan7 --device lan8
	ip link set dmz down
	made --device wan --device dmz
	ip link set dmz name gone
	check_status 'one of two devices is gone: status exits 0' 0 mptcp-bflag status
	check_match 'one of two devices is gone: status names it' '^ +devices: .*dmz \(does not exist\)' "$ktap_output"
	warned 'one of two devices is gone' 'unchanged: table inet mptcp_bflag' "device 'dmz' does not exist" --device wan --device dmz
	warned 'the only device is gone' 'changed: table inet mptcp_bflag: out_devices' "'dmz' does not exist" --device dmz
	check_status 'the only device is gone: status exits 1' 1 mptcp-bflag status
	check_match 'the only device is gone: status names it' '^problem: .*dmz' "$ktap_output"
	ip link set gone name dmz
	nft flush ruleset
	with_feature no-ifname-ranges 'wildcards' wildcards
}
wildcards() {
	made --device wan
	ip link add ppp7 type veth peer name ppp8
	done_with 'a wildcard' 'changed: .*' enable --device 'ppp*'
	warned 'a wildcard that matches no device' 'changed: table inet mptcp_bflag: out_devices' "'x\*' does not exist" --device wan --device 'x*'
	each to <<-'END'
		dmz ppp*|--device ppp* --device dmz
		ppp*|--device ppp* --device ppp7
		pp*|--device pp* --device ppp*
		dmz wan|--device wan --device dmz
		pp* wa*|--device wa* --device pp*
	END
	listed_again 'wildcards'
	made --all --device 'wa*'
	attempt 'a wildcard marks' syn_marked
	ip link delete ppp7
	nft flush ruleset
}

# enable repairs its table
damaged() {
	made --device wan
	nft flush chain inet mptcp_bflag set_bflag
	done_with 'a rule with the expression is lost: enable' 'changed: table inet mptcp_bflag: rules' enable --device wan
	check_equal 'a rule with the expression is lost: it is back' 2 "$(marks | wc -l)"
	nft flush chain inet mptcp_bflag candidates
	nft add rule inet mptcp_bflag exemptions counter
	done_with 'stock rules were changed: enable' 'changed: table inet mptcp_bflag: chains' enable --device wan
	check_equal 'stock rules were changed: they are back' 'goto choice;goto set_bflag' \
		"$({ stock inet mptcp_bflag candidates | grep -o 'goto.*'; stock inet mptcp_bflag exemptions | sed 's/.*;//'; } | in_line)"
	nft 'add table inet mptcp_bflag { flags dormant; }'
	check_match 'dormant: status reports it' '^problem: .*dormant' "$(mptcp-bflag status)"
	done_with 'dormant: enable' 'changed: table inet mptcp_bflag: no longer dormant' enable --device wan
	check_status 'no longer dormant: status exits 0' 0 mptcp-bflag status
	nft flush ruleset
}

disabled() {
	local none="unchanged: no table made by 'mptcp-bflag enable'" options
	done_with 'disable: nothing to do' "$none" disable
	for options in '' --load-balancer --helper '--all --hook bridge' '--load-balancer --hook bridge'; do
		# shellcheck disable=SC2086	# it is words
		made --device wan $options
	done
	done_with 'disable: a missing table' "$none" disable --helper --load-balancer
	done_with 'disable --helper' 'changed: table inet mptcp_bflag_helper removed' disable --helper
	done_with 'disable --hook --load-balancer' 'changed: table bridge mptcp_bflag_lb removed' disable --hook bridge --load-balancer
	check_equal 'disable: all others' 'bridge mptcp_bflag removed;inet mptcp_bflag removed;inet mptcp_bflag_lb removed' \
		"$(mptcp-bflag disable | sed 's/^changed: table //' | sort | in_line)"
	check_equal 'disable: the ruleset is empty' '' "$(everything)"
}

# The file of --save, which mptcp-bflag.service loads
file=/etc/mptcp-bflag.nft
at_exit "rm -rf $file $file.*"
saved() {
	ls -l "$file"* 2>&1
	[ ! -f "$file" ] || cat "$file"
}
saving() {
	refusing
	before_file=$(saved)
}
# Between "saving" and "not_saved NAME": neither ruleset nor file changes
not_saved() {
	nothing_changed "$1"
	check_equal "$1: the file is as it was" "$before_file" "$(saved)"
}
save() {
	local unchanged=$'unchanged: table inet mptcp_bflag\nunchanged: '$file listing options
	done_with 'enable --save' $'changed: table inet mptcp_bflag added\nchanged: '$file enable --save --device wan
	check_equal 'enable --save: mode' '644 root' "$(stat -c '%a %U' $file)"
	check_match 'enable --save: the first line' '^# mptcp-bflag enable --save wrote this file' "$(head -n 1 $file)"
	done_with 'enable --save again' "$unchanged" enable --device wan --save
	nft add element inet mptcp_bflag exempt_ipv4 '{ 192.0.2.80 }'
	done_with 'an element of nft: enable --save alone saves it' "changed: $file" enable --save
	check 'an element of nft: it is in the file' grep -q 192.0.2.80 $file
	rm $file
	done_with 'the file alone is missing' $'unchanged: .*\nchanged: '$file enable --save --device wan --exempt 192.0.2.80
	for options in --load-balancer --helper '--all --hook bridge'; do
		# shellcheck disable=SC2086	# it is words
		made --save --device wan $options
	done
	lacks no-egress || made --save --device wan --all --hook egress
	lacks no-ifname-ranges || made --save --device 'ppp*' --helper --load-balancer 2>/dev/null
	nft 'add rule inet mptcp_bflag candidates counter packets 7 bytes 7'
	done_with 'a rule of nft' "changed: $file" enable --save
	check_equal 'values of counters are not saved' '' "$(grep 'packets [1-9].*bytes' $file)"
	listing=$(nft -s list ruleset)
	check 'every table: nft loads the file beside them' nft -f $file
	check_equal 'every table: each exists once' "$listing" "$(nft -s list ruleset)"
	nft flush ruleset
	check 'every table: nft loads the file' nft -f $file
	check_equal 'every table: they are back' "$listing" "$(nft -s list ruleset)"
	mptcp-bflag sync >/dev/null
	done_with 'every table: nothing to save' "unchanged: $file" enable --save
	done_with 'disable --save of some' $'changed: .* removed\n(changed: .* removed\n)?changed: '$file disable --save --helper
	check_equal 'disable --save of some: the others are in the file' "$(nft -s list ruleset | grep -c '^table')" \
		"$(grep -c '^table.*{' $file)"
	done_with 'disable --save' $'(changed: table .* removed\n)+changed: '"$file removed" disable --save
	check_equal 'disable --save: there is no file' '' "$(compgen -G "$file*")"
	done_with 'disable --save again' $'unchanged: no table made by .*\nunchanged: no '$file disable --save
	save_refused
	save_keeps
	save_waits
	save_fails
	save_unit
	made --device wan
	check_equal 'eight enable --save at once: each succeeds, one file' "8 $file" \
		"$(at_once 8 enable --save --device wan --exempt 192.0.2.1) $(compgen -G "$file*")"
	done_with 'eight enable --save at once: the file is whole' "unchanged: $file" enable --save
	mptcp-bflag disable --save >/dev/null
	nft flush ruleset
}
# A file of an administrator
save_refused() {
	local kind
	made --device wan
	for kind in "echo 'table inet router { }' >$file" ": >$file" "ln -s $scratch/link $file" "mkfifo $file"; do
		eval "$kind"
		saving
		refused 6 'not written by .*rename it' enable --save --device dmz
		refused 6 'not written by .*rename it' enable --save
		refused 6 'not written by .*rename it' disable --save
		not_saved "$kind"
		rm $file
	done
	nft flush ruleset
	made --save --device wan
	nft flush ruleset
	saving
	refused 5 'no table made by' enable --save
	not_saved 'enable --save without a table'
}
# What the file has and the ruleset lacks is not lost.
save_keeps() {
	local lost="cannot save: table inet mptcp_bflag of $file is not in the ruleset and would be lost; load it with .nft -f $file." first
	nft flush ruleset
	rm -f $file
	made --save --device wan --exempt 192.0.2.7
	nft flush ruleset
	before_file=$(saved)
	tool enable --save --device wan --load-balancer
	told 'the ruleset was flushed: another table is not saved alone' 6 'changed: table inet mptcp_bflag_lb added' "$lost.*"
	tool disable --save --load-balancer
	told 'the ruleset was flushed: disable --save of some' 6 'changed: table inet mptcp_bflag_lb removed' "$lost.*"
	check_equal 'the ruleset was flushed: the file is as it was' "$before_file" "$(saved)"
	nft -f $file
	done_with 'it is loaded again: disable --save of some' $'unchanged: .*\nunchanged: '$file disable --save --load-balancer
	first='(changed: table .* removed|unchanged: no table .*)'
	nft flush ruleset
	done_with 'the ruleset was flushed: disable --save of all' "$first"$'\nchanged: '"$file removed" disable --save

	made --save --device wan
	chmod 600 $file
	chown 65534 $file
	done_with 'a mode of the operator' $'changed: .*\nchanged: '$file enable --save --device wan --exempt 192.0.2.1
	check_equal 'a mode of the operator stays, and the owner' '600 65534' "$(stat -c '%a %u' $file)"
}
# Another file comes while it waits for the lock.
save_waits() {
	local options tool
	for options in 'enable --save --device wan' 'disable --save'; do
		made --save --device wan
		exec {lock}>/run/mptcp-bflag.lock
		flock "$lock"
		# shellcheck disable=SC2086	# it is words
		mptcp-bflag $options >/dev/null 2>"$scratch/waits" {lock}>&- &
		tool=$!
		check "$options: it waits" wait_for 10 grep -q 'waiting for' "$scratch/waits"
		echo 'table inet router { }' >$file
		saving
		exec {lock}>&-
		wait "$tool"
		check_equal "$options: a file that came meanwhile is refused" 6 $?
		not_saved "$options: a file that came meanwhile"
		rm $file
	done
}
# in_mounts SCRIPT ARGUMENT...: like "tool", in a mount namespace of its own in which SCRIPT has run
in_mounts() {
	local script=$1
	shift
	status=0
	said=$(unshare -m bash -ec "$script"$'\nexec "$@"' mounts mptcp-bflag "$@" 2>"$scratch/stderr") || status=$?
	complained=$(<"$scratch/stderr")
}
# save_cannot NAME STATUS COMPLAINED SCRIPT ARGUMENT...: the file stays as it was
save_cannot() {
	in_mounts "${@:4}"
	told "$1: mptcp-bflag ${*:5}" "$2" '((un)?changed: table inet mptcp_bflag(: exempt_ipv4)?)?' "(.*mptcp-bflag: )?cannot save: .*$3.*"
	check_equal "$1: the file is as it was" "$before_file" "$(saved)"
}
save_fails() {
	local small options='enable --save --device wan --exempt 192.0.2.7' bin=$scratch/bin nft
	nft=$(command -v nft)
	made --save --device wan
	saving
	# shellcheck disable=SC2086	# it is words
	{
		save_cannot '/etc is read-only' 1 'Read-only file system' 'mount --bind /etc /etc; mount -o remount,ro,bind /etc' $options
		save_cannot '/etc is read-only' 1 'Read-only file system' 'mount --bind /etc /etc; mount -o remount,ro,bind /etc' disable --save
		check_status 'not root' 3 "${nobody[@]}" mptcp-bflag $options
		check_match 'not root: a message' 'cannot save: .*Permission denied' "$ktap_output"
		not_saved '--save, refused before'
		small="mount -t tmpfs -o size=8k tmpfs $scratch/small; cp $file $scratch/small; mount --bind $scratch/small /etc; ! cat /dev/zero 2>&- >/etc/full"
		mkdir -p "$scratch/small" "$bin"
		save_cannot 'no space' 1 'No space left' "$small" $options
		in_mounts "$small; mptcp-bflag $options --all >&2 || ls /etc" version
		check_match 'no space: no other file is left' '^full;mptcp-bflag.nft;mptcp-bflag [0-9]' "$(in_line <<<"$said")"
		made --device wan --exempt 192.0.2.7
		printf '#!/bin/sh\nexit 1\n' >"$bin/nft"
		chmod 755 "$bin/nft"
		save_cannot 'nft fails' 1 'nft failed' "PATH=$bin:\$PATH" $options
		printf '#!/bin/sh\ncase $* in *list*) echo nonsense;; *) exec %s "$@";; esac\n' "$nft" >"$bin/nft"
		save_cannot 'nft lists what it cannot load' 1 'cannot load what it lists' "PATH=$bin:\$PATH" $options
		rm "$bin/nft"
		ln -s "$(command -v mptcp-bflag)" "$bin/"
		save_cannot 'there is no nft' 1 'nft failed' "PATH=$bin" $options
		check_match 'there is no nft: what to install' 'install nftables' "$complained"
	}
	nft flush ruleset
}
# Nothing loads the file without the service.
save_unit() {
	local units=/etc/systemd/system warning='warning: nothing loads .* at boot; run .systemctl enable --now mptcp-bflag.' mounts
	made --save --device wan
	mounts="mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /etc/systemd; mount -t tmpfs tmpfs /lib/systemd; mkdir -p $units/multi-user.target.wants"
	in_mounts "$mounts; touch $units/mptcp-bflag.service" enable --save
	told 'no systemd: no warning' 0 "unchanged: $file" ''
	mounts+='; mkdir -p /run/systemd/system'
	in_mounts "$mounts" enable --save
	told 'no unit: a warning' 0 "unchanged: $file" 'warning: nothing loads .* at boot: mptcp-bflag.service is not installed'
	mounts+="; mkdir -p /lib/systemd/system; touch /lib/systemd/system/mptcp-bflag.service"
	in_mounts "$mounts" enable --save
	told 'the unit is not enabled: a warning' 0 "unchanged: $file" "$warning"
	in_mounts "$mounts" disable --save --helper
	told 'the unit is not enabled: a warning of disable' 0 $'unchanged: no table .*\nunchanged: '$file "$warning"
	in_mounts "$mounts; ln -s /nowhere $units/multi-user.target.wants/mptcp-bflag.service" enable --save
	told 'the unit is enabled: no warning' 0 "unchanged: $file" ''
	in_mounts "$mounts; ln -s /nowhere $units/multi-user.target.wants/mptcp-bflag.service; ln -s /dev/null $units/mptcp-bflag.service" enable --save
	told 'the unit is masked: a warning' 0 "unchanged: $file" "${warning/enable/unmask}"
	in_mounts "$mounts" disable --save
	told 'nothing is left to load: no warning' 0 $'changed: table .*\nchanged: '"$file removed" ''
}

# enable runs nft, reads sets and names, and ends in the middle
hostile() {
	local limit status=0
	done_with 'SIGCHLD is ignored by the parent: enable' 'changed: table inet mptcp_bflag added' enable --device wan
	check 'SIGCHLD is ignored by the parent: enable notices that nft succeeded' \
		env --ignore-signal=CHLD mptcp-bflag enable --device wan --exempt 192.0.2.1
	refusing
	for limit in {1..12}; do
		FAIL_RECV=$limit LD_PRELOAD=$SELFTESTS/../build/helpers/fail_recv.so mptcp-bflag enable --device wan --exempt 192.0.2.1 \
			>"$scratch/failing" 2>&1 && break
		nothing_changed "enable fails at its read number $limit"
	done
	check 'enable succeeds when no read fails' test "$limit" -gt 3
	exec 9<>/run/mptcp-bflag.lock
	flock 9
	mptcp-bflag enable --device wan >"$scratch/waits" 2>&1 9>&- &
	check 'another enable holds the lock: a message' wait_for 20 grep -q 'waiting for another' "$scratch/waits"
	exec 9>&-
	wait $! || status=$?
	check_equal 'the lock is free: enable goes on' 0 "$status"
	if nft insert rule inet mptcp_bflag choice oifname wan ip daddr 192.0.2.3 jump '{ counter return; }' 2>"$scratch/anonymous"; then
		done_with 'a rule with an anonymous chain: enable replaces the chains' 'changed: .*chains.*' enable --device wan --versions 0,1
	fi
	nft flush ruleset
	made --device wan
	if nft 'add set inet mptcp_bflag probe { type ipv4_addr; flags interval; elements = { * }; }' 2>"$scratch/anonymous"; then
		nft 'delete set inet mptcp_bflag probe'
		nft -f - <<<"$(nft list table inet mptcp_bflag | sed 's/set exempt_ipv4 {/&\nelements = { * }/; 1i delete table inet mptcp_bflag')"
		mptcp-bflag sync >/dev/null
		check_match 'all servers are exempt: status says so' 'exempt: (\*|0\.0\.0\.0/0)$' "$(mptcp-bflag status)"
		done_with 'all servers are exempt: enable repairs it' 'changed: .*exempt_ipv4' enable --device wan
	fi
	nft flush ruleset
	made --device wan
	nft add table ip precious
	check 'a chain with an odd name' attributes chain inet mptcp_bflag $'x\ndelete table ip precious #' ''
	refusing
	refused 6 'cannot write the name of chain' enable --device wan --versions 1
	nothing_changed 'a chain with an odd name'
	nft flush ruleset
}

# Tables of other programs
of_others() {
	nft 'table inet mptcp_bflag { chain mine { counter; }; }; table ip mptcp_bflag { comment "made by mptcp-bflag enable"; }
		table inet mptcp_bflag_lb { comment "not made by mptcp-bflag enable"; }'
	refusing
	refused 6 'table inet mptcp_bflag ' enable --device wan
	refused 6 'table inet mptcp_bflag_lb ' enable --device wan --load-balancer
	done_with 'disable keeps tables of others' "unchanged: no table made by 'mptcp-bflag enable'" disable
	nothing_changed 'tables of others'
	nft flush ruleset
	with_feature no-table-owner 'a table with an owner' owned
}
# A table that belongs to a process, an nft that waits for commands
owned() {
	local owner
	mkfifo "$scratch/commands"
	nft -i <"$scratch/commands" >/dev/null 2>&1 &
	owner=$!
	exec 9>"$scratch/commands"
	echo 'add table inet owned { flags owner; }; add chain inet owned c { comment "mptcp_bflag set"; }' >&9
	check 'nft made a table with an owner' wait_for 20 nft list chain inet owned c
	nft 'add table inet t; add chain inet t c { comment "mptcp_bflag set"; }'
	refusing
	tool sync
	told 'a table with an owner: sync names the reason' '[36]' '' '.*inet owned.*running program.*'
	check_equal 'a table with an owner: the message does not say run as root' '' "$(grep 'run as root' <<<"$complained")"
	nothing_changed 'a table with an owner'
	echo 'delete chain inet owned c; add chain inet owned mine' >&9
	check 'the table with an owner has no such comment any more' wait_for 20 nft list chain inet owned mine
	done_with 'beside a table with an owner: sync' 'changed: chain inet t c: rule added' sync
	check 'beside a table with an owner: enable and disable' eval 'made --device wan && mptcp-bflag disable'
	exec 9>&-
	wait "$owner"
	nft flush ruleset
}

# no_permission COMMAND...
no_permission() {
	local verb
	for verb in 'enable --device wan' disable sync 'sync --check' list status 'status --json'; do
		# shellcheck disable=SC2086	# it is words
		check_status "exit 3: $verb, $*" 3 "$@" mptcp-bflag $verb
		check_match "$verb, $*: the message says run as root" '^mptcp-bflag: .*run as root' "$ktap_output"
	done
}
permission() {
	nft 'add table inet t; add chain inet t c { comment "mptcp_bflag set"; }'
	refusing
	no_permission setpriv --bounding-set=-net_admin --inh-caps=-net_admin
	no_permission "${nobody[@]}"
	check_status 'sync --watch of a user: exit status 3' 3 "${nobody[@]}" mptcp-bflag sync --watch
	check_match 'sync --watch of a user: a message' 'run as root' "$ktap_output"
	nothing_changed 'without permission'
	nft flush ruleset
}

# A failed write to standard output is an error
unwritable() {
	local verb failed
	for verb in 'enable --device wan' sync list 'list --json' status 'status --json' 'status --openmetrics' \
		disable version help 'help enable'; do
		# of a verb that reports the state, 1 would mean that it does not work
		if [[ $verb =~ ^(list|status) ]]; then failed=7; else failed=1; fi
		check_status "$verb >/dev/full" "$failed" eval "mptcp-bflag $verb >/dev/full"
		check_match "$verb >/dev/full: the message names it" '^mptcp-bflag: cannot write .*standard output' "$ktap_output"
		check_status "$verb, closed" "$failed" eval "mptcp-bflag $verb >&-"
	done
	nft flush ruleset
}

# Names that control a terminal: C0, DEL and C1 (U+0080 to U+009F, or one byte); and invalid UTF-8
odd_names() {
	local n=0 name
	controls() { LC_ALL=C tr -dc '\000-\010\013-\037\177-\237\376\377' | wc -c; }
	# shellcheck disable=SC2086	# it is words
	quiet() { # ARGUMENTS
		tool $2
		check_equal "odd name $1: ${2%% "$name"}" 0 "$(controls <<<"$said$complained")"
	}
	for name in $'\e[31m' $'\x7f' $'\xc2\x85' $'\xc2\x9b31m' $'\x9b31m' $'\xff\xfe'; do
		n=$((n + 1))
		attributes chain inet "t$name" "c$name" 'mptcp_bflag set'
		each quiet <<<"$n|sync --check;sync;list;list --json;status;status --openmetrics;status --json"
		check "odd name $n: status --json" jq -e '.chains[0].table | startswith("t")' <<<"$said"
		check_equal "odd name $n: the rule exists" 1 "$(marks | wc -l)"
		nft flush ruleset
		attributes chain inet t c "mptcp_bflag $name"
		each quiet <<<"$n|sync;list;status;status --json;$name;enable --device $name;enable --device wan --exempt $name"
		nft flush ruleset
	done
}

# The rule marks, and counters continue after each change.
counter() { nft list counter inet mptcp_bflag "$1" | awk '/packets/ { print $2 }'; }
more() { [ "$(counter "$1")" -gt "$2" ]; }
counters() { nft list counters table inet mptcp_bflag | in_line; }
# attempt NAME COUNTER: send SYNs with MP_CAPABLE, which nobody answers, until COUNTER grows
attempt() {
	local count sender
	count=$(counter "$2")
	# shellcheck disable=SC2086	# it is words
	$attempt 10.0.2.2 9 </dev/null >/dev/null 2>&1 &
	sender=$!
	check "$1" wait_for 20 more "$2" "$count"
	kill "$sender" 2>/dev/null
	wait "$sender" 2>/dev/null
}
marking() {
	local count handles
	nft 'table ip nat { chain postrouting { type nat hook postrouting priority srcnat; tcp dport 9 snat to 10.0.2.9; }; }'
	made --device wan
	check_equal 'enable: no hint without traffic' 0 "$(mptcp-bflag status | grep -c '^hint:')"
	attempt 'enable: a SYN is marked and counted' syn_marked
	count=$(counters) handles=$(handles)
	made --device dmz --device wan --exempt 192.0.2.80 --exempt 2001:db8::/64
	check_equal 'elements change: counters and handles stay' "$count$handles" "$(counters)$(handles)"
	done_with 'other conditions' 'changed: table inet mptcp_bflag: .*chains.*' enable --device wan --all --versions 0,1
	check_equal 'other conditions: counters stay' "$count" "$(counters)"
	made --device wan --source 10.0.2.1
	check_equal 'other sets: counters stay' "$count" "$(counters)"
	attempt '--source: the address before source NAT' syn_marked
	made --device wan --source 10.0.2.9
	count=$(counter syn_marked)
	attempt '--source: other clients are candidates' candidates
	made --device wan --exempt 10.0.2.0/24
	attempt '--exempt: exempt connections are counted' exempt
	check_equal '--source, --exempt: other connections are not marked' "$count" "$(counter syn_marked)"
	nft flush ruleset
}

at_the_same_time() {
	check_equal 'eight enable at once: each succeeds, one table' '8 2' "$(at_once 8 enable --device wan) $(marks | wc -l)"
	nft 'flush chain inet mptcp_bflag set_bflag; flush chain inet mptcp_bflag postrouting'
	check_equal 'eight sync at once: each succeeds, each rule exists once' '8 2' "$(at_once 8 sync) $(marks | wc -l)"
	at_once 8 enable --device wan --device lo --all >"$scratch/enabled" &
	check_equal 'eight sync beside eight enable: each succeeds' 8 "$(at_once 8 sync)"
	wait $!
	check_equal 'eight enable beside eight sync: each succeeds' '8 2' "$(<"$scratch/enabled") $(marks | wc -l)"
	at_once 8 disable >"$scratch/disabled" &
	check_equal 'eight sync beside eight disable: each succeeds' 8 "$(at_once 8 sync)"
	wait $!
	check_equal 'eight disable beside eight sync: each succeeds' '8 ' "$(<"$scratch/disabled") $(everything)"
}

# A thousand chains, in a user namespace; 300 devices
many() {
	local devices
	seq -f 'add chain inet t c%g { comment "mptcp_bflag set"; }' 1000 | sed '1i add table inet t' >"$scratch/thousand"
	modprobe nft_mptcp_bflag
	# shellcheck disable=SC2016	# that is for the other bash
	check_equal '1000 chains in a user namespace' \
		$'1000\nunchanged: 1000 chains with an mptcp_bflag comment, each has its rule\n1000' \
		"$("${nobody[@]}" unshare -Urn bash -c 'nft -f "$1" && mptcp-bflag sync | grep -c "^changed: .*: rule added$"
			mptcp-bflag sync && mptcp-bflag list | grep -c ": rule in place$"' thousand "$scratch/thousand" 2>&1)"

	mapfile -t devices < <(printf -- '--device\nppp%s\n' {1..300})
	tool enable "${devices[@]}"
	check_equal '300 devices: enable' '0 changed: table inet mptcp_bflag added 300 300' \
		"$status $said $(grep -c '^mptcp-bflag: warning: ' <<<"$complained") $(elements out_devices | wc -w)"
	listed_again '300 devices'
	tool enable "${devices[@]}"
	check_equal '300 devices: enable again' '0 unchanged: table inet mptcp_bflag' "$status $said"
	nft flush ruleset
	if lacks no-egress; then
		refused 6 'Linux 5.16' enable --hook egress --all --device wan
		check_equal 'no egress hook: nothing changed' '' "$(everything)"
	else
		many_at_egress
	fi
}
many_at_egress() {
	mapfile -t devices < <(printf -- '--device\nlong-name-is%s\n' {1..256})
	printf 'link add long-name-is%s type dummy\n' {1..256} | ip -batch -
	variant 'netdev mptcp_bflag' 1=5,2=2,3=32 'goto exemptions' --hook egress --all "${devices[@]::10}"
	done_with '255 devices at egress' 'changed: table netdev mptcp_bflag added' enable --hook egress --all "${devices[@]::510}"
	nft flush ruleset
	tool enable --hook egress --all "${devices[@]}"
	told '256 devices at egress' 2 '' '.*255 devices.*'
	tool enable --hook egress --all --device lan7	# newer kernels bind a chain to names
	told 'egress: a missing device' '[05]' '(changed: .*)?' ".*'lan7'.*"
	check_equal 'egress, a missing device: no rule or two rules' "$((status ? 0 : 2))" "$(marks | wc -l)"
	nft flush ruleset
	printf 'link delete long-name-is%s\n' {1..256} | ip -batch -
}

# The kernel runs modprobe for the module: let that fail for a while.
without_module() {
	local modprobe
	nft 'add table inet t; add chain inet t c { comment "mptcp_bflag set"; type filter hook postrouting priority 0; }'
	modprobe=$(cat /proc/sys/kernel/modprobe)
	at_exit "echo $modprobe >/proc/sys/kernel/modprobe"
	check 'the modules are unloaded' wait_for 20 unload
	echo /bin/false >/proc/sys/kernel/modprobe
	refusing
	module_trouble
	nothing_changed 'without the module'
	echo "$modprobe" >/proc/sys/kernel/modprobe
	done_with 'with the module again' 'changed: chain inet t c: rule added' sync
	nft flush ruleset
}
# trouble NAME SENTENCE STATUS-SENTENCE SCRIPT: after SCRIPT, each verb says what is wrong, once
trouble() {
	local verb module
	for verb in sync 'enable --device wan' 'enable --device wan --helper'; do
		module=nft_mptcp_bflag
		[[ $verb != *--helper ]] || module=nf_conntrack_mptcp_bflag
		# shellcheck disable=SC2086	# it is words
		in_mounts "$4" $verb
		told "$1: $verb" 4 '' "(nft: .*mptcp-bflag: )?cannot .*the module $module $2( \\(No such file or directory\\))?"
		check_equal "$1: $verb: one sentence" 1 "$(grep -c 'the module' <<<"$complained")"
	done
	in_mounts "$4" status
	check_equal "$1: status exits with 1" 1 "$status"
	check_equal "$1: status has the problem" "${3:+problem: the $3}" "$(grep -E '^problem: .*(installed|loaded)' <<<"$said")"
}
module_trouble() {
	local kernel lost headers signed
	local dkms='mkdir /usr/src/mptcp-bflag-1.2; touch /usr/src/mptcp-bflag-1.2/dkms.conf' security
	local all='modules mptcp_bflag, nft_mptcp_bflag, nf_conntrack_mptcp_bflag are'
	kernel=$(uname -r)
	headers="mkdir /lib/modules/$kernel/build; touch /lib/modules/$kernel/build/Makefile"
	lost="mount -t tmpfs tmpfs /usr/src; mount -t tmpfs tmpfs /lib/modules; mkdir /lib/modules/$kernel; touch /lib/modules/$kernel/modules.dep"
	missing() { # NAME WHAT-TO-DO SCRIPT
		trouble "$1" "is not installed for the running kernel $kernel; $2" \
			"$all not installed for the running kernel $kernel; $2" "$3"
	}
	missing 'not installed' "run 'make install' in the source of mptcp-bflag" "$lost"
	# OpenWrt has no modules.dep.
	touch /etc/openwrt_release
	missing OpenWrt 'install the packages kmod-nft-mptcp-bflag and, for --helper, kmod-nf-conntrack-mptcp-bflag' "$lost; rm /lib/modules/$kernel/modules.dep"
	trouble 'OpenWrt, installed' "is installed but does not load; 'modprobe -v' with its name and 'dmesg' say why" '' \
		"$lost; cd /lib/modules/$kernel; rm modules.dep; touch {,nft_,nf_conntrack_}mptcp_bflag.ko; cd /"
	rm /etc/openwrt_release
	missing 'DKMS without headers' "install its headers, and DKMS builds the module: 'apt-get install linux-headers-$kernel'" "$lost; $dkms"
	missing 'DKMS, a link to headers that are gone' "install its headers, and DKMS builds the module: 'apt-get install linux-headers-$kernel'" \
		"$lost; $dkms; ln -s /nowhere /lib/modules/$kernel/build"
	missing 'DKMS with headers' "run 'dkms autoinstall -k $kernel'" "$lost; $dkms; $headers"
	trouble 'no list of modules' "is not loaded, and /lib/modules has nothing for the running kernel $kernel; reboot .*container.*" \
		"module nft_mptcp_bflag is not loaded, and /lib/modules has nothing for the running kernel $kernel; reboot if another kernel was installed, or, in a container, install the module on the host" \
		'mount -t tmpfs tmpfs /lib/modules'
	trouble 'installed' "is installed but does not load; 'modprobe -v' with its name and 'dmesg' say why" '' :
	signed="is installed but not loaded, and the kernel accepts only signed modules (Secure Boot); see 'Key was rejected by service' in docs/troubleshooting.md of mptcp-bflag; if it is signed, 'modprobe -v' and 'dmesg' say why"
	for security in 'echo Y >/tmp/enforce; mount --bind /tmp/enforce /sys/module/module/parameters/sig_enforce' \
		'mount -t tmpfs tmpfs /sys/kernel/security; echo "none [integrity] confidentiality" >/sys/kernel/security/lockdown' \
		'mount -t tmpfs tmpfs /sys/kernel/security; echo "none integrity [confidentiality]" >/sys/kernel/security/lockdown'; do
		trouble "signed modules only, ${security##*echo }" "${signed//[()]/.}" "module nft_mptcp_bflag $signed" "mount -t tmpfs tmpfs /tmp; $security"
	done
	trouble 'no lockdown' "is installed but does not load.*" '' \
		'mount -t tmpfs tmpfs /sys/kernel/security; echo "[none] integrity confidentiality" >/sys/kernel/security/lockdown'
}

ip link set lo up
ip link add wan type veth peer name wan-peer
ip link add dmz type veth peer name dmz-peer
ip addr add 10.0.2.1/24 dev wan
ip link set wan-peer up
ip link set wan up
ip neigh replace 10.0.2.2 lladdr 02:00:00:00:00:02 dev wan nud permanent

for part in ${TOOL_PARTS:-usage_errors words good_comments bad_comments synced sync_refused variants contents in_place \
	devices damaged disabled save hostile of_others permission unwritable odd_names marking at_the_same_time many without_module}; do
	$part
done
finish
