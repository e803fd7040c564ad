#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The netlink interface of the expression, in a network namespace: which attributes, values
# and lengths are accepted (helpers/attributes.c and its table), in which family, hook and type
# of chain; a refused rule leaves nothing behind; which modules the first rule loads; and what
# stock nft does today with a rule that it cannot print.
set -uo pipefail
[ -n "${NETLINK_INSIDE:-}" ] || NETLINK_INSIDE=1 exec unshare -n "$0"

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"

refused='Operation not supported'
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"

# What "attributes dump" prints for rules that set, and for one that matches
a='mptcp_bflag,1=5,2=2,3=32,4=0' m='mptcp_bflag,1=5,2=2,3=32,4=1'
b='mptcp_bflag,1=7,2=3,3=64,4=0' n='counter'

# ruleset: replace the whole ruleset by standard input
ruleset() { { echo 'flush ruleset'; cat; } | nft -f -; }

# add ARGUMENT...: add rules; print the kernel's error, if any
add() { attributes add "$@" 2>&1; }

# expressions FAMILY TABLE CHAIN: the expressions of each rule, one rule a line
expressions() { attributes dump "$@" | cut -d' ' -f5-; }

# The whole ruleset, including rules that nft cannot print
everything() {
	nft -a list ruleset
	attributes dump
}

# with_name PATTERN: the loaded modules whose names match, one a line
with_name() { awk -v pattern="$1" '$1 ~ pattern { print $1 }' /proc/modules | sort; }

# The expression does not load conntrack.  This test has to be the first: chains of type nat
# load conntrack.
first_rule() {
	local conntrack option
	conntrack=$(with_name conntrack)
	for option in '' -m; do
		ruleset <<-'EOF'
			table ip t {
				chain c { type filter hook forward priority 0; }
			}
		EOF
		wait_for 20 unload || fail 'the modules can be unloaded'
		check_equal "the first rule${option:+, match}: it is added" '' "$(add $option ip t c 5 2 32)"
		check_equal "the first rule${option:+, match}: it loads its modules" \
			mptcp_bflag$'\n'nft_mptcp_bflag "$(with_name '^(nft_)?mptcp_bflag$')"
		if [ -z "$conntrack" ]; then
			check_equal "the first rule${option:+, match}: it does not load conntrack" '' \
				"$(with_name conntrack)"
		else
			skip "the first rule${option:+, match}: it does not load conntrack" \
				"already loaded: ${conntrack//$'\n'/ }"
		fi
	done
}

# rows MODE [FAMILY TABLE CHAIN]: report the results of helpers/attributes.c
rows() {
	local status=0
	attributes "$@" >"$scratch/lines" || status=$?
	ktap_relay <"$scratch/lines"
	[ "$status" -le 1 ] || fail "attributes $1 ends normally (exit $status)"
}

attributes_and_values() {
	ruleset <<-'EOF'
		table ip t {
			chain c { }
		}
	EOF
	rows rows ip t c
	rows sweep ip t c
	rows valid ip t c
	rows elsewhere ip t c
}

# placed NAME EXPECTED FAMILY [-m]: load the ruleset on standard input, add a rule to chain c of
# table t, and compare the kernel's answer
placed() {
	local name="$1${4:+, match}" before rule=$a
	[ -z "${4:-}" ] || rule=$m
	ruleset
	before=$(everything)
	check_equal "$name" "$2" "$(add "${@:4}" "$3" t c 5 2 32)"
	if [ -z "$2" ]; then
		check_equal "$name: the rule is there" "$rule" "$(expressions "$3" t c)"
	else
		check_equal "$name: nothing changes" "$before" "$(everything)"
	fi
}

# base EXPECTED FAMILY TYPE HOOK [-m]
base() {
	placed "$2, type $3 hook $4" "$1" "$2" "${@:5}" <<-EOF
		table $2 t {
			chain c { type $3 hook $4 priority 10; }
		}
	EOF
}

