#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The conntrack helpers set by iptables-nft and by iptables-legacy, IPv4 and IPv6: with the rulesets
# of nft-examples/ and masquerading, and with DNAT to two servers as docs/front-ends.md has it.
# On real MPTCP connections; on a kernel without MPTCP, on crafted segments.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"
. "$SELFTESTS/lib/held.sh"
. "$SELFTESTS/lib/features.sh"
. "$SELFTESTS/lib/modules.sh"
. "$SELFTESTS/lib/balanced.sh"

at_gateway modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
mp_masquerade() { :; }
mp_bytes=20000
examples=$SELFTESTS/../nft-examples
declare -A prefix=([4]=ip [6]=ip6)

# tables 4|6 [-restore|-save] ARGUMENT...: run iptables of $flavour at the gateway
tables() {
	local program=${prefix[$1]}tables-$flavour
	case ${2:-} in
	-restore | -save) in_gateway "$program$2" "${@:3}" ;;
	*) in_gateway "$program" "${@:2}" ;;
	esac
}
the_file() { sed 's/lan0/lan/g; s/wan0/wan/g' "$examples/$1.rules"; }

# load FILE: run the commands of its header
load() {
	local command
	while read -r command; do
		case $command in
		ip*) check "$flavour: $command" tables "$(grep -q ^ip6 <<<"$command" && echo 6 || echo 4)" -restore < <(the_file "$1") ;;
		*) check "$flavour: $command" in_gateway bash -c "$command" ;;
		esac
	done < <(sed -En 's/^#\t((ip6?tables-restore|mptcp-bflag).*)/\1/p' "$examples/$1.rules")
}
saved() { tables "$1" -save -t "$2" </dev/null | sed '/^#/d; s/ \[[0-9]*:[0-9]*\]//'; }
cleared() {
	local family table
	for family in 4 6; do
		for table in filter:INPUT filter:FORWARD; do tables "$family" -t "${table%:*}" -P "${table#*:}" ACCEPT; done
		for table in filter nat raw; do
			tables "$family" -t "$table" -F
			tables "$family" -t "$table" -X
		done
	done </dev/null
}

data_arrived() {
	check_match "$1: MPTCP at the client, $mp_bytes bytes return unchanged" " bytes $mp_bytes mptcp yes$" "$mp_client"
	check_match "$1: MPTCP at the server" " bytes $mp_bytes mptcp yes$" "$mp_server"
}
marked_connection() { # NAME
	mp_connect no-join
	flag_on_all "$1"
	check_match "$1: the SYN leaves with the flag" '^SYN bare 1e040121 4$' "$(mp_shape wan)"
}
unmarked_connection() { # NAME
	mp_connect join
	data_arrived "$1"
	check_equal "$1: one futile join" 1 "$(mp_joins | awk '{ print $2, $3 }' | sort -u | wc -l)"
	check_equal "$1: the server's path manager has no flag" 0 "$mp_flags"
	check_equal "$1: segments leave unchanged" "$(mp_shape lan)" "$(mp_shape wan)"
}

# kept: iptables-restore loads what iptables-save prints
kept() {
	local family listing
	for family in 4 6; do
		listing=$(tables "$family" -save </dev/null)
		tables "$family" -t raw -F </dev/null
		check_equal "$flavour, IPv$family: -t raw -F takes the rule away" '' "$(saved "$family" raw | grep mptcp)"
		check "$flavour, IPv$family: iptables-restore loads what iptables-save prints" tables "$family" -restore <<<"$listing"
		check_match "$flavour, IPv$family: the rule is back" \
			'^-A PREROUTING -i lan -p tcp -m tcp --tcp-option 30 -j CT --helper mptcp-bflag$' "$(saved "$family" raw)"
		tables "$family" -F </dev/null
		check_match "$flavour, IPv$family: -F leaves the table raw alone" mptcp-bflag "$(saved "$family" raw)"
		tables "$family" -restore <<<"$listing"
	done
}
nat() {
	load iptables-nat-gateway
	load iptables-nat-gateway-flag
	kept
	for mp_family in 4 6; do marked_connection "$flavour, IPv$mp_family"; done
	mp_family=4
	meanwhile when_held in_gateway conntrack -F
	flag_on_all "$flavour, conntrack -F before the third ACK"
	for mp_family in 4 6; do
		tables "$mp_family" -t raw -F </dev/null
		unmarked_connection "$flavour, IPv$mp_family, after -t raw -F"
	done
	cleared
}

