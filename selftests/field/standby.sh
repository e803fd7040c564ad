#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: two gateways, keepalived and conntrackd: failover and fail-back in the handshake and in a transfer
# packages: keepalived conntrackd
#
# The configuration is that of docs/standby.md, with the devices and addresses of the tests.  For each front end,
# and for a pulled cable as for a killed keepalived, transfers in both families outlast failover and fail-back; and
# at each of the two, other connections send their SYN through one gateway and the third ACK through the other.
. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/topologies.sh"

transfers=(up4 up6 down4)	# the direction and the family
bytes=4000000 slowly=200kbit
declare -A port=() size=()
ports=0

# documented NAME [PAGE]: print the block of the page behind the line that begins with `NAME`; "nft": the first ruleset
documented() {
	awk -v name="$1" '
		/^```/ { if (inside) exit; inside = wanted || $0 == "```" name; next }
		inside
		index($0, "`" name "`") == 1 { wanted = 1 }' "$SELFTESTS/../docs/${2:-standby.md}" |
		sed 's/wan0/wan/; s/lan0/lan/; s/192\.0\.2\./10.0.2./g; s/2001:db8:2::/fd00:2::/'
}

# at first|second COMMAND...
at() { ip netns exec "${!1}" "${@:2}"; }

# As drawn in docs/standby.md; the switches are bridges of namespace $gateway
network() {
	topology_new
	first=first-$net_id second=second-$net_id
	net_add "$first"
	net_add "$second"
	ip link add eth netns "$client" type veth peer name client netns "$gateway"
	ip link add eth netns "$server" type veth peer name server netns "$gateway"
	ip link add sync0 netns "$first" type veth peer name sync0 netns "$second"
	topology_one_of_two "$first" first 11
	topology_one_of_two "$second" second 12
	topology_switch "$gateway" lan client first.lan second.lan
	topology_switch "$gateway" wan server first.wan second.wan
	in_steps "$first" <<<$'addr add 10.0.9.1/24 dev sync0\nlink set sync0 up'
	in_steps "$second" <<<$'addr add 10.0.9.2/24 dev sync0\nlink set sync0 up'
	in_steps "$client" <<-'STEPS'
	addr add 10.0.1.2/24 dev eth
	addr add fd00:1::2/64 dev eth nodad
	link set eth up
	route add default via 10.0.1.1
	route add default via fd00:1::1
	STEPS
	topology_server
	mp_offload off
}

# configure first|second: its files are in $mp_dir/first, $mp_dir/second
configure() {
	local dir=$mp_dir/$1 name
	mkdir "$dir"
	for name in /etc/keepalived/keepalived.conf /etc/conntrackd/conntrackd.conf /etc/conntrackd/standby.sh \
		/etc/sysctl.d/standby.conf nft; do
		documented "$name" | sed "s=/etc/conntrackd/=$dir/=; s=/var/[a-z]*/=$dir/=" >"$dir/${name##*/}"
		check "$1: the page has $name" grep -q . "$dir/${name##*/}"
	done
	[ "$1" = first ] || {
		sed -i 's/priority 100/priority 90/' "$dir/keepalived.conf"
		sed -i 's/10\.0\.9\.1$/other/; s/10\.0\.9\.2$/10.0.9.1/; s/other/10.0.9.2/' "$dir/conntrackd.conf"
	}
	chmod 755 "$dir/standby.sh"
	at "$1" sysctl -qp "$dir/standby.conf"
	check "$1: nft loads the ruleset" at "$1" nft -f "$dir/nft"
	ip netns exec "${!1}" conntrackd -C "$dir/conntrackd.conf" >"$dir/conntrackd.log" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	check "$1: conntrackd runs" wait_for 90 conntrackd -C "$dir/conntrackd.conf" -s
	vrrp "$1"
}

# vrrp first|second: start keepalived there
vrrp() {
	local dir=$mp_dir/$1
	ip netns exec "${!1}" keepalived -n -P -l -f "$dir/keepalived.conf" -p "$dir/keepalived.pid" -r "$dir/vrrp.pid" \
		>>"$dir/keepalived.log" 2>&1 9>&- &
	disown
}
# both of its processes, at once: none of them can say goodbye
vrrp_dies() { kill -9 "$(<"$mp_dir/$1/keepalived.pid")" "$(<"$mp_dir/$1/vrrp.pid")"; }
cable() { ip -n "$gateway" link set "$1.wan" "$2"; }

