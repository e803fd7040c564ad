# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# shared with lib/mptcp.sh
# What demo/nat and demo/balancer have in common: colours, the table of option bytes,
# and the list of facts that were expected and not seen.
export SELFTESTS
export PATH=$SELFTESTS/../build/userspace:$SELFTESTS/../build/helpers:$PATH
# shellcheck source=selftests/lib/mptcp.sh
. "$SELFTESTS/lib/mptcp.sh"

bold='' red='' green='' plain=''
[ -z "${DEMO_COLOUR:-}" ] || bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'

heading() { printf '%s%s%s\n' "$bold" "$1" "$plain"; }
works() { printf '%s%s%s' "$green" "$1" "$plain"; }
futile() { printf '%s%s%s' "$red" "$1" "$plain"; }

# The libraries call fail for what did not happen in time.
not_seen=()
fail() { not_seen+=("$1"); }

# expect FACT WANTED ACTUAL
expect() { [ "$2" = "$3" ] || fail "$1"; }

# option lan|wan LENGTH: the first bytes of MP_CAPABLE of that length, as captured
option() {
	mp_capable "$1" | awk -v wanted="^($2)\$" '
		length($11) / 2 ~ wanted {
			text = substr($11, 1, 2) " " substr($11, 3, 2) " " substr($11, 5, 2) " " substr($11, 7, 2)
			if (length($11) > 8)
				text = text " " substr($11, 9, 8) ".."
			print text
			exit
		}'
}

# checksum lan|wan LENGTH: what tcpdump says of that segment
checksum() {
	tcpdump -nn -vv -r "$mp_dir/$1.pcap" "port $mp_port" 2>/dev/null |
		grep -E "mptcp ($2) capable" | head -n 1 | grep -Eo '\((in)?correct' | tr -d '('
}

# options NAME FROM TO [SEGMENT LENGTH]...: the option at both devices of the gateway,
# FROM being where the segment comes from.  tcpdump has to find each checksum correct.
# A segment that was not sent has no row: data has MP_CAPABLE only before the first answer.
declare -A side=([lan]='LAN side' [wan]='WAN side')
options() {
	local name=$1 from=$2 to=$3 bytes before after row
	shift 3
	printf '   %-11s %-26s %-11s %-26s %s\n' segment "MP_CAPABLE, ${side[$from]}" checksum \
		"MP_CAPABLE, ${side[$to]}" 'checksum (tcpdump)'
	while [ $# -gt 0 ]; do
		bytes=$(option "$from" "$2") before=$(checksum "$from" "$2") after=$(checksum "$to" "$2")
		if [ -n "$bytes" ]; then
			expect "$name: tcpdump finds the checksum of the $1 correct on both sides" \
				'correct correct' "$before $after"
			printf -v row '   %-11s %-26s %-11s %-26s %s' \
				"$1" "$bytes" "$before" "$(option "$to" "$2")" "$after"
			row=${row//01 21/01 $(works 21)}
			echo "${row//incorrect/$(futile incorrect)}"
		fi
		shift 2
	done
}

# result WHAT TEXT
result() { printf '   %-37s %s\n' "$1" "$2"; }

# data NAME: did the connection carry its data as MPTCP?
data() {
	expect "$1: the client sends and receives $mp_bytes bytes over MPTCP" \
		"bytes $mp_bytes mptcp yes" "${mp_client#peer * * }"
	expect "$1: the server receives and sends $mp_bytes bytes over MPTCP" \
		"bytes $mp_bytes mptcp yes" "${mp_server#peer * * }"
	result "$mp_bytes bytes each way" "client: MPTCP ${mp_client##* }, server: MPTCP ${mp_server##* }"
}

# enable OPTION...: show the command, and run it on the gateway
prompt='gateway#'
enable() {
	heading "$prompt mptcp-bflag enable $*"
	in_gateway mptcp-bflag enable "$@" >/dev/null || fail "'mptcp-bflag enable $*' succeeds"
}

status() {
	heading "$prompt mptcp-bflag status"
	in_gateway mptcp-bflag status >"$mp_dir/status" || fail "'mptcp-bflag status' says that it works"
	sed "s/^works\$/$(works '&')/; s/^/   /; /counted/q" "$mp_dir/status"
	echo '   ...'
}

# conclude SENTENCE: the story went as told, or these facts were not seen
conclude() {
	echo
	if [ ${#not_seen[@]} -eq 0 ]; then
		works "$1"
		echo
		exit 0
	fi
	futile 'The demo failed. These facts were expected and not seen:'
	printf '\n'
	printf '   * %s\n' "${not_seen[@]}"
	exit 1
}
