#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: ufw with our rule in before.rules, and Docker beside it: LAN, containers, a published port
# packages: ufw docker.io busybox-static
# machine: --memory 2560
#
# ufw and dockerd run in the gateway's network namespace.  Real MPTCP connections from the LAN and from containers are
# marked; enable, disable, sync, "ufw reload" and a restart of dockerd leave the rules of the others byte for byte.

. "$SELFTESTS/lib/mptcp.sh"
. "$SELFTESTS/lib/front_end.sh"
mp_bytes=20000
modprobe -a nft_mptcp_bflag nf_conntrack_mptcp_bflag
mp_setup

# mp_connect captures at these devices of the gateway
declare -A tap_device=([lan]=lan [wan]=wan)
mp_tap() { mp_tap_in=$gateway mp_tap_on=${tap_device[$1]}; }

marked_connection() { # NAME
	mp_connect no-join
	check_match "$1: MPTCP, $mp_bytes bytes return unchanged" " bytes $mp_bytes mptcp yes$" "$mp_client"
	check_match "$1: the SYN leaves with the flag" '^SYN bare 1e040121 4$' "$(mp_shape wan)"
	check_match "$1: the third ACK, too" '^ACK bare 1e140121 20$' "$(mp_shape wan)"
	check_equal "$1: no join towards the client" '' "$(mp_joins)"
}
unmarked_connection() { # NAME
	mp_connect join
	check_match "$1: MPTCP" " bytes $mp_bytes mptcp yes$" "$mp_client"
	check_equal "$1: the server's path manager has no flag" 0 "$mp_flags"
}

# Their rules, without counters; ours: the table of enable, and the rules that the comments describe
rules_of() { in_gateway "$1-save" </dev/null | sed '/^#/d; s/ \[[0-9]*:[0-9]*\]//'; }
theirs() { rules_of iptables; rules_of ip6tables; }
ours() { in_gateway nft list ruleset 2>/dev/null | sed -n '/^table inet mptcp_bflag/,/^}/p' | sed 's/packets [0-9]* bytes [0-9]*//'; in_gateway mptcp-bflag list; }
both() { theirs; ours; }

# untouched NAME COMMAND...: COMMAND succeeds and changes no rule of theirs
untouched() {
	local before
	before=$(theirs)
	check "$1" "${@:2}"
	check_equal "$1: the rules of ufw and Docker are the same, byte for byte" "$before" "$(theirs)"
}
our_verbs() {
	untouched "$1: enable" in_gateway mptcp-bflag enable --device wan
	untouched "$1: sync" in_gateway mptcp-bflag sync
	untouched "$1: disable" in_gateway mptcp-bflag disable
	untouched "$1: enable --helper" in_gateway mptcp-bflag enable --helper --device wan
	untouched "$1: disable --helper" in_gateway mptcp-bflag disable --helper
}

# For the end of before.rules and before6.rules: the section of docs/front-ends.md.  Not the masquerading of
# ufw-framework(8), which needs "-F POSTROUTING" to be loaded twice, and so takes Docker's away.
ufw_rules() {
	awk '/^```text$/ { text = ""; wanted = 1; next } /^```/ { if (wanted && text ~ /^\*raw/) { printf "%s", text; exit } wanted = 0 }
		wanted { text = text $0 "\n" }' "$SELFTESTS/../docs/front-ends.md" | sed 's/lan0/lan/g'
}
ufw_on() {
	ufw_rules >>/etc/ufw/before.rules
	ufw_rules >>/etc/ufw/before6.rules
	in_gateway ufw --force enable &&
		in_gateway ufw route allow in on lan out on wan &&
		in_gateway ufw reload	# the first one adds rules of ufw6-user-limit
}
raw_rules() { in_gateway iptables-save -t raw </dev/null | grep -c mptcp-bflag; }

with_ufw() {
	check 'ufw: the rule of docs/front-ends.md' grep -q 'helper mptcp-bflag$' <(ufw_rules)
	check 'ufw: enable' ufw_on
	check_match 'ufw is active' 'Status: active' "$(in_gateway ufw status)"
	for mp_family in 4 6; do marked_connection "ufw, IPv$mp_family"; done
	mp_family=4
	check 'ufw: mptcp-bflag status' in_gateway mptcp-bflag status
	untouched 'ufw reload' in_gateway ufw reload
	check_equal 'ufw reload: one rule, not two' 1 "$(raw_rules)"
	our_verbs ufw
}

# Without the helper's module, what is in front of the table raw is loaded.
without_module() {
	local modprobe filter
	filter=$(rules_of iptables | sed -n '/^\*filter/,/^COMMIT/p')
	in_gateway iptables -t raw -F
	in_gateway ip6tables -t raw -F
	modprobe=$(cat /proc/sys/kernel/modprobe)
	check 'ufw, module missing: the module is unloaded' wait_for 20 rmmod nf_conntrack_mptcp_bflag
	echo /bin/false >/proc/sys/kernel/modprobe
	check_status 'ufw, module missing: ufw reload reports the failure' 1 in_gateway ufw reload
	check_match 'ufw, module missing: it names the file' "Problem running '/etc/ufw/before.rules'" "$ktap_output"
	check_equal 'ufw, module missing: the filter is loaded' "$filter" "$(rules_of iptables | sed -n '/^\*filter/,/^COMMIT/p')"
	echo "$modprobe" >/proc/sys/kernel/modprobe
	modprobe nf_conntrack_mptcp_bflag
	check_match 'ufw, module missing: ufw is off at the next boot' 'ENABLED=no' "$(</etc/ufw/ufw.conf)"
	check 'ufw: with the module, disable' in_gateway ufw disable
	check 'ufw: with the module, enable' in_gateway ufw --force enable
	check_equal 'ufw: the rule is back' 1 "$(raw_rules)"
}

