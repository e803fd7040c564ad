#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A machine without compiler and headers: install, turn on, and see that it works, with the
# commands of README.md.
set -uo pipefail
# shellcheck source=selftests/installed/machine.sh
. "$SELFTESTS/installed/machine.sh"

check_equal 'the kernel is the first one' "$first" "$running"
check 'apt has the packages of this suite' apt_sources first
check_status 'no compiler' 127 bash -c gcc
system_runs 'before'
# what a purge must restore
listing >/var/tmp/before
systemctl disable --now firewalld >/dev/null 2>&1
firewall
check 'the operator turns on his firewall' systemctl enable --now nftables
network
unmarked 'before'

after() { # LINE
	case $1 in
	*apt-get*)
		check "DKMS has built the modules for $running" built "$running"
		check_equal 'dpkg: the packages have this version' "$version $version" \
			"$(dpkg-query -W -f '${Version} ' mptcp-bflag mptcp-bflag-dkms | xargs)"
		check_equal 'the modules have this version' "$version" \
			"$(for file in $(modules_of "$running"); do modinfo -F version "$file"; done | sort -u)"
		check_equal 'there are three modules' 3 "$(modules_of "$running" | wc -l)"
		check_equal 'the tool has this version' "mptcp-bflag $version" "$(mptcp-bflag --version | head -n 1)"
		service_runs 'installed'
		firewall_stands 'installed'
		unmarked 'installed, not turned on'
		;;
	*enable*) connect ;;
	esac
}
in_sources typed root
marked 'turned on'
check_match 'turned on: status counts the SYN' ' [1-9][0-9]* SYNs? marked' "$(mptcp-bflag status)"
service_runs 'turned on'
check 'the test of the package (autopkgtest)' "$SELFTESTS/../debian/tests/gateway"
finish
