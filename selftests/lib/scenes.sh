# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The networks in which suite/documents.sh runs commands: client, gateway or balancer, server
# (lib/net.sh, lib/topologies.sh), with the devices' names of the documents.  lan0 leads inside and
# wan0 outside: to the server of a NAT gateway, to the clients of a balancer.

# shellcheck source=selftests/lib/mptcp.sh
. "$SELFTESTS/lib/mptcp.sh"
# shellcheck source=selftests/lib/topologies.sh
. "$SELFTESTS/lib/topologies.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
attempt_by

# Nothing is captured, so offloads do not matter.
mp_offload() { :; }
rename() {
	while [ $# -gt 0 ]; do
		printf 'link set %s\n' "$1 down" "$1 name $2" "$2 up"
		shift 2
	done | ip -n "$gateway" -batch -
}
listen() { # NAMESPACE
	[ "$attempt" = 'peer client' ] || return 0
	ip netns exec "$1" peer server -6 -n 100000 80 >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 listening "$1"
}
listening() { ip netns exec "$1" ss -Hltn 'sport = :80' | grep -q .; }
kept() { in_gateway sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1; }

# scene nat|balancer: a new client and gateway; server addresses are those of lib/net.sh
scene=''
scene() {
	scene_end
	scene=$1
	net_id=${net_id%.*}.$topology_number
	in_server ip mptcp endpoint flush 2>/dev/null
	if [ "$scene" = nat ]; then
		topology_routed && kept && rename lan lan0 wan wan0
	else
		topology_balanced && kept && rename lan wan0 wan lan0 wan2 lan1 && listen "$second"
	fi && scene_rules
}
scene_end() {
	[ -z "$scene" ] || in_gateway nft flush ruleset
	scene=''
}
# What the operator of this gateway has without us
scene_rules() {
	in_gateway nft flush ruleset
	if [ "$scene" = nat ]; then
		in_gateway nft 'table inet nat { chain postrouting {
			type nat hook postrouting priority srcnat; oifname "wan0" masquerade; }; }'
	else
		sed 's/= 198.51.100.11/= 10.0.2.2/; s/= 198.51.100.12/= 10.0.4.2/; s/= 2001:db8:1::11/= fd00:2::2/
			s/= 2001:db8:1::12/= fd00:4::2/' "$SELFTESTS/../nft-examples/load-balancer.nft" | in_gateway nft -f -
	fi
}

# A connection of the client through the gateway, to its end
traffic() {
	local address=10.0.2.2
	[ "$scene" = nat ] || address=192.0.2.80
	# shellcheck disable=SC2086	# it is words
	in_client timeout 30 $attempt "$address" 80 >/dev/null 2>&1 || [ "$attempt" != 'peer client' ]
}

# on HOST COMMAND...
on() {
	local where=$gateway
	case $1 in client) where=$client ;; server) where=$server ;; esac
	if [ -n "$init" ] && [ "$where" = "$gateway" ]; then inside "${@:2}"; else ip netns exec "$where" "${@:2}"; fi
}

net_routed
listen "$server"
