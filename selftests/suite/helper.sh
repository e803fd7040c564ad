#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Properties of the conntrack helper, with MPTCP endpoints (lib/mptcp.sh): the connection keeps
# it when the rules are deleted; conntrack can lose the connection; the connection may already
# have another helper; stock nft writes, lists, saves, monitors and reloads it.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/held.sh"
. "$SELFTESTS/lib/front_end.sh"
. "$SELFTESTS/lib/features.sh"

need_feature no-mptcp
need 'at_gateway conntrack -V' 'no conntrack(8)'
at_gateway modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
mp_setup

# helper_of PORT: the helper of the connection from this port
helper_of() {
	in_gateway conntrack -L -p tcp --sport "$1" 2>/dev/null |
		sed -n 's/.*helper=\([^ ]*\).*/\1/p'
}

# The helper stays attached to the connection without the rule.
rules_deleted() {
	front_end_on helper
	meanwhile when_held in_gateway nft delete table inet router
	flag_on_all 'rules deleted before the third ACK'
	check_equal 'rules deleted before the third ACK: no rules are left' '' \
		"$(in_gateway nft list tables | grep router)"
}

# The client's next packet creates a new conntrack entry.  The rule matches "ct state new", not
# SYNs, so this entry gets the helper, too.
flushed() {
	front_end_on helper
	in_gateway nft -f - <<-'EOF'
	table inet quiet {
		chain input {
			type filter hook input priority filter; policy accept;
			ct state invalid drop
		}
	}
	EOF
	meanwhile when_held in_gateway conntrack -F
	flag_on_all 'conntrack -F before the third ACK'
	in_gateway nft delete table inet quiet
	front_end_off helper
}

# A connection has one helper: the first one stays.
another_helper() {
	local before
	in_gateway nft -f - <<-'EOF'
	table inet router {
		ct helper ftp { type "ftp" protocol tcp; }
		ct helper bflag { type "mptcp-bflag" protocol tcp; }
		chain forward {
			type filter hook forward priority filter; policy accept;
			oifname "wan" tcp dport 80 ct state new ct helper set "ftp"
			oifname "wan" ct state new ct helper set "bflag"
		}
	}
	EOF
	before=$(bflag_counter syn_marked)
	mp_connect join
	check_match 'another helper was first: the connection is MPTCP' " bytes $mp_bytes mptcp yes$" "$mp_client"
	check_equal 'another helper was first: it stays' ftp "$(helper_of "$mp_port")"
	check_equal 'another helper was first: segments leave unchanged' \
		"$(mp_shape lan)" "$(mp_shape wan)"
	check_equal 'another helper was first: the path manager reports no flag' 0 "$mp_flags"
	check_equal 'another helper was first: nothing is counted' "$before" \
		"$(bflag_counter syn_marked)"
	front_end_off helper
}

# A connection without MPTCP does not get the helper.
plain_tcp() {
	local before
	front_end_on helper
	before=$(in_gateway cat /proc/net/mptcp_bflag)
	ip netns exec "$server" peer server -t 81 >/dev/null 2>&1 &
	wait_for 10 mp_listening 81
	check 'plain TCP: it passes' in_client peer client -t -b 30000 -s 1000 10.0.2.2 81
	wait $!
	check_equal 'plain TCP: conntrack tracks the connection' 1 \
		"$(in_gateway conntrack -L -p tcp --sport 30000 2>/dev/null | grep -c .)"
	check_equal 'plain TCP: it has no helper' '' "$(helper_of 30000)"
	check_equal 'plain TCP: nothing is counted' "$before" \
		"$(in_gateway cat /proc/net/mptcp_bflag)"
	mp_connect no-join
	check_equal 'MPTCP: it has the helper' mptcp-bflag "$(helper_of "$mp_port")"
	front_end_off helper
}

# nft lists, saves, monitors and reloads the ruleset
listing_before='' monitor_pid=''
monitored() { grep -q "$1" "$mp_dir/monitor"; }

stock_nft() {
	local saved=$mp_dir/saved.nft json=$mp_dir/saved.json
	"${gateway_machine[@]}" ip netns exec "$gateway" nft monitor >"$mp_dir/monitor" 2>&1 &
	monitor_pid=$!
	# nft monitor does not report that it is ready: wait for its first event
	wait_for 20 eval 'in_gateway nft add table inet warm && in_gateway nft delete table inet warm && monitored warm'
	front_end_on helper
	check 'nft monitor shows the helper' wait_for 10 monitored 'ct helper'
	check 'nft monitor shows the rule' wait_for 10 monitored 'ct helper set "bflag"'
	listing_before=$(in_gateway nft list ruleset)
	check_match 'nft list shows the helper' 'type "mptcp-bflag" protocol tcp' "$listing_before"
	check_match 'nft list shows the rule' \
		'tcp option (mptcp subtype (0|mp-capable)|@30,16,8 & 240 == 0) ct helper set "bflag"' "$listing_before"
	check_match 'nft list ct helpers' mptcp-bflag "$(in_gateway nft list ct helpers table inet router)"
	in_gateway nft -j list ruleset >"$json"
	check_equal 'nft -j shows the helper' '"mptcp-bflag"' \
		"$(jq -c '.nftables[] | select(."ct helper") | ."ct helper".type' "$json")"
	in_gateway nft list ruleset >"$saved"

	in_gateway nft flush ruleset
	check 'saved and flushed: nft -f loads it' in_gateway nft -f - <"$saved"
	check_equal 'saved and flushed: the ruleset is the same' "$listing_before" \
		"$(in_gateway nft list ruleset)"
	in_gateway nft flush ruleset
	check 'saved as JSON: nft -j -f loads it' in_gateway nft -j -f - <"$json"
	check_equal 'saved as JSON: the ruleset is the same' "$listing_before" "$(in_gateway nft list ruleset)"
	check 'nft monitor still runs' kill -0 "$monitor_pid"
	kill "$monitor_pid" && wait "$monitor_pid" 2>/dev/null
	mp_connect no-join
	flag_on_all 'reloaded'
	in_gateway nft flush ruleset
	mp_masquerade
}

# Unknown names and protocols are refused, and leave nothing behind.
refused() {
	local what type protocol
	for what in 'mptcp-bflag udp' 'mptcp-bflag-x tcp' 'mptcp_bflag tcp'; do
		read -r type protocol <<<"$what"
		check_status "type \"$type\" protocol $protocol is refused" 1 in_gateway nft \
			"add table inet t; add ct helper inet t h { type \"$type\" protocol $protocol; }"
	done
	check_equal 'a refused helper leaves nothing behind' '' "$(in_gateway nft list tables | grep ' t$')"
}

for step in plain_tcp rules_deleted flushed another_helper stock_nft refused; do
	start=$SECONDS
	"$step"
	echo "# $step: $((SECONDS - start)) s"
done
finish