# is_master first|second: it has all shared addresses
is_master() {
	local address
	for address in 10.0.1.1 fd00:1::1 10.0.2.1 fd00:2::1; do
		at "$1" ip -o addr | grep -q " $address/" || return
	done
}

# The switches lose SYN+ACKs from the ports in "held".  They also lose SYNs to those in "once": the other gateway must
# not learn the connection from a repeated SYN.  What client and server send to, or from, those in "slow" has a class of
# its own.
hold_rules() {
	local where
	in_gateway nft -f - <<-'NFT'
	table bridge hold {
		set held { type inet_service; }
		set once { type inet_service; }
		chain forward {
			type filter hook forward priority filter; policy accept;
			tcp sport @held tcp flags & (syn | ack) == syn | ack drop
			tcp dport @once tcp flags & (syn | ack) == syn drop
		}
	}
	NFT
	for where in "$client dport" "$server sport"; do
		ip netns exec "${where% *}" nft -f - <<-NFT
		table inet hold {
			set slow { type inet_service; }
			chain output {
				type filter hook output priority filter; policy accept;
				tcp ${where#* } @slow meta priority set 1:2
			}
		}
		NFT
	done
}
element() { # NAMESPACE FAMILY SET NAME
	ip netns exec "$1" nft add element "$2" hold "$3" "{ $((port[$4] - 33000)) }"
}
throttle() { # NAMESPACE
	ip netns exec "$1" tc qdisc add dev eth root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
	ip netns exec "$1" tc qdisc add dev eth parent 1:2 tbf rate "$slowly" burst 3000 limit 30000
}

# name_port NAME: the client's port of a new connection; the server's is 33,000 lower.  The name ends with the family.
name_port() {
	ports=$((ports + 1))
	port[$1]=$((41000 + ports))
	names+=("$1")
}
# connect NAME BYTES: the connection stays open until "exec 9>&-".  "down..." sends all at once, then receives.
connect() {
	local options=() open=(-w) address=10.0.2.2 to=$((port[$1] - 33000))
	[ "${1: -1}" = 4 ] || options=(-6) address=fd00:2::2
	[[ $1 != down* ]] || open=()
	size[$1]=$2
	ip netns exec "$server" peer server "${options[@]}" "$to" >"$mp_dir/$1.server" 2>&1 9>&- &
	pids+=($!)
	wait_for 90 mp_listening "$to" || fail "$1: the server listens"
	ip netns exec "$client" peer client "${open[@]}" "${options[@]}" -b "${port[$1]}" -s "$2" "$address" "$to" \
		<"$mp_dir/hold" >"$mp_dir/$1.client" 2>&1 9>&- &
	pids+=($!)
}

established() { mp_events " ESTABLISHED.*dport=${port[$1]}( |$)"; }
tracked() { at "$1" grep -q "sport=${port[$2]} " /proc/net/nf_conntrack; }
known() { conntrackd -C "$mp_dir/$1/conntrackd.conf" -e | grep -q "sport=${port[$2]} "; }
# received NAME: bytes at the end that receives; ss does not print 0
received() {
	local where=$server filter="dport = :${port[$1]}"
	[[ $1 != down* ]] || where=$client filter="sport = :${port[$1]}"
	ip netns exec "$where" ss -Htin state established "$filter" |
		awk '{ for (i = 1; i <= NF; i++) if (sub("^bytes_received:", "", $i)) sum += $i } END { print sum + 0 }'
}
lasts() {
	local now
	now=$(received "$1")
	[ "$now" -gt 0 ] && [ "$now" -lt "$bytes" ]
}
goes_on() { [ "$(received "$1")" -gt "$2" ]; }
# helper_of first|second NAME: of the tracked connection
helper_of() { at "$1" conntrack -L -f "ipv${2: -1}" -p tcp --orig-port-src "${port[$2]}" 2>/dev/null | grep -o 'helper=[^ ]*'; }

# move TO NAME COMMAND...: COMMAND makes TO the master, between SYN and third ACK of NAME4 and
# NAME6, and in the middle of all transfers
move() {
	local to=$1 name handshakes=("${2}4" "${2}6")
	local -A before=()
	shift 2
	for name in "${handshakes[@]}"; do
		name_port "$name"
		element "$gateway" bridge held "$name"
		connect "$name" 2000
		check "$round $name: $to's conntrackd has heard of its SYN" wait_for 90 known "$to" "$name"
		element "$gateway" bridge once "$name"
	done
	"$@"
	check "$round: $to has the shared addresses" wait_for 90 is_master "$to"
	for name in "${handshakes[@]}"; do
		check "$round $name: $to has its connection" wait_for 90 tracked "$to" "$name"
	done
	for name in "${transfers[@]}"; do before[$name]=$(received "$name"); done
	in_gateway nft flush set bridge hold held
	for name in "${handshakes[@]}"; do
		check "$round $name: the server has seen the third ACK" wait_for 90 established "$name"
		check_equal "$round $name: its helper at $to" "$helper" "$(helper_of "$to" "$name")"
	done
	for name in "${transfers[@]}"; do check "$round $name: goes on" wait_for 90 goes_on "$name" "${before[$name]}"; done
}

joins() { awk -v p="${port[$1]}" '$1 == "SYN" && $5 == p && $10 == "join"' "$mp_dir/wan.txt" | wc -l; }

# judge NAME: bytes, MPTCP, flag
judge() {
	local flags
	mp_port=${port[$1]}
	check_match "$round $1: the client has its bytes back, by MPTCP" " bytes ${size[$1]} mptcp yes$" "$(<"$mp_dir/$1.client")"
	check_match "$round $1: the server has all bytes, by MPTCP" " bytes ${size[$1]} mptcp yes$" "$(<"$mp_dir/$1.server")"
	check_equal "$round $1: SYN, third ACK and first data have the flag" 'ACK 1e140121,ACK 1e160121,SYN 1e040121' \
		"$(mp_capable wan | mp_sent | awk '{ print $1, substr($11, 1, 8) }' | sort -u | paste -sd,)"
	flags=$(mp_events " CREATED.*dport=$mp_port" | sed -n 's/.*flags=\([0-9a-f]*\).*/\1/p')
	check_equal "$round $1: the server knows the flag" 1 "$((flags & 1))"
	check_equal "$round $1: the server does not try to join the client" 0 "$(joins "$1")"
}

# data NAME lan|wan [OPTION]...: tcpdump of the segments in the direction of the transfer
data() {
	local direction=src
	[[ $1 = up* ]] || direction=dst
	tcpdump -nn "${@:3}" -r "$mp_dir/$2.pcap" "$direction port ${port[$1]}" 2>/dev/null
}
# pause FROM TO NAME: the longest pause of the transfer that began or ended between FROM and TO, in seconds
pause() {
	local side=wan
	[[ $3 = up* ]] || side=lan
	data "$3" "$side" -tt | awk -v from="$1" -v to="$2" '
		last && $1 > from && last < to && $1 - last > longest { longest = $1 - last }
		{ last = $1 }
		END { printf "%.1f\n", longest }'
}
# longest FROM TO: the longest pause of all transfers
longest() {
	local name
	for name in "${transfers[@]}"; do pause "$1" "$2" "$name"; done | sort -n | tail -n 1
}
# again NAME: the number of segments that were sent more than once
again() {
	local side=lan
	[[ $1 = up* ]] || side=wan
	data "$1" "$side" -S | sed -n 's/.* seq \([0-9]*:[0-9]*\).*/\1/p' | sort | uniq -d | wc -l
}

# round NAME FAIL RESTORE: the commands are words
# shellcheck disable=SC2086
round() {
	local name slow failed_at back_at end pids=() names=()
	round=$1
	mp_capture
	exec 9<>"$mp_dir/hold"
	throttle "$client"
	throttle "$server"
	for name in "${transfers[@]}"; do
		name_port "$name"
		if [[ $name = up* ]]; then slow=$client; else slow=$server; fi
		element "$slow" inet slow "$name"
		connect "$name" "$bytes"
		check "$round $name: the server sees an MPTCP connection" wait_for 90 established "$name"
	done
	for name in "${transfers[@]}"; do check "$round $name: has begun" wait_for 90 goes_on "$name" 50000; done
	failed_at=$EPOCHREALTIME
	move second over $2
	back_at=$EPOCHREALTIME
	move first back $3
	end=$EPOCHREALTIME
	for name in "${transfers[@]}"; do check "$round $name: lasts until now" lasts "$name"; done
	in_client tc qdisc del dev eth root
	in_server tc qdisc del dev eth root
	mp_port=$((port[up4] + 1000))
	mp_sentinel || fail "$round: the server tries to join a host it may join"
	exec 9>&-
	wait "${pids[@]}"
	mp_capture_end
	for name in "${names[@]}"; do judge "$name"; done
	for name in "${transfers[@]}"; do
		echo "# $round, $name: pauses for $(pause "$failed_at" "$back_at" "$name") s at the failover," \
			"$(pause "$back_at" "$end" "$name") s at the fail-back; $(again "$name") segments are sent again"
	done
	echo "# figure: $round: ${#transfers[@]} transfers pause for up to $(longest "$failed_at" "$back_at") s at the failover," \
		"$(longest "$back_at" "$end") s at the fail-back"
}

both() {
	at first "$@" >/dev/null && at second "$@" >/dev/null
}

# reload first|second COMMAND...: load the rules again, as a firewall's reload does, and go on at once
reload() {
	{ echo 'delete table inet border'; cat "$mp_dir/border.nft"; } | at "$1" nft -f -
	"${@:2}"
}
in_place() { [ "$(at "$1" mptcp-bflag list --json | jq -c '[.chains[].state] | unique')" = '["in_place"]' ]; }

expression() {
	both mptcp-bflag enable --device wan
	round 'enable, a cable is pulled' 'cable first down' 'cable first up'
	round 'enable, keepalived is killed' 'vrrp_dies first' 'vrrp first'
	both mptcp-bflag disable
}

# rules of an administrator, loaded again at the moment of the failover
service() {
	local where watchers=()
	documented nft nat-gateways.md >"$mp_dir/border.nft"
	for where in first second; do
		ip netns exec "${!where}" mptcp-bflag sync --watch >"$mp_dir/$where/watch.log" 2>&1 &
		watchers+=($!)
		at "$where" nft -f "$mp_dir/border.nft"
		check "service: the rules are in place on $where" wait_for 20 in_place "$where"
	done
	round 'service, a cable is pulled' 'reload second cable first down' 'reload first cable first up'
	round 'service, keepalived is killed' 'reload second vrrp_dies first' 'reload first vrrp first'
	kill "${watchers[@]}"
	wait "${watchers[@]}"
	both nft delete table inet border
}

helper() {
	helper=helper=mptcp-bflag
	both mptcp-bflag enable --helper --device wan
	round 'helper, a cable is pulled' 'cable first down' 'cable first up'
	round 'helper, keepalived is killed' 'vrrp_dies first' 'vrrp first'
	both mptcp-bflag disable
	helper=''
}

module_away() { mv "$module" "$module.away" && depmod; }
module_back() { ! mv "$module.away" "$module" 2>/dev/null || depmod; }
# behind LINES TEXT: has second's conntrackd said it since?
behind() { sed "1,$1d" "$mp_dir/second/conntrackd.log" | grep -q "$2"; }

# without_module NAME yes|no [COMMAND]: before the failover, the module is unloaded, and COMMAND may keep it from being
# loaded again; are the connections with the helper carried over?
without_module() {
	local name lines pids=() names=()
	round=$1
	both mptcp-bflag enable --helper --device wan
	exec 9<>"$mp_dir/hold"
	for name in late4 late6; do
		name_port "$name"
		element "$gateway" bridge held "$name"
		connect "$name" 2000
		check "$round $name: second's conntrackd has heard of its SYN" wait_for 90 known second "$name"
		element "$gateway" bridge once "$name"
	done
	both mptcp-bflag disable
	"${@:3}"
	check "$round: the module is unloaded" wait_for 20 rmmod nf_conntrack_mptcp_bflag
	lines=$(wc -l <"$mp_dir/second/conntrackd.log")
	cable first down
	check "$round: second has the shared addresses" wait_for 90 is_master second
	check "$round: second's conntrackd has committed" wait_for 90 behind "$lines" "commit has taken"
	for name in late4 late6; do
		if [ "$2" = yes ]; then
			check_equal "$round $name: its helper at second" helper=mptcp-bflag "$(helper_of second "$name")"
		else
			check_status "$round $name: second does not have the connection" 1 tracked second "$name"
		fi
	done
	check_equal "$round: conntrackd says so" "$2" \
		"$(behind "$lines" "can't be committed" && echo no || echo yes)"
	{ kill -9 "${pids[@]}"; wait "${pids[@]}"; } 2>/dev/null
	exec 9>&-
	in_gateway nft flush set bridge hold held
	cable first up
	check "$round: first has the shared addresses" wait_for 90 is_master first
}
not_loaded() { without_module 'helper, the standby has not loaded the module' yes; }
not_installed() { without_module 'helper, the standby does not have the module' no module_away; }

mp_setup
network
hold_rules
configure first
configure second
at_exit '{ vrrp_dies first; vrrp_dies second; } 2>/dev/null'
check 'the first gateway has the shared addresses' wait_for 90 is_master first

helper=''
module=$(modinfo -n nf_conntrack_mptcp_bflag)
at_exit module_back
for part in expression service helper not_loaded not_installed; do $part; done
finish
