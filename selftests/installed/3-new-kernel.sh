#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After the kernel upgrade: it works.  Then the old kernel is installed again, without its headers.
set -uo pipefail
# shellcheck source=selftests/installed/machine.sh
. "$SELFTESTS/installed/machine.sh"

check_equal 'the kernel is the newest one' "$newest" "$running"
system_runs 'new kernel'
service_runs 'new kernel'
firewall_stands 'new kernel'
network
marked 'new kernel'

# A kernel that comes without its headers: DKMS cannot build, apt must not fail.
check "purge kernel $first and its headers" apt purge "linux-image-$first" "linux-headers-$first"
check_equal "no modules of ours are left for $first" '' "$(modules_of "$first")"
check "install kernel $first without headers" apt install "linux-image-$first"
check_equal "no modules for $first" '' "$(modules_of "$first")"
check_equal 'dpkg is in order' '' "$(dpkg --audit)"
marked 'the kernel without headers is installed'
finish
