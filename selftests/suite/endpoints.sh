#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Linux MPTCP endpoints through a gateway (lib/mptcp.sh).  Each scenario runs without the rule,
# then with a client that sets the flag itself (the oracle:
# net.mptcp.allow_join_initial_addr_port=0), then with each front end.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/front_end.sh"
. "$SELFTESTS/lib/features.sh"

need_feature no-mptcp
at_gateway modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
mp_setup

oracle() { in_client sysctl -qw net.mptcp.allow_join_initial_addr_port="$1"; }

# count lan|wan SYN|ACK: the number of the client's segments with MP_CAPABLE
count() { mp_capable "$1" | awk -v p="$mp_port" -v s="$2" '$3 == p && $1 == s' | wc -l; }

data_arrived() {
	check_match "$1: MPTCP at the client, $mp_bytes bytes return unchanged" \
		" bytes $mp_bytes mptcp $stays_mptcp$" "$mp_client"
	check_match "$1: MPTCP at the server, from the same port, $mp_bytes bytes unchanged" \
		" $mp_port bytes $mp_bytes mptcp $stays_mptcp$" "$mp_server"
}

# with_rule NAME FRONT-END [PEER-OPTION]...: needs $oracle_shape, $plain_shape
with_rule() {
	local name=$1 front_end=$2 syn ack
	shift 2
	if front_end_lacks "$front_end"; then
		skip_lacking "$name" "$front_end_needs"
		return
	fi
	check "$name: switch on" front_end_on "$front_end"
	syn=$(bflag_counter syn_marked) ack=$(bflag_counter ack_marked)
	prepare
	mp_connect no-join "$@"
	restore
	syn=$(($(bflag_counter syn_marked) - syn)) ack=$(($(bflag_counter ack_marked) - ack))

	data_arrived "$name"
	check_equal "$name: a capture before the rule has what the client sent" \
		"$plain_shape" "$(mp_shape lan)"
	check_equal "$name: same options as when Linux sets the flag itself" \
		"$oracle_shape" "$(mp_shape wan)"
	check_equal "$name: same segments on both sides except flag and address" \
		"$(mp_expected)" "$(mp_capable wan)"
	check_equal "$name: the server's path manager reports the flag" 1 "$mp_flags"
	check_equal "$name: no join towards the client" '' "$(mp_joins)"
	if [ "$gateway_merges" = yes ] && [ "$ack" -gt 0 ] && [ "$ack" -lt "$(count wan ACK)" ]; then
		# GRO merged segments into one packet, which is counted once
		check_equal "$name: the counter of SYNs agrees with the capture" "$(count wan SYN)" "$syn"
	else
		check_equal "$name: counters agree with the capture" \
			"$(count wan SYN) $(count wan ACK)" "$syn $ack"
	fi
	case $front_end in
	postrouting | all | egress)
		check_equal "$name: named counters of nft agree" "$syn $ack" \
			"$(named syn_marked) $(named ack_marked)"
		;;
	esac
	[ "$checksums_visible" = no ] ||
		check_match "$name: tcpdump finds every checksum correct" \
			'^correct [0-9]+$' "$(mp_checksums)"
	check "$name: switch off" front_end_off "$front_end"
}

# The front ends of a scenario
front_ends=(postrouting helper)

# with_rules NAME [PEER-OPTION]...
with_rules() {
	local front_end
	for front_end in "${front_ends[@]}"; do
		with_rule "$1, $front_end" "$front_end" "${@:2}"
	done
}

# scenario NAME [PEER-OPTION]...
scenario() {
	local name=$1
	shift
	prepare
	mp_connect join "$@"
	restore
	data_arrived "$name, no rule"
	check_match "$name, no rule: the server tries a futile join" ' join ' "$(mp_joins)"
	check_equal "$name, no rule: the path manager reports no flag" 0 "$mp_flags"
	plain_shape=$(mp_shape lan)

	oracle 0
	prepare
	mp_connect no-join "$@"
	restore
	oracle 1
	check_equal "$name, oracle: the path manager reports the flag" 1 "$mp_flags"
	oracle_shape=$(mp_shape lan)
	check_match "$name, oracle: the client sets the flag" "^SYN .* 1e0401$syn_flags 4$" "$oracle_shape"

	with_rules "$name" "$@"
}

prepare() { :; }
restore() { :; }
checksums_visible=yes gateway_merges=no syn_flags=21 stays_mptcp=yes

