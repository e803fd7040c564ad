#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of mptcp-bflag: each verb and option, what is in the kernel
# after it, what is said and where, each exit status, and that a command that
# fails leaves all as it was.
set -uo pipefail
# All of it in a network namespace that goes with the script
[ -n "${TOOL_INSIDE:-}" ] || TOOL_INSIDE=1 exec unshare -n "$0"

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"
attempt_by
capable_match

source=$(realpath "$SELFTESTS/..")
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"

# All there is, with what nft cannot print
everything() {
	nft -a list ruleset
	attributes dump
}
# The rules that have the expression: family, table, chain, expressions
marks() { attributes dump | grep ' mptcp_bflag,' | cut -d' ' -f1-3,5-; }
# expressions FAMILY TABLE CHAIN: of each rule, one line each
expressions() { attributes dump "$@" | cut -d' ' -f5-; }
counter() { nft list counter inet mptcp_bflag "$1" | awk '/packets/ { print $2 }'; }

# tool ARGUMENT...: run it; leaves $status, $said and $complained
tool() {
	status=0
	said=$(mptcp-bflag "$@" 2>"$scratch/stderr") || status=$?
	complained=$(<"$scratch/stderr")
}

# done_with NAME REGEXP ARGUMENT...: exits 0, says that and nothing on stderr
done_with() {
	local name=$1 regexp=$2
	shift 2
	tool "$@"
	if [ "$status" = 0 ] && [ -z "$complained" ] && [[ $said =~ $regexp ]]; then
		ok "$name"
	else
		fail "$name"
		printf '%s\n' "mptcp-bflag $*: exit $status" "$said" "$complained" | diag
	fi
}

# refused STATUS REGEXP ARGUMENT...: exits like that, nothing on stdout, the
# sentence on stderr.  Between "refusing" and "nothing_changed NAME".
refused() {
	local expected=$1 regexp=$2
	shift 2
	tool "$@"
	if [ "$status" = "$expected" ] && [ -z "$said" ] &&
		[[ $complained =~ ^mptcp-bflag:\ .*$regexp ]]; then
		ok "exit $expected: mptcp-bflag $*"
	else
		fail "exit $expected: mptcp-bflag $*"
		printf '%s\n' "exit $status" "stdout: $said" "stderr: $complained" | diag
	fi
}
refusing() { before=$(everything); }
nothing_changed() { check_equal "$1: nothing has changed" "$before" "$(everything)"; }

# status_is NAME STATUS REGEXP
status_is() {
	tool status
	check_equal "$1: status exits $2" "$2" "$status"
	check_match "$1: status says so" "$3" "$said"
}

# Run the command that status tells to run
repaired() {
	local command
	command=$(sed -n 's/.*; run: //p' <<<"$said")
	check "$1: the command that status tells" eval "$command"
	tool status
	check_equal "$1: then status exits 0" 0 "$status"
}

usage_errors() {
	local name
	refusing
	refused 2 'say what to do'
	refused 2 "there is no 'frobnicate'" frobnicate
	refused 2 "there is no ''" ''
	refused 2 'name the device' enable
	refused 2 "'--device' needs a value" enable --device
	refused 2 "takes no argument 'extra'" enable --device wan extra
	refused 2 'no such option' enable --device wan --nonsense
	refused 2 'takes no value' enable --device wan --all=yes
	refused 2 'no such option' enable -x --device wan
	refused 2 'postrouting, egress or bridge' enable --device wan --hook forward
	refused 2 'add --all' enable --device wan --hook egress
	refused 2 'add --all' enable --device wan --hook bridge
	refused 2 'no --missing-ok' enable --device wan --hook egress --all --missing-ok
	for name in '' . .. 'a b' a/b a:b sixteen-letters-; do
		refused 2 'cannot be the name of a device' enable --device "$name"
	done
	# shellcheck disable=SC2016
	for name in 'wan"' 'wan*' 'wan\b' 'a;b' 'a$b' 'a`b' "a'b" 'a&b' 'a|b' 'a>b' 'a(b' 'a!b' '~b' '#b'; do
		refused 2 'only letters, digits and ._-@' enable --missing-ok --device "$name"
	done
	for name in '' 2 0,,1 '1,' -1 v 0x1; do
		refused 2 '--versions takes a list' enable --device wan --versions "$name"
	done
	for name in '' 0 0x60 0x80 32 c,b; do
		refused 2 '--flag takes 0x20' enable --device wan --flag "$name"
	done
	refused 2 'takes FAMILY TABLE CHAIN' attach
	refused 2 'takes FAMILY TABLE CHAIN' attach inet t
	refused 2 'takes FAMILY TABLE CHAIN' attach inet t c d
	refused 2 "no family 'mars'" attach mars t c
	refused 2 'a name is too long' attach inet "$(printf '%0300d' 1)" c
	for name in '' fin 'syn,' SYN 1 'syn ack'; do
		refused 2 '--segments takes a list' attach --segments "$name" inet t c
	done
	for name in x 0 -1 +1 3x ' 3' '' 99999999999999999999; do
		refused 2 'is not a handle' attach --before "$name" inet t c
		refused 2 'is not a handle' attach --after "$name" inet t c
	done
	refused 2 "'--before' needs a value" attach inet t c --before
	refused 2 'one of --first, --before, --after' attach --first --before 3 inet t c
	refused 2 'one of --first, --before, --after' attach --after 3 --before 3 inet t c
	for name in x -1 +1 3x ' 3' '' 99999999999999999999; do
		refused 2 '--index takes how many other rules' attach --index "$name" inet t c
	done
	refused 2 'one of --first, --before, --after, --index' attach --first --index 0 inet t c
	refused 2 'one of --first, --before, --after, --index' attach --index 0 --after 3 inet t c
	refused 2 'takes FAMILY TABLE CHAIN' detach inet t
	refused 2 "no family 'mars'" detach mars t c
	refused 2 'no such option' detach --json inet t c
	refused 2 'no such option' disable --device wan
	refused 2 'no such option' disable --json
	refused 2 "takes no argument 'all'" disable all
	refused 2 'save: takes one FILE' save a b
	refused 2 'save: FILE has no name' save ''
	refused 2 'no such option' save --json
	refused 2 'restore: takes one FILE' restore a b
	refused 2 'restore: FILE has no name' restore ''
	refused 2 'no such option' restore --file a
	refused 2 "takes no argument 'all'" list all
	refused 2 'no such option' list --xml
	refused 2 "takes no argument 'all'" status all
	refused 2 'takes no value' status --json=yes
	refused 2 "takes no argument 'all'" version all
	refused 2 "takes no argument 'all'" help all
	nothing_changed 'wrong usage'
}

