# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034	# used by scripts that source this file
# Names of the kernel modules, in the order in which "unload" can unload them.
modules='nf_conntrack_mptcp_bflag nft_mptcp_bflag mptcp_bflag'

# loaded [MODULE]...: is one of them (default: any of ours) loaded?  A kernel without
# CONFIG_MODULES has no /proc/modules.
loaded() {
	local module
	# shellcheck disable=SC2086	# words
	[ $# -gt 0 ] || set -- $modules
	for module; do
		! grep -q "^$module " /proc/modules 2>/dev/null || return 0
	done
	return 1
}

# unload: unload all; fails if one is in use.  The kernel frees a rule some time after its
# deletion, so call this with wait_for.
unload() {
	local module
	for module in $modules; do
		! loaded "$module" || rmmod "$module" || return
	done
}
