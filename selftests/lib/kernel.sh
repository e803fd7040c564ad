# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Which installed kernel to build for and to boot.

# The newest kernel with an image and headers, by version.
newest_kernel() {
	local dir version
	for dir in /lib/modules/*/; do
		version=$(basename "$dir")
		if [ -e "$dir/build/Makefile" ] && [ -e "/boot/vmlinuz-$version" ]; then
			echo "$version"
		fi
	done | sort -V | tail -n 1
}
