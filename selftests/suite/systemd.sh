#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules come back: with real systemd, nftables.service and firewalld in a container,
# the unit mptcp-bflag.service restores at boot, and after reloads and restarts, the
# rules that a listing by nft cannot save; and says so when it cannot.
#
# What "make check" makes $BUILD/roots/systemd of:
# root systemd: systemd dbus nftables firewalld netbase procps iproute2 kmod libmnl0 libnftnl11 libjansson4 libkmod2
set -uo pipefail
# Mounts go with the script
[ -n "${SYSTEMD_INSIDE:-}" ] || SYSTEMD_INSIDE=1 exec unshare --mount "$0"

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
attempt_by

lower=$BUILD/roots/systemd
need "[ -e $lower/.debian-root ]" "no Debian system in $lower, 'make check TESTS=selftests/suite/systemd.sh' makes it"

scratch=$(mktemp -d)
at_exit "rmdir $scratch"
mount -t tmpfs systemd-test "$scratch"
at_exit "umount -l $scratch"
upper=$scratch/upper rw=$scratch/upper/rw
conf=/etc/mptcp-bflag.conf

# A part of the tree of control groups for the containers
groups=$scratch/groups group=$scratch/groups/mptcp-bflag-test
mkdir "$groups"
mount -t cgroup2 cgroup2 "$groups"
mkdir "$group"
at_exit "wait_for 10 groups_gone"
groups_gone() {
	find "$group" -depth -type d -exec rmdir {} +
	[ ! -e "$group" ]
}

# container COMMAND...: make one that becomes COMMAND; its unshare is $outside
container() {
	(
		echo "$BASHPID" >"$group/cgroup.procs"
		exec unshare --fork --kill-child --pid --mount --net --uts --ipc --cgroup \
			"$SELFTESTS/lib/container-init" "$lower" "$upper" "$@"
	) &
	outside=$!
}
# Before the first boot, say, or after the last
offline() {
	container "$@"
	wait "$outside"
}

init=''
inside() { nsenter --target "$init" --all --root --wd -- "$@"; }
manager() {
	read -r init <"/proc/$outside/task/$outside/children"	# has no end of line
	[ -n "$init" ] && [ -S "/proc/$init/root/run/systemd/private" ]
}
# boot STATE: ends as soon as all is started; "running", or "degraded" if a unit failed
boot() {
	local state
	container /lib/systemd/systemd --log-target=journal >/dev/null 2>&1
	if ! wait_for 60 manager; then
		fail 'systemd starts'
		finish
	fi
	state=$(timeout 120 nsenter --target "$init" --all --root --wd -- systemctl is-system-running --wait)
	check_equal "$booting: the system is $1" "$1" "$state"
}
# As if the power went: no unit is stopped
halt() {
	[ -n "$init" ] || return 0
	kill -9 "$init"
	{ wait "$outside"; } 2>/dev/null
	init=''
}
at_exit halt

# What the user sees of the unit
unit() { inside systemctl show --value -p "$1" "${2:-mptcp-bflag.service}"; }
unit_state() { echo "$(unit ActiveState) $(unit SubState) $(unit Result)"; }
journal() { inside journalctl -b -o cat "$@"; }
idle() { [ "$(inside systemctl list-jobs --no-legend)" = '' ]; }

# What there is to lose
saved() { inside mptcp-bflag save; }
status_ok() { inside mptcp-bflag status; }
restored() { [ "$(saved 2>&1)" = "$rules" ] && status_ok; }
all_restored() {
	check "$1: the rules are back" wait_for 60 restored
	check "$1: all jobs end" wait_for 30 idle
	check_equal "$1: the same rules" "$rules" "$(saved 2>&1)"
	check_equal "$1: nft lists the same" "$listing" "$(inside nft list ruleset)"
	check_status "$1: status" 0 status_ok
	check_equal "$1: the unit" 'active exited success' "$(unit_state)"
}

