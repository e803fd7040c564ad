# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# shared with lib/mptcp.sh and lib/net.sh
# Networks for the example rulesets and the demo, in network namespaces.  All use the server
# of mp_setup (lib/mptcp.sh).  Each topology has a new client and a new gateway, and connects
# the server to this gateway.  mp_connect works on all of them: the client's device is "eth",
# and it captures at "lan" and "wan" of $gateway.

topology_number=0

# New namespaces for client and gateway.  The old ones stay until the script ends.
topology_new() {
	topology_number=$((topology_number + 1))
	client=client$topology_number-$net_id gateway=gateway$topology_number-$net_id
	net_add "$client"
	net_add "$gateway"
	ip -n "$server" link del eth
	mp_inside=([4]=10.0.1.2 [6]=fd00:1::2)
	mp_outside=([4]=10.0.2.1 [6]=fd00:2::1)
}

# in_steps NAMESPACE: run the lines on standard input as ip(8) commands
in_steps() { ip -n "$1" -batch -; }

# As drawn in lib/net.sh.
topology_routed() {
	topology_new
	net_wire
	mp_offload off
}

topology_not_translated() {
	mp_outside=([4]=${mp_inside[4]} [6]=${mp_inside[6]})
}

# The gateway is a bridge; all are in one subnet.
topology_bridged() {
	topology_new
	mp_inside=([4]=10.0.2.7 [6]=fd00:2::7)
	topology_not_translated
	ip link add eth netns "$client" type veth peer name lan netns "$gateway"
	ip link add eth netns "$server" type veth peer name wan netns "$gateway"
	topology_switch "$gateway" bridge lan wan
	in_steps "$client" <<-'EOF'
	addr add 10.0.2.7/24 dev eth
	addr add fd00:2::7/64 dev eth nodad
	link set eth up
	EOF
	topology_server
	mp_offload off
}

# topology_switch NAMESPACE BRIDGE PORT...
topology_switch() {
	local where=$1 bridge=$2 port
	shift 2
	{
		echo "link add $bridge type bridge"
		for port; do
			echo "link set $port master $bridge"
			echo "link set $port up"
		done
		echo "link set $bridge up"
	} | in_steps "$where"
}

topology_server() {
	in_steps "$server" <<-'EOF'
	addr add 10.0.2.2/24 dev eth
	addr add fd00:2::2/64 dev eth nodad
	addr add 10.0.2.3/24 dev eth
	addr add fd00:2::3/64 dev eth nodad
	link set eth up
	EOF
}

# Two gateways between two switches, "lan" and "wan" of namespace $gateway:
#
#    client --+-- first.lan   first.wan --+-- server
#           lan                          wan
#             +-- second.lan second.wan --+
#
# SYNs of the client go through $first, all its other packets through $second.
# Answers come back through $first.
topology_two_gateways() {
	topology_new
	topology_not_translated
	first=first-$net_id second=second-$net_id
	net_add "$first"
	net_add "$second"
	ip link add eth netns "$client" type veth peer name client netns "$gateway"
	ip link add eth netns "$server" type veth peer name server netns "$gateway"
	topology_one_of_two "$first" first 1
	topology_one_of_two "$second" second 4
	topology_switch "$gateway" lan client first.lan second.lan
	topology_switch "$gateway" wan server first.wan second.wan
	in_steps "$client" <<-'EOF'
	addr add 10.0.1.2/24 dev eth
	addr add fd00:1::2/64 dev eth nodad
	link set eth up
	route add default via 10.0.1.1
	route add default via fd00:1::1
	route add default via 10.0.1.4 table 100
	route add default via fd00:1::4 dev eth table 100
	rule add fwmark 2 lookup 100
	EOF
	ip -n "$client" -6 rule add fwmark 2 lookup 100
	in_client nft -f - <<-'EOF'
	table inet split {
		chain output {
			type route hook output priority mangle; policy accept;
			tcp flags & syn == 0 meta mark set 2
		}
	}
	EOF
	topology_server
	in_steps "$server" <<-'EOF'
	route add 10.0.1.0/24 via 10.0.2.1
	route add fd00:1::/64 via fd00:2::1
	EOF
	mp_offload off
}