words() {
	local usage verb module
	usage=$(mptcp-bflag help)
	for verb in version --version -V; do
		done_with "$verb" "^mptcp-bflag $(<"$source/VERSION")\$" "$verb"
	done
	for verb in --help -h; do
		tool "$verb"
		check_equal "$verb is help" "0 $usage" "$status $said"
	done
	for verb in enable disable attach detach save restore list status version; do
		tool "$verb" --help
		check_equal "$verb --help: the usage" "0 ${usage%%$'\n\n'*}" "$status $said"
	done
	modprobe nft_mptcp_bflag
	modprobe nf_conntrack_mptcp_bflag
	for module in $modules; do
		check_equal "tool and module $module have the same version" "$(<"$source/VERSION")" \
			"$(<"/sys/module/$module/version")"
	done
}

enabled() {
	local empty listing
	empty=$(everything)
	status_is 'nothing enabled' 1 '^rules: none$'
	done_with 'list: nothing' '^no rule with mptcp_bflag' list
	done_with 'disable: nothing to do' 'nothing to do$' disable

	done_with 'enable' '^table inet mptcp_bflag: added$' enable --device wan
	check_equal 'enable: the rule' \
		'inet mptcp_bflag mark_bflag mptcp_bflag,1=5,2=2,3=32,4=0 immediate' "$(marks)"
	status_is 'enabled' 0 '^table inet mptcp_bflag: in place$'
	listing=$(nft list ruleset)
	check_match 'nft shows what made the table' \
		'comment "mptcp-bflag enable --device wan; has a rule nft cannot print, see: mptcp-bflag list"' "$listing"
	check_match 'nft shows that the chain has more' \
		'comment "has one rule, which nft cannot print, see: mptcp-bflag list"' "$listing"
	check_match 'nft shows the match and the jump' \
		'oifname "wan" ct status snat jump mark_bflag' "$listing"
	check_match 'nft shows the counter for SYN' 'counter name "syn_marked"' "$listing"
	check_match 'nft shows the counter for ACK' 'counter name "ack_marked"' "$listing"
	check_match 'nft shows the priority' 'priority srcnat \+ 10;' "$listing"

	refusing
	done_with 'enable again' 'nothing to do$' enable --device wan
	nothing_changed 'enable again'
	done_with 'enable for the same device twice' 'nothing to do$' \
		enable --device wan --device wan
	done_with 'enable with other options' 'replaced, its counters start at 0$' \
		enable --all --device wan --device dmz --versions 0,1
	check_equal 'other options: one rule' \
		'inet mptcp_bflag mark_bflag mptcp_bflag,1=5,2=3,3=32,4=0 immediate' "$(marks)"
	check_equal 'other options: a jump for each device, whatever the address' \
		'oifname "wan" jump mark_bflag oifname "dmz" jump mark_bflag' \
		"$(nft list chain inet mptcp_bflag postrouting | grep oifname | xargs -d '\n' |
			tr -s ' \t' ' ' | sed 's/^ //; s/ $//')"
	done_with 'disable' '^1 table removed$' disable
	check_equal 'disable: nothing is left' "$empty" "$(everything)"
}

# variant NAME RULE OPTION...: enable, status, disable
variant() {
	local name=$1 rule=$2
	shift 2
	done_with "enable $name" ': added$' enable "$@"
	check_equal "enable $name: the rule" "$rule" "$(marks)"
	tool status
	check_equal "enable $name: status exits 0" 0 "$status"
	# what made it is written down, and does it again
	# shellcheck disable=SC2086
	nft flush chain ${rule%% mark_bflag*} mark_bflag
	status_is "$name, rule gone" 1 'its rule is gone .*; run: mptcp-bflag enable'
	repaired "$name, rule gone"
	check_equal "$name: the same rule again" "$rule" "$(marks)"
	done_with "disable $name" '^1 table removed$' disable
}

