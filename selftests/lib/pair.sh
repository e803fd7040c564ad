# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# lib/net.sh sets $gateway
# Run commands in the gateway's machine.  This is the machine itself, or another one if
# vm/pair sets BFLAG_PAIR ("ADDRESS PORT" of helpers/remote.c there).
#
# "${gateway_machine[@]}" before a command runs it in that machine.  Standard input, output,
# error and exit status are passed on; after "&", killing $! kills the command.  Programs are
# found in the PATH of that machine; files are not shared.  Standard input is always read,
# even if the command does not read it.

gateway_machine=()
[ -z "${BFLAG_PAIR:-}" ] || read -ra gateway_machine <<<"remote run $BFLAG_PAIR"
at_gateway() { "${gateway_machine[@]}" "$@"; }
paired() { [ ${#gateway_machine[@]} -gt 0 ]; }

# pair_offload on|off: GRO at the gateway, which segments again when it forwards.  There is
# no other offload: the cables carry each segment as it is, with its checksum.
pair_offload() {
	local device
	for device in lan wan; do in_gateway ethtool -K "$device" gro "$1" >/dev/null; done
	in_client ethtool -K eth gro off >/dev/null
	in_server ethtool -K eth gro off >/dev/null
}

# pair_cable NAMESPACE lan|wan: make the cable to that device of the gateway its "eth".
# Return the devices at the end: if their namespace is deleted first, they are named "dev0".
pair_cable() {
	ip link set "pair-$2" netns "$1" name eth
	at_exit "ip -n $1 link set eth netns 1 name pair-$2"
	at_gateway ip link set "$2" netns "$gateway"
	at_exit "at_gateway ip -n $gateway link set $2 netns 1"
}
