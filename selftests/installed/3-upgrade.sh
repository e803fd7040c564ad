#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the new kernel: the package is upgraded under traffic, and downgraded.  Then the old kernel
# is installed again, without headers.
set -uo pipefail
# shellcheck source=selftests/installed/machine.sh
. "$SELFTESTS/installed/machine.sh"

check_equal 'the kernel is the newest one' "$newest" "$running"
system_runs 'new kernel'
service_runs 'new kernel'
firewall_stands 'new kernel'
network
marked 'new kernel'

# packages DIRECTORY: install our packages from there
packages() { apt --allow-downgrades install "$1"/mptcp-bflag_*.deb "$1"/mptcp-bflag-dkms_*.deb; }
has_version() { # NAME VERSION
	check_equal "$1: the tool" "mptcp-bflag $2" "$(mptcp-bflag --version | head -n 1)"
	check_equal "$1: the modules on disk" "$2" \
		"$(for file in $(modules_of "$running"); do modinfo -F version "$file"; done | sort -u)"
	check "$1: DKMS has built the modules for $running" built "$running"
	check_equal "$1: one version in /usr/src" "/usr/src/mptcp-bflag-$2" "$(echo /usr/src/mptcp-bflag-*)"
	check "$1: the service runs" wait_for 20 service_active
}
service_active() { [ "$(unit ActiveState) $(unit SubState)" = 'active running' ]; }

traffic() { while :; do connect && echo >>"$scratch/connections"; done; }
scratch=$(mktemp -d)
at_exit "rm -rf $scratch"
seen marked >/dev/null
seen plain >/dev/null
traffic &
traffic=$!
packages "$PACKAGES/newer" >"$scratch/upgrade" 2>&1
check_equal 'upgrade under traffic: apt succeeds' 0 $?
kill "$traffic"
wait "$traffic" 2>/dev/null
check 'upgrade under traffic: there was traffic' [ "$(wc -l <"$scratch/connections")" -gt 10 ]
check_equal 'upgrade under traffic: no SYN without the flag' 0 "$(seen plain)"
check 'upgrade under traffic: SYNs with the flag' [ "$(seen marked)" -gt 10 ]
newer=$(dpkg-deb -f "$(echo "$PACKAGES"/newer/mptcp-bflag_*.deb)" Version)
has_version 'upgrade' "$newer"
marked 'upgrade'
check_match 'upgrade: status says that the loaded modules are older' "$version.*$newer|$newer.*$version" \
	"$(mptcp-bflag status)"

check 'downgrade: apt succeeds' packages "$PACKAGES"
has_version 'downgrade' "$version"
marked 'downgrade'

# A kernel that comes without its headers: DKMS cannot build, apt must not fail.
check "purge kernel $first and its headers" apt purge "linux-image-$first" "linux-headers-$first"
check_equal "no modules of ours are left for $first" '' "$(modules_of "$first")"
check "install kernel $first without headers" apt install "linux-image-$first"
check_equal "no modules for $first" '' "$(modules_of "$first")"
check_equal 'dpkg is in order' '' "$(dpkg --audit)"
marked 'the kernel without headers is installed'
finish