prepare() {
	local system=$rw/etc/systemd/system unit
	mkdir -p "$system"
	# what a user has after "make install"
	check 'make install' make -s -C "$SELFTESTS/../userspace" O="$BUILD/userspace" \
		DESTDIR="$rw" install
	# no first boot
	echo 0123456789abcdef0123456789abcdef >"$rw/etc/machine-id"
	# what is slow, and not of interest
	for unit in e2scrub_reap.service systemd-logind.service systemd-user-sessions.service \
		dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
		sys-kernel-config.mount sys-fs-fuse-connections.mount kmod-static-nodes.service \
		modprobe@.service systemd-modules-load.service systemd-sysusers.service \
		systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service \
		systemd-tmpfiles-clean.timer systemd-remount-fs.service systemd-journal-flush.service \
		systemd-update-utmp.service systemd-update-utmp-runlevel.service \
		systemd-repart.service systemd-pstore.service apt-daily.timer apt-daily-upgrade.timer \
		dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
		ln -s /dev/null "$system/$unit"
	done
	mkdir "$rw/etc/systemd/journald.conf.d"
	printf '[Journal]\nStorage=volatile\n' >"$rw/etc/systemd/journald.conf.d/volatile.conf"
	# firewalld reads them all at each start and reload; these are those its zones name
	check 'fewer services for firewalld to read' offline bash -O extglob -c '
		rm /usr/lib/firewalld/services/!(ssh|dhcpv6-client|mdns|samba-client|netbios-ns).xml'
	check 'systemctl disable firewalld' offline systemctl disable firewalld
	check 'systemctl enable nftables mptcp-bflag' offline systemctl enable nftables mptcp-bflag
}

# As nft lists it
listed_match='tcp option mptcp subtype 0'
! lacks no-mptcp-option || listed_match='tcp option @30,16,8 & 240 == 0'
helper_conf() {
	cat <<EOS
#!/usr/sbin/nft -f
flush ruleset
table inet router {
	ct helper bflag {
		type "mptcp-bflag" protocol tcp
		l3proto inet
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		oifname "wan0" $listed_match ct helper set "bflag"
	}
}
EOS
}

# Front end 2 needs no unit: nftables.service alone loads it, and its module.
first_boot() {
	helper_conf >"$rw/etc/nftables.conf"
	booting='first boot'
	check_equal 'no module yet' '' "$(grep mptcp_bflag /proc/modules)"
	boot running
	check 'the conntrack helper in nftables.conf loads its module' grep ^nf_conntrack_mptcp_bflag /proc/modules
	check_equal 'and not that of the expression' '' "$(grep ^nft_mptcp_bflag /proc/modules)"
	# newer ones of nft print the name of the subtype
	check_equal 'and nft lists what was in nftables.conf' "$(helper_conf | sed 1,2d)" \
		"$(inside nft list ruleset | sed 's/ subtype mp-capable / subtype 0 /')"
	check_equal "without $conf: not started, not failed" 'inactive dead success' "$(unit_state)"
	check_equal "without $conf: because of the condition" no "$(unit ConditionResult)"
	check_equal 'nothing is said about the unit' '' "$(inside systemd-analyze verify --man=no mptcp-bflag.service 2>&1)"
}

# What an administrator does once
configure() {
	inside nft -f - <<-'EOS'
		flush ruleset
		table inet router {
			chain mark_bflag {
			}

			chain nat {
				type nat hook postrouting priority srcnat; policy accept;
				oifname "wan0" masquerade
			}

			chain after_nat {
				type filter hook postrouting priority srcnat + 20; policy accept;
				oifname "wan0" meta mark 1 jump mark_bflag
			}
		}
	EOS
	check 'enable' inside mptcp-bflag enable --device wan0
	check 'attach' inside mptcp-bflag attach inet router mark_bflag
	check "save $conf" inside mptcp-bflag save "$conf"
	rules=$(saved)
	check_equal "what is in it" "$rules" "$(inside cat "$conf")"
	listing=$(inside nft list ruleset)
	{ printf '#!/usr/sbin/nft -f\nflush ruleset\n'; echo "$listing"; } |
		inside tee /etc/nftables.conf >/dev/null
}

ran_after_nftables() {
	local nftables bflag
	nftables=$(unit ExecMainExitTimestampMonotonic nftables.service)
	bflag=$(unit ExecMainStartTimestampMonotonic)
	echo "nftables ended at $nftables us, mptcp-bflag started at $bflag us"
	[ "$nftables" -gt 0 ] && [ "$bflag" -ge "$nftables" ]
}

