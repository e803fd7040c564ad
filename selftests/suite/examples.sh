#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each ruleset of nft-examples/: the commands of its header work; stock nft lists it, loads it
# again, and loads its listing, as text and as JSON, which needs no more than "mptcp-bflag
# sync" then; MPTCP connections are marked as the header says.
#
# EXAMPLES="load-balancer two-gateways" runs only these; module-missing must be the first.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"
. "$SELFTESTS/lib/balanced.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"
# shellcheck source=selftests/lib/modules.sh
. "$SELFTESTS/lib/modules.sh"

capable_match
modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
lacks no-mptcp || mp_setup
mp_bytes=20000

examples=$SELFTESTS/../nft-examples

# the_file FILE: print it with the devices and addresses of the tests; the first server gets the
# first connection, and masquerading keeps the ports, by which the tests know a connection
the_file() {
	sed -e 's/"wan0"/"wan"/; s/"lan0"/"lan"/' \
		-e 's/= 198.51.100.11$/= 10.0.2.2/; s/= 198.51.100.12$/= 10.0.4.2/' \
		-e 's/= 2001:db8:1::11$/= fd00:2::2/; s/= 2001:db8:1::12$/= fd00:4::2/' \
		-e 's/= 10.244.1.11$/= 10.0.2.2/; s/= 10.244.1.12$/= 10.0.2.4/; s/= 10.244.1.0/= 10.0.2.0/' \
		-e 's/= fd00:10:244:1::11$/= fd00:2::2/; s/= fd00:10:244:1::12$/= fd00:2::4/; s/= fd00:10:244:1::/= fd00:2::/' \
		-e 's/numgen random/numgen inc/; s/ fully-random$//' \
		-e "s/^\([^#]*\)tcp option mptcp subtype 0/\1$capable_match/" \
		"$examples/$1.nft"
}

# files_of NAME: the policy's file, and the flag's file if it has one
files_of() {
	case $1 in
	flowtable-*) echo flowtable "$1" ;;
	kubernetes-node) echo kubernetes-node load-balancer-flag ;;
	kubernetes-node-expression) echo kubernetes-node "$1" ;;
	*) if [ -e "$examples/$1-flag.nft" ]; then echo "$1 $1-flag"; else echo "$1"; fi ;;
	esac
}

# follow NAMESPACE FILE: run the commands of its header
follow() {
	local command
	while read -r command; do
		check "$2: $command" in_ "$1" bash -c "cd $mp_dir && $command"
	done < <(sed -En 's/^#\t((nft|mptcp-bflag) .*)/\1/p' "$examples/$2.nft")
}

# chains NAMESPACE STATE: the number of described chains in that state
chains() {
	in_ "$1" mptcp-bflag list --json | jq --arg state "$2" '[.chains[] | select(.state == $state)] | length'
}

# listed NAMESPACE: nft's listing; Linux 5.10 reverses the devices of a flowtable at each load
listed() { in_ "$1" nft list ruleset | sed 's/devices = { wan, lan }/devices = { lan, wan }/'; }

# load_files NAMESPACE NAME TEST
load_files() {
	local file
	for file in $(files_of "$2"); do
		check "$2: $3 $file.nft" in_ "$1" nft -f "$mp_dir/$file.nft"
	done
}

# load_again NAMESPACE NAME LISTING: as "systemctl reload nftables" does, while the tables have
# a chain that the files do not have
load_again() {
	sed -n 's/^table \(.*\) {$/add chain \1 left_over/p' <<<"$3" >"$mp_dir/left-over"
	in_ "$1" nft -f "$mp_dir/left-over"
	check_match "$2: a table has a chain that no file has" 'chain left_over' "$(listed "$1")"
	load_files "$1" "$2" 'nft loads again'
	check_equal "$2: the ruleset is the same as after the first load" "$3" "$(listed "$1")"
}

# list_json NAMESPACE: nft lists maps before the chains that they go to, and 0.9.8 also rules;
# it cannot load that.  0.9.8 prints invalid JSON for "flow add"; then this fails.
list_json() {
	in_ "$1" nft -j list ruleset | jq '.nftables |= map(select((.map // .rule) | not)) +
		map(select(.map)) + map(select(.rule))' >"$mp_dir/listing.json" 2>/dev/null
}