# topology_one_of_two NAMESPACE NAME HOST-PART
topology_one_of_two() {
	ip link add lan netns "$1" type veth peer name "$2.lan" netns "$gateway"
	ip link add wan netns "$1" type veth peer name "$2.wan" netns "$gateway"
	ip netns exec "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	in_steps "$1" <<-EOF
	addr add 10.0.1.$3/24 dev lan
	addr add fd00:1::$3/64 dev lan nodad
	addr add 10.0.2.$3/24 dev wan
	addr add fd00:2::$3/64 dev wan nodad
	link set lan up
	link set wan up
	EOF
}

# A client with two addresses in front of a balancer, and a second server that does not
# know the first server's connections.  The client has to connect from its first address:
# the second IPv6 address is deprecated, so Linux does not choose it by itself.
topology_balanced() {
	topology_routed
	topology_second
	in_steps "$second" <<-'EOF'
	addr add 10.0.4.2/24 dev eth
	addr add fd00:4::2/64 dev eth nodad
	link set eth up
	route add default via 10.0.4.1
	route add default via fd00:4::1
	EOF
	in_steps "$gateway" <<-'EOF'
	addr add 10.0.4.1/24 dev wan2
	addr add fd00:4::1/64 dev wan2 nodad
	link set wan2 up
	EOF
}

# topology_second: a second server at "wan2" of $gateway, and the client's second address
topology_second() {
	second=second$topology_number-$net_id
	net_add "$second"
	ip link add eth netns "$second" type veth peer name wan2 netns "$gateway"
	in_steps "$client" <<-'EOF'
	addr add 10.0.1.3/24 dev eth
	addr add fd00:1::3/64 dev eth nodad preferred_lft 0
	EOF
}

# The same with both servers on a bridge of the gateway, as CNI's bridge connects pods (a pod
# gets its own frames back, hairpinMode):
#
#    client ------ lan | gateway | bridge --+-- wan --- server
#                                           +-- wan2 -- $second
#
# The second server has 10.0.2.4 and fd00:2::4.
topology_pods() {
	topology_routed
	topology_second
	in_steps "$gateway" <<-'EOF'
	addr flush dev wan
	EOF
	topology_switch "$gateway" bridge wan wan2
	in_steps "$gateway" <<-'EOF'
	addr add 10.0.2.1/24 dev bridge
	addr add fd00:2::1/64 dev bridge nodad
	link set wan type bridge_slave hairpin on
	link set wan2 type bridge_slave hairpin on
	EOF
	in_steps "$second" <<-'EOF'
	addr add 10.0.2.4/24 dev eth
	addr add fd00:2::4/64 dev eth nodad
	link set eth up
	EOF
	printf 'route add default via %s\n' 10.0.2.1 fd00:2::1 | tee >(in_steps "$server") | in_steps "$second"
}

# Direct server return: a balancer on the same bridge, which the gateway, a router here, sends the
# packets of 192.0.2.80 and 2001:db8::80 to.  Both servers have these addresses.  Their answers
# go to the router.
topology_direct() {
	local where
	topology_pods
	balancer=balancer$topology_number-$net_id
	net_add "$balancer"
	ip link add eth netns "$balancer" type veth peer name wan3 netns "$gateway"
	in_steps "$gateway" <<-'EOF'
	link set wan3 master bridge
	link set wan3 up
	route add 192.0.2.80 via 10.0.2.9
	route add 2001:db8::80 via fd00:2::9
	EOF
	in_steps "$balancer" <<-'EOF'
	addr add 10.0.2.9/24 dev eth
	addr add fd00:2::9/64 dev eth nodad
	link set eth up
	route add default via 10.0.2.1
	route add default via fd00:2::1
	EOF
	for where in "$server" "$second"; do
		in_steps "$where" <<-'EOF'
		addr replace 192.0.2.80/32 dev lo
		addr replace 2001:db8::80/128 dev lo nodad
		EOF
	done
}