# Docker needs the real /sys and control groups, which "ip netns exec" hides.
docker_on() {
	nsenter --net="/run/netns/$gateway" dockerd --data-root "$mp_dir/docker" --storage-driver vfs \
		--exec-opt native.cgroupdriver=cgroupfs >>"$mp_dir/dockerd.log" 2>&1 8>&- 9>&- &
	dockerd=$!
	wait_for 600 docker info || sed 's/^/# /' "$mp_dir/dockerd.log"
}
docker_off() { kill "$dockerd" && wait "$dockerd"; }
docker_end() {
	docker rm -f first second
	docker_off
	umount "$mp_dir/docker" /sys/fs/cgroup
} >/dev/null 2>&1
docker_image() {
	mkdir -p "$mp_dir/image/bin"
	cp /bin/busybox "$mp_dir/image/bin/"
	tar -C "$mp_dir/image" -c . | docker import - busybox
}

# container NAME OPTION...: start one; its network namespace is named NAME-$net_id, with its address in $address
container() {
	local pid
	docker run -d --name "$1" "${@:2}" busybox /bin/busybox sleep 100000 &&
		pid=$(docker inspect -f '{{.State.Pid}}' "$1") &&
		ip netns attach "$1-$net_id" "$pid"
}
address_of() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }
# as_client NAME BRIDGE: the next connections come from this container
as_client() {
	client=$1-$net_id tap_device[lan]=$2
	mp_inside[4]=$(address_of "$1")
	# A segment that the gateway splits would have MP_CAPABLE in each of its parts.
	in_client ethtool -K eth0 tx off tso off gso off gro off >/dev/null
}

with_docker() {
	local id
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mkdir "$mp_dir/docker"
	mount -t tmpfs docker "$mp_dir/docker"
	at_exit docker_end
	docker_on
	check 'Docker starts' docker info
	check 'docker import' docker_image
	check 'a container with a published port' container first -p 8080:80
	at_exit "ip netns delete first-$net_id"
	check 'a network, and a container there' eval 'docker network create other && container second --network other'
	at_exit "ip netns delete second-$net_id"
	id=$(docker network inspect -f '{{.Id}}' other)

	marked_connection 'LAN, with Docker beside ufw'
	as_client first docker0
	unmarked_connection 'container, no rule for its bridge'
	untouched_rules=$(theirs | grep -c ^-A)
	our_verbs Docker

	in_gateway mptcp-bflag enable --device wan >/dev/null
	marked_connection 'container, enable --device wan'
	in_gateway mptcp-bflag disable >/dev/null
	in_gateway iptables -t raw -A PREROUTING -i docker0 -p tcp --tcp-option 30 -j CT --helper mptcp-bflag
	in_gateway iptables -t raw -A PREROUTING -i br-+ -p tcp --tcp-option 30 -j CT --helper mptcp-bflag
	marked_connection 'container, iptables -i docker0'
	as_client second "br-${id:0:12}"
	marked_connection 'container of another network, iptables -i br-+'
}

synacks() { bflag_counter synack_marked; }
published() { in_server peer client "$@" -s 1000 10.0.2.1 8080; }
serving() { ip netns exec "first-$net_id" ss -Hltn 'sport = :80' | grep -q .; }
with_published_port() {
	local before
	ip netns exec "first-$net_id" peer server -n 1000 80 >/dev/null 2>&1 8>&- 9>&- &
	at_exit "kill $! 2>/dev/null"
	wait_for 20 serving
	before=$(synacks)
	check 'published port: a connection from outside' published
	check_equal 'published port: no SYN+ACK is marked' "$before" "$(synacks)"
	in_gateway iptables -t raw -A PREROUTING -i wan -p tcp --dport 8080 --tcp-option 30 -j CT --helper mptcp-bflag-lb
	check 'published port, mptcp-bflag-lb: a connection from outside' published
	check_equal 'published port, mptcp-bflag-lb: the SYN+ACK is marked' $((before + 1)) "$(synacks)"
}

# A restart of either changes neither ours nor the other's.  Docker puts its chains in front again.
with_restarts() {
	local before
	in_gateway mptcp-bflag enable --device wan >/dev/null
	before=$(ours)
	docker_off
	docker_on
	check 'dockerd restarts' docker info
	check 'the container starts again' docker start first
	check_equal 'dockerd restarts: our table and our rules are the same' "$before" "$(ours)"
	check_equal 'dockerd restarts: mptcp-bflag status' works "$(in_gateway mptcp-bflag status | head -n 1)"
	before=$(theirs | grep -v 'CT --helper')
	check 'ufw reload, with Docker' in_gateway ufw reload
	check_equal 'ufw reload, with Docker: the rules of ufw and Docker are the same' "$before" \
		"$(theirs | grep -v 'CT --helper')"
	check_equal 'ufw reload, with Docker: mptcp-bflag status' works "$(in_gateway mptcp-bflag status | head -n 1)"
	client=client-$net_id tap_device[lan]=lan mp_inside[4]=10.0.1.2
	marked_connection 'LAN, after all restarts'
}

untouched_rules=0
for part in ${FIREWALLS_PARTS:-with_ufw without_module with_docker with_published_port with_restarts}; do
	start=$SECONDS
	"$part"
	echo "# $part: $((SECONDS - start)) s"
done
echo "# figure: enable, sync and disable leave $untouched_rules rules of ufw and Docker as they are, byte for byte"
finish