base_chains() {
	local family hook
	for family in ip ip6 inet; do
		for hook in prerouting input forward output postrouting; do
			base '' $family filter $hook
		done
		base '' $family route output
		for hook in prerouting input output postrouting; do
			base "$refused" $family nat $hook
		done
	done
	base '' inet filter 'ingress device eth0'
	for hook in prerouting input forward output postrouting; do
		base '' bridge filter $hook
	done
	base '' netdev filter 'ingress device eth0'
	with_feature no-egress 'netdev, type filter hook egress' \
		base '' netdev filter 'egress device eth0'
	for hook in input output; do
		base "$refused" arp filter $hook
	done
}

# The expression that matches is allowed in the same chains; this repeats some of them.
match_chains() {
	base '' ip filter forward -m
	base '' ip6 route output -m
	base '' inet filter 'ingress device eth0' -m
	base '' bridge filter postrouting -m
	base '' netdev filter 'ingress device eth0' -m
	with_feature no-egress 'netdev, type filter hook egress, match' \
		base '' netdev filter 'egress device eth0' -m
	base "$refused" ip nat prerouting -m
	base "$refused" inet nat postrouting -m
	base "$refused" arp filter input -m
	placed 'arp, regular chain' "$refused" arp -m <<-'EOF'
		table arp t {
			chain c { }
		}
	EOF
}

other_chains() {
	local family
	for family in ip ip6 inet bridge netdev; do
		placed "$family, regular chain" '' $family <<-EOF
			table $family t {
				chain c { }
			}
		EOF
	done
	placed 'arp, regular chain' "$refused" arp <<-'EOF'
		table arp t {
			chain c { }
		}
	EOF
	placed 'table that is dormant' '' ip <<-'EOF'
		table ip t {
			flags dormant
			chain c { type filter hook forward priority 0; }
		}
	EOF
	placed 'table that is dormant, nat' "$refused" ip <<-'EOF'
		table ip t {
			flags dormant
			chain c { type nat hook postrouting priority 100; }
		}
	EOF
	placed 'regular chain, two jumps below filter' '' inet <<-'EOF'
		table inet t {
			chain c { }
			chain b { jump c; }
			chain a { type filter hook forward priority 0; goto b; }
		}
	EOF
	placed 'regular chain, two jumps below nat' "$refused" inet <<-'EOF'
		table inet t {
			chain c { }
			chain b { jump c; }
			chain a { type nat hook postrouting priority 100; goto b; }
		}
	EOF
	placed 'regular chain, below filter and nat' "$refused" ip <<-'EOF'
		table ip t {
			chain c { }
			chain f { type filter hook forward priority 0; jump c; }
			chain n { type nat hook postrouting priority 100; jump c; }
		}
	EOF
}

# forbidden NAME NFT-COMMAND: it is refused and changes nothing
forbidden() {
	local name=$1 before
	before=$(everything)
	check_status "$name: refused" 1 nft "$2"
	check_match "$name: the error is the right one" "$refused" "$ktap_output"
	check_equal "$name: nothing changes" "$before" "$(everything)"
}

below_nat() { # FAMILY HOOK [-m]
	local name="$1, from nat $2"
	placed "$name, jump first" "$refused" "$1" "${@:3}" <<-EOF
		table $1 t {
			chain c { }
			chain n { type nat hook $2 priority 10; jump c; }
		}
	EOF
	ruleset <<-EOF
		table $1 t {
			chain c { }
			chain n { type nat hook $2 priority 10; }
		}
	EOF
	name+=${3:+, match}
	check_equal "$name: the rule without a jump" '' "$(add "${@:3}" "$1" t c 5 2 32)"
	forbidden "$name, rule first" "add rule $1 t n jump c"
}

jumps() {
	local family hook
	for family in ip ip6 inet; do
		for hook in prerouting input output postrouting; do
			below_nat $family $hook
		done
	done
	below_nat ip postrouting -m
}

verdict_maps() {
	placed 'verdict map from nat, map first' "$refused" ip <<-'EOF'
		table ip t {
			chain c { }
			chain n {
				type nat hook postrouting priority 100;
				ip saddr vmap { 10.0.0.1 : jump c }
			}
		}
	EOF
	placed 'verdict map from filter' '' ip <<-'EOF'
		table ip t {
			chain c { }
			chain f {
				type filter hook forward priority 0;
				ip saddr vmap { 10.0.0.1 : jump c }
			}
		}
	EOF
	nft add chain ip t n '{ type nat hook postrouting priority 100; }'
	forbidden 'verdict map from nat, rule first' \
		'add rule ip t n ip saddr vmap { 10.0.0.1 : jump c }'
	nft -f - <<-'EOF'
		table ip t {
			map m { type ipv4_addr : verdict; }
			chain n { ip saddr vmap @m; }
		}
	EOF
	forbidden 'element of a verdict map from nat' \
		'add element ip t m { 10.0.0.2 : goto c }'
	nft flush chain ip t c
	check 'element of a verdict map, after the rule is deleted' \
		nft 'add element ip t m { 10.0.0.2 : goto c }'
	check_equal 'the rule, after the element is added' "$refused" \
		"$(add ip t c 5 2 32)"
}

