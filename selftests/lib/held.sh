# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# lib/mptcp.sh
# Do something between the SYN and the third ACK of a connection (lib/mptcp.sh), and check that all
# segments are marked.

# hold_back: until let_go, the client drops the segments that follow its SYN
hold_back() {
	in_client nft -f - <<-'EOF'
	table inet held {
		counter held { }
		chain output {
			type filter hook output priority raw; policy accept;
			tcp dport 80 tcp flags & (syn | ack) == ack counter name held drop
		}
	}
	EOF
}
let_go() { in_client nft delete table inet held; }
ack_held() { in_client nft list counter inet held held | grep -q 'packets [1-9]'; }

# Run COMMAND between the SYN and the third ACK of a connection.  The gateway must not answer
# segments of a connection that conntrack has lost.
meanwhile() {
	hold_back
	"$@" &
	local meddler=$!
	mp_connect no-join
	wait "$meddler"
}
# Run by meanwhile: wait for the third ACK, run COMMAND, let the ACK pass
when_held() {
	wait_for 20 ack_held
	"$@"
	let_go
}

flag_on_all() { # NAME
	check_match "$1: MPTCP at the client" " bytes $mp_bytes mptcp yes$" "$mp_client"
	check_match "$1: MPTCP at the server" " bytes $mp_bytes mptcp yes$" "$mp_server"
	check_equal "$1: each MP_CAPABLE of the client leaves with the flag set" \
		"$(mp_expected | mp_sent)" "$(mp_capable wan | mp_sent)"
	check_equal "$1: the server's path manager has the flag" 1 "$mp_flags"
	check_equal "$1: no join towards the client" '' "$(mp_joins)"
	check_match "$1: tcpdump finds every checksum correct" '^correct [0-9]+$' "$(mp_checksums)"
}
