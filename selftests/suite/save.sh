#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# mptcp-bflag save and restore: what nft loses comes back the same; a file is
# replaced as a whole or not at all; bad input changes nothing; what cannot be
# done is told and left out.
set -uo pipefail
# In a network namespace that goes with the script, and with mounts of its own
[ -n "${SAVE_INSIDE:-}" ] || SAVE_INSIDE=1 exec unshare -n -m "$0"

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"
attempt_by

scratch=$(mktemp -d)
at_exit "rm -rf $scratch"
saved=$scratch/saved

# All there is, with what nft cannot print
everything() {
	nft -a list ruleset
	attributes dump
}
# Every rule, without its handle
raw() { attributes dump | cut -d' ' -f1-3,5- | sort; }
# expressions FAMILY TABLE CHAIN: of each rule, one line each
expressions() { attributes dump "$@" | cut -d' ' -f5-; }

# tool ARGUMENT...: run it; leaves $status, $said and $complained
tool() {
	status=0
	said=$(mptcp-bflag "$@" 2>"$scratch/stderr") || status=$?
	complained=$(<"$scratch/stderr")
}

# told NAME STATUS SAID COMPLAINED: what the last tool has told, as regexps; an
# empty one: nothing
told() {
	local complaint=${4:+mptcp-bflag: .*$4}
	if [ "$status" = "$2" ] && [[ $said =~ ^$3$ ]] && [[ $complained =~ ^$complaint$ ]]; then
		ok "$1"
	else
		fail "$1"
		printf '%s\n' "exit $status" "stdout: $said" "stderr: $complained" | diag
	fi
}

# restored_lines NAME STATUS SAID COMPLAINED LINE...: restore these
restored_lines() {
	printf '%s\n' "${@:5}" >"$scratch/lines"
	tool restore "$scratch/lines"
	told "$@"
}

refusing() { before=$(everything); }
nothing_changed() { check_equal "$1: nothing has changed" "$before" "$(everything)"; }

commands() { grep -v '^#' "$1"; }

# roundtrip NAME COMMANDS: save, lose by nft, restore; these are in the file
roundtrip() {
	local name=$1 listing rules lines
	rules=$(raw)
	rm -f "$saved"
	tool save "$saved"
	lines=$(wc -l <<<"$2")
	told "$name: save" 0 "$saved: $lines commands? saved" ''
	check_equal "$name: the commands" "$(LC_ALL=C sort <<<"$2")" "$(commands "$saved")"
	listing=$(nft list ruleset)
	nft flush ruleset
	check "$name: nft loads its listing" nft -f - <<<"$listing"
	check_equal "$name: our rules are lost" '' "$(raw | grep ' mptcp_bflag,')"
	tool restore "$saved"
	check_equal "$name: restore says a line each, and exits 0" "0 $lines " \
		"$status $(wc -l <<<"$said") $complained"
	check_equal "$name: the same rules" "$rules" "$(raw)"
	check_equal "$name: nft lists the same" "$(sort <<<"$listing")" "$(nft list ruleset | sort)"
	check_equal "$name: saved again, the same" "$(<"$saved")" "$(mptcp-bflag save)"
	refusing
	tool restore "$saved"
	check_equal "$name: restore again has nothing to do" "0 $lines " \
		"$status $(grep -c 'already, nothing to do$' <<<"$said") $complained"
	nothing_changed "$name: restore again"
	nft flush ruleset
}

enabled() {
	local name='four tables' commands
	tool enable --device wan
	roundtrip 'enable' 'enable --device wan'
	tool enable --device dmz --device wan --all
	tool enable --hook bridge --all --device wan --versions 1,0 --flag b
	tool enable --load-balancer --device wan --missing-ok --device later0
	tool enable --hook bridge --load-balancer --missing-ok --device 'a.B-3_@+=,%^'
	commands="enable --all --device dmz --device wan
enable --hook bridge --all --versions 0,1 --flag 0x40 --device wan
enable --missing-ok --load-balancer --device wan --device later0
enable --hook bridge --missing-ok --load-balancer --device a.B-3_@+=,%^"
	if lacks no-egress; then
		skip_lacking 'six tables: two of them' no-egress
	else
		name='six tables'
		tool enable --hook egress --device wan --load-balancer --device dmz
		tool enable --hook egress --all --versions 0 --device wan
		commands+="
enable --hook egress --load-balancer --device wan --device dmz
enable --hook egress --all --versions 0 --device wan"
	fi
	roundtrip "$name" "$commands"
}