# load NAMESPACE NAME: load its files twice, run the commands of their headers, and load the
# listing, first as JSON, then as text
load() {
	local where=$1 name=$2 file listing rules=0
	for file in $(files_of "$name"); do
		the_file "$file" >"$mp_dir/$file.nft"
		rules=$((rules + $(grep -c '^\s*comment "mptcp_bflag ' "$mp_dir/$file.nft")))
	done
	load_files "$where" "$name" 'stock nft loads'
	load_again "$where" "$name" "$(listed "$where")"
	check_equal "$name: before sync, all described rules are missing" "$rules" "$(chains "$where" missing)"
	for file in $(files_of "$name"); do follow "$where" "$file"; done
	check_equal "$name: all described rules are in place" "$rules" "$(chains "$where" in_place)"

	listing=$(listed "$where")
	if list_json "$where"; then
		in_ "$where" nft flush ruleset
		reload_json "$where" "$name" "$listing"
	else
		check_match "$name: nft prints invalid JSON only for a flowtable" 'flow add' "$listing"
	fi
	in_ "$where" nft flush ruleset
	echo "$listing" >"$mp_dir/listing"
	check "$name: nft loads its own listing" in_ "$where" nft -f "$mp_dir/listing"
	check_equal "$name: the listing is the same as before" "$listing" "$(listed "$where")"
	[ "$rules" = 0 ] || {
		check_equal "$name: the described rules are missing again" "$rules" "$(chains "$where" missing)"
		check_status "$name: sync --check says that sync would change something" 8 in_ "$where" mptcp-bflag sync --check
		check "$name: sync" in_ "$where" mptcp-bflag sync
		check_equal "$name: sync has added all described rules" "$rules" "$(chains "$where" in_place)"
	}
	check_status "$name: mptcp-bflag status says that it works" 0 in_ "$where" mptcp-bflag status
}

# chains_with MEMBER: the number of chains in the JSON with that member
chains_with() { jq "[.nftables[].chain | select(.$1)] | length" "$mp_dir/listing.json"; }

# reload_json NAMESPACE NAME LISTING: nft 1.0.6 omits two things in JSON: comments of chains, and
# the device of a netdev chain, which it then refuses.  1.1.3 has both.
reload_json() {
	local where=$1 name=$2 listing=$3
	[ "$(chains_with comment)" != 0 ] || listing=$(grep -v '^\s*comment "mptcp_bflag ' <<<"$listing")
	case $listing,$(chains_with dev) in
	*'table netdev'*,0)
		check_status "$name: nft does not load its own JSON of a netdev chain" \
			1 in_ "$where" nft -j -f "$mp_dir/listing.json"
		check_match "$name: nft says why" 'Missing .device. in this chain definition' "$ktap_output"
		check_equal "$name: nft has loaded nothing" '' "$(listed "$where")"
		;;
	*)
		check "$name: nft loads its own JSON" in_ "$where" nft -j -f "$mp_dir/listing.json"
		check_equal "$name: the listing is the same, except comments if the JSON has none" \
			"$listing" "$(listed "$where")"
		;;
	esac
}

# If the helper's module is not installed, the policy is loaded and only the flag is missing.
module_back() { ! mv "$helpers_module.away" "$helpers_module" 2>/dev/null || depmod; }

# plain NAMESPACE ADDRESS: a connection without MPTCP; fails after 3 s without an answer
plain() { in_ "$1" peer client -t -s 1000 "$2" 81; }
listens() { # NAMESPACE
	ip netns exec "$1" peer server -t -n 1000 81 >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 in_ "$1" sh -c 'ss -Hltn "sport = :81" | grep -q .'
}