# crafted_at_wan ADDRESS: the client's segments with MP_CAPABLE to it, at the WAN side
crafted_at_wan() {
	mpdump "$mp_dir/wan.pcap" 2>/dev/null | awk -v to="$1" '$4 == to && $10 == "capable" { print $1, substr($11, 1, 8) }' |
		sort -u | paste -sd,
}
crafted_arrived() { [ "$(crafted_at_wan "$1" | tr , '\n' | wc -l)" = 2 ]; }
crafted() { # NAME FLAGS
	local family to=()
	for family in 4 6; do
		to=(10.0.2.2)
		[ "$family" = 4 ] || to=(-6 fd00:2::2)
		mp_capture
		in_client capable "${to[@]}" 9
		in_client capable -a "${to[@]}" 9
		check "$1, IPv$family: both segments arrive" wait_for 20 crafted_arrived "${to[-1]}"
		mp_capture_end
		check_equal "$1, IPv$family: bytes on the wire" "ACK 1e1401$2,SYN 1e0401$2" "$(crafted_at_wan "${to[-1]}")"
	done
}
nat_crafted() {
	load iptables-nat-gateway
	load iptables-nat-gateway-flag
	kept
	crafted "$flavour" 21
	for family in 4 6; do tables "$family" -t raw -F </dev/null; done
	crafted "$flavour, after -t raw -F" 01
	cleared
}

# balancer 4|6 RULE...: two servers in turn
balancer() {
	local address=${virtual[$1]} to=([4]='10.0.2.2 10.0.4.2' [6]='fd00:2::2 fd00:4::2')
	# shellcheck disable=SC2086	# words
	set -- "$@" ${to[$1]}
	tables "$1" -restore <<-RULES
		*raw
		-A PREROUTING -i lan -d $address -p tcp --dport 80 --tcp-option 30 -j CT --helper mptcp-bflag-lb
		COMMIT
		*nat
		-A PREROUTING -d $address -p tcp --dport 80 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination $2
		-A PREROUTING -d $address -p tcp --dport 80 -j DNAT --to-destination $3
		COMMIT
	RULES
}
balanced() {
	for mp_family in 4 6; do
		balancer "$mp_family"
		balanced_connect "$flavour, DNAT, IPv$mp_family" announced
		data_arrived "$flavour, DNAT, IPv$mp_family"
		check_equal "$flavour, DNAT, IPv$mp_family: the SYN+ACK of the server, and at the client" \
			'1e0c0101 1e0c0121' "$(balanced_answers wan) $(balanced_answers lan)"
		check_equal "$flavour, DNAT, IPv$mp_family: no join to the shared address" '' \
			"$(joins '' "${virtual[$mp_family]}")"
	done
	for mp_family in 4 6; do
		balancer "$mp_family"
		tables "$mp_family" -t raw -F </dev/null
		balanced_without_flag "$flavour, DNAT, IPv$mp_family, after -t raw -F"
	done
	mp_family=4
	cleared
}

# Without the helper's module: what iptables says (docs/troubleshooting.md), and that iptables-restore
# leaves out the tables behind raw
module_missing() {
	local modprobe
	modprobe=$(cat /proc/sys/kernel/modprobe)
	check "$flavour, module missing: the modules are unloaded" wait_for 20 unload
	echo /bin/false >/proc/sys/kernel/modprobe
	for family in 4 6; do
		check_status "$flavour, module missing, IPv$family: the rule is refused" "${refusal[$flavour]%% *}" \
			tables "$family" -t raw -A PREROUTING -i lan -p tcp --tcp-option 30 -j CT --helper mptcp-bflag
		check "$flavour, module missing, IPv$family: it says so" grep -F "${refusal[$flavour]#* }" <<<"$ktap_output"
		check "$flavour, module missing, IPv$family: docs/troubleshooting.md explains it" \
			grep -qF "### \`${refusal[$flavour]#* }\`" "$SELFTESTS/../docs/troubleshooting.md"
		check_status "$flavour, module missing, IPv$family: iptables-restore fails" "${refusal[$flavour]%% *}" \
			tables "$family" -restore <<-'RULES'
				*raw
				-A PREROUTING -i lan -p tcp --tcp-option 30 -j CT --helper mptcp-bflag
				COMMIT
				*filter
				:INPUT DROP
				COMMIT
			RULES
		check_equal "$flavour, module missing, IPv$family: the table behind raw is not loaded" '' \
			"$(saved "$family" filter | grep DROP)"
	done
	echo "$modprobe" >/proc/sys/kernel/modprobe
	modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
	cleared
}
declare -A refusal=([nft]='4 RULE_APPEND failed (No such file or directory)' [legacy]='1 No chain/target/match by that name')

# with_both NAME COMMAND: for each of the programs
with_both() {
	local start=$SECONDS
	flavour=nft
	"$1"
	flavour=legacy
	with_feature no-iptables-legacy "iptables-legacy: $1" "$1"
	echo "# $1: $((SECONDS - start)) s"
}

if lacks no-mptcp; then
	net_routed
	with_both nat_crafted
	skip_lacking 'DNAT: on real connections' no-mptcp
else
	mp_setup
	with_both nat
	if ! paired; then
		topology_balanced
		balanced_setup
		with_both balanced
	fi
fi
paired || with_both module_missing
finish