# The commands that tell of damaged tables tell what was asked for.
damaged() {
	tool enable --device wan --all
	nft flush chain inet mptcp_bflag mark_bflag
	tool save "$saved"
	told 'save, the rule is gone: warns' 0 "$saved: 1 command saved" \
		"warning: table inet mptcp_bflag is not as 'enable' made it.*"
	check_equal 'save, the rule is gone: the command' 'enable --all --device wan' "$(commands "$saved")"
	nft flush chain inet mptcp_bflag postrouting
	mptcp-bflag attach inet mptcp_bflag mark_bflag >/dev/null
	tool save
	told 'save, no jump, and a rule too much: warns' 0 "#.*enable --all --device wan" 'warning: .*'
	tool restore "$saved"
	told 'restore replaces it' 0 'table inet mptcp_bflag: replaced, its counters start at 0' ''
	check_equal 'and then it is in place' 0 "$(mptcp-bflag status >/dev/null 2>&1; echo $?)"
	nft flush ruleset

	nft 'add table inet mptcp_bflag { comment "mptcp-bflag enable --nonsense"; }'
	echo old >"$saved"
	tool save "$saved"
	told 'save, a comment that is no command' 6 '' \
		"table inet mptcp_bflag is left out: which command made it.*mptcp-bflag: $saved is as it was.*"
	check_equal 'the file is as it was' old "$(<"$saved")"
	nft flush ruleset
}

attached() {
	local family segments versions flag chain=0 commands='' set
	{
		for family in ip ip6 inet bridge netdev; do
			echo "add table $family t; add chain $family t c"
		done
		echo 'add chain inet t leaving { type route hook output priority -150; }'
		echo 'add chain netdev t coming { type filter hook ingress device "wan" priority 0; }'
		for set in {1..12}; do echo "add chain ip6 t c$set"; done
	} | nft -f -
	for family in ip ip6 inet bridge netdev; do
		tool attach "$family" t c
		commands+="attach --segments syn,ack --versions 1 --flag 0x20 $family t c"$'\n'
	done
	tool attach --segments synack inet t leaving
	commands+=$'attach --segments synack --versions 1 --flag 0x20 inet t leaving\n'
	tool attach --segments ack,synack,syn netdev t coming
	commands+=$'attach --segments syn,synack,ack --versions 1 --flag 0x20 netdev t coming\n'
	for segments in syn syn,synack synack,ack; do
		for versions in 0 0,1; do
			for flag in 0x20 0x40; do
				chain=$((chain + 1))
				set="--segments $segments --versions $versions --flag $flag"
				# shellcheck disable=SC2086
				tool attach $set ip6 t c$chain
				commands+="attach $set ip6 t c$chain"$'\n'
			done
		done
	done
	roundtrip 'attach' "${commands%$'\n'}"

	nft -f - <<-'END'
		table inet t {
			chain first { counter; accept; }
			chain middle { counter; ip daddr 192.0.2.1 return; accept; }
			chain last { counter; accept; }
			chain alone { }
		}
	END
	tool attach --first inet t first
	tool attach --index 2 inet t middle
	tool attach inet t last
	tool attach inet t alone
	tool enable --device wan
	set='attach --segments syn,ack --versions 1 --flag 0x20'
	roundtrip 'among other rules' "$set --index 0 inet t first
$set --index 2 inet t middle
$set --index 2 inet t last
$set inet t alone
enable --device wan"
}

# Names with blanks move the columns.
unhandled() { attributes dump | sed 's/ [0-9]* mptcp_bflag,/ mptcp_bflag,/'; }

# How many control characters there are, besides newlines
controls() { LC_ALL=C tr -dc '\001-\011\013-\037\177' | wc -c; }