example_module_missing() {
	local name policy flag listing
	lacks no-mptcp || topology_routed
	check 'module missing: the modules are unloaded' wait_for 20 unload
	helpers_module=$(modinfo -n nf_conntrack_mptcp_bflag)
	at_exit module_back
	mv "$helpers_module" "$helpers_module.away"
	depmod
	listens "$client"
	listens "$server"
	in_server sysctl -qw net.ipv4.tcp_syn_retries=1
	check 'module missing, no firewall: the server can connect to the client' plain "$server" 10.0.1.2
	for name in carrier-nat load-balancer stateful-bridge flowtable-helper home-nat-gateway; do
		read -r policy flag < <(files_of "$name")
		in_gateway nft flush ruleset
		the_file "$policy" >"$mp_dir/policy.nft"
		the_file "$flag" >"$mp_dir/flag.nft"
		check "module missing: nft loads $policy.nft" in_gateway nft -f "$mp_dir/policy.nft"
		listing=$(listed "$gateway")
		check_status "module missing: nft refuses $flag.nft" 1 in_gateway nft -f "$mp_dir/flag.nft"
		check_equal "module missing: $policy.nft stays loaded" "$listing" "$(listed "$gateway")"
	done
	check 'module missing: the client can connect to the server' plain "$client" 10.0.2.2
	check_status 'module missing: the firewall refuses connections to the client' 1 plain "$server" 10.0.1.2
	check_status 'module missing: mptcp-bflag status says that it does not work' 1 in_gateway mptcp-bflag status
	check_match 'module missing: status names the module' \
		'^problem: the module nf_conntrack_mptcp_bflag is not installed' "$ktap_output"
	module_back
	check "module missing: with the module, nft loads $flag.nft" in_gateway nft -f "$mp_dir/flag.nft"
	check_status 'module missing: mptcp-bflag status says that it works' 0 in_gateway mptcp-bflag status
	in_gateway nft flush ruleset
	modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
}

# count lan|wan SYN|ACK: the number of the client's segments with MP_CAPABLE
count() { mp_capable "$1" | awk -v p="$mp_port" -v s="$2" '$3 == p && $1 == s' | wc -l; }

# before NAMESPACE, after NAMESPACE: set $syn and $ack (marked segments) and $matched (mptcp_syn)
# to what is counted between both
before() {
	syn=$(marked "$1" syn) ack=$(marked "$1" ack) matched=$(packets "$1" mptcp_syn)
}
after() {
	syn=$(($(marked "$1" syn) - syn)) ack=$(($(marked "$1" ack) - ack))
	matched=$(($(packets "$1" mptcp_syn) - matched))
}

# all_marked NAME: in the last connection, each segment with MP_CAPABLE is marked
all_marked() {
	data_arrived "$1"
	check_equal "$1: same segments on both sides except flag and address" \
		"$(mp_expected)" "$(mp_capable wan)"
	check_equal "$1: the server's path manager shows the flag" 1 "$mp_flags"
	check_equal "$1: the server does not try to join the client" '' "$(mp_joins)"
	check_match "$1: tcpdump finds every checksum correct" '^correct [0-9]+$' "$(mp_checksums)"
}

# counted NAME: the module's counters and mptcp_syn agree with the capture
counted() {
	check_equal "$1: counters of module, nft and capture agree" \
		"SYN $(count wan SYN) ACK $(count wan ACK) nft $(count wan SYN)" \
		"SYN $syn ACK $ack nft $matched"
}

# connection NAME: make one through $gateway, which is marked and counted
connection() {
	before "$gateway"
	mp_connect no-join
	after "$gateway"
	all_marked "$1"
	counted "$1"
}

# left_alone NAME: make a connection that is not marked, so the server tries to join the client
left_alone() {
	before "$gateway"
	mp_connect join
	after "$gateway"
	data_arrived "$1"
	check_equal "$1: the client's segments leave unchanged" "$(mp_shape lan)" "$(mp_shape wan)"
	check_equal "$1: the server's path manager does not show the flag" 0 "$mp_flags"
	check_equal "$1: nothing was marked" 'SYN 0 ACK 0 nft 0' "SYN $syn ACK $ack nft $matched"
}

both_families() {
	for mp_family in 4 6; do connection "$1, IPv$mp_family"; done
	mp_family=4
}

