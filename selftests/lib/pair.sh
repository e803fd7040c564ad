# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# $gateway is that of lib/net.sh
# Where the gateway of a test is: in this machine, or, if vm/pair says so in
# BFLAG_PAIR ("ADDRESS PORT" of helpers/remote.c there), in one of its own.
#
# "${gateway_machine[@]}" in front of a command has it run in that machine, with
# standard input, output, error and exit status as if it were here; with "&" behind
# it, $! is what to kill.  Programs are found there in PATH, files are not shared.  It
# reads standard input, whether the command does or not.

gateway_machine=()
[ -z "${BFLAG_PAIR:-}" ] || read -ra gateway_machine <<<"remote run $BFLAG_PAIR"
at_gateway() { "${gateway_machine[@]}" "$@"; }
paired() { [ ${#gateway_machine[@]} -gt 0 ]; }

# pair_offload on|off: the cables take segments as they are, with their checksums.  What
# a gateway may do is put them together (GRO) and cut them again: "on".
pair_offload() {
	local device
	for device in lan wan; do in_gateway ethtool -K "$device" gro "$1" >/dev/null; done
	in_client ethtool -K eth gro off >/dev/null
	in_server ethtool -K eth gro off >/dev/null
}

# pair_cable NAMESPACE lan|wan: its "eth" is the cable to that device of the gateway.
# Given back at the end: devices that are lost with a namespace come back as "dev0".
pair_cable() {
	ip link set "pair-$2" netns "$1" name eth
	at_exit "ip -n $1 link set eth netns 1 name pair-$2"
	at_gateway ip link set "$2" netns "$gateway"
	at_exit "at_gateway ip -n $gateway link set $2 netns 1"
}