# What nft cannot write itself comes in as JSON.
names() {
	local odd json='' name a='--segments syn,ack --versions 1 --flag 0x20' rules
	nft 'add table inet a.b/c-d_e; add chain inet a.b/c-d_e _x.y/z-1'
	tool attach inet a.b/c-d_e _x.y/z-1
	roundtrip 'names of nft' "attach $a inet a.b/c-d_e _x.y/z-1"

	# shellcheck disable=SC1003,SC2016
	odd=('a b' '#' 'a#' '\' 'a\n' $'tab\there' $'line\nfeed' $'\r' '"' "'" '$(reboot)' '*' '~'
		'-x' '--' $'\303\244' $'\001\177' '\101' "$(printf '%0255d' 1)")
	for name in "${odd[@]}"; do
		json+=$(jq -n --arg n "$name" '{add: {table: {family: "ip", name: $n}}},
			{add: {chain: {family: "ip", table: $n, name: $n}}}' | jq -s -c '.[]'),
	done
	json=$(tr '\n' ',' <<<"$json" | sed 's/,,*/,/g; s/,$//')
	echo "{\"nftables\": [$json]}" >"$scratch/json"
	check 'tables and chains of odd names' nft -j -f "$scratch/json"
	for name in "${odd[@]}"; do
		tool attach ip -- "$name" "$name"
		check_equal "attach to an odd name: $(printf %q "$name")" '0 0' \
			"$status $(controls <<<"$said$complained")"
	done
	check_equal 'odd names: nothing for the terminal in list' 0 "$(mptcp-bflag list | controls)"
	rules=$(unhandled)
	rm "$saved"
	tool save "$saved"
	told 'odd names: save' 0 "$saved: ${#odd[@]} commands saved" ''
	check_status 'odd names: the file is ASCII text' 1 env LC_ALL=C grep -P '[^\x20-\x7e]' "$saved"
	check_equal 'odd names: a line each' ${#odd[@]} "$(commands "$saved" | wc -l)"
	for name in "${odd[@]}"; do mptcp-bflag detach ip -- "$name" "$name" >/dev/null 2>&1; done
	check_equal 'odd names: nothing left' '' "$(attributes dump)"
	tool restore "$saved"
	check_equal 'odd names: restore' '0 ' "$status $complained"
	check_equal 'odd names: the same rules' "$rules" "$(unhandled)"
	check_equal 'odd names: saved again, the same' "$(<"$saved")" "$(mptcp-bflag save)"
	nft flush ruleset
}

# What no command says: told, left out, and the old file stays
unsaid() {
	local good='attach --segments syn,ack --versions 1 --flag 0x20 ip t good'
	nft 'add table ip t; add chain ip t good; add chain ip t two; add chain ip t more'
	tool attach ip t good
	attributes add ip t two 5 2 32 7 2 32
	attributes add -c ip t more 5 2 32
	echo old >"$saved"
	tool save
	told 'save: the rest is printed' 6 "#[^"$'\n'"]*"$'\n'"$good" \
		'rule ip t .* is left out: .*rule ip t .* is left out: .*rule ip t .* is left out: .*'
	check_match 'two in a chain: says so' '^mptcp-bflag: rule ip t two handle [0-9]+ is left out: .* more than one' "$complained"
	check_match 'with a counter: says so' '^mptcp-bflag: rule ip t more handle [0-9]+ is left out: .* other expressions' "$complained"
	tool save "$saved"
	told 'save FILE: it stays' 6 '' ".*mptcp-bflag: $saved is as it was; without FILE.*"
	check_equal 'save FILE: it stays' old "$(<"$saved")"
	nft flush ruleset
	echo '{"nftables": [{"add": {"table": {"family": "ip", "name": ""}}},
		{"add": {"chain": {"family": "ip", "table": "", "name": ""}}}]}' >"$scratch/json"
	check 'a table and a chain without a name' nft -j -f "$scratch/json"
	tool attach ip '' ''
	tool save
	told 'save: an empty name is left out' 6 '#[^'$'\n'']*' 'rule ip .* is left out: its table or its chain has an empty name'
	nft flush ruleset
	tool save
	told 'save: nothing there' 0 "# What mptcp-bflag\(8\) [^"$'\n'"]*" ''
	tool save -
	told 'save -: to standard output' 0 '# What mptcp-bflag[^'$'\n'']*' ''
	check_equal 'save -: no such file' '' "$(find . -maxdepth 1 -name -)"
}

# in_its_tables NAME PLACE: one rule is left out, the command of its table is not
in_its_tables() {
	tool save
	told "$1: left out" 6 '#.*enable --device wan' \
		"(warning: [^"$'\n'"]*"$'\n'"mptcp-bflag: )?rule $2 handle [0-9]+ is left out: it is in a table of 'enable'.*"
	check_equal "$1: the other rule of the table is not" 1 "$(grep -c 'is left out' <<<"$complained")"
}
tables_of_enable() {
	tool enable --device wan
	nft add chain inet mptcp_bflag extra
	tool attach inet mptcp_bflag extra
	in_its_tables 'a rule in a chain more' 'inet mptcp_bflag extra'
	nft 'flush chain inet mptcp_bflag extra; delete chain inet mptcp_bflag extra'
	attributes add inet mptcp_bflag mark_bflag 5 2 32
	in_its_tables 'a second rule in the chain' 'inet mptcp_bflag mark_bflag'
	nft flush ruleset
}

# The rules are lost, or some are, but not what the file says of them.
kept() {
	local c='attach --segments syn,ack --versions 1 --flag 0x20 inet t c' d
	d=${c%c}d
	nft 'add table inet t; add chain inet t c; add chain inet t d'
	tool attach inet t c
	tool attach inet t d
	tool enable --device wan
	rm -f "$saved"
	tool save "$saved"
	tool save "$saved"
	told 'save again: nothing to warn of' 0 "$saved: 3 commands saved" ''
	sed -i 's/--segments/ \t--segments/; s/ c$/ \\143 # C/' "$saved"
	mptcp-bflag detach inet t d >/dev/null
	tool save "$saved"
	told 'a line less: told' 0 "$saved: 2 commands saved" "warning: line 3 of the old $saved is not in the new one: $d"
	check_equal 'a line less: the file' "$c"$'\n''enable --device wan' "$(commands "$saved")"
	nft flush ruleset
	before=$(<"$saved")
	tool save "$saved"
	told 'nothing to save: refused' 6 '' "there is nothing to save, and $saved has 2 commands: it is as it was; remove it.*"
	check_equal 'nothing to save: the file is as it was' "$before" "$(<"$saved")"
	rm "$saved"
	tool save "$saved"
	told 'nothing to save, and no file' 0 "$saved: 0 commands saved" ''
	tool save "$saved"
	told 'nothing to save, and none in the file' 0 "$saved: 0 commands saved" ''
	head -c 2000000 /dev/zero >"$saved"
	tool save "$saved"
	told 'the old file is something else' 6 '' "$saved: is longer than .*$saved is as it was; .*"
	check_equal 'the old file is something else: it stays' 2000000 "$(stat -c %s "$saved")"
	rm "$saved"
}

