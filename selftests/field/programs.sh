#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: curl with nginx and with HAProxy, iperf3, Go; as MPTCP programs of their own or by mptcpize
# packages: curl nginx-light haproxy iperf3 mptcpize golang-go
#
# Programs that others wrote, behind a NAT gateway, with a server that tries to join its clients
# (lib/mptcp.sh): without a rule, and with each front end.  A program that can open MPTCP sockets
# does so; others run under mptcpize.  Go before 1.21 cannot, and mptcpize cannot help it: then Go
# does not run here.
#
# The client is stopped in the middle of its transfer, by a full pipe or a signal, until the server has
# had time to join.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/front_end.sh"

need_feature no-mptcp
modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag mptcp_diag
mp_setup
dir=$mp_dir
# the workers of nginx and HAProxy are other users
chmod 755 "$dir"
head -c 1500000 /dev/urandom >"$dir/payload"
mkfifo "$dir/pipe"
declare -A address=([4]=10.0.2.2 [6]=fd00:2::2) url=([4]=10.0.2.2 [6]='[fd00:2::2]')
declare -A port=([nginx]=8080 [haproxy]=8081 [iperf3]=5201 [go]=8082) version=() native=()

# Does the program itself open MPTCP sockets?
probe() {
	local by
	curl --help all | grep -q -e '--mptcp' && native[curl]=--mptcp
	iperf3 --help 2>&1 | grep -q -e '--mptcp' && native[iperf3]=--mptcp
	printf 'frontend f\n bind mptcp6@:::1\n mode tcp\n timeout client 1s\n' >"$dir/probe.cfg"
	haproxy -c -f "$dir/probe.cfg" >/dev/null 2>&1 && native[haproxy]=mptcp6@
	native[go]=yes
	version[curl]=$(curl --version | awk '{ print $2; exit }')
	version[nginx]=$(nginx -v 2>&1 | sed 's/.*nginx.//')
	version[haproxy]=$(haproxy -v | awk '{ sub(/-.*/, "", $3); print $3; exit }')
	version[iperf3]=$(iperf3 --version | awk '{ print $2; exit }')
	[ ! -s /run/out/prepared/go-version ] || version[go]=$(</run/out/prepared/go-version)
	for by in "${!version[@]}"; do
		[ -n "${native[$by]:-}" ] || version[$by]+=', mptcpize'
	done
}

# opened PROGRAM: set $opened to the command that lets it open MPTCP sockets
opened() {
	opened=()
	[ -n "${native[$1]:-}" ] || opened=(mptcpize run)
}

# serve PROGRAM COMMAND...: start a server.  Like peer, it must accept before the path manager runs.
serve() {
	local program=$1
	shift
	opened "$program"
	ip netns exec "$server" chrt -f 1 "${opened[@]}" "$@" >"$dir/$program.log" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 60 mp_listening "${port[$program]}" || { fail "$program listens"; diag <"$dir/$program.log"; }
}

serve_all() {
	cat >"$dir/nginx.conf" <<-EOF
	daemon off; master_process off; pid $dir/nginx.pid; error_log stderr;
	events { }
	http {
		access_log off;
		client_body_temp_path $dir; proxy_temp_path $dir; fastcgi_temp_path $dir;
		uwsgi_temp_path $dir; scgi_temp_path $dir;
		server { listen [::]:${port[nginx]} ipv6only=off; listen unix:$dir/nginx.socket; root $dir; }
	}
	EOF
	serve nginx nginx -e stderr -c "$dir/nginx.conf"
	cat >"$dir/haproxy.cfg" <<-EOF
	defaults
		mode http
		timeout connect 300s
		timeout client 300s
		timeout server 300s
	frontend front
		bind ${native[haproxy]:-}:::${port[haproxy]} v4v6
		default_backend back
	backend back
		server nginx unix@$dir/nginx.socket
	EOF
	serve haproxy haproxy -f "$dir/haproxy.cfg"
	serve iperf3 iperf3 -s
	[ -z "${version[go]:-}" ] || serve go /run/out/prepared/go-program serve "[::]:${port[go]}" "$dir/payload"
}

# start_client PROGRAM: its output goes into the pipe.  iperf3 prints its report only, and is stopped by
# a signal instead.
start_client() {
	local program=$1
	case $program in
	nginx | haproxy)
		opened curl
		opened+=(curl)
		[ -z "${native[curl]:-}" ] || opened+=("${native[curl]}")
		opened+=(--silent --fail "http://${url[$mp_family]}:${port[$program]}/payload")
		;;
	go) opened=(/run/out/prepared/go-program get "http://${url[$mp_family]}:${port[go]}/") ;;
	iperf3)
		opened iperf3
		opened+=(iperf3 -J -t 5 -c "${address[$mp_family]}")
		[ -z "${native[iperf3]:-}" ] || opened+=("${native[iperf3]}")
		;;
	esac
	ip netns exec "$client" "${opened[@]}" >"$dir/pipe" 2>"$dir/client.log" 7>&- &
	client_pid=$!
}

# counters: remember MPTCP's counters of both ends; grown NAMESPACE: what has grown since, as "NAME NUMBER"
counters() {
	local where
	for where in "$client" "$server"; do
		ip netns exec "$where" nstat -asz | awk '/^MPTcpExt/ { print $1, $2 }' | sort >"$dir/$where.counters"
	done
}
grown() {
	ip netns exec "$1" nstat -asz | awk '/^MPTcpExt/ { print $1, $2 }' | sort |
		join "$dir/$1.counters" - | awk '$3 > $2 { print $1, $3 - $2 }'
}