nat_gateway() { # NAME
	topology_routed
	load "$gateway" "$1"
	both_families "$1"
}
example_home_nat_gateway() { nat_gateway home-nat-gateway; }
example_nat_gateway_expression() { nat_gateway nat-gateway-expression; }

# from_customer ADDRESS: the client's IPv4 connections come from this address
from_customer() {
	ip -n "$client" addr add "$1/32" dev eth
	ip -n "$client" route replace default via 10.0.1.1 src "$1"
	mp_inside[4]=$1
}

example_carrier_nat() {
	topology_routed
	in_steps "$gateway" <<-'EOF'
	route add 100.64.0.0/10 via 10.0.1.2
	route add blackhole 198.51.100.0/24
	EOF
	in_steps "$server" <<<'route add 198.51.100.0/24 via 10.0.2.1'
	load "$gateway" carrier-nat

	from_customer 100.64.7.7
	before "$gateway"
	mp_connect no-join
	after "$gateway"
	mp_outside[4]=$(mp_capable wan | awk '$1 == "SYN" { print $2; exit }')
	check_match 'carrier-nat: the connection leaves from an address of the pool' \
		'^198\.51\.100\.[0-9]+$' "${mp_outside[4]}"
	all_marked 'carrier-nat, a customer in the set'
	counted 'carrier-nat, a customer in the set'

	check 'carrier-nat: the server is added to old_servers' \
		in_gateway nft add element inet cgn_flag old_servers '{ 10.0.2.2 }'
	left_alone 'carrier-nat, an old server'
	check_equal 'carrier-nat, an old server: nft has counted the SYNs' \
		"$(count wan SYN)" "$(packets "$gateway" mptcp_syn_old_server)"
	in_gateway nft delete element inet cgn_flag old_servers '{ 10.0.2.2 }'

	from_customer 100.66.0.9
	left_alone 'carrier-nat, a customer not in the set'
	check_match 'carrier-nat, a customer not in the set: has source NAT' \
		'^SYN 198\.51\.100\.[0-9]+ ' "$(mp_capable wan)"

	mp_family=6
	topology_not_translated
	left_alone 'carrier-nat, IPv6'
	check 'carrier-nat: the prefix is added to bflag_customers6' \
		in_gateway nft add element inet cgn_flag bflag_customers6 '{ fd00:1::/64 }'
	connection 'carrier-nat, IPv6 in the set'
	mp_family=4
}

# Fragments from the server to the client, through rulesets without connection tracking
#
# reassembled: the number of packets that the client has reassembled
reassembled() {
	in_client nstat -asz IpReasmOKs Ip6ReasmOKs | awk '/ReasmOKs/ { sum += $2 } END { print sum }'
}
reassembled_is() { [ "$(reassembled)" = "$1" ]; }
fragments_are() { [ "$(packets "$gateway" fragments)" = "$1" ]; }

# futile_joins NAME: make an unmarked connection in each family, and keep the server's SYN
# towards the client in join4.pcap and join6.pcap
futile_joins() {
	for mp_family in 4 6; do
		left_alone "$1, IPv$mp_family"
		cp "$mp_dir/wan.pcap" "$mp_dir/join$mp_family.pcap"
	done
	mp_family=4
}

# join_in_fragments 4|6: send that SYN again; the first fragment has 8 bytes of the TCP header
join_in_fragments() {
	local filter='src host 10.0.2.3 and ip[33] & 0x12 = 2'
	[ "$1" = 4 ] || filter='src host fd00:2::3 and ip6[53] & 0x12 = 2'
	in_server replay eth "$mp_dir/join$1.pcap" 1 "$filter" 8
}

udp_in_fragments() {
	# shellcheck disable=SC2016
	in_server bash -c 'printf %03000d 0 >"/dev/udp/$1/9"' - "$1"
}

