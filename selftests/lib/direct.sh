# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# shared with lib/balanced.sh and lib/topologies.sh
# Direct server return (topology_direct): the rule is on the servers.

# direct_next: the first server gets the next connection
direct_next() { :; }

# direct_rule enable|disable
direct_rule() {
	local where options=()
	[ "$1" = disable ] || options=(--device eth --source 192.0.2.80 --source 2001:db8::80)
	for where in "$server" "$second"; do
		in_ "$where" mptcp-bflag "$1" --load-balancer "${options[@]}" >/dev/null
	done
}

direct_without_flag() { # NAME
	for mp_family in 4 6; do
		direct_next
		balanced_without_flag "$1 without the flag, IPv$mp_family"
	done
	mp_family=4
}

direct_with_flag() { # NAME
	local name answers
	direct_rule enable
	for mp_family in 4 6; do
		name="$1, IPv$mp_family"
		direct_next
		answers=$(marked "$server" synack)
		balanced_connect "$name" announced
		data_arrived "$name"
		check_equal "$name: the SYN+ACK leaves the server with the flag" 1e0c0121 "$(balanced_answers wan)"
		check_match "$name: the client joins the announced address" ' join ' \
			"$(joins '' "${announced[$mp_family]}")"
		check_equal "$name: the client does not join the virtual address" '' \
			"$(joins '' "${virtual[$mp_family]}")"
		check_equal "$name: counters of module and capture agree" "$(balanced_count synack)" \
			$(($(marked "$server" synack) - answers))
	done
	direct_rule disable
	mp_family=4
}