# Of all connections in a capture; the gateway forwards those of the client only.
handshakes() { awk '$10 == "capable"' "$dir/$1.txt"; }
futile() { awk -v to="${mp_outside[$mp_family]}" '$1 == "SYN" && $4 == to && $10 == "join"' "$dir/wan.txt"; }
tries_to_join() {
	mpdump "$dir/wan.pcap" >"$dir/wan.txt" 2>/dev/null
	[ -n "$(futile)" ]
}
# The client's MP_CAPABLE segments at the LAN, as they must be at the WAN with the rule
expected() {
	handshakes lan | awk -v from="${mp_inside[$mp_family]}" -v to="${mp_outside[$mp_family]}" '{
		if ($2 == from) $11 = substr($11, 1, 6) "2" substr($11, 8)
		for (i = 2; i <= 4; i += 2) if ($i == from) $i = to
		print }'
}

# Do both captures have the same segments with MP_CAPABLE?
captured() {
	local device
	for device in lan wan; do mpdump "$dir/$device.pcap" >"$dir/$device.txt" 2>/dev/null; done
	[ -n "$(handshakes lan)" ] && [ "$(handshakes lan | wc -l)" = "$(handshakes wan | wc -l)" ]
}
sockets() { ip netns exec "$1" ss -HMn state established; }
connected() {
	[ -n "$(sockets "$client")" ] && sockets "$server" | grep -qF "${mp_outside[$mp_family]}"
}

# transfer PROGRAM join|no-join: one transfer, during which the server tries to join the client, or could
# have tried.  Sets $held: was MPTCP seen at both ends while it was open?
transfer() {
	local program=$1 want=$2
	mp_port=$((mp_port + 1))
	counters
	mp_capture
	exec 7<>"$dir/pipe"
	start_client "$program"
	if wait_for 60 connected; then held=yes; else held=no; fi
	[ "$program" != iperf3 ] || kill -STOP "$client_pid"
	case $want in
	join) wait_for 60 tries_to_join || fail "$program: the server tries to join" ;;
	no-join) mp_sentinel 7>&- || fail "$program: the server tries to join a host that it may join" ;;
	esac
	[ "$program" != iperf3 ] || kill -CONT "$client_pid"
	exec 6<"$dir/pipe" 7>&-
	cat <&6 >"$dir/received"
	exec 6<&-
	client_status=0
	wait "$client_pid" || client_status=$?
	wait_for 60 captured
	mp_capture_end
}

# judge NAME: what holds with and without a rule
judge() {
	local name=$1 where
	check_equal "$name: the client ends well" 0 "$client_status"
	[ "$client_status" = 0 ] || diag <"$dir/client.log"
	if [ "${name//iperf3/}" = "$name" ]; then
		check "$name: the bytes arrive unchanged" cmp "$dir/payload" "$dir/received"
	else
		check "$name: bytes arrive" \
			jq -e '.end.sum_received.bytes > 100000' "$dir/received"	# iperf3 3.18 counts less as sent
	fi
	check_equal "$name: both ends have an MPTCP socket" yes "$held"
	for where in "$client" "$server"; do
		check_equal "$name: no fallback is counted at the ${where%%-*}" '' \
			"$(grown "$where" | grep -iE 'fallback|infinite|DSSNotMatching|Err|MPFail')"
	done
	check_match "$name: the client's handshake was MPTCP's" '^MPTcpExtMPCapableSYNACKRX ' "$(grown "$client")"
	check_match "$name: the server's handshake was MPTCP's" '^MPTcpExtMPCapableACKRX ' "$(grown "$server")"
	check_equal "$name: the client does not set the flag" '' \
		"$(handshakes lan | awk '$11 !~ /^1e..01[08]1/')"
}

declare -A runs=() joins=()
without_rule() { # PROGRAM NAME
	transfer "$1" join
	judge "$2"
	joins[$1]=$((${joins[$1]:-0} + $(futile | wc -l)))
	check_match "$2: the server tries futile joins" ' join ' "$(futile)"
}

with_rule() { # PROGRAM NAME
	local syn ack
	syn=$(bflag_counter syn_marked) ack=$(bflag_counter ack_marked)
	transfer "$1" no-join
	judge "$2"
	runs[$1]=$((${runs[$1]:-0} + 1))
	check_equal "$2: the flag is in each segment of the client's, and nothing else is changed" \
		"$(expected)" "$(handshakes wan)"
	check_equal "$2: the server tries no join towards the client" '' "$(futile)"
	check_equal "$2: counters agree with the capture" \
		"$(for kind in SYN ACK; do handshakes wan | awk -v k="$kind" -v from="${mp_outside[$mp_family]}" \
			'$1 == k && $2 == from' | wc -l; done)" \
		"$(($(bflag_counter syn_marked) - syn))
$(($(bflag_counter ack_marked) - ack))"
}

probe
serve_all
programs=(nginx haproxy iperf3)
[ -z "${version[go]:-}" ] || programs+=(go)
for mp_family in 4 6; do
	for program in "${programs[@]}"; do
		without_rule "$program" "IPv$mp_family, $program, no rule"
	done
done
for front_end in postrouting helper egress chains enabled-helper; do
	check "$front_end: switch on" front_end_on "$front_end"
	for mp_family in 4 6; do
		for program in "${programs[@]}"; do
			with_rule "$program" "IPv$mp_family, $program, $front_end"
		done
	done
	check "$front_end: switch off" front_end_off "$front_end"
done
for program in "${programs[@]}"; do
	case $program in
	nginx | haproxy) what="curl (${version[curl]}) and $program (${version[$program]})" ;;
	*) what="$program (${version[$program]})" ;;
	esac
	echo "# figure: $what: ${runs[$program]} transfers with the flag: 0 futile joins; 2 without: ${joins[$program]}"
done
finish