fragments_refused() { # NAME
	local name=$1 family
	the_file "$name" | grep -v 'counter name "fragments"' | in_gateway nft -f -
	check "$name, without its rules about fragments: the server sends a SYN in fragments" join_in_fragments 4
	check "$name, without its rules about fragments: the client receives it" \
		wait_for 10 reassembled_is 1
	check_equal "$name, without its rules about fragments: no rule takes it for a SYN" \
		0 "$(packets "$gateway" refused)"

	the_file "$name" | in_gateway nft -f -
	for family in 4 6; do
		check "$name, IPv$family: the server sends a SYN in fragments" join_in_fragments "$family"
		check "$name, IPv$family: both fragments are refused" \
			wait_for 10 fragments_are $((family == 4 ? 2 : 4))
	done
	check "$name: the server sends UDP in fragments" udp_in_fragments "${mp_inside[4]}"
	check "$name, IPv6: the server sends UDP in fragments" udp_in_fragments "${mp_inside[6]}"
	check "$name: the client receives these, and nothing else" wait_for 10 reassembled_is 3
	check_equal "$name: they are not counted as refused" 4 "$(packets "$gateway" fragments)"
	in_gateway nft flush ruleset
}

tracked() { in_ "$1" cat /proc/net/nf_conntrack; }

example_stateless_firewall() {
	topology_routed
	topology_not_translated
	futile_joins 'stateless-firewall, not yet loaded'
	fragments_refused stateless-firewall
	load "$gateway" stateless-firewall
	both_families stateless-firewall
	check_equal 'stateless-firewall: no connection is tracked' '' "$(tracked "$gateway")"

	# without the flag, the server tries to join
	in_gateway nft flush chain inet firewall set_bflag
	mp_connect join
	check_match 'stateless-firewall: a futile join is refused' '^[1-9]' \
		"$(packets "$gateway" refused)"
}

# Repeat the third ACK three times, as Apple's clients do.  Only the timestamps option precedes
# MP_CAPABLE, which is at 32 in the TCP header.
repeat_ack() {
	local at=$((20 + 32)) ip=ip
	[ "$mp_family" = 4 ] || at=$((40 + 32)) ip=ip6
	check 'the client repeats MP_CAPABLE on three ACKs' in_client replay eth "$mp_dir/lan.pcap" 3 \
		"tcp src port $mp_port and ${ip}[$at:2] = 0x1e14"
}

# offloaded sport=PORT|dport=PORT: print the tracked connection, if a flowtable has it
offloaded() { tracked "$gateway" | grep -F '[OFFLOAD]' | grep "$1 "; }

# While the connection is open: set $in_flowtable, and repeat the ACK
in_flowtable=''
mp_while_open_offload() {
	in_flowtable=no
	[ -z "$(offloaded "sport=$mp_port")" ] || in_flowtable=yes
	mpdump "$mp_dir/lan.pcap" >"$mp_dir/lan.txt" 2>/dev/null
	acks=$(count lan ACK)
	repeat_ack
}

# flowtable_connection NAME yes|no: make a connection that is offloaded, or not
flowtable_connection() {
	local name=$1 want=$2
	mp_while_open() { mp_while_open_offload; }
	connection "$name"
	mp_while_open() { :; }
	check_equal "$name: MPTCP is in the flowtable" "$want" "$in_flowtable"
	check_equal "$name: the capture has the repeated ACKs" $((acks + 3)) "$(count lan ACK)"
}

# plain_tcp NAME: make a connection without MPTCP, which is always offloaded
plain_tcp() {
	local pid
	mkfifo "$mp_dir/plain"
	# shellcheck disable=SC2016
	ip netns exec "$client" bash -c 'exec 3<>/dev/tcp/10.0.2.2/90; read -r _' <"$mp_dir/plain" &
	pid=$!
	exec 7>"$mp_dir/plain"
	check "$1: plain TCP is offloaded" wait_for 10 offloaded dport=90
	exec 7>&-
	wait "$pid"
	rm "$mp_dir/plain"
}

example_flowtable_helper() {
	topology_routed
	load "$gateway" flowtable-helper
	plain_tcp flowtable-helper
	for mp_family in 4 6; do flowtable_connection "flowtable-helper, IPv$mp_family" no; done
	mp_family=4
}

