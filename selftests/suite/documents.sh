#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run the console and nft blocks of README.md and docs/*.md, page by page and in order,
# and compare what they print.  docs/testing.md describes blocks and directives; a block that
# calls systemctl runs in a container with systemd, in the gateway's network namespace.
# As in suite/systemd.sh:
# root systemd: systemd dbus nftables firewalld iptables netbase procps iproute2 kmod libmnl0 libjansson4
set -uo pipefail
# shellcheck source=selftests/lib/container.sh
. "$SELFTESTS/lib/container.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"
# shellcheck source=selftests/lib/scenes.sh
. "$SELFTESTS/lib/scenes.sh"
need 'grep -q bflag.token= /proc/cmdline' 'the documents install packages and modules: only in a virtual machine'

top=$(realpath "$SELFTESTS/..")
capable_match
# Other releases print some things in another way: run the commands there, compare nothing.
# shellcheck source=/dev/null
compare=$([ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ] && echo yes)

# A system as the reader has it: headers where the kernel's makefiles expect them, none of our
# modules, and no lists of packages, so that apt takes what is installed as the newest.
prepare() {
	local modules
	modules=/lib/modules/$(uname -r)
	rm -f "$modules"/updates/*mptcp_bflag*
	[ -e "$modules/build" ] || ln -s "/usr/src/linux-headers-$(uname -r)" "$modules/build"
	depmod
	mount -t tmpfs tmpfs /var/lib/apt/lists
	export DEBIAN_FRONTEND=noninteractive
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$BUILD/helpers
}

# alike EXPECTED ACTUAL: equal, but digits and white space at line ends may differ, and "..."
# stands for any lines.  Bytes 1 and 2 begin and end a line, so that a line is matched whole.
alike() {
	local pattern
	pattern=$(normal <<<"$1" | sed 's/[^[:alnum:] ]/\\&/g; s/^/\x01/; s/$/\x02/; s/^\x01\\.\\.\\.\x02$/*/' | tr -d '\n')
	# shellcheck disable=SC2053	# it is a pattern
	[[ $(normal <<<"$2" | sed 's/^/\x01/; s/$/\x02/' | tr -d '\n') == $pattern ]]
}
# 0 is not equal to another number: a counter of 0 is not the one that is documented
normal() { sed -E 's/[1-9][0-9]*/1/g; s/[[:space:]]+$//'; }

# run_command LINE HOST COMMAND EXPECTED STATUS
run_command() {
	local name="$page:$1: $3" said status=0
	if [[ $3 == *'ip mptcp'* ]] && lacks no-mptcp; then
		skip_lacking "$name" no-mptcp
		return
	fi
	said=$(cd "$top" && on "$2" bash -c "$3" 2>&1 </dev/null) || status=$?
	if [ "$status" != "$5" ]; then
		fail "$name"
		printf '%s\n' "exit $status, not $5" "$said" | diag
	elif [ -n "$compare" ] && [ -n "$4" ] && ! alike "$4" "$said"; then
		fail "$name"
		diff -U 100 --label "$page" --label 'printed here' <(echo "$4") <(echo "$said") | diag
	else
		ok "$name"
	fi
}

# console LINE: the lines of $block
console() {
	local n=$1 start='' host what='' expected='' line status=0
	block+=$'\n# '	# an end for the last command
	while IFS= read -r line; do
		n=$((n + 1))
		if [[ $what == *\\ ]]; then
			what=${what%\\}$line
		elif [[ $line =~ ^(gateway|balancer|client|server|)#\ (.*) ]]; then
			[ -n "${BASH_REMATCH[2]}" ] || status=$last
			[ -z "$start" ] || run_command "$start" "$host" "$what" "${expected%$'\n'}" "$status"
			start=$n host=${BASH_REMATCH[1]} what=${BASH_REMATCH[2]} expected=''
		else
			expected+=$line$'\n'
		fi
	done <<<"$block"
}

ruleset() { # LINE
	local listing
	check "$page:$1: nft -f" in_gateway nft -f - <<<"${block//tcp option mptcp subtype 0/$capable_match}"
	check "$page:$1: mptcp-bflag sync" in_gateway mptcp-bflag sync
	listing=$(in_gateway nft list ruleset)
	in_gateway nft flush ruleset
	check "$page:$1: nft loads its listing" in_gateway nft -f - <<<"$listing"
	check_equal "$page:$1: nft lists the same" "$listing" "$(in_gateway nft list ruleset)"
	check "$page:$1: mptcp-bflag sync again" in_gateway mptcp-bflag sync
}

# run_block LINE LANGUAGE: with $block and the $directives before it
run_block() {
	local want=nat last=0
	if [[ $directives =~ '<!-- not run: '([^$'\n']*)' -->' ]]; then
		echo "# $page:$1: not run: ${BASH_REMATCH[1]}"
		return
	fi
	[[ $directives != *'run: balancer'* ]] || want=balancer
	[[ ! $directives =~ 'run: status '([0-9]+) ]] || last=${BASH_REMATCH[1]}
	if [ "$scene" != "$want" ] || [[ $directives == *'run: fresh'* ]]; then
		rm -f /etc/mptcp-bflag.nft
		scene "$want" || fail "$page:$1: a $want gateway for this block"
	fi
	[[ $directives != *'run: traffic'* ]] || check "$page:$1: a connection through the gateway" traffic
	[[ $block != *systemctl* ]] || boot "$1" || return
	case $2 in
	console) console "$1" ;;
	nft) ruleset "$1" ;;
	*) fail "$page:$1: a block in '$2'" ;;
	esac
	halt
	[[ $directives == *'run: keep'* ]] || scene_rules
}

# boot LINE: systemd for this block; commands of the gateway are run there until "halt"
boot() {
	if [ ! -e "$lower/.debian-root" ]; then
		skip "$page:$1: with systemd" "no Debian system in $lower"
		return 1
	fi
	rm -rf --one-file-system "$upper"
	check "$page:$1: the tool in the container" container_install
	container_netns=$gateway
	# not by "check": its pid is wanted here
	if container_boot; then ok "$page:$1: systemd starts"; else fail "$page:$1: systemd starts"; fi
}

run_page() {
	local n=0 lines line directives='' block='' language='' start
	# modules of the page before would be in what "status" prints
	scene_end
	rm -f /etc/mptcp-bflag.nft
	wait_for 10 unload || fail "$page: the modules of the page before are unloaded"
	mapfile -t lines <"$top/$page"
	for line in "${lines[@]}"; do
		n=$((n + 1))
		if [ -n "$language" ] && [ "$line" = '```' ]; then
			[ "$language" = text ] || run_block "$start" "$language"
			language='' directives=''
		elif [ -n "$language" ]; then
			block+=${block:+$'\n'}$line
		elif [[ $line == '```'?* ]]; then
			language=${line#'```'} start=$n block=''
		elif [[ $line =~ ^'<!-- '(not )?run: ]]; then
			directives+=$line$'\n'
		fi
	done
}

prepare
for page in ${DOCUMENTS:-README.md $(cd "$top" && echo docs/*.md)}; do
	[ -e "$top/$page" ] || fail "$page exists"
	run_page
done
finish