variants() {
	local rule='mark_bflag mptcp_bflag,1=5,2=2,3=32,4=0 immediate' fourth=egress
	! lacks no-egress || fourth=bridge
	variant '--all' "inet mptcp_bflag $rule" --all --device wan
	with_feature no-egress 'enable --hook egress' \
		variant '--hook egress' "netdev mptcp_bflag $rule" --hook egress --all --device wan
	with_feature no-egress 'enable --hook egress, two devices' \
		variant '--hook egress, two devices' "netdev mptcp_bflag $rule" \
		--hook egress --all --device wan --device dmz
	variant '--hook bridge' "bridge mptcp_bflag $rule" --hook bridge --all --device wan
	variant '--load-balancer' \
		'inet mptcp_bflag_lb mark_bflag mptcp_bflag,1=2,2=2,3=32,4=0 immediate' \
		--load-balancer --device wan
	with_feature no-egress 'enable --load-balancer --hook egress' \
		variant '--load-balancer --hook egress' \
		'netdev mptcp_bflag_lb mark_bflag mptcp_bflag,1=2,2=2,3=32,4=0 immediate' \
		--load-balancer --hook egress --device wan
	variant '--versions 0' \
		'inet mptcp_bflag mark_bflag mptcp_bflag,1=5,2=1,3=32,4=0 immediate' \
		--versions v0 --device wan
	variant '--missing-ok' "inet mptcp_bflag $rule" --missing-ok --device later0
	variant 'with a strange name' "inet mptcp_bflag $rule" --missing-ok --device 'a.B-3_@+=,%^'
	variant 'with a word for a name' "inet mptcp_bflag $rule" --missing-ok --device more

	tool enable --device wan --flag b
	check_equal '--flag b: exits 0' 0 "$status"
	check_match '--flag b: warns' 'warning: 0x40 makes servers' "$complained"
	check_equal '--flag b: the rule' \
		'inet mptcp_bflag mark_bflag mptcp_bflag,1=5,2=2,3=64,4=0 immediate' "$(marks)"
	tool enable --hook bridge --all --device wan
	tool enable --load-balancer --device wan
	tool enable --hook "$fourth" --load-balancer --device wan
	check_equal 'four at the same time' 4 "$(marks | wc -l)"
	tool status
	check_equal 'four at the same time: status exits 0' 0 "$status"
	done_with 'disable all four' '^4 tables removed$' disable
}

# A kernel that has no such hook: says so, and nothing changes
no_egress() {
	lacks no-egress || return 0
	nft 'add table inet t; add chain inet t c'
	refusing
	refused 6 'this kernel does not have the hook; netdev egress needs Linux 5.16' \
		enable --hook egress --all --device wan
	refused 6 'this kernel does not have the hook; netdev egress needs Linux 5.16' \
		enable --hook egress --load-balancer --device wan --device dmz
	nothing_changed 'no egress hook'
	tool enable --hook bridge --all --device wan
	refusing
	printf 'enable --hook bridge --all --device dmz\nenable --hook egress --all --device wan\n' >"$scratch/lines"
	refused 6 'this kernel does not have the hook' restore "$scratch/lines"
	nothing_changed 'no egress hook, restore'
	nft flush ruleset
}

reload() { { echo 'flush ruleset'; echo "$1"; } | nft -f -; }

damage() {
	local listing
	tool enable --device wan
	listing=$(nft list ruleset)
	nft flush ruleset
	check 'a listing by nft is loaded again' reload "$listing"
	check_equal 'and is the same' "$listing" "$(nft list ruleset)"
	check_equal 'without the rule' '' "$(marks)"
	status_is 'restored by nft' 1 'rule is gone \(a listing by nft cannot save it\); run: mptcp-bflag enable --device wan$'
	check_equal 'restored by nft: status --json says so' 'false rule_missing' \
		"$(mptcp-bflag status --json | jq -r '"\(.ok) \(.tables[0].state)"')"
	repaired 'restored by nft'

	nft flush chain inet mptcp_bflag postrouting
	status_is 'the jump is gone' 1 'no packet comes to its rule; run: mptcp-bflag enable --device wan$'
	check_equal 'the jump is gone: status --json says so' 'false not_reached' \
		"$(mptcp-bflag status --json | jq -r '"\(.ok) \(.tables[0].state)"')"
	repaired 'the jump is gone'

	# shellcheck disable=SC2046
	tool enable --missing-ok $(printf -- '--device ppp%s ' {10..30})
	nft flush chain inet mptcp_bflag mark_bflag
	status_is 'more devices than a comment holds' 1 \
		'rule is gone .*; run: mptcp-bflag enable --missing-ok --device ppp10 .* --device ppp30$'
	repaired 'more devices than a comment holds'
	tool enable --device wan

	nft 'add table inet mptcp_bflag { flags dormant; }'
	status_is 'dormant' 1 'not reached: the table is dormant'
	repaired 'dormant'
	nft add rule inet mptcp_bflag postrouting counter
	incomplete 'a rule of somebody else in the table' 'mptcp-bflag enable --device wan'
	nft add rule inet mptcp_bflag postrouting counter
	done_with 'a rule of somebody else in the table' 'replaced' enable --device wan
	check_equal 'only its own rules' 1 "$(nft list chain inet mptcp_bflag postrouting | grep -c jump)"
	tool disable
}