# Each line has 2 kB: 300 are less than the most that restore reads, 520 more.
too_much() {
	local prefix
	prefix=$(printf '\\u0001%.0s' {1..251})
	{
		echo "{\"nftables\": [{\"add\": {\"table\": {\"family\": \"ip\", \"name\": \"${prefix}\"}}}"
		printf ", {\"add\": {\"chain\": {\"family\": \"ip\", \"table\": \"${prefix//\\/\\\\}\", \"name\": \"${prefix//\\/\\\\}%s\"}}}" {1000..1519}
		echo ']}'
	} >"$scratch/json"
	check 'many chains with long names' nft -j -f "$scratch/json"
	prefix=${prefix//u0/}
	printf "attach ip ${prefix//\\/\\\\} ${prefix//\\/\\\\}%s\n" {1000..1299} >"$scratch/lines"
	check 'many attached, the first' mptcp-bflag restore "$scratch/lines"
	rm -f "$saved"
	tool save "$saved"
	told 'as many as a file can have' 0 "$saved: 300 commands saved" ''
	printf "attach ip ${prefix//\\/\\\\} ${prefix//\\/\\\\}%s\n" {1300..1519} >"$scratch/lines"
	check 'many attached, the rest' mptcp-bflag restore "$scratch/lines"
	before=$(<"$saved")
	tool save "$saved"
	told 'more than a file can have' 6 '' "nothing is saved: it would be [0-9]+ bytes, and 'restore' takes no more than 1048576"
	check_equal 'more than a file can have: it is as it was' "$before" "$(<"$saved")"
	tool save
	told 'nor to standard output' 6 '' 'nothing is saved: .*'
	rm "$saved"
	nft flush ruleset
}

# file_stays NAME COMPLAINED FILE: save fails, and says why
file_stays() {
	tool save "$3"
	told "$1" 1 '' "$2"
}
left() { find "$1" -mindepth 1 -printf '%f\n' | sort | xargs; }

files() {
	local dir=$scratch/dir
	mkdir "$dir"
	tool enable --device wan
	(umask 022; mptcp-bflag save "$dir/022") >/dev/null
	(umask 027; mptcp-bflag save "$dir/027") >/dev/null
	(umask 000; mptcp-bflag save "$dir/000") >/dev/null
	check_equal 'the mode of a new file' '644 640 644' "$(stat -c %a "$dir/022" "$dir/027" "$dir/000" | xargs)"
	chmod 600 "$dir/022"
	echo old >"$dir/022"
	tool save "$dir/022"
	check_equal 'an existing file keeps its mode' 600 "$(stat -c %a "$dir/022")"
	check_equal 'and has the new content' 'enable --device wan' "$(commands "$dir/022")"
	check_equal 'no temporary file is left' '000 022 027' "$(left "$dir")"
	echo old >"$dir/022"
	ln -s 022 "$dir/link"
	tool save "$dir/link"
	check_equal 'a symbolic link stays one, and its file is replaced' 'symbolic link enable --device wan' \
		"$(stat -c %F "$dir/link") $(commands "$dir/022")"
	chown 1234:5678 "$dir/022"
	chmod 640 "$dir/022"
	tool save "$dir/link"
	check_equal 'an existing file keeps owner, group and mode' '1234 5678 640' "$(stat -c '%u %g %a' "$dir/022")"
	check_status 'who may not give a file away saves it nevertheless' 0 \
		setpriv --bounding-set=-chown --inh-caps=-chown mptcp-bflag save "$dir/022"
	check_equal 'who may not give a file away has one, of the same mode' '0 0 640' "$(stat -c '%u %g %a' "$dir/022")"
	ln -s nowhere "$dir/dangling"
	file_stays 'save to a link to nothing' "$dir/dangling is a symbolic link to a file that is not there; .*" "$dir/dangling"
	check_equal 'a link to nothing stays one' nowhere "$(readlink "$dir/dangling")"
	(cd "$dir" && mptcp-bflag save here) >/dev/null
	check_equal 'a file in the current directory' 'enable --device wan' "$(commands "$dir/here")"

	mkfifo "$dir/fifo"
	mknod "$dir/null" c 1 3
	file_stays 'save to a directory' "$dir is not a regular file; .*" "$dir"
	file_stays 'save to a pipe' "$dir/fifo is not a regular file; .*" "$dir/fifo"
	file_stays 'save to a device' "$dir/null is not a regular file; .*" "$dir/null"
	check 'the device is still one' test -c "$dir/null"
	file_stays 'save to a directory that is not there' \
		"cannot write $dir/no/x: .*No such file or directory; nothing has changed" "$dir/no/x"
	file_stays 'save below a file' "cannot write $dir/022/x: .*Not a directory; .*" "$dir/022/x"

	mount -t tmpfs -o size=8k tmpfs "$dir"
	at_exit "umount $dir"
	echo old >"$dir/old"
	head -c 1M /dev/zero >"$dir/fill" 2>/dev/null
	file_stays 'save to a full disk' "cannot write $dir/old: .*No space left on device; .*" "$dir/old"
	check_equal 'full disk: the file is as it was' old "$(<"$dir/old")"
	check_equal 'full disk: no temporary file is left' 'fill old' "$(left "$dir")"
	rm "$dir/fill"
	tool save "$dir/old"
	told 'save with room again' 0 "$dir/old: 1 command saved" ''
	echo old >"$dir/old"
	mount -o remount,ro "$dir"
	file_stays 'save to a read-only file system' "cannot write $dir/old: .*Read-only file system; .*" "$dir/old"
	check_equal 'read-only: the file is as it was' old "$(<"$dir/old")"
	umount "$dir"
	nft flush ruleset
}

# bad NAME COMPLAINED LINE...: exit 2, this for the line with "bad" before it
bad() {
	local name=$1 complained=$2
	shift 2
	restored_lines "$name" 2 '' "$scratch/lines:$complained"$'\n''mptcp-bflag: nothing is restored' "$@"
}

bad_input() {
	local attach='attach inet t c' long
	nft 'add table inet t; add chain inet t c; add chain inet t d'
	refusing
	bad 'unknown verb' "2: there is no 'frobnicate' in such a file, .*" "$attach" 'frobnicate'
	bad 'a verb that is not for files' "1: there is no 'disable' in such a file, .*" disable "$attach"
	bad 'the name of the program' "1: there is no 'mptcp-bflag' in such a file.*" "mptcp-bflag $attach"
	bad 'enable without a device' '1: enable: name the device.*' enable "$attach"
	bad 'enable, no such option' "1: enable: no such option.*'--nonsense'" 'enable --nonsense --device wan'
	bad 'enable, a bad name' '1: enable: .a/b. cannot be.*' 'enable --device a/b'
	bad 'enable --help' '1: enable: --help.*' 'enable --help'
	bad 'attach, too few words' '1: attach: takes FAMILY TABLE CHAIN' 'attach inet t'
	bad 'attach, too many words' '1: attach: takes FAMILY TABLE CHAIN' "$attach c"
	bad 'attach, no family' "1: attach: there is no family 'mars'" 'attach mars t c'
	bad 'attach, a bad list' "1: --segments takes a list.*" 'attach --segments fin inet t c'
	bad 'attach --before' '1: attach: a handle is another one.*' 'attach --before 3 inet t c'
	bad 'attach --after' '1: attach: a handle is another one.*' 'attach --after 3 inet t c'
	bad 'attach --help' '1: attach: --help.*' 'attach --help'
	bad 'enable twice' '3: line 1 is about the same table already' \
		'enable --device wan' "$attach" 'enable --all --device wan'
	bad 'attach twice' '2: line 1 is about the same chain already' "$attach" 'attach --first inet t c'
	bad 'attach to a table of enable' '2: line 1 is about the same table already' \
		'enable --device wan' 'attach inet mptcp_bflag mark_bflag'
	bad 'enable after attach to its table' '2: line 1 is about the same table already' \
		'attach inet mptcp_bflag c' 'enable --device wan'
	# shellcheck disable=SC1003
	bad 'a backslash at the end' '1: a backslash stands before.*' 'attach inet t c\'
	bad 'a backslash before a letter' '1: a backslash stands before.*' 'attach inet t \c'
	bad 'a NUL in octal' '1: a backslash stands before.*' 'attach inet t \000c'
	bad 'two octal digits' '1: a backslash stands before.*' 'attach inet t \10'
	bad 'a byte too big' '1: a backslash stands before.*' 'attach inet t \400'
	bad 'an escape character' '1: has a byte 0x1b.*' $'attach inet t \e[31mc'
	bad 'an escaped one is not shown' "1: there is no '.\[31m' in.*" '\033[31m'
	bad 'a CR inside' '1: has a byte 0x0d.*' $'attach inet t\rc'
	long=$(printf '%016385d' 0)
	bad 'a line too long' '2: is longer than 16384 bytes' "$attach" "$long"
	bad 'a comment too long' '1: is longer than 16384 bytes' "#$long"
	bad 'each bad line is told' "1: .*$scratch/lines:3: .*$scratch/lines:6: .*" \
		x "$attach" 'enable' '' '# y' 'attach inet t \e'

	printf '%s\nattach inet t \0d\n' "$attach" >"$scratch/lines"
	tool restore "$scratch/lines"
	told 'a NUL byte' 2 '' '.*lines:2: has a byte 0x00.*'
	head -c 100000 /dev/urandom >"$scratch/lines"
	tool restore "$scratch/lines"
	told 'rubbish' 2 '' '.*lines:[0-9]*: .*'
	check 'rubbish: not told too often' test "$(wc -l <<<"$complained")" -le 22
	check_match 'rubbish: and how many more' 'and [0-9]+ more bad lines$' "$complained"
	tool restore /dev/zero
	told 'an endless file' 2 '' '/dev/zero: is longer than 1048576 bytes: .*'
	tool restore "$scratch/nowhere"
	told 'no such file' 1 '' "cannot open $scratch/nowhere: No such file or directory"
	tool restore "$scratch"
	told 'a directory' 1 '' "cannot read $scratch: Is a directory"
	check_status 'no standard input' 1 sh -c 'exec mptcp-bflag restore <&-'
	check_match 'no standard input: says so' '^mptcp-bflag: cannot read standard input: Bad file descriptor' "$ktap_output"
	nothing_changed 'bad input'
	nft flush ruleset
}

good_input() {
	local c='inet t c: attached' d='inet t d: attached'
	nft 'add table inet t; add chain inet t c; add chain inet t d'
	refusing
	tool restore </dev/null
	told 'an empty file' 0 'nothing to restore in standard input' ''
	restored_lines 'comments and blanks only' 0 "nothing to restore in $scratch/lines" '' '# nothing' '' $' \t ' $'  # x\001' $'\r'
	nothing_changed 'nothing to restore'
	restored_lines 'comments behind words, tabs, CR' 0 "$c"$'\n'"$d" '' \
		$'\tattach\tinet  t c # the first\r' '' $'attach inet t \\144\r'
	mptcp-bflag detach inet t d >/dev/null
	printf 'attach inet t d' >"$scratch/lines"
	tool restore - <"$scratch/lines"
	told 'no newline at the end, from standard input' 0 "$d" ''
	mptcp-bflag detach inet t d >/dev/null
	printf '# x\r\nattach inet t d\r' >"$scratch/lines"
	tool restore <"$scratch/lines"
	told 'CR and no newline at the end' 0 "$d" ''
	check_equal 'what is not in the file is left alone' 1 "$(expressions inet t c | wc -l)"
	nft flush ruleset
}

# The rest is restored; or the kernel refuses all of it.
partly() {
	local lines=$scratch/lines
	nft -f - <<-'END'
		table inet t {
			chain c { counter; }
			chain d { }
		}
		table ip mptcp_bflag_lb { }
		table inet mptcp_bflag_lb { }
		table ip nat {
			chain one { type nat hook postrouting priority 100; }
			chain two { type nat hook prerouting priority -100; }
		}
	END
	restored_lines 'what is not there is left out' 5 'inet t d: attached' \
		"$lines:1: there is no device 'gone0'; .*$lines:2: there is no device 'gone1'.*$lines:3: there is no table ip6 t;.*$lines:5: there is no chain inet t e;.*$lines:6: there is only 1 other rule in chain inet t c, not 2" \
		'enable --device gone0' 'enable --hook egress --all --device wan --device gone1' \
		'attach ip6 t c' 'attach inet t d' 'attach inet t e' 'attach --index 2 inet t c'
	check_equal 'the rest is there' 'inet t c counter
inet t d mptcp_bflag,1=5,2=2,3=32,4=0' "$(raw)"
	restored_lines 'a table of somebody else' 6 'inet t d: attached already, nothing to do' \
		"$lines:1: there is no table ip6 t.*$lines:2: there is a table inet mptcp_bflag_lb that.*" \
		'attach ip6 t c' 'enable --load-balancer --device wan' 'attach inet t d'

	refusing
	restored_lines 'the kernel refuses one line: none is restored' 6 '' \
		"cannot attach the rule to chain ip nat one \($lines:2\): packets cannot be rewritten there.*nothing is restored" \
		'enable --device wan' 'attach ip nat one' 'attach inet t c'
	nothing_changed 'the kernel refuses'
	restored_lines 'the kernel refuses two: both are told, and what is not there' 6 '' \
		".*ip nat one \($lines:1\).*ip nat two \($lines:3\).*$lines:4: there is no table ip6 t.*nothing is restored" \
		'attach ip nat one' 'attach inet t c' 'attach ip nat two' 'attach ip6 t c'
	nothing_changed 'the kernel refuses two'
	nft flush ruleset
}

many() {
	local all
	all=$(printf -- ' --device with-long-name%s' 1 2 3 4)
	# shellcheck disable=SC2086
	tool enable --missing-ok $all
	check_match 'four devices are too many for a comment' 'device with-long-name1 and 3 more' \
		"$(nft list table inet mptcp_bflag)"
	roundtrip 'four devices' "enable --missing-ok$all"

	all=$(printf -- ' --device ppp%s' {1..200})
	# shellcheck disable=SC2086
	tool enable --missing-ok --all --versions 0,1 $all
	roundtrip '200 devices' "enable --missing-ok --all --versions 0,1$all"
	with_feature no-egress '200 devices, egress' many_at_egress
}

many_at_egress() {
	local all i
	for i in {1..200}; do echo "link add many$i type dummy"; done | ip -batch -
	all=$(printf -- ' --device many%s' {1..200})
	# shellcheck disable=SC2086
	tool enable --hook egress --load-balancer $all
	roundtrip '200 devices, egress' "enable --hook egress --load-balancer$all"
	# shellcheck disable=SC2086
	tool enable --hook egress --load-balancer $all
	ip link delete many100
	tool save
	# Newer kernels keep the name, for when the device is back.
	if [[ $(nft list chain netdev mptcp_bflag_lb egress) == *many100[!0-9]* ]]; then
		told 'one of 200 devices is gone: still known' 0 "#.*enable --hook egress --load-balancer$all" ''
	else
		told 'one of 200 devices is gone: not known any more' 6 '#.*' 'table netdev mptcp_bflag_lb is left out: .*'
	fi
	for i in {1..99} {101..200}; do echo "link delete many$i"; done | ip -batch -
	nft flush ruleset
}

# jump N: the handle of the N'th
jump() { nft -a list chain inet mptcp_bflag postrouting | sed -n '/jump/ s/.*handle //p' | sed -n "$1p"; }
# forgotten NAME: the devices cannot be told, by neither status nor save
forgotten() {
	tool save
	told "$1: save leaves it out" 6 '#[^'$'\n'']*' 'table inet mptcp_bflag is left out: .*'
	check_equal "$1: status tells no command" 'false incomplete null' \
		"$(mptcp-bflag status --json | jq -r '"\(.ok) \(.tables[0].state) \(.tables[0].command)"')"
	nft flush ruleset
}

many_damaged() {
	local devices handle
	devices=$(printf -- ' --device with-long-name%s' 1 2 3 4)
	# shellcheck disable=SC2086
	tool enable --missing-ok $devices
	nft flush chain inet mptcp_bflag marked
	tool save
	told 'damage elsewhere: the command is known' 0 "#.*enable --missing-ok$devices" 'warning: .*'
	check_equal 'damage elsewhere: so it is by status' "incomplete mptcp-bflag enable --missing-ok$devices" \
		"$(mptcp-bflag status --json | jq -r '"\(.tables[0].state) \(.tables[0].command)"')"
	nft delete rule inet mptcp_bflag postrouting handle "$(jump 2)"
	forgotten 'a jump is gone'

	# shellcheck disable=SC2086
	tool enable --missing-ok $devices
	handle=$(jump 1)
	nft add rule inet mptcp_bflag postrouting oifname '"with-long-name1"' ct status snat jump mark_bflag
	nft delete rule inet mptcp_bflag postrouting handle "$handle"
	forgotten 'the first is not the first'

	# shellcheck disable=SC2086
	tool enable --missing-ok $devices
	nft delete rule inet mptcp_bflag postrouting handle "$(jump 3)"
	nft add rule inet mptcp_bflag postrouting oifname '"with-long-name2"' ct status snat jump mark_bflag
	forgotten 'one twice'

	# shellcheck disable=SC2016
	nft -f - <<-'END'
		table inet mptcp_bflag {
			comment "mptcp-bflag enable --device wan and 1 more"
			chain mark_bflag { }
			chain postrouting {
				type filter hook postrouting priority 110;
				oifname "wan" jump mark_bflag
				oifname "$(reboot)" jump mark_bflag
			}
		}
	END
	mptcp-bflag attach inet mptcp_bflag mark_bflag >/dev/null
	forgotten 'a name that is none of a device'
	for devices in 'wan and 0 more' 'wan and 1 more' 'wan and 257 more' 'wan and -1 more' 'wan and x more' 'wan and more'; do
		nft "add table inet mptcp_bflag { comment \"mptcp-bflag enable --device $devices\"; }"
		tool save
		told "comment '$devices'" 6 '#[^'$'\n'']*' 'table inet mptcp_bflag is left out: .*'
		nft flush ruleset
	done
}

counted() { [ "$(nft list counter inet mptcp_bflag syn_marked | awk '/packets/ { print $2 }')" -ge 1 ]; }
counters() {
	local sender count
	tool enable --device wan --all
	tool save "$saved"
	# shellcheck disable=SC2086	# it is words
	$attempt 10.0.2.2 9 </dev/null >/dev/null 2>&1 &
	sender=$!
	check 'a SYN is counted' wait_for 20 counted
	kill "$sender" 2>/dev/null
	wait "$sender" 2>/dev/null
	count=$(nft list counters)
	tool restore "$saved"
	told 'restore what is in place' 0 'table inet mptcp_bflag: in place already, nothing to do' ''
	check_equal 'counters go on' "$count" "$(nft list counters)"
	nft flush ruleset
}

# at_once N COMMAND...: prints how often it exited 0
at_once() {
	local n=$1 good=0 i pids=()
	shift
	for ((i = 0; i < n; i++)); do
		"$@" >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" && good=$((good + 1)); done
	echo "$good"
}

concurrent() {
	local rules
	nft 'add table inet t; add chain inet t c; add rule inet t c counter'
	tool enable --device wan
	tool attach --first inet t c
	tool save "$saved"
	rules=$(raw)
	mptcp-bflag disable >/dev/null
	mptcp-bflag detach inet t c >/dev/null
	check_equal 'eight restore at once: each succeeds' 8 "$(at_once 8 mptcp-bflag restore "$saved")"
	check_equal 'eight restore at once: the rules are there once' "$rules" "$(raw)"
	mptcp-bflag disable >/dev/null
	mptcp-bflag enable --device wan >/dev/null &
	check_equal 'four restore beside an enable: each succeeds' 4 "$(at_once 4 mptcp-bflag restore "$saved")"
	wait $!
	check_equal 'and the enable' 0 $?
	check_equal 'four restore beside an enable: the rules are there once' "$rules" "$(raw)"
	# the file is not there when they begin, and made by one of them
	check_equal 'eight save at once, 40 times: each succeeds' "$(yes 8 | head -n 40 | xargs)" "$(
		for _ in {1..40}; do
			rm -f "$scratch/at_once"
			at_once 8 mptcp-bflag save "$scratch/at_once"
		done | xargs)"
	check_equal 'eight save at once: a whole file' "$(<"$saved")" "$(<"$scratch/at_once")"
	check_equal 'eight save at once: no temporary file is left' '' "$(find "$scratch" -name 'at_once.*')"
	nft flush ruleset
}

