#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The packages are upgraded under traffic, downgraded, and purged; then a user with sudo installs them.
set -uo pipefail
# shellcheck source=selftests/installed/machine.sh
. "$SELFTESTS/installed/machine.sh"

check_equal 'the kernel is the newest one' "$newest" "$running"
system_runs 'the newest kernel again'
network
marked 'the newest kernel again'

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
check_match 'upgrade: status says that the loaded modules are older' "$(literal "$version").*$(literal "$newer")|$(literal "$newer").*$(literal "$version")" \
	"$(mptcp-bflag status)"

check 'downgrade: apt succeeds' packages "$PACKAGES"
has_version 'downgrade' "$version"
marked 'downgrade'

check 'purge' apt purge mptcp-bflag mptcp-bflag-dkms
check_equal 'purge: no file of ours is left' "$(</var/tmp/before)" "$(listing)"
check_equal 'purge: DKMS has nothing of ours' '' "$(dkms status -m mptcp-bflag)"
check_equal 'purge: no table of ours' '' "$(nft list tables | grep mptcp)"
check_equal 'purge: no module of ours is loaded' '' "$(grep mptcp_bflag /proc/modules)"
check_equal 'purge: no unit of ours' '' "$(systemctl list-units --all --plain --no-legend 'mptcp-bflag*')"
firewall_stands 'purge'
unmarked 'purge'

check 'a user' useradd --create-home "$user"
echo "$user ALL=(ALL) NOPASSWD: ALL" >"/etc/sudoers.d/$user"
in_sources typed sudo
marked 'installed with sudo'
firewall_stands 'installed with sudo'
finish
