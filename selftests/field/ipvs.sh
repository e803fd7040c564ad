#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: IPVS, NAT and direct routing: MPTCP clients, two servers
# packages: ipvsadm
#
# The balancer is Linux's IPVS, as in kube-proxy's mode ipvs and keepalived, with a client and servers of
# real MPTCP (lib/balanced.sh).  NAT: the answers come back through it, and it marks.  Whether conntrack knows
# its connections depends on net.ipv4.vs.conntrack.  Direct routing: the servers mark.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"
. "$SELFTESTS/lib/balanced.sh"
. "$SELFTESTS/lib/direct.sh"
modprobe -a ip_vs ip_vs_rr nft_mptcp_bflag nf_conntrack_mptcp_bflag
at_exit 'modprobe -r ip_vs_rr ip_vs'
mp_setup
mp_bytes=20000

# ipvs NAMESPACE OPTION SECOND SECOND6: the first server gets the next connection, because IPVS begins with the
# server that was added last
ipvs() {
	in_ "$1" ipvsadm -C
	in_ "$1" ipvsadm -R <<-EOF
	-A -t 192.0.2.80:80 -s rr
	-a -t 192.0.2.80:80 -r $3:80 $2
	-a -t 192.0.2.80:80 -r 10.0.2.2:80 $2
	-A -t [2001:db8::80]:80 -s rr
	-a -t [2001:db8::80]:80 -r [$4]:80 $2
	-a -t [2001:db8::80]:80 -r [fd00:2::2]:80 $2
	EOF
}

# virtual NAMESPACE: the machine has the virtual addresses
virtual() {
	in_steps "$1" <<-'EOF'
	addr replace 192.0.2.80/32 dev lo
	addr replace 2001:db8::80/128 dev lo nodad
	EOF
}

# count_seen: count packets of the service at each hook, and those of them that "ct status dnat" holds for or that
# conntrack knows
count_seen() {
	in_gateway nft -f - <<-'EOF'
	table inet seen {
		counter seen { }
		counter with_dnat { }
		counter tracked { }
		# two rules: nft 1.0.6 makes one comparison of "tcp dport != 80 tcp sport != 80"
		chain look {
			tcp dport 80 jump of_service
			tcp sport 80 jump of_service
		}
		chain of_service {
			counter name "seen"
			ct status dnat counter name "with_dnat"
			ct state established counter name "tracked"
		}
		chain input { type filter hook input priority filter - 10; policy accept; jump look; }
		chain forward { type filter hook forward priority filter + 10; policy accept; jump look; }
		chain output { type filter hook output priority filter + 10; policy accept; jump look; }
		chain postrouting { type filter hook postrouting priority srcnat + 10; policy accept; jump answers; }
		counter answers { }
		counter tracked_answers { }
		chain answers {
			jump look
			tcp sport 80 counter name "answers"
			ip saddr 192.0.2.80 tcp sport 80 ct state established counter name "tracked_answers"
		}
		# the kernel does NAT only if there is a nat chain
		chain nat { type nat hook postrouting priority srcnat; policy accept; }
	}
	EOF
}

# nat CONNTRACK yes|no 0|1: does conntrack know the answers, and how many SYN+ACKs does "enable --helper" mark?
nat() {
	local name="IPVS NAT, net.ipv4.vs.conntrack=$1" tracked
	in_gateway nft flush ruleset
	check "$name: nft loads the counters" count_seen
	in_gateway sysctl -qw net.ipv4.vs.conntrack="$1"
	in_gateway mptcp-bflag enable --load-balancer --device lan --source 192.0.2.80 --source 2001:db8::80 >/dev/null
	for mp_family in 4 6; do
		ipvs "$gateway" -m 10.0.4.2 fd00:4::2
		balanced_with_flag "$name, IPv$mp_family"
	done
	mp_family=4
	check_match "$name: status says that it works" '^works' "$(in_gateway mptcp-bflag status)"
	in_gateway mptcp-bflag disable --load-balancer >/dev/null
	helper "$name" "$3"
	tracked=no
	[ "$(packets "$gateway" tracked_answers)" = 0 ] || tracked=yes
	check_match "$name: packets are seen" '^[1-9]' "$(packets "$gateway" seen)"
	check_match "$name: answers leave" '^[1-9]' "$(packets "$gateway" answers)"
	check_equal "$name: conntrack knows the answers as they leave" "$2" "$tracked"
	check_equal "$name: \"ct status dnat\" holds for no packet" 0 "$(packets "$gateway" with_dnat)"
}

# helper NAME MARKED: with "enable --helper", that many SYN+ACKs are marked; by load-balancer-flag.nft, none
helper() {
	local name=$1 answers
	answers=$(marked "$gateway" synack)
	in_gateway mptcp-bflag enable --load-balancer --helper --device lan --source 192.0.2.80 >/dev/null
	short "$name, enable --helper"
	check_equal "$name, enable --helper: marked" "$2" $(($(marked "$gateway" synack) - answers))
	in_gateway mptcp-bflag disable --load-balancer --helper >/dev/null
	answers=$(marked "$gateway" synack)
	check "$name: nft loads load-balancer-flag.nft" \
		in_gateway nft -f "$SELFTESTS/../nft-examples/load-balancer-flag.nft"
	short "$name, load-balancer-flag.nft"
	check_equal "$name, load-balancer-flag.nft: marked" 0 $(($(marked "$gateway" synack) - answers))
	in_gateway nft delete table inet balancer_flag
}

# short NAME: an MPTCP connection that ends at once, to the first server
short() {
	ipvs "$gateway" -m 10.0.4.2 fd00:4::2
	ip netns exec "$server" peer server 80 >/dev/null 2>&1 &
	balanced_server=$!
	wait_for 10 mp_listening 80
	check_match "$1: MPTCP, the data return unchanged" ' bytes 1000 mptcp yes$' \
		"$(in_client timeout 20 peer client -s 1000 192.0.2.80 80 2>&1)"
	wait "$balanced_server"
}

nat_without() {
	for mp_family in 4 6; do
		ipvs "$gateway" -m 10.0.4.2 fd00:4::2
		balanced_without_flag "IPVS NAT without the flag, IPv$mp_family"
	done
	mp_family=4
}

topology_balanced
virtual "$gateway"
balanced_setup
nat_without
balanced_counter=synack_marked
nat 0 no 0
nat 1 yes 1

topology_direct
virtual "$balancer"
in_ "$balancer" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
balanced_setup
direct_next() { ipvs "$balancer" -g 10.0.2.4 fd00:2::4; }
direct_without_flag 'IPVS direct routing'
direct_with_flag 'IPVS direct routing'
finish
