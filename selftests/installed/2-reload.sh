#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After a reboot: it works, whatever reloads rules.  Then a new kernel is installed.
set -uo pipefail
# shellcheck source=selftests/installed/machine.sh
. "$SELFTESTS/installed/machine.sh"

check_equal 'the kernel is the first one' "$first" "$running"
system_runs 'reboot'
service_runs 'reboot'
firewall_stands 'reboot'
network
marked 'reboot'

check 'systemctl reload nftables' systemctl reload nftables
marked 'systemctl reload nftables'
nft flush ruleset
check 'nft flush ruleset: status: it works' wait_for 20 mptcp-bflag status
check 'systemctl restart nftables' systemctl restart nftables
marked 'nft flush ruleset, and the firewall again'

# firewalld instead of nftables.service; with the zones of a NAT gateway
zone() { # ZONE DEVICE
	sed "s|^</zone>|  <interface name=\"$2\"/>\n&|" "/usr/lib/firewalld/zones/$1.xml" >"/etc/firewalld/zones/$1.xml"
}
zone trusted lan0
zone external wan0
systemctl disable --now nftables >/dev/null 2>&1
# firewalld is up before its rules are
masquerades() { nft list ruleset | grep masquerade; }
check 'systemctl start firewalld' systemctl start firewalld
check 'systemctl start firewalld: it masquerades' wait_for 60 masquerades
marked 'systemctl start firewalld'
check 'firewall-cmd --reload' firewall-cmd --reload
check 'firewall-cmd --reload: it masquerades' wait_for 60 masquerades
marked 'firewall-cmd --reload'
check 'systemctl stop firewalld' systemctl stop firewalld
check 'systemctl enable --now nftables' systemctl enable --now nftables
marked 'firewalld is stopped'
service_runs 'firewalld is stopped'

apt_sources first newest >/dev/null
check "upgrade to kernel $newest" apt dist-upgrade
check_match "a boot loader finds kernel $newest" "vmlinuz-$(literal "$newest")$" "$(readlink /vmlinuz /boot/vmlinuz)"
check "DKMS has built the modules for $newest" built "$newest"
check "there are three modules for $newest" [ "$(modules_of "$newest" | wc -l)" = 3 ]
marked 'the new kernel is installed'
finish