# incomplete NAME COMMAND: so says status, and that this repairs it, which it does
incomplete() {
	status_is "$1" 1 ": is there, but not as 'enable' made it; run: $2\$"
	check_equal "$1: status --json says so" "false incomplete $2" \
		"$(mptcp-bflag status --json | jq -r '"\(.ok) \(.tables[0].state) \(.tables[0].command)"')"
	repaired "$1"
}
# The handle of the first jump
jump() { nft -a list chain inet mptcp_bflag postrouting | sed -n '/jump/ { s/.*handle //p; q }'; }

damage_by_parts() {
	local enable='mptcp-bflag enable --device wan --device dmz'
	eval "$enable" >/dev/null
	status_is 'two devices' 0 ': in place$'
	nft delete rule inet mptcp_bflag postrouting handle "$(jump)"
	incomplete 'one of two jumps is gone' "$enable"
	nft flush chain inet mptcp_bflag marked
	incomplete 'the rules that count are gone' "$enable"
	nft add chain inet mptcp_bflag more
	incomplete 'a chain besides' "$enable"
	nft delete rule inet mptcp_bflag postrouting handle "$(jump)"
	nft flush chain inet mptcp_bflag mark_bflag
	status_is 'jump and rule are gone: first the rule' 1 'its rule is gone'
	nft flush chain inet mptcp_bflag postrouting
	mptcp-bflag attach inet mptcp_bflag mark_bflag >/dev/null
	status_is 'jumps and more are gone: first the jumps' 1 'no packet comes to its rule'
	tool disable
}

damage_by_devices() {
	local enable why='nothing jumps here from a hook'
	enable='mptcp-bflag enable --hook egress --all --device wan --device gone'
	ip link add gone type veth peer name gone-peer
	eval "$enable" >/dev/null
	status_is 'egress, two devices' 0 ': in place$'
	ip link delete gone
	# Newer kernels keep the name, for when the device is back.
	if [[ $(nft list chain netdev mptcp_bflag egress) == *gone* ]]; then
		status_is 'egress, one of two devices is gone' 0 ': in place$'
		ip link add gone type veth peer name gone-peer
		status_is 'egress, it is back' 0 ': in place$'
		check 'egress, it is back: the kernel has bound the chain to it' \
			grep 'mptcp_bflag egress' <<<"$(nft list hooks netdev device gone)"
	else
		status_is 'egress, one of two devices is gone' 1 "not as 'enable' made it; run: $enable\$"
		ip link add gone type veth peer name gone-peer
		incomplete 'egress, it is back' "$enable"
	fi
	tool disable
	tool enable --hook egress --all --device gone
	ip link delete gone
	status_is 'egress, the only device is gone' 1 'no packet comes to its rule'
	# Older kernels delete the chain with its last device.
	! nft list chain netdev mptcp_bflag egress >/dev/null 2>&1 ||
		why='the device that its base chain was bound to is gone'
	check_match 'egress, the only device is gone: status tells' "not reached: $why\$" "$said"
	tool disable
}

damage_of_many() {
	# shellcheck disable=SC2046
	tool enable --missing-ok $(printf -- '--device ppp%s ' {10..30})
	nft delete rule inet mptcp_bflag postrouting handle "$(jump)"
	status_is 'more devices than a comment holds, the jump for one is gone' 1 \
		"not as 'enable' made it; run 'mptcp-bflag enable' again with the options and devices it was given$"
	check_equal 'the jump for one of many is gone: no command in --json' null \
		"$(mptcp-bflag status --json | jq -r '.tables[0].command')"
	tool disable
}

# A comment that is no command of ours: never to be run, nothing on stderr
tampered() {
	local options
	# shellcheck disable=SC2016
	for options in '' --help --nonsense --device '--device wan extra' --versions=2 \
		'--device wan`reboot`' '--device $(reboot)' '--device wan|reboot' '--device wan and 2' \
		'--hook egress --all --device wan' '--load-balancer --device wan'; do
		nft -f - <<-EOF
			table inet mptcp_bflag {
				comment "mptcp-bflag enable $options"
				chain mark_bflag { }
				chain postrouting {
					type filter hook postrouting priority 110;
					jump mark_bflag
				}
			}
		EOF
		mptcp-bflag attach inet mptcp_bflag mark_bflag >/dev/null
		status_is "comment '$options'" 1 \
			"not as 'enable' made it; run 'mptcp-bflag enable' again with the options"
		check_equal "comment '$options': nothing else" " 0" \
			"$complained $(grep -cE '^Try|^mptcp-bflag|reboot' <<<"$said")"
		check_equal "comment '$options': no command in --json" null \
			"$(mptcp-bflag status --json | jq -r '.tables[0].command')"
		nft delete table inet mptcp_bflag
	done
}