handle() { # N: print the handle of the Nth rule
	attributes dump ip t c | awk -v n="$1" 'NR == n { print $4 }'
}

changes() {
	ruleset <<-'EOF'
		table ip t {
			chain c {
				type filter hook forward priority 0;
				counter
				counter
			}
		}
	EOF
	check_equal 'insert' '' "$(add -i ip t c 5 2 32)"
	check_equal 'insert: it is the first' "$a"$'\n'"$n"$'\n'"$n" "$(expressions ip t c)"
	check_equal 'replace' '' "$(add -r "$(handle 1)" ip t c 7 3 64)"
	check_equal 'replace: at the same place' "$b"$'\n'"$n"$'\n'"$n" "$(expressions ip t c)"
	check_equal 'replace a stock rule' '' "$(add -r "$(handle 2)" ip t c 5 2 32)"
	check_equal 'replace a stock rule: at the same place' "$b"$'\n'"$a"$'\n'"$n" \
		"$(expressions ip t c)"
	check_equal 'replace by match' '' "$(add -m -r "$(handle 2)" ip t c 5 2 32)"
	check_equal 'replace by match: at the same place' "$b"$'\n'"$m"$'\n'"$n" \
		"$(expressions ip t c)"
	check_equal 'replace by set' '' "$(add -r "$(handle 2)" ip t c 5 2 32)"
	check_equal 'replace by set: at the same place' "$b"$'\n'"$a"$'\n'"$n" \
		"$(expressions ip t c)"
	check_equal 'replace by a bad rule: refused' 'Invalid argument' \
		"$(add -r "$(handle 1)" ip t c 0 2 32)"
	check_equal 'replace by a bad rule: the old rule stays' "$b"$'\n'"$a"$'\n'"$n" \
		"$(expressions ip t c)"
	check_equal 'before a handle' '' "$(add -i -p "$(handle 3)" ip t c 7 3 64)"
	check_equal 'after a handle' '' "$(add -p "$(handle 1)" ip t c 5 2 32)"
	check_equal 'before and after a handle: both are at their place' \
		"$b"$'\n'"$a"$'\n'"$a"$'\n'"$b"$'\n'"$n" "$(expressions ip t c)"
	check_equal 'after an unknown handle: refused' 'No such file or directory' \
		"$(add -p 4711 ip t c 5 2 32)"
	check_equal 'to an unknown chain: refused' 'No such file or directory' \
		"$(add ip t nowhere 5 2 32)"
	nft flush chain ip t c
	check_equal 'two in one rule, and a counter' '' \
		"$(add -1 -c ip t c 5 2 32 7 3 64)"
	check_equal 'two in one rule, and a counter: in this order' "$a $b $n" \
		"$(expressions ip t c)"
	check_equal 'two in one rule, one is bad: refused' 'Invalid argument' \
		"$(add -1 ip t c 5 2 32 7 4 64)"
	check_equal 'two rules in one transaction, one is bad: refused' 'Invalid argument' \
		"$(add ip t c 5 2 32 7 3 65)"
	check_equal 'bad rules leave nothing behind' "$a $b $n" "$(expressions ip t c)"
}

