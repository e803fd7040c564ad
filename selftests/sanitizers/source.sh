# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154	# set by those who source this
# Unpack and configure Debian's linux-source-6.1, for sanitizers/run and upstream/run, in the top directory.  They set
# $source and $out, directories, $arch, $parts, the names of files here with configuration, and may set $without, a
# regular expression for lines of these to leave out.

die() {
	echo "$(basename "$(dirname "$(realpath "$0")")"): $*" >&2
	exit 99
}
# logged LOG COMMAND...: show the end of the output if the command fails
logged() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "failed, see $log"; }
}

# What the kernel must have
config() {
	local part
	for part in $parts; do
		grep '^CONFIG_' "selftests/sanitizers/$part"
	done | grep -vE "${without:-^$}"
}
unpack() {
	local stamp
	stamp=$({ dpkg-query -W linux-source-6.1; cat selftests/sanitizers/um.patch; } | sha256sum)
	[ "$(cat "$source/stamp" 2>/dev/null)" != "$stamp" ] || return 0
	rm -rf "$source"
	mkdir -p "$source"
	tar -C "$source" --strip-components=1 -xf /usr/src/linux-source-6.1.tar.xz || return
	patch -s -p1 -d "$source" <selftests/sanitizers/um.patch || return
	echo "$stamp" >"$source/stamp"
}
configure() {
	local line
	config >"$out/asked"
	make -s -C "$source" ARCH="$arch" O="$out/kernel" KCONFIG_ALLCONFIG="$out/asked" allnoconfig || return
	# kconfig silently omits options with unmet dependencies
	while read -r line; do
		grep -qx "$line" "$out/kernel/.config" || { echo "not in the kernel's configuration: $line"; return 1; }
	done <"$out/asked"
}