# The ruleset in the manual's section on helpers
helper_example() {
	check 'the ruleset of the manual page' nft -f <(awk '/^\.SH/ { there = /CONNTRACK HELPERS/ }
		there && /^\.EX/ { inside = 1; next } /^\.EE/ { inside = 0 } inside' \
		"$source/userspace/mptcp-bflag.8" | sed "s/\\\\e\$/\\\\/; s/tcp option mptcp subtype 0/$capable_match/")
	check_status 'the ruleset: status exits 0' 0 mptcp-bflag status
	nft delete table inet router
}

# The policy in the manual's second example
example() {
	local commands
	commands=$(awk '/^\.SH/ { n = 0; there = /EXAMPLES/ }
		there && /^\.EX/ { n++; inside = 1; next } /^\.EE/ { inside = 0 } inside && n == 2' \
		"$source/userspace/mptcp-bflag.8")
	check 'the example of the manual page' eval "set -e; $commands"
	check_equal 'it is in place, for IPv6, too' \
		'ip daddr 192.0.2.0/24 return oifname "wan0" jump set_bflag' \
		"$(nft list chain inet router leaving | grep -E 'return|jump' | xargs -d '\n' |
			tr -s ' \t' ' ' | sed 's/^ //; s/ $//')"
	status_is 'the example' 0 '^rules: 1, packets can come to 1 of them$'
	nft flush ruleset
}

# What is reached from where, in text and as JSON
reach() {
	nft -f - <<-'EOF'
		table inet t {
			chain direct { type filter hook forward priority 5; }
			chain below { }
			chain middle { jump below; }
			chain base { type filter hook input priority 0; goto middle; }
			chain mapped { }
			chain lonely { }
			map m { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump mapped }; }
			chain by_map { type filter hook output priority 0; ip daddr vmap @m; }
		}
		table ip asleep {
			flags dormant
			chain c { type filter hook forward priority 0; }
		}
		table netdev ports {
			chain c { type filter hook ingress device dmz priority 0; }
		}
	EOF
	local chain list
	for chain in direct below mapped lonely; do tool attach inet t $chain; done
	tool attach ip asleep c
	tool attach --segments syn,synack,ack --versions 0,1 netdev ports c
	list=$(mptcp-bflag list)
	check_equal 'list' "$(cat <<-'EOF'
		inet t direct: segments syn,ack versions 1 flag 0x20
		    reached from direct (type filter hook forward priority 5)
		inet t below: segments syn,ack versions 1 flag 0x20
		    reached from base (type filter hook input priority 0) -> middle -> below
		inet t mapped: segments syn,ack versions 1 flag 0x20
		    perhaps reached, through a verdict map
		inet t lonely: segments syn,ack versions 1 flag 0x20
		    not reached: nothing jumps here from a hook
		ip asleep c: segments syn,ack versions 1 flag 0x20
		    not reached: the table is dormant
		netdev ports c: segments syn,synack,ack versions 0,1 flag 0x20
		    reached from c (type filter hook ingress priority 0 devices dmz)
	EOF
	)" "$(by_rule <<<"$list" | sed 's/ handle [0-9]*:/:/')"
	check_equal 'list --json: the same rules' "$(grep -v '^ ' <<<"$list")" \
		"$(mptcp-bflag list --json | jq -r '.rules[] | "\(.family) \(.table) \(.chain) handle \(.handle): segments \(.segments | join(",")) versions \(.versions | join(",")) flag \(.flag)"')"
	check_equal 'list --json: reached by the same ways' "$(cat <<-'EOF'
		inet t direct true false false direct
		inet t below true false false base>middle>below
		inet t mapped true true false 
		inet t lonely false false false 
		ip asleep c false false true c
		netdev ports c true false false c
	EOF
	)" "$(mptcp-bflag list --json | jq -r '.rules[] | "\(.family) \(.table) \(.chain) \(.reached) \(.verdict_map) \(.dormant) \([.reached_from[].path | join(">")] | join(","))"' | by_rule)"
	check_equal 'status --json: the rules of list --json' \
		"$(mptcp-bflag list --json | jq -S .rules)" \
		"$(mptcp-bflag status --json | jq -S .rules)"
	check_equal 'status --json: the rest' "true $(<"$source/VERSION") true true false 0 0" \
		"$(mptcp-bflag status --json | jq -r '"\(.ok) \(.tool_version) \([.modules[] | .loaded] | all) \([.modules[] | .available] | all) \([.modules[] | .version_mismatch] | any) \(.tables | length) \(.counters.expression.syn_marked)"')"
	status_is 'six rules' 0 '^rules: 6, packets can come to 4 of them$'
	nft flush ruleset
	nft 'add table inet t; add chain inet t lonely'
	tool attach inet t lonely
	status_is 'a rule that no packet comes to' 1 '^rules: 1, packets can come to 0 of them$'
	nft flush ruleset
}

# The kernel lists tables in an order of its own: sort by the place in a rule
# list like the one above, keeping what belongs to a rule behind it.
by_rule() {
	awk '!/^ / { key = index("direct below mapped lonely asleep ports", $3 == "c" ? $2 : $3) }
		{ printf "%03d\t%d\t%s\n", key, NR, $0 }' | sort -k1,1n -k2,2n | cut -f3
}

