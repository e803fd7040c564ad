#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With real systemd, nftables.service and firewalld in a container: mptcp-bflag.service puts the
# rules in place at boot, and within a second after each load, by whatever program.
# "make check" makes $BUILD/roots/systemd from:
# root systemd: systemd dbus nftables firewalld iptables netbase procps iproute2 kmod libmnl0 libjansson4
set -uo pipefail
# shellcheck source=selftests/lib/container.sh
. "$SELFTESTS/lib/container.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"

need "[ -e $lower/.debian-root ]" "no Debian system in $lower, 'make check TESTS=selftests/suite/systemd.sh' makes it"

# The unit, as users see it
unit() { inside systemctl show --value -p "$1" "${2:-mptcp-bflag.service}"; }
unit_state() { echo "$(unit ActiveState) $(unit SubState) $(unit Result)"; }
journal() { inside journalctl -b -o cat -u mptcp-bflag "$@"; }
said() { journal | grep -E -- "$1"; }
running() { check_equal "$1: the unit runs" 'active running success' "$(unit_state)"; }
raw() { nsenter --target "$init" --net attributes dump "$@"; }
# The rules with the expression: family, table, chain, position, expression
marks() {
	raw | awk '{ n[$1, $2, $3]++ } $5 ~ /^mptcp_bflag,/ { print $1, $2, $3, n[$1, $2, $3], $5 }' | sort
}
mark=mptcp_bflag,1=5,2=2,3=32,4
marked() { [ "$(marks)" = "$expected" ]; }
times=''
# again NAME: within a second, each rule is in place
again() {
	local start=${EPOCHREALTIME/./} took=0 found
	until found=$(marks) && [ "$found" = "$expected" ] || [ "$took" -gt 1000 ]; do
		read -r -t 0.02 _ <>"$ktap_never" || :
		took=$(((${EPOCHREALTIME/./} - start) / 1000))
	done
	check_equal "$1: marked again within a second" "$expected" "$found"
	times+=" $took"
}
# again_same NAME: and nft lists the same
again_same() {
	again "$1"
	# shellcheck disable=SC2086	# it is words
	check_equal "$1: nft lists the same" "$listing" "$(inside nft list $what)"
}
# each COMMAND...: one after the other
each() {
	local command
	for command; do
		# shellcheck disable=SC2086
		check "$command" inside $command
		again_same "$command"
	done
}

prepare() {
	check 'make install' container_install
	# a system call that the sandbox denies kills, instead of an error
	mkdir -p "$rw/etc/systemd/system/mptcp-bflag.service.d"
	printf '[Service]\nSystemCallErrorNumber=\n' >"$rw/etc/systemd/system/mptcp-bflag.service.d/denied.conf"
	# firewalld reads them all at each start and reload; its zones use these
	check 'firewalld has few services to read' offline bash -O extglob -c '
		rm /usr/lib/firewalld/services/!(ssh|dhcpv6-client|mdns|samba-client|netbios-ns).xml'
	offline systemctl disable firewalld 2>/dev/null
	check 'systemctl enable nftables mptcp-bflag' offline systemctl enable nftables mptcp-bflag
}

# boots NAME: each rule is in place when the system is up, without a warning
boots() {
	container_boot || { fail 'systemd starts'; finish; }
	check_equal "$1: the system is running" running \
		"$(timeout 120 nsenter --target "$init" --all --root --wd -- systemctl is-system-running --wait)"
	check_equal "$1: marked when the system is up" "$expected" "$(marks)"
	check "$1: ready after nftables and before the network" in_order "$(moment ExecMainExit nftables.service)" \
		"$(moment ActiveEnter)" "$(moment ActiveEnter network-pre.target)"
	running "$1"
	check_equal "$1: no warning" '' "$(journal -p warning)"
}
moment() { unit "$1TimestampMonotonic" "${2:-mptcp-bflag.service}"; }
in_order() { [ "$1" -le "$2" ] && [ "$2" -le "$3" ]; }
ruleset='table inet router {
	chain set_bflag { comment "mptcp_bflag set"; }
	chain candidates { oifname "wan0" ct status snat jump set_bflag; }
	chain leaving {
		comment "mptcp_bflag match: jump candidates"
		type filter hook postrouting priority srcnat + 10; policy accept;
	}
}'
expect_router="inet router leaving 1 $mark=1"$'\n'"inet router set_bflag 1 $mark=0"