second_boot() {
	booting='second boot'
	boot running
	check_equal 'second boot: the rules are there when the system is' "$rules" "$(saved 2>&1)"
	all_restored 'second boot'
	check 'second boot: after nftables' ran_after_nftables
	check_equal 'second boot: no warning' '' "$(journal -u mptcp-bflag -p warning)"
}

# Without the unit, and status says so: else all of this would prove nothing.
lost() {
	inside systemctl disable --now mptcp-bflag 2>/dev/null
	check_equal 'stopping the unit takes no rule away' "$rules" "$(saved 2>&1)"
	check 'reload nftables without the unit' inside systemctl reload nftables
	check 'reload nftables without the unit: all jobs end' wait_for 30 idle
	check_status 'reload nftables without the unit: status' 1 inside mptcp-bflag status
	check_match 'reload nftables without the unit: it names the command' \
		'rule is gone .*; run: mptcp-bflag enable --device wan0' "$ktap_output"
	check 'enable it again' inside systemctl enable --now mptcp-bflag
	all_restored 'enabled again'
}

nftables() {
	local action
	for action in reload restart reload-or-restart; do
		check "systemctl $action nftables" inside systemctl "$action" nftables
		all_restored "$action nftables"
	done
	check 'systemctl stop nftables' inside systemctl stop nftables
	check 'stop nftables: all jobs end' wait_for 30 idle
	check_equal 'stop nftables: no rule is left' '' "$(inside nft list ruleset)"
	check 'systemctl start nftables' inside systemctl start nftables
	check_equal 'start nftables: it is active' active "$(unit ActiveState nftables.service)"
	all_restored 'start nftables'
}

# What the latest start of the unit said
complained() { inside journalctl -b -o cat -t mptcp-bflag "_SYSTEMD_INVOCATION_ID=$(unit InvocationID)"; }

# A device of the file is not there: the rest is restored, and it is reloaded on
missing_device() {
	local name='a device is missing' bound=egress
	# whose device has to be there when it is restored
	! lacks no-egress || bound=bridge
	inside ip link add gone0 type dummy
	inside mptcp-bflag enable --hook "$bound" --all --device gone0 >/dev/null
	inside mptcp-bflag save "$conf" >/dev/null
	check_match "$name: the file asks for it" '--device gone0' "$(<"$rw$conf")"
	inside ip link delete gone0
	inside nft flush ruleset
	check "$name: systemctl restart nftables" inside systemctl restart nftables
	check "$name: the rest is restored" wait_for 60 restored
	check "$name: all jobs end" wait_for 30 idle
	check_equal "$name: the unit is not failed" 'active exited success' "$(unit_state)"
	check_match "$name: it says which" "mptcp-bflag: $conf:[0-9]+: .*gone0" "$(complained)"
	check "$name: reload nftables" inside systemctl reload nftables
	check "$name: reload nftables restores the rest" wait_for 60 restored
	check "$name: reload nftables, all jobs end" wait_for 30 idle
}

# A line nobody understands: the unit has failed, and nothing is changed
bad_file() {
	local before number name='a bad line'
	{ cat "$rw$conf"; echo 'frobnicate the flag'; } | inside tee "$conf" >/dev/null
	number=$(wc -l <"$rw$conf")
	inside mptcp-bflag detach inet router mark_bflag >/dev/null
	before=$(inside nft -a list ruleset; inside mptcp-bflag list)
	check_status "$name: systemctl restart" 1 inside systemctl restart mptcp-bflag
	check_equal "$name: the unit has failed" 'failed failed exit-code' "$(unit_state)"
	check_match "$name: it says which" "mptcp-bflag: $conf:$number: .*frobnicate" "$(complained)"
	check_equal "$name: nothing has changed" "$before" \
		"$(inside nft -a list ruleset; inside mptcp-bflag list)"
}

boot_with_bad_file() {
	booting='boot with a bad file'
	boot degraded
	check_equal "$booting: what failed" mptcp-bflag.service \
		"$(inside systemctl --failed --plain --no-legend | awk '{ print $1 }')"
	check_equal "$booting: the system is up" active "$(unit ActiveState multi-user.target)"
	check_match "$booting: it says why" "mptcp-bflag: $conf:[0-9]+: .*frobnicate" "$(complained)"
	check_equal "$booting: what nft can restore is there" "$listing" "$(inside nft list ruleset)"
}