attached() {
	local family handle a='mptcp_bflag,1=5,2=2,3=32,4=0' s='mptcp_bflag,1=7,2=2,3=32,4=0'
	for family in ip ip6 inet bridge netdev; do
		nft add table $family t
		nft add chain $family t c
		done_with "attach, $family" "^$family t c: attached\$" attach $family t c
		check_equal "attach, $family: the rule" "$a" "$(expressions $family t c)"
		done_with "attach again, $family" 'already, nothing to do$' attach $family t c
		check_equal "attach again, $family: one rule" "$a" "$(expressions $family t c)"
		done_with "detach, $family" '1 rule removed$' detach $family t c
		done_with "detach again, $family" 'nothing to do$' detach $family t c
		check_equal "detach, $family: no rule" '' "$(expressions $family t c)"
	done
	nft flush ruleset
	nft -f - <<-'EOF'
		table ip t {
			chain c {
				counter
				accept
			}
		}
	EOF
	done_with 'attach: last' 'attached$' attach ip t c
	check_equal 'attach: last' $'counter\nimmediate\n'"$a" "$(expressions ip t c)"
	done_with 'attach --first, of one that is last' ': moved$' attach --first ip t c
	check_equal 'attach --first, of one that is last' "$a"$'\ncounter\nimmediate' "$(expressions ip t c)"
	done_with 'attach --first, of one that is first' 'already, nothing to do$' attach --first ip t c
	done_with 'attach, of one that is first' 'already, nothing to do$' attach ip t c
	check_equal 'attach, of one that is first: stays' "$a"$'\ncounter\nimmediate' "$(expressions ip t c)"
	tool detach ip t c
	done_with 'attach --first' 'attached$' attach --first ip t c
	check_equal 'attach --first' "$a"$'\ncounter\nimmediate' "$(expressions ip t c)"
	done_with 'attach, other segments' 'in place of one with other options$' \
		attach --segments synack,ack,syn ip t c
	check_equal 'other segments: in its place' "$s"$'\ncounter\nimmediate' "$(expressions ip t c)"
	handle=$(attributes dump ip t c | awk '$5 == "immediate" { print $4 }')
	done_with 'attach --before, elsewhere' 'in place of' attach --before "$handle" ip t c
	check_equal 'attach --before' $'counter\n'"$a"$'\nimmediate' "$(expressions ip t c)"
	tool detach ip t c
	handle=$(attributes dump ip t c | awk '$5 == "counter" { print $4 }')
	done_with 'attach --after' 'attached$' attach --after "$handle" ip t c
	check_equal 'attach --after' $'counter\n'"$a"$'\nimmediate' "$(expressions ip t c)"
	handle=$(attributes dump ip t c | awk '/mptcp_bflag/ { print $4 }')
	done_with 'attach --after its own, with other options' 'in place of' \
		attach --after "$handle" --segments syn,synack,ack ip t c
	check_equal 'attach --after its own' $'counter\n'"$s"$'\nimmediate' "$(expressions ip t c)"
	tool attach --segments ack ip t c
	check_match 'attach, ACK alone: warns' 'warning: ACK without SYN' "$complained"
	tool attach --segments syn ip t c
	check_match 'attach, SYN alone: warns' 'warning: SYN without ACK' "$complained"
	attributes add -c ip t c 5 2 32
	done_with 'detach, one with a counter, too' \
		'2 rules removed, 1 of which had other expressions, too$' detach ip t c
	check_equal 'detach: the others stay' $'counter\nimmediate' "$(expressions ip t c)"
	nft flush ruleset
}

# handle EXPRESSION: of the first such rule in ip t c
handle() { attributes dump ip t c | awk -v e="$1" '$5 == e { print $4; exit }'; }

# moved NAME RULES POSITION...: attached from elsewhere, and then it is done
moved() {
	local name=$1 rules=$2
	shift 2
	done_with "attach $name, from elsewhere" ': moved$' attach "$@" ip t c
	check_equal "attach $name, from elsewhere" "$rules" "$(expressions ip t c)"
	refusing
	done_with "attach $name again" 'already, nothing to do$' attach "$@" ip t c
	nothing_changed "attach $name again"
}

# Where an equal rule, or one with other options, is there before
attached_before() {
	local a='mptcp_bflag,1=5,2=2,3=32,4=0' s='mptcp_bflag,1=7,2=2,3=32,4=0' counter accept
	nft 'add table ip t; add chain ip t c; add rule ip t c counter; add rule ip t c accept'
	counter=$(handle counter) accept=$(handle immediate)
	tool attach ip t c
	moved '--before accept' $'counter\n'"$a"$'\nimmediate' --before "$accept"
	done_with 'attach --after counter: the same place' 'nothing to do$' attach --after "$counter" ip t c
	done_with 'attach --after itself' 'nothing to do$' attach --after "$(handle "$a")" ip t c
	done_with 'attach --before itself' 'nothing to do$' attach --before "$(handle "$a")" ip t c
	moved '--after accept' $'counter\nimmediate\n'"$a" --after "$accept"
	moved '--before counter' "$a"$'\ncounter\nimmediate' --before "$counter"
	done_with 'attach --first: the same place' 'nothing to do$' attach --first ip t c
	moved '--after counter' $'counter\n'"$a"$'\nimmediate' --after "$counter"

	moved '--index 0' "$a"$'\ncounter\nimmediate' --index 0
	moved '--index 2' $'counter\nimmediate\n'"$a" --index 2
	moved '--index 1' $'counter\n'"$a"$'\nimmediate' --index 1
	done_with 'attach --index 1, with other options' 'in place of' \
		attach --index 1 --segments syn,synack,ack ip t c
	check_equal 'attach --index 1, with other options' $'counter\n'"$s"$'\nimmediate' "$(expressions ip t c)"
	done_with 'attach --index 1, the first options again' 'in place of' attach --index 1 ip t c

	attributes add ip t c 7 2 32
	check_equal 'two beside each other' $'counter\n'"$a"$'\nimmediate\n'"$s" "$(expressions ip t c)"
	done_with 'attach, beside one with other options' 'besides is removed$' attach ip t c
	check_equal 'attach, beside one with other options' $'counter\n'"$a"$'\nimmediate' "$(expressions ip t c)"
	attributes add -i ip t c 7 2 32
	done_with 'attach --first, behind one with other options' ': moved$' attach --first ip t c
	check_equal 'attach --first, behind one with other options' "$a"$'\ncounter\nimmediate' "$(expressions ip t c)"
	attributes add -i ip t c 7 2 32
	done_with 'attach --after one with other options, next to it' 'besides is removed$' \
		attach --after "$(handle "$s")" ip t c
	check_equal 'attach --after one with other options, next to it' "$a"$'\ncounter\nimmediate' "$(expressions ip t c)"
	attributes add ip t c 7 2 32
	done_with 'attach --after one with other options, at the end' ': moved$' \
		attach --after "$(handle "$s")" ip t c
	check_equal 'attach --after one with other options, at the end' \
		$'counter\nimmediate\n'"$a" "$(expressions ip t c)"
	nft flush ruleset
}