sandbox() {
	check_equal 'the sandbox holds' \
		'CapPrm: 0000000000001000 CapEff: 0000000000001000 CapBnd: 0000000000001000 NoNewPrivs: 1 Seccomp: 2' \
		"$(inside cat "/proc/$(unit MainPID)/status" | grep -E '^(Cap(Prm|Eff|Bnd)|NoNewPrivs|Seccomp):' | xargs)"
	check_equal 'systemd-analyze verify' '' "$(inside systemd-analyze verify --man=no mptcp-bflag.service 2>&1)"
	check_match 'systemctl status' 'Active: active \(running\)' "$(inside systemctl status --no-pager mptcp-bflag)"
}

reloads() {
	each 'nft -f /etc/nftables.conf' 'systemctl reload nftables' 'systemctl restart nftables'
	inside nft flush ruleset
	inside nft -f - <<<"$listing"
	again_same "yesterday's listing"
}

# iptables has tables of its own.
iptables() {
	local before after
	before=$(raw)
	check 'iptables-nft-restore' inside iptables-nft-restore \
		<<<$'*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT'
	again 'iptables-nft-restore'
	after=$(raw)
	check_equal 'iptables-nft-restore: the rules stay' "$before" "$(grep '^inet ' <<<"$after")"
	inside nft -f - <<<"delete table inet router; $ruleset"
	again 'nft -f beside iptables'
	check_equal 'nft -f beside iptables: the rules of iptables stay' "$(grep '^ip ' <<<"$after")" "$(raw ip filter FORWARD)"
}

# A wrong comment changes nothing and is reported; then it is corrected.
bad_comment() {
	inside nft 'add table inet bad; add chain inet bad c { comment "mptcp_bflag sett"; }'
	check 'a wrong comment: the journal has the error' wait_for 5 said 'mptcp-bflag: cannot sync chain inet bad c.*sett'
	running 'a wrong comment'
	inside nft 'flush chain inet router set_bflag'
	inside nft 'delete chain inet bad c; add chain inet bad c { comment "mptcp_bflag set versions 0"; }'
	expected="inet bad c 1 ${mark/2=2/2=1}=0"$'\n'$expect_router
	again 'the comment is corrected'
	expected=$expect_router
	each 'nft -f /etc/nftables.conf'
}

restarted() { [ "$(unit NRestarts)" = 1 ] && [ "$(unit_state)" = 'active running success' ]; }
stopped() {
	local before
	before=$(raw)
	check_equal 'no restart: no system call was denied' 0 "$(unit NRestarts)"
	inside systemctl kill -s KILL mptcp-bflag
	check 'killed: systemd starts it again' wait_for 20 restarted
	check_equal 'killed: the ruleset stays' "$before" "$(raw)"
	inside systemctl stop mptcp-bflag
	check_equal 'stopped: the result is success' 'inactive dead success' "$(unit_state)"
	check_equal 'stopped: the ruleset stays' "$before" "$(raw)"
	# or the tests above prove nothing
	inside systemctl reload nftables
	check_equal 'stopped: a reload loses the rules' '' "$(marks)"
	each 'systemctl start mptcp-bflag'
}

# The sandbox lets the service find out why a module is missing.
no_module() {
	local modprobe
	inside nft flush ruleset
	check 'the modules are unloaded' wait_for 20 unload
	modprobe=$(cat /proc/sys/kernel/modprobe)
	at_exit "echo $modprobe >/proc/sys/kernel/modprobe"
	echo /bin/false >/proc/sys/kernel/modprobe
	inside nft -f - <<<"$ruleset"
	# the container has the modules of the machine
	check 'no module: the journal says that it is installed' wait_for 20 said \
		'cannot add the rule .*: the module nft_mptcp_bflag is installed but does not load'
	running 'no module'
	echo "$modprobe" >/proc/sys/kernel/modprobe
	inside nft -f - <<<"flush ruleset; $ruleset"
	check 'the module is back: marked' wait_for 20 marked
}