# The client's MP_CAPABLE at the WAN side.  The number of data segments with MP_CAPABLE varies,
# so print those only if they are marked.
postrouting_marks() {
	mp_capable wan | awk -v p="$mp_port" '$3 == p {
		$11 = substr($11, 1, 8)
		if ($9 == 0)
			bare[$1 " " $11]++
		else if ($11 != "1e160101")
			print "data", $11
	}
	END {
		for (line in bare)
			print bare[line], line
	}' | sort | paste -sd, | sed 's/,/, /g'
}

example_flowtable_egress() {
	topology_routed
	load "$gateway" flowtable-egress
	plain_tcp flowtable-egress
	for mp_family in 4 6; do flowtable_connection "flowtable-egress, IPv$mp_family" yes; done
	mp_family=4

	# why egress: offloaded packets do not pass postrouting
	in_gateway nft delete table netdev router_flag
	in_gateway mptcp-bflag enable --device wan >/dev/null
	mp_while_open() { mp_while_open_offload; }
	mp_connect no-join
	mp_while_open() { :; }
	data_arrived 'a flowtable and a rule in postrouting'
	check_equal 'a flowtable and a rule in postrouting: MPTCP is in the flowtable' yes "$in_flowtable"
	check_equal 'a flowtable and a rule in postrouting: marks SYN and third ACK, but neither data nor repeated ACKs' \
		'1 ACK 1e140121, 1 SYN 1e040121, 3 ACK 1e140101' "$(postrouting_marks)"
	check_equal 'a flowtable and a rule in postrouting: the server has the flag from the third ACK' \
		1 "$mp_flags"
}

example_transparent_bridge() {
	topology_bridged
	futile_joins 'transparent-bridge, not yet loaded'
	fragments_refused transparent-bridge
	load "$gateway" transparent-bridge
	both_families transparent-bridge
	check_equal 'transparent-bridge: no connection is tracked' '' "$(tracked "$gateway")"
}

example_stateful_bridge() {
	topology_bridged
	load "$gateway" stateful-bridge
	both_families stateful-bridge
	check_match 'stateful-bridge: connections are tracked' \
		"sport=$mp_port " "$(tracked "$gateway")"
}

example_two_gateways() {
	local name space
	topology_two_gateways
	load "$first" two-gateways
	follow "$second" two-gateways
	for mp_family in 4 6; do
		name="two-gateways, IPv$mp_family"
		syn=$(marked "$first" syn) ack=$(marked "$second" ack)
		mp_connect no-join
		all_marked "$name"
		check_equal "$name: the first gateway marks the SYN, the second the ACKs" \
			"$(count wan SYN) $(count wan ACK)" \
			"$(($(marked "$first" syn) - syn)) $(($(marked "$second" ack) - ack))"
		check_equal "$name: the first gateway marks no ACK, the second no SYN" \
			'0 0' "$(marked "$first" ack) $(marked "$second" syn)"
	done
	check_equal 'two-gateways: nft counts SYNs on the first gateway only' "$(marked "$first" syn) 0" \
		"$(packets "$first" mptcp_syn) $(packets "$second" mptcp_syn)"
	for space in "$first" "$second"; do
		check_equal "two-gateways: ${space%-*} tracks no connection" '' "$(tracked "$space")"
	done
	mp_family=4
}

example_load_balancer() {
	topology_balanced
	load "$gateway" load-balancer
	balanced_setup
	for mp_family in 4 6; do balanced_with_flag "load-balancer, IPv$mp_family"; done
	for mp_family in 4 6; do
		# after a load, the first server gets the next connection
		in_gateway nft flush ruleset
		in_gateway nft -f "$mp_dir/load-balancer.nft"
		balanced_without_flag "load-balancer without the flag, IPv$mp_family"
	done
	mp_family=4
	mp_server_joins
}

# kubernetes_first: pod A gets the next connection
kubernetes_first() { in_gateway nft -f "$mp_dir/kubernetes-node.nft"; }

