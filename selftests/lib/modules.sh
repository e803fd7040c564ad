# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034	# for those who source this
# The kernel modules, in the order in which they can be unloaded.
modules='nf_conntrack_mptcp_bflag nft_mptcp_bflag mptcp_bflag'

# loaded [MODULE]...: is one of them (default: any of ours) there?  A kernel without
# modules has no /proc/modules.
loaded() {
	local module
	# shellcheck disable=SC2086	# it is words
	[ $# -gt 0 ] || set -- $modules
	for module; do
		! grep -q "^$module " /proc/modules 2>/dev/null || return 0
	done
	return 1
}

# unload: all of them; fails if one is in use.  Rules go a moment after their deletion:
# for wait_for.
unload() {
	local module
	for module in $modules; do
		! loaded "$module" || rmmod "$module" || return
	done
}
