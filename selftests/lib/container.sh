# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A container with systemd, for one script: the Debian system in $lower below an overlay in
# memory.  Source it first: it starts the script again in a mount namespace of its own, so
# that the mounts end with the script.
[ -n "${CONTAINER_INSIDE:-}" ] || CONTAINER_INSIDE=1 exec unshare --mount "$0"

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"

lower=$BUILD/roots/systemd
scratch=$(mktemp -d)
mount -t tmpfs container "$scratch"
at_exit "umount -l $scratch; rmdir $scratch"
upper=$scratch/upper rw=$scratch/upper/rw

# The control group of the containers
group=$scratch/groups/mptcp-bflag-test
mkdir "$scratch/groups"
mount -t cgroup2 cgroup2 "$scratch/groups"
mkdir "$group"
at_exit "wait_for 10 groups_gone"
groups_gone() {
	find "$group" -depth -type d -exec rmdir {} +
	[ ! -e "$group" ]
}

# container COMMAND...: start one that becomes COMMAND, in a network namespace of its own or
# in $container_netns; $outside is the pid of its unshare
container() {
	local net=(unshare --net)
	[ -z "${container_netns:-}" ] || net=(ip netns exec "$container_netns")
	(
		echo "$BASHPID" >"$group/cgroup.procs"
		exec "${net[@]}" unshare --fork --kill-child --pid --mount --uts --ipc --cgroup \
			"$SELFTESTS/lib/container-init" "$lower" "$upper" "$@"
	) &
	outside=$!
}
offline() {
	container "$@"
	wait "$outside"
}

init=''
inside() { nsenter --target "$init" --all --root --wd -- "$@"; }
manager() {
	read -r init <"/proc/$outside/task/$outside/children"	# no end of line
	[ -n "$init" ] && [ -S "/proc/$init/root/run/systemd/private" ]
}
container_boot() {
	container /lib/systemd/systemd --log-target=journal >/dev/null 2>&1
	wait_for 60 manager
}
# Like a power failure: no unit is stopped
halt() {
	[ -n "$init" ] || return 0
	kill -9 "$init"
	{ wait "$outside"; } 2>/dev/null
	init=''
}
at_exit halt

# container_install: install the tool and its unit; mask units that only cost time
container_install() {
	local system=$rw/etc/systemd/system unit
	mkdir -p "$system" "$rw/etc/systemd/journald.conf.d"
	make -s -C "$SELFTESTS/../userspace" O="$BUILD/userspace" DESTDIR="$rw" install || return
	# no first boot
	echo 0123456789abcdef0123456789abcdef >"$rw/etc/machine-id"
	for unit in systemd-{logind,user-sessions,modules-load,sysusers,tmpfiles-setup,tmpfiles-setup-dev}.service \
		systemd-{remount-fs,journal-flush,update-utmp,update-utmp-runlevel,repart,pstore}.service \
		dev-{hugepages,mqueue}.mount sys-kernel-{debug,tracing,config}.mount sys-fs-fuse-connections.mount \
		kmod-static-nodes.service modprobe@.service e2scrub_reap.service \
		{systemd-tmpfiles-clean,apt-daily,apt-daily-upgrade,dpkg-db-backup,e2scrub_all,fstrim}.timer; do
		ln -s /dev/null "$system/$unit"
	done
	printf '[Journal]\nStorage=volatile\n' >"$rw/etc/systemd/journald.conf.d/volatile.conf"
}
