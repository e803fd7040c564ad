#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In a kernel without our modules: the firewall stands, and status and log say in one sentence
# what to install.  With that done, it works again.
set -uo pipefail
# shellcheck source=selftests/installed/machine.sh
. "$SELFTESTS/installed/machine.sh"

check_equal 'the kernel is the first one' "$first" "$running"
system_runs 'no modules'
service_runs 'no modules'
firewall_stands 'no modules'
network
unmarked 'no modules'
release=$(literal "$running")
sentence="not installed for the running kernel $release; install its headers, and DKMS builds the module: 'apt-get install linux-headers-$release'"
check_status 'no modules: status: it does not work' 1 mptcp-bflag status
check_match 'no modules: status says what to install' "^problem: .*$sentence" "$ktap_output"
check_match 'no modules: the log says what to install' "$sentence" "$(journalctl -b -o cat -u mptcp-bflag)"
command=$(grep -o "apt-get install linux-headers-[^ ']*" <<<"$ktap_output" | head -n 1)
# shellcheck disable=SC2086	# it is words
check "as status says: $command" apt ${command#apt-get }
# the service tries again after half a minute
check 'the headers are installed: the rules come back' wait_for 90 mptcp-bflag status
marked 'the headers are installed'
service_runs 'the headers are installed'
finish