# without_permission WHO COMMAND...
without_permission() {
	local who=$1
	shift
	check_status "save, $who" 3 "$@" mptcp-bflag save "$scratch/public/saved"
	check_match "save, $who: says so" '^mptcp-bflag: .*run as root' "$ktap_output"
	check_status "restore, $who" 3 "$@" mptcp-bflag restore "$scratch/public/lines"
	check_match "restore, $who: says so" '^mptcp-bflag: .*run as root' "$ktap_output"
}

permission() {
	nft 'add table inet t; add chain inet t c'
	tool enable --device wan
	chmod 755 "$scratch"
	mkdir -m 777 "$scratch/public"
	echo old >"$scratch/public/saved"
	echo 'attach inet t c' >"$scratch/public/lines"
	refusing
	without_permission 'without CAP_NET_ADMIN' setpriv --bounding-set=-net_admin --inh-caps=-net_admin
	without_permission 'another user' setpriv --reuid=65534 --regid=65534 --clear-groups
	nothing_changed 'without permission'
	check_equal 'without permission: the file is as it was' old "$(<"$scratch/public/saved")"
	nft flush ruleset
}

without_module() {
	local modprobe
	nft 'add table inet t; add chain inet t c; add chain inet t d'
	modprobe=$(cat /proc/sys/kernel/modprobe)
	at_exit "echo $modprobe >/proc/sys/kernel/modprobe"
	check 'the modules are unloaded' wait_for 20 unload
	echo /bin/false >/proc/sys/kernel/modprobe
	refusing
	restored_lines 'without the module' 4 '' \
		"cannot .* \($scratch/lines:1\): the module nft_mptcp_bflag is not available.*" \
		'enable --device wan' 'attach inet t c' 'attach inet t d'
	check_equal 'without the module: told once' 1 "$(grep -c 'is not available' <<<"$complained")"
	nothing_changed 'without the module'
	echo "$modprobe" >/proc/sys/kernel/modprobe
	tool restore "$scratch/lines"
	check_equal 'with the module again' '0 3' "$status $(wc -l <<<"$said")"
	nft flush ruleset
}

unwritable() {
	tool enable --device wan
	echo 'enable --device wan' >"$scratch/lines"
	check_status 'save >/dev/full' 1 eval 'mptcp-bflag save >/dev/full'
	check_match 'save >/dev/full: says so' '^mptcp-bflag: cannot write to standard output' "$ktap_output"
	check_status 'restore >/dev/full' 1 eval "mptcp-bflag restore $scratch/lines >/dev/full"
	check_match 'restore >/dev/full: says so' '^mptcp-bflag: cannot write to standard output' "$ktap_output"
	nft flush ruleset
}

ip link set lo up
ip link add wan type veth peer name wan-peer
ip link add dmz type veth peer name dmz-peer
ip addr add 10.0.2.1/24 dev wan
ip link set wan-peer up
ip link set wan up
ip neigh replace 10.0.2.2 lladdr 02:00:00:00:00:02 dev wan nud permanent

for part in ${SAVE_PARTS:-enabled damaged attached names unsaid files bad_input good_input partly \
	many many_damaged tables_of_enable kept too_much counters concurrent permission without_module unwritable}; do
	$part
done
finish