# pod_to_service NAME POD: MPTCP from a pod to the cluster address, which gets to pod A
pod_to_service() {
	local name=$1 pod=$2 answers
	kubernetes_first
	in_server ip mptcp endpoint flush
	ip netns exec "$server" peer server 80 >"$mp_dir/server.out" 2>&1 &
	balanced_server=$!
	wait_for 10 mp_listening 80
	answers=$(marked "$gateway" synack)
	check_match "$name: MPTCP, the data return unchanged" ' bytes 20000 mptcp yes$' \
		"$(in_ "$pod" peer client -s 20000 10.96.0.80 80 2>&1)"
	wait_for 10 test -s "$mp_dir/server.out" || kill "$balanced_server"
	wait "$balanced_server"
	check_equal "$name: the SYN+ACK was marked" $((answers + 1)) "$(marked "$gateway" synack)"
}

pods() {
	pod_to_service "$1, a pod to itself" "$server"
	check_match "$1, a pod to itself: masqueraded" '^peer 10\.0\.2\.1 ' "$(cat "$mp_dir/server.out")"
	pod_to_service "$1, a pod to the other on its node" "$second"
	check_match "$1, a pod to the other on its node: not masqueraded" '^peer 10\.0\.2\.4 ' "$(cat "$mp_dir/server.out")"
}

example_kubernetes_node() {
	local -A announced=([4]=198.51.100.21 [6]=2001:db8:100::21)
	# without it, answers between pods of a bridge keep the pod's address
	modprobe br_netfilter
	at_exit 'modprobe -r br_netfilter'
	topology_pods
	balanced_setup
	load "$gateway" kubernetes-node
	for mp_family in 4 6; do
		kubernetes_first
		balanced_with_flag "kubernetes-node, IPv$mp_family"
	done
	pods kubernetes-node
	in_gateway nft flush ruleset
	for mp_family in 4 6; do
		kubernetes_first
		balanced_without_flag "kubernetes-node without the flag, IPv$mp_family"
	done

	load "$gateway" kubernetes-node-expression
	local -A virtual=([4]=10.96.0.80 [6]=fd00:10:96::80)
	balanced_counter=mptcp_synack
	for mp_family in 4 6; do
		kubernetes_first
		balanced_with_flag "kubernetes-node-expression, IPv$mp_family"
		check_match "kubernetes-node-expression, IPv$mp_family: the pod sees a masqueraded client" \
			'^peer (10\.0\.2\.1|fd00:2::1) ' "$mp_server"
	done
	balanced_counter=mptcp_syn
	pods kubernetes-node-expression
	mp_family=4
	mp_server_joins
}

# without_endpoints NAME: test without MPTCP connections; generated SYNs are marked
without_endpoints() {
	local name=$1
	load "$gateway" "$name"
	case $name in
	home-nat-gateway | nat-gateway-expression | stateless-firewall | flowtable-* | two-gateways)
		before "$gateway"
		in_client capable 10.0.2.2 9
		in_client capable -6 fd00:2::2 9
		check "$name: two generated SYNs are marked" wait_for 10 marked_is "$gateway" syn $((syn + 2))
		after "$gateway"
		check_equal "$name: nft counts them" 2 "$matched"
		;;
	esac
	in_gateway nft flush ruleset
	skip_lacking "$name: on real connections" no-mptcp
}
marked_is() { [ "$(marked "$1" "$2")" = "$3" ]; }

# needs NAME: the feature of the kernel that this example needs
needs() { case $1 in flowtable-egress) echo no-egress ;; *) echo none ;; esac; }

! lacks no-mptcp || net_routed
for name in ${EXAMPLES:-module-missing home-nat-gateway nat-gateway-expression carrier-nat stateless-firewall \
	flowtable-helper flowtable-egress transparent-bridge stateful-bridge \
	two-gateways load-balancer kubernetes-node}; do
	start=$SECONDS
	if [ "$name" != module-missing ] && lacks no-mptcp; then
		with_feature "$(needs "$name")" "$name" without_endpoints "$name"
	else
		with_feature "$(needs "$name")" "$name" "example_${name//-/_}"
	fi
	echo "# $name: $((SECONDS - start)) s"
done

finish