write() { inside tee "$1" >/dev/null; }
file=/etc/mptcp-bflag.nft
# As in the man page; nftables.conf is Debian's: it flushes and has no such table
configure() {
	inside nft flush ruleset
	check_equal 'enable --save' $'changed: table inet mptcp_bflag added\nchanged: '$file "$(inside mptcp-bflag enable --save --device wan0 2>&1 |
		grep -v "warning: device 'wan0' does not exist")"
	what='table inet mptcp_bflag' listing=$(inside nft list table inet mptcp_bflag) saved=$(inside cat "$file")
	write /etc/nftables.conf <"$lower/etc/nftables.conf"
}
expect_enabled="inet mptcp_bflag postrouting 1 $mark=1"$'\n'"inet mptcp_bflag set_bflag 1 $mark=0"

# After "disable", the file is not loaded, also after a reload of another file.
disabled() {
	check 'disable' inside mptcp-bflag disable
	inside systemctl reload nftables
	inside nft 'add table inet other; add chain inet other c { comment "mptcp_bflag set"; }'
	expected="inet other c 1 $mark=0"
	again 'disable, another chain'
	check_equal 'disable is not undone' '' "$(inside nft list tables | grep mptcp_bflag)"
	check 'enable again' inside mptcp-bflag enable --device wan0
	inside nft delete table inet other
	expected=$expect_enabled
	again 'enable again'
}

told_or_waiting() { said "cannot load $file" || inside nft list table netdev late; }
# A device is missing at boot: --load is tried again.
late_device() {
	write "$file" <<<'table netdev late {
		chain c { comment "mptcp_bflag set"; type filter hook egress device late0 priority 0; }
	}'
	inside nft flush ruleset
	check 'a device is missing: an error, or the kernel waits for it' wait_for 10 told_or_waiting
	inside ip link add late0 type dummy
	expected="netdev late c 1 $mark=0"
	check 'a device appears: the rule is in place' wait_for 40 marked
	expected=$expect_enabled
	write "$file" <<<"$saved"
	each 'nft flush ruleset'
}

# The table of firewalld with its handle, which differs for each new table
firewalld_table() { inside nft -j list tables | grep -o '"name": "firewalld", "handle": [0-9]*'; }
firewalld_anew() { [ -n "$(firewalld_table)" ] && [ "$(firewalld_table)" != "$theirs" ]; }

# In Debian 12, starting firewalld stops nftables.service, which flushes the ruleset.
firewalld() {
	local action theirs mine
	inside systemctl disable nftables 2>/dev/null
	each 'systemctl enable --now firewalld'
	check 'firewalld has its table' wait_for 60 firewalld_table
	mine=$(raw | grep '^inet mptcp_bflag ')
	for action in 'firewall-cmd --reload' 'firewall-cmd --complete-reload' \
		'systemctl reload firewalld' 'systemctl restart firewalld'; do
		theirs=$(firewalld_table)
		each "$action"
		check "$action: firewalld makes a new table" wait_for 60 firewalld_anew
		check_equal "$action: the table of enable stays" "$mine" "$(raw | grep '^inet mptcp_bflag ')"
	done
	each 'nft flush ruleset'
	running 'firewalld'
	check_equal 'no restart: no system call was denied (firewalld)' 0 "$(unit NRestarts)"
}

what=ruleset expected=$expect_router
check_equal 'no module is loaded at the start' '' "$(grep mptcp_bflag /proc/modules)"
prepare
echo "flush ruleset; $ruleset" >"$rw/etc/nftables.conf"
boots 'table in nftables.conf'
listing=$(inside nft list ruleset)
sandbox
reloads
iptables
bad_comment
stopped
no_module
configure
halt
expected=$expect_enabled
boots "$file"
check 'status' inside mptcp-bflag status
each 'systemctl restart mptcp-bflag' 'nft flush ruleset' 'nft -f /etc/nftables.conf' \
	'systemctl reload nftables' 'systemctl restart nftables' 'nft delete table inet mptcp_bflag'
disabled
with_feature no-egress 'a device appears late' late_device
firewalld
halt
boots "$file and firewalld"
halt
echo "# from the end of a command to the rules, ms:$times"
finish