for mp_family in 4 6; do
	front_ends=(postrouting helper egress chains enabled-helper)
	scenario "IPv$mp_family, NAT"
	front_ends=(postrouting helper)
	mp_bytes=4194304
	with_rules "IPv$mp_family, 4 MiB"
	mp_bytes=200000
done

in_gateway nft delete table inet nat
front_ends=(all helper-all)
mp_outside=([4]=${mp_inside[4]} [6]=${mp_inside[6]})
for mp_family in 4 6; do scenario "IPv$mp_family, no NAT"; done
front_ends=(postrouting helper)
mp_outside=([4]=10.0.2.1 [6]=fd00:2::1)
mp_masquerade

# The example ruleset has a set for the operator's exceptions.
mp_family=4
check 'an exempted server: switch on' front_end_on chains
check 'an exempted server: add it to the set' in_gateway nft add element inet router old_servers '{ 10.0.2.2 }'
mp_connect join
data_arrived 'an exempted server'
check_equal 'an exempted server: the client'"'"'s segments leave unchanged' \
	"$(mp_shape lan)" "$(mp_shape wan)"
check_equal 'an exempted server: the path manager reports no flag' 0 "$mp_flags"
front_end_off chains

mp_offload on
if paired; then gateway_merges=yes; else checksums_visible=no; fi
scenario 'checksum offload, GSO'
mp_offload off
checksums_visible=yes gateway_merges=no

prepare() { in_server sysctl -qw net.ipv4.tcp_syncookies=2; }
restore() { in_server sysctl -qw net.ipv4.tcp_syncookies=1; }
scenario 'SYN cookies'
cookies=$(in_server nstat -asz TcpExtSyncookiesRecv | awk '/Recv/ { print $2 }')
check 'SYN cookies: the server used them' test "$cookies" -ge 4

prepare() {
	in_client sysctl -qw net.mptcp.checksum_enabled=1
	in_server sysctl -qw net.mptcp.checksum_enabled=1
}
restore() {
	in_client sysctl -qw net.mptcp.checksum_enabled=0
	in_server sysctl -qw net.mptcp.checksum_enabled=0
}
syn_flags=a1
for mp_family in 4 6; do scenario "IPv$mp_family, MPTCP checksums"; done
syn_flags=21 mp_family=4

# drop_first MATCH: drop the first matching segment at the server
drop_first() {
	in_server nft -f - <<-EOF
	table inet lossy {
		counter dropped { }
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			tcp dport 80 $1 numgen inc mod 1000000 0 counter name dropped drop
		}
	}
	EOF
}
restore() {
	dropped=$(in_server nft list counter inet lossy dropped | awk '/packets/ { print $2 }')
	in_server nft delete table inet lossy
	check_equal 'one segment was lost' 1 "$dropped"
}
for mp_family in 4 6; do
	prepare() { drop_first 'tcp flags & (fin | syn | rst | ack) == ack'; }
	scenario "IPv$mp_family, third ACK lost"
	prepare() { drop_first 'tcp flags & (fin | syn | rst | ack) == syn'; }
	scenario "IPv$mp_family, SYN lost"
done
mp_family=4

# TCP Fast Open: fetch a cookie first, then SYNs carry data.  Before Linux 6.2, MPTCP listeners
# do not support it.  If it is forced, the handshake is MPTCP and the connection continues as
# TCP, or breaks if the server tries to join (so there is no run without the rule).  The rule
# must have the same effect as a client that sets the flag.
prepare() { :; }
restore() { :; }
in_client sysctl -qw net.ipv4.tcp_fastopen=1
in_server sysctl -qw net.ipv4.tcp_fastopen=0x402
in_server peer server 80 >/dev/null &
wait_for 10 mp_listening 80
check 'TCP Fast Open: fetch a cookie' in_client peer client -f -s 100 10.0.2.2 80
wait $!
if in_server peer server -f -n 0 81 2>/dev/null; then
	mp_server_options=-f
	in_server sysctl -qw net.ipv4.tcp_fastopen=2
	scenario 'TCP Fast Open' -f
else
	oracle 0
	mp_connect no-join -f
	oracle 1
	stays_mptcp=${mp_client##* }
	data_arrived 'TCP Fast Open, oracle'
	check_equal 'TCP Fast Open, oracle: the path manager reports the flag' 1 "$mp_flags"
	oracle_shape=$(mp_shape lan)
	plain_shape=$(sed -E 's/ (1e..01)21/ \101/' <<<"$oracle_shape")
	with_rules 'TCP Fast Open' -f
fi
check_match 'TCP Fast Open: the SYN carried data and MP_CAPABLE' '^SYN data ' "$(mp_shape wan)"

finish
