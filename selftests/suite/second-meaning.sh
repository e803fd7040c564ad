#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The second meaning of the flag on Linux (docs/limits.md, "Announced addresses"): a server with
# default limits that receives it joins one address that the client announces, be it private.
# Counts the server's SYN+MP_JOINs towards the client's NAT address and towards the announced one,
# for each setting of the server, the client and the gateway that docs/limits.md names.  Prints
# the numbers in lines "# figure: ...".

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/front_end.sh"
. "$SELFTESTS/lib/features.sh"

need_feature no-mptcp
at_gateway modprobe -a nft_mptcp_bflag
mp_setup

# The address that the client announces.  The server has a default route, as most have, and the
# gateway drops what comes for private addresses, as the Internet does.
declare -A announced=([4]=192.168.7.2 [6]=fd00:7::2)
ip -n "$client" addr add 192.168.7.2/32 dev lo
ip -n "$client" addr add fd00:7::2/128 dev lo
ip -n "$server" route add default via 10.0.2.1
ip -n "$server" route add default via fd00:2::1
in_gateway ip route add blackhole 192.168.7.0/24
in_gateway ip route add blackhole fd00:7::/64
mp_bytes=20000

signal() {
	in_client ip mptcp endpoint flush
	in_client ip mptcp endpoint add "${announced[$mp_family]}" signal
}

# joins ADDRESS: how many subflows the server tries to open there.  A SYN+MP_JOIN that is sent again has
# the same port.
joins() {
	awk -v to="$1" -v p="$mp_port" '$1 == "SYN" && $4 == to && $5 == p && $10 == "join" && !seen[$3]++ { n++ }
		END { print n + 0 }' "$mp_dir/wan.txt"
}
look() { mpdump "$mp_dir/wan.pcap" >"$mp_dir/wan.txt" 2>/dev/null; }
joined() { look && [ "$(joins "$1")" != 0 ]; }

# After this, the server has had time for what it does not do.  Without a subflow endpoint it joins
# nobody: then it has at least answered the ADD_ADDR, and served a later connection.
sentinel() {
	if [ "$arrives" = answered ]; then
		wait_for 20 grown "$echoes" && ip netns exec "$neighbour" peer client -s 1 10.0.2.2 90
	else
		mp_sentinel
	fi
}
echoes() { in_client nstat -asz MPTcpExtEchoAdd | awk '$1 == "MPTcpExtEchoAdd" { print $2 }'; }
grown() { [ "$(echoes)" -gt "$1" ]; }
dropped() { in_gateway nft list table inet announcements | grep -q 'packets [1-9]'; }

# While the connection is open: wait for what the scenario expects
mp_while_open() {
	local token
	token=$(mp_events " CREATED.*dport=$mp_port" | sed -n 's/.*token=\([0-9a-f]*\).*/\1/p')
	case $arrives in
	yes | answered) wait_for 20 mp_events "ANNOUNCED.*token=$token" || fail "$name: the server gets the ADD_ADDR" ;;
	dropped) wait_for 20 dropped || fail "$name: the gateway drops the ADD_ADDR" ;;
	esac
	[ "$to_client" = 0 ] || wait_for 20 joined "${mp_outside[$mp_family]}"
	[ "$to_announced" = 0 ] || wait_for 20 joined "${announced[$mp_family]}"
	sentinel >/dev/null 9>&- || fail "$name: the server has time to join"
}

# scenario NAME FLAG JOINS-TO-CLIENT JOINS-TO-ANNOUNCED [HOW]: make one connection and count.  HOW the
# ADD_ADDR arrives: yes; answered: see sentinel; dropped: not, the gateway drops it; none: there is none
scenario() {
	local found
	name=$1 to_client=$3 to_announced=$4 arrives=${5:-yes} echoes=$(echoes)
	mp_connect open
	check_equal "$name: the server's path manager has the flag: $2" "$2" "$mp_flags"
	check_match "$name: MPTCP at the server, $mp_bytes bytes unchanged" \
		" $mp_port bytes $mp_bytes mptcp yes$" "$mp_server"
	found="$(joins "${mp_outside[$mp_family]}") to the client, $(joins "${announced[$mp_family]}") to the announced address"
	check_equal "$name: the server's joins" "$3 to the client, $4 to the announced address" "$found"
	echo "# figure: $name: $found"
}

oracle() { in_client sysctl -qw net.mptcp.allow_join_initial_addr_port="$1"; }
drop_announcements() { documented limits.md 'table inet announcements' | sed 's/"lan0"/"lan"/' | in_gateway nft -f -; }
limits() { in_server ip mptcp limits set add_addr_accepted "$1"; }

# the probe of lib/features.sh: a client that sets the flag itself
announced_joined() {
	local mp_family=4 name=probe arrives=yes to_client=0 to_announced=0
	signal
	oracle 0
	mp_connect open
	oracle 1
	[ "$(joins "${announced[4]}")" != 0 ]
}

# the number of announced addresses that a server joins for the flag
second=1
! lacks no-second-meaning || second=0

for mp_family in 4 6; do
	signal
	scenario "IPv$mp_family, no flag" 0 1 0
	oracle 0
	scenario "IPv$mp_family, the client sets the flag" 1 0 "$second"
	oracle 1
	check "IPv$mp_family: switch on" front_end_on postrouting
	scenario "IPv$mp_family, the gateway sets the flag" 1 0 "$second"
	check "IPv$mp_family: load the rules of docs/limits.md" drop_announcements
	scenario "IPv$mp_family, the gateway drops announcements" 1 0 0 dropped
	in_gateway nft delete table inet announcements
	check "IPv$mp_family: switch off" front_end_off postrouting
done
mp_family=4
signal

# the server's limits: 0 is the default, and no other state than the default
check_match 'the default limits accept no ADD_ADDR' 'add_addr_accepted 0' "$(in_server ip mptcp limits show)"
limits 1
scenario 'add_addr_accepted 1, no flag' 0 1 1
check 'switch on' front_end_on postrouting
scenario 'add_addr_accepted 1' 1 0 1
limits 0
scenario 'add_addr_accepted 0 is set' 1 0 "$second"

# what else avoids it, one after another: at the gateway, at the client, at the server
check 'exempt the server' in_gateway mptcp-bflag enable --device wan --exempt 10.0.2.2
scenario 'the server is exempt' 0 1 0
check 'switch off' front_end_off postrouting
check 'switch on' front_end_on postrouting
in_client ip mptcp endpoint flush
scenario 'the client announces nothing' 1 0 0 none
signal
in_server ip mptcp endpoint flush
scenario 'the server has no subflow endpoint' 1 0 0 answered
finish