# What stock nft does with the rule: it does not show it, and gives no warning.  The tool does.
with_stock_nft() {
	local saved
	ruleset <<-'EOF'
		table ip t {
			chain c { type filter hook forward priority 0; counter packets 0 bytes 0; }
		}
	EOF
	saved=$(nft list ruleset)
	add -c ip t c 5 2 32
	check_status 'nft list ruleset: exits 0' 0 nft list ruleset
	check_equal 'nft list ruleset: without the rule, and without a warning' \
		"$saved" "$ktap_output"
	check_status 'nft -j list ruleset: exits 0' 0 nft -j list ruleset
	check_equal 'nft -j list ruleset: one of two rules' 1 \
		"$(jq '[.nftables[] | select(.rule)] | length' <<<"$ktap_output")"
	check_equal 'nft list ruleset: the kernel has the rule' "$n"$'\n'"$a $n" "$(expressions ip t c)"
	check 'nft delete rule' nft delete rule ip t c handle "$(handle 2)"
	check_equal 'nft delete rule: the rule is deleted' "$n" "$(expressions ip t c)"

	# Old versions search the handle in the rules that they can print, new ones ask the kernel.
	add ip t c 5 2 32
	if ktap_output=$(nft insert rule ip t c position "$(handle 2)" accept 2>&1); then
		check_equal 'nft insert rule before it: it is added' "$n"$'\n'"immediate"$'\n'"$a" \
			"$(expressions ip t c)"
	else
		check_match 'nft insert rule before it: nft does not see it' \
			'No such file or directory' "$ktap_output"
		check_equal 'nft insert rule before it: nothing changes' "$n"$'\n'"$a" \
			"$(expressions ip t c)"
	fi
	check 'nft flush chain' nft flush chain ip t c
	check_equal 'nft flush chain: the rule is deleted' '' "$(expressions ip t c)"

	add ip t c 5 2 32
	saved=$(nft list ruleset)
	check 'saved and restored with nft: the ruleset loads' ruleset <<<"$saved"
	check_equal 'saved by nft, and restored: the rule is lost' '' "$(expressions ip t c)"
	add ip t c 5 2 32
	check 'nft delete table' nft delete table ip t
	check_equal 'nft delete table: the rule is deleted' '' "$(attributes dump)"
}

permissions() {
	ruleset <<-'EOF'
		table ip t {
			chain c { }
		}
	EOF
	check_status 'without CAP_NET_ADMIN: refused' 1 \
		setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		attributes add ip t c 5 2 32
	check_equal 'without CAP_NET_ADMIN: the error is EPERM' 'Operation not permitted' "$ktap_output"
	check_status 'as another user: refused' 1 \
		setpriv --reuid=65534 --regid=65534 --clear-groups \
		attributes add ip t c 5 2 32
	check_equal 'as another user: the error is EPERM' 'Operation not permitted' "$ktap_output"
	check_status 'as root of a user namespace that does not own the network: refused' 1 \
		unshare -Ur attributes add ip t c 5 2 32
	check_equal 'root of a user namespace: says so' 'Operation not permitted' "$ktap_output"
	check_equal 'without permission: no rule is added' '' "$(expressions ip t c)"
	# shellcheck disable=SC2016
	check_status 'as root of its own user and network namespace: allowed' 0 \
		unshare -Urn sh -c 'nft "add table ip t; add chain ip t c" &&
			attributes add ip t c 5 2 32 && attributes add -m ip t c 5 2 32 && attributes dump'
	check_match 'as root of its own user and network namespace: the rule exists' "^ip t c [0-9]+ $a\$" "$ktap_output"
	check_match 'as root of its own user and network namespace: the match exists' "^ip t c [0-9]+ $m\$" "$ktap_output"
}

# Replace modprobe by a program that fails, so that the kernel cannot load the module.
without_module() {
	local modprobe
	ruleset <<-'EOF'
		table ip t {
			chain c { }
		}
	EOF
	modprobe=$(cat /proc/sys/kernel/modprobe)
	at_exit "echo $modprobe >/proc/sys/kernel/modprobe"
	wait_for 20 unload
	echo /bin/false >/proc/sys/kernel/modprobe
	check_equal 'without the module: refused' 'No such file or directory' "$(add ip t c 5 2 32)"
	check_equal 'without the module: no rule is added' '' "$(expressions ip t c)"
	echo "$modprobe" >/proc/sys/kernel/modprobe
	check_equal 'with the module again: the rule is added' '' "$(add ip t c 5 2 32)"
}

first_rule

ip link add eth0 type veth peer name eth1
ip link set eth0 up

attributes_and_values
base_chains
match_chains
other_chains
jumps
verdict_maps
changes
with_stock_nft
permissions
without_module
finish