# Somebody changes from nftables.service to firewalld, and has only "enable".
change_to_firewalld() {
	local name='change to firewalld' state=active
	# so in Debian 12: then nftables.service is stopped, and that flushes the ruleset
	[[ " $(unit Conflicts firewalld.service) " != *' nftables.service '* ]] || state=inactive
	check "$name: nftables" inside systemctl restart nftables
	inside nft delete table inet router
	inside mptcp-bflag enable --device wan0 >/dev/null
	inside mptcp-bflag save "$conf" >/dev/null
	rules=$(saved)
	check "$name: the file is good again" inside systemctl restart mptcp-bflag
	inside systemctl disable nftables 2>/dev/null
	check "$name: firewalld is started" inside systemctl enable --now firewalld
	check_equal "$name: nftables.service is $state" "$state" "$(unit ActiveState nftables.service)"
	check "$name: firewalld has its table" wait_for 60 firewalld_table
	check "$name: the rules are back" wait_for 60 restored
	check "$name: all jobs end" wait_for 30 idle
	check_equal "$name: the unit" 'active exited success' "$(unit_state)"
}

# The table of firewalld; its handle tells one from the next
firewalld_table() { inside nft -j list tables | grep -o '"name": "firewalld", "handle": [0-9]*'; }
firewalld_anew() { [ -n "$(firewalld_table)" ] && [ "$(firewalld_table)" != "$theirs" ]; }
# ours: with all handles and counters
ours() {
	inside nft -a list table inet mptcp_bflag
	inside mptcp-bflag list
}

# One SYN of a connection that is source-NATed
traffic() {
	inside ip addr add 192.0.2.1/24 dev wan0
	inside ip addr add 198.51.100.1/32 dev lo
	inside ip route add default dev wan0 src 198.51.100.1
	inside nft 'add table ip nat; add chain ip nat leaving { type nat hook postrouting priority srcnat; };
		add rule ip nat leaving oifname "wan0" masquerade'
	# shellcheck disable=SC2086	# it is words
	nsenter --target "$init" --net $attempt 203.0.113.1 80 &
	wait_for 20 counted
	kill $! 2>/dev/null
	{ wait $!; } 2>/dev/null
}
counted() { inside nft list counter inet mptcp_bflag syn_marked | grep 'packets [1-9]'; }

# Firewalld only ever touches its own table: ours goes on, with its counters.
firewalld() {
	local action mine theirs
	booting='boot with firewalld'
	boot running
	check "$booting: firewalld has its table" wait_for 60 firewalld_table
	check_equal "$booting: the same rules" "$rules" "$(saved 2>&1)"
	check_status "$booting: status" 0 status_ok
	check_equal "$booting: the unit" 'active exited success' "$(unit_state)"
	traffic
	check "$booting: a SYN is counted" counted
	mine=$(ours)
	for action in 'systemctl reload firewalld' 'firewall-cmd --reload' \
		'firewall-cmd --complete-reload' 'systemctl restart firewalld'; do
		theirs=$(firewalld_table)
		# shellcheck disable=SC2086
		check "$action" inside $action
		check "$action: firewalld makes its table anew" wait_for 60 firewalld_anew
		check "$action: all jobs end" wait_for 30 idle
		check_equal "$action: ours was not touched" "$mine" "$(ours)"
		check_equal "$action: the unit" 'active exited success' "$(unit_state)"
	done
	check 'systemctl stop firewalld' inside systemctl stop firewalld
	check 'stop firewalld: all jobs end' wait_for 30 idle
	check_equal 'stop firewalld: its table is gone' '' "$(firewalld_table)"
	check_equal 'stop firewalld: ours is not' "$mine" "$(ours)"
	check_equal "$booting: no warning" '' "$(journal -u mptcp-bflag -p warning)"
}

prepare
first_boot
configure
halt
second_boot
lost
nftables
missing_device
bad_file
halt
boot_with_bad_file
change_to_firewalld
halt
firewalld
halt
finish