failures() {
	nft -f - <<-'EOF'
		table ip t {
			chain c { }
			chain nat { type nat hook postrouting priority 100; }
			chain below { }
			chain jumps { type nat hook prerouting priority 0; jump below; }
		}
		table arp t {
			chain c { type filter hook input priority 0; }
		}
		table inet mptcp_bflag {
			chain mine { }
		}
		table ip mptcp_bflag {
			comment "mptcp-bflag enable --device wan"
		}
	EOF
	refusing
	refused 5 "there is no device 'lan7'; if it comes later .* add --missing-ok" enable --device lan7
	refused 5 "there is no device 'lan7'" enable --device wan --device lan7
	refused 5 "there is no device 'lan7'" enable --device lan7 --hook egress --all
	ip link property add dev dmz altname enp0s7
	refused 5 "'enp0s7' is another name of dmz; use that" enable --device enp0s7
	refused 5 "'enp0s7' is another name of dmz" enable --device wan --device enp0s7
	refused 5 "'enp0s7' is another name of dmz" enable --missing-ok --device enp0s7
	refused 5 "'enp0s7' is another name of dmz" enable --hook egress --all --device enp0s7
	ip link property del dev dmz altname enp0s7
	refused 5 'there is no table inet t' attach inet t c
	refused 5 'there is no chain ip t nowhere' attach ip t nowhere
	refused 5 'no rule with handle 4711' attach --before 4711 ip t c
	refused 5 'no rule with handle 4711' attach --after 4711 ip t c
	refused 5 'there are only 0 other rules in chain ip t c, not 1' attach --index 1 ip t c
	refused 5 'there is only 1 other rule in chain ip t jumps, not 3' attach --index 3 ip t jumps
	refused 5 'there is no table ip6 t' detach ip6 t c
	refused 5 'there is no chain ip t nowhere' detach ip t nowhere
	refused 6 'cannot be rewritten there' attach ip t nat
	refused 6 'cannot be rewritten there' attach --first ip t nat
	refused 6 'cannot be rewritten there' attach ip t below
	refused 6 'cannot be rewritten there' attach arp t c
	refused 6 "table inet mptcp_bflag that 'mptcp-bflag enable' has not made" \
		enable --device wan
	nothing_changed 'failures'
	done_with "disable leaves tables that are not enable's" 'nothing to do$' disable
	nothing_changed 'disable'

	refused_to 'without CAP_NET_ADMIN' \
		setpriv --bounding-set=-net_admin --inh-caps=-net_admin
	refused_to 'another user' setpriv --reuid=65534 --regid=65534 --clear-groups
	nothing_changed 'without permission'
	nft flush ruleset
}

# refused_to WHO COMMAND...: no permission
refused_to() {
	local who=$1 verb
	shift
	for verb in 'enable --device wan' disable 'attach ip t c' 'detach ip t c' save list status; do
		# shellcheck disable=SC2086
		check_status "exit 3: $verb, $who" 3 "$@" mptcp-bflag $verb
		check_match "$verb, $who: says so" '^mptcp-bflag: .*run as root' "$ktap_output"
	done
}

# Nobody reads: that is a failure, and said
unwritable() {
	local verb
	for verb in save list 'list --json' status 'status --json' version help; do
		# shellcheck disable=SC2086
		check_status "$verb >/dev/full" 1 eval "mptcp-bflag $verb >/dev/full"
		check_match "$verb >/dev/full: says so" \
			'^mptcp-bflag: cannot (write to standard output|print JSON)' "$ktap_output"
		check_status "$verb, closed" 1 eval "mptcp-bflag $verb >&-"
		check_match "$verb, closed: says so" \
			'^mptcp-bflag: cannot (write to standard output|print JSON)' "$ktap_output"
	done
}

