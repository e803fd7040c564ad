# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The network of the tests, in network namespaces with random names.  They are deleted when
# the script ends.
#
#     client            gateway              server
#    +------+ lan   lan+-------+wan     wan +------+
#    |   eth|----------|       |------------|eth   |
#    +------+          +-------+            +------+
#    10.0.1.2/24   10.0.1.1  10.0.2.1    10.0.2.2/24, second address 10.0.2.3
#    fd00:1::2/64  fd00:1::1 fd00:2::1   fd00:2::2/64, second address fd00:2::3
#
# The gateway may be in another machine (lib/pair.sh).

# shellcheck source=selftests/lib/ktap.sh
. "$SELFTESTS/lib/ktap.sh"
# shellcheck source=selftests/lib/pair.sh
. "$SELFTESTS/lib/pair.sh"

net_id=$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')
client=client-$net_id gateway=gateway-$net_id server=server-$net_id

in_client() { ip netns exec "$client" "$@"; }
in_gateway() { at_gateway ip netns exec "$gateway" "$@"; }
in_server() { ip netns exec "$server" "$@"; }

# near NAMESPACE COMMAND...: run COMMAND in the machine that has this namespace
near() {
	if [ "$1" = "$gateway" ]; then at_gateway "${@:2}"; else "${@:2}"; fi
}

# Delete a namespace and kill its processes.
net_delete() {
	local pids
	pids=$(near "$1" ip netns pids "$1" 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || near "$1" kill -9 $pids 2>/dev/null || :
	near "$1" ip netns delete "$1"
}

net_add() {
	near "$1" ip netns add "$1"
	at_exit "net_delete $1"
	near "$1" ip -n "$1" link set lo up
	near "$1" ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
}

# net_routed: client, gateway and server as drawn above, with forwarding
net_routed() {
	net_add "$client"
	net_add "$gateway"
	net_add "$server"
	net_wire
}

# net_cable NAMESPACE lan|wan: connect its "eth" to that device of the gateway
net_cable() {
	if paired; then
		pair_cable "$@"
	else
		ip link add eth netns "$1" type veth peer name "$2" netns "$gateway"
	fi
}

# net_wire: connect and configure the three namespaces as drawn above
net_wire() {
	net_cable "$client" lan
	net_cable "$server" wan
	ip -n "$client" addr add 10.0.1.2/24 dev eth
	ip -n "$client" addr add fd00:1::2/64 dev eth nodad
	near "$gateway" ip -n "$gateway" -batch - <<-'EOF'
	addr add 10.0.1.1/24 dev lan
	addr add fd00:1::1/64 dev lan nodad
	addr add 10.0.2.1/24 dev wan
	addr add fd00:2::1/64 dev wan nodad
	link set lan up
	link set wan up
	EOF
	ip -n "$server" addr add 10.0.2.2/24 dev eth
	ip -n "$server" addr add fd00:2::2/64 dev eth nodad
	ip -n "$server" addr add 10.0.2.3/24 dev eth
	ip -n "$server" addr add fd00:2::3/64 dev eth nodad
	in_gateway sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$client" link set eth up
	ip -n "$server" link set eth up
	ip -n "$client" route add default via 10.0.1.1
	ip -n "$client" route add default via fd00:1::1
	ip -n "$server" route add 10.0.1.0/24 via 10.0.2.1
	ip -n "$server" route add fd00:1::/64 via fd00:2::1
}

# net_absent NAMESPACE DEVICE: there, 10.0.2.99 and fd00:2::99 have the server's MAC
# address, so segments for them reach the server and nobody answers
net_absent() {
	local mac
	mac=$(in_server cat /sys/class/net/eth/address)
	ip -n "$1" neigh replace 10.0.2.99 lladdr "$mac" dev "$2" nud permanent
	ip -n "$1" neigh replace fd00:2::99 lladdr "$mac" dev "$2" nud permanent
}

# net_jumbo: net_routed with an MTU of 9000, and the absent hosts at "wan"
net_jumbo() {
	local device
	net_routed
	ip -n "$client" link set eth mtu 9000
	ip -n "$server" link set eth mtu 9000
	for device in lan wan; do ip -n "$gateway" link set "$device" mtu 9000; done
	net_absent "$gateway" wan
}

# net_bridged NAMESPACE: a bridge there; the "port" of client and server leads to its
# devices "lan" and "wan"
net_bridged() {
	net_add "$1"
	ip -n "$1" link add br0 type bridge vlan_filtering 0 mcast_snooping 0
	ip link add port netns "$client" type veth peer name lan netns "$1"
	ip link add port netns "$server" type veth peer name wan netns "$1"
	ip -n "$1" link set lan master br0 up
	ip -n "$1" link set wan master br0 up
	ip -n "$1" link set br0 up
	ip -n "$client" link set port up
	ip -n "$server" link set port up
}
