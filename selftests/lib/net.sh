# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The networks the tests make, all of it in namespaces of random names that go
# away when the script ends.
#
#     client            gateway              server
#    +------+ lan   lan+-------+wan     wan +------+
#    |   eth|----------|       |------------|eth   |
#    +------+          +-------+            +------+
#    10.0.1.2/24   10.0.1.1  10.0.2.1    10.0.2.2/24, second address 10.0.2.3
#    fd00:1::2/64  fd00:1::1 fd00:2::1   fd00:2::2/64, second address fd00:2::3

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"

net_id=$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')
client=client-$net_id gateway=gateway-$net_id server=server-$net_id

in_client() { ip netns exec "$client" "$@"; }
in_gateway() { ip netns exec "$gateway" "$@"; }
in_server() { ip netns exec "$server" "$@"; }

# Delete a namespace with all that runs in it.
net_delete() {
	local pids
	pids=$(ip netns pids "$1" 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill -9 $pids 2>/dev/null || :
	ip netns delete "$1"
}

net_add() {
	ip netns add "$1"
	at_exit "net_delete $1"
	ip -n "$1" link set lo up
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
}

# net_routed: client, gateway and server as drawn above, forwarding on, IPv6
# without duplicate address detection.
net_routed() {
	net_add "$client"
	net_add "$gateway"
	net_add "$server"
	net_wire
}

# net_wire: what is drawn above, where there are only namespaces yet
net_wire() {
	ip link add eth netns "$client" type veth peer name lan netns "$gateway"
	ip link add eth netns "$server" type veth peer name wan netns "$gateway"
	ip -n "$client" addr add 10.0.1.2/24 dev eth
	ip -n "$client" addr add fd00:1::2/64 dev eth nodad
	ip -n "$gateway" addr add 10.0.1.1/24 dev lan
	ip -n "$gateway" addr add fd00:1::1/64 dev lan nodad
	ip -n "$gateway" addr add 10.0.2.1/24 dev wan
	ip -n "$gateway" addr add fd00:2::1/64 dev wan nodad
	ip -n "$server" addr add 10.0.2.2/24 dev eth
	ip -n "$server" addr add fd00:2::2/64 dev eth nodad
	ip -n "$server" addr add 10.0.2.3/24 dev eth
	ip -n "$server" addr add fd00:2::3/64 dev eth nodad
	in_gateway sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$client" link set eth up
	ip -n "$gateway" link set lan up
	ip -n "$gateway" link set wan up
	ip -n "$server" link set eth up
	ip -n "$client" route add default via 10.0.1.1
	ip -n "$client" route add default via fd00:1::1
	ip -n "$server" route add 10.0.1.0/24 via 10.0.2.1
	ip -n "$server" route add fd00:1::/64 via fd00:2::1
}