# Named counters of stock nf_tables go on when enable is given again; and the
# rule that enable makes does mark.
syn() { # a SYN with MP_CAPABLE to somebody who does not answer
	# shellcheck disable=SC2086	# it is words
	$attempt 10.0.2.2 9 </dev/null >/dev/null 2>&1 &
	sender=$!
}
counted() { [ "$(counter syn_marked)" -ge 1 ]; }
seen() { [ "$(awk '$1 == "syn_marked" { print $2 }' /proc/net/mptcp_bflag)" -ge 1 ]; }
marking() {
	nft -f - <<-'EOF'
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				tcp dport 9 snat to 10.0.2.9
			}
		}
	EOF
	tool enable --device wan
	syn
	check 'enable: a SYN is marked and counted' wait_for 20 counted
	check 'and the module has counted it' seen
	kill $sender 2>/dev/null
	wait $sender 2>/dev/null
	local count
	count=$(counter syn_marked)
	done_with 'enable again: nothing to do' 'nothing to do$' enable --device wan
	check_equal 'its counters go on' "$count" "$(counter syn_marked)"
	check_match 'status explains the counters' ' SYNs? marked$' "$(mptcp-bflag status)"
	done_with 'enable with other options' 'replaced' enable --all --device wan
	check_equal 'its counters start at 0' 0 "$(counter syn_marked)"
	tool disable
	check_match 'disable: the rules of others stay' 'snat to 10.0.2.9' "$(nft list ruleset)"
	nft flush ruleset
}

# at_once N ARGUMENT...: prints how often it exited 0
at_once() {
	local n=$1 good=0 i pids=()
	shift
	for ((i = 0; i < n; i++)); do
		mptcp-bflag "$@" >/dev/null 2>"$scratch/at_once.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" && good=$((good + 1)); done
	echo $good
}

crowded() {
	local others
	check_equal 'eight enable at once: each succeeds' 8 "$(at_once 8 enable --device wan)"
	check_equal 'eight enable at once: one rule' 1 "$(marks | wc -l)"
	check_equal 'eight disable at once: each succeeds' 8 "$(at_once 8 disable)"
	nft 'add table inet t; add chain inet t c'
	check_equal 'eight attach at once: each succeeds' 8 "$(at_once 8 attach inet t c)"
	check_equal 'eight attach at once: one rule' 1 "$(marks | wc -l)"
	nft flush ruleset

	{
		echo 'table inet big {'
		echo '	chain c {'
		seq -f '		tcp dport %g counter packets 0 bytes 0 accept' 2000
		echo '	}'
		echo '}'
	} | nft -f -
	others=$(nft list ruleset)
	check 'enable beside 2000 rules, soon' timeout 20 mptcp-bflag enable --device wan
	check 'status beside 2000 rules, soon' timeout 20 mptcp-bflag status
	check 'disable beside 2000 rules, soon' timeout 20 mptcp-bflag disable
	check_equal 'the 2000 rules are as before' "$others" "$(nft list ruleset)"
	nft flush ruleset
}

# A rule that only looks sets nothing.
match_alone() {
	nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; }'
	attributes add -m ip t c 5 2 32
	status_is 'a match rule alone: does not work' 1 '^rules: 1, packets can come to 1 of them$'
	check_match 'a match rule alone: list' '^ip t c handle [0-9]+: match segments syn,ack versions 1 flag 0x20$' \
		"$(mptcp-bflag list)"
	check_equal 'a match rule alone: JSON' 'match false' \
		"$(mptcp-bflag status --json | jq -r '"\(.rules[0].operation) \(.ok)"')"
	attributes add ip t c 5 2 32
	status_is 'and one that sets' 0 '^rules: 2, packets can come to 2 of them$'
	nft flush ruleset
}

# The kernel asks modprobe for the module: let that find nothing for a while.
without_module() {
	local modprobe module
	nft 'add table inet t; add chain inet t c'
	modprobe=$(cat /proc/sys/kernel/modprobe)
	at_exit "echo $modprobe >/proc/sys/kernel/modprobe"
	check 'the modules are unloaded' wait_for 20 unload
	for module in $modules; do
		status_is "module $module not loaded" 1 \
			"^module $module: not loaded; available, version $(<"$source/VERSION")\$"
	done
	echo /bin/false >/proc/sys/kernel/modprobe
	refusing
	refused 4 'nft_mptcp_bflag is not available for the running kernel' enable --device wan
	with_feature no-egress 'exit 4: enable --hook egress' \
		refused 4 'nft_mptcp_bflag is not available' enable --device wan --hook egress --all
	refused 4 'nft_mptcp_bflag is not available' attach inet t c
	nothing_changed 'without the module'
	check 'it names the kernel' grep -F "the running kernel is $(uname -r)" <<<"$complained"
	echo "$modprobe" >/proc/sys/kernel/modprobe
	done_with 'with the module again' 'attached$' attach inet t c
	nft flush ruleset
}

ip link set lo up
ip link add wan type veth peer name wan-peer
ip link add dmz type veth peer name dmz-peer
ip addr add 10.0.2.1/24 dev wan
ip link set wan-peer up
ip link set wan up
ip neigh replace 10.0.2.2 lladdr 02:00:00:00:00:02 dev wan nud permanent

usage_errors
words
enabled
variants
no_egress
damage
damage_by_parts
with_feature no-egress 'egress, damaged' damage_by_devices
damage_of_many
tampered
example
helper_example
reach
attached
attached_before
failures
unwritable
marking
crowded
match_alone
without_module
finish
