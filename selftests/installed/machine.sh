# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034	# the steps use these variables
# For the steps of "make check-install": scripts that run in a virtual machine with systemd, which
# is the gateway itself.  Its disk, and so what was installed, lasts until the last step; client
# and server (lib/net.sh) are made in each.
#
# Environment: REPOSITORY (installed/repository); PACKAGES, the directory of our packages, with
# higher versions in newer/; HELPERS, static helper programs.

export PATH=$PATH:$HELPERS DEBIAN_FRONTEND=noninteractive
export INITRD=No	# of a new kernel: vm/run makes its own, and it would take minutes
# shellcheck source=selftests/lib/net.sh
. "$SELFTESTS/lib/net.sh"
# shellcheck source=selftests/lib/features.sh
. "$SELFTESTS/lib/features.sh"

running=$(uname -r)
{ read -r first; read -r newest; } <"$REPOSITORY/kernels"
version=$(dpkg-deb -f "$(echo "$PACKAGES"/mptcp-bflag_*.deb)" Version)

# apt takes packages from these parts of the repository.
apt_sources() { # PART...
	local part
	rm -f /etc/apt/sources.list.d/*
	for part; do echo "deb [trusted=yes] file:$REPOSITORY/$part ./"; done >/etc/apt/sources.list
	# recommended packages would take minutes here, and are not needed
	echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/no-recommends
	apt-get -q update
}
apt() { apt-get -q -y -o Dpkg::Use-Pty=0 "$@" </dev/null; }

# The gateway is this machine: its namespace gets the name that lib/net.sh uses.
network() {
	net_add "$client"
	net_add "$server"
	ip netns attach "$gateway" 1
	at_exit "ip netns delete $gateway"
	net_wire
	at_exit 'ip link delete wan0; ip link delete lan0'
	sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1
	printf 'link set %s\n' 'lan down' 'lan name lan0' 'lan0 up' 'wan down' 'wan name wan0' 'wan0 up' | ip -batch -
	in_server nft -f - <<-'EOF'
	table inet seen {
		counter marked { }
		counter plain { }
		chain c {
			type filter hook prerouting priority -300;
			tcp flags & (syn | ack) == syn tcp option @30,24,8 0x21 counter name marked
			tcp flags & (syn | ack) == syn tcp option @30,24,8 0x01 counter name plain
		}
	}
	EOF
	attempt_by
	[ "$attempt" = 'peer client' ] || return 0
	in_server peer server -6 -n 1000000 80 >/dev/null 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 20 listening
}
listening() { in_server ss -Hltn 'sport = :80' | grep -q .; }

# connect: one MPTCP connection of the client; on a kernel without MPTCP, its SYN
connect() {
	# shellcheck disable=SC2086	# it is words
	in_client timeout 30 $attempt 10.0.2.2 80 >/dev/null 2>&1 || [ "$attempt" != 'peer client' ]
}
seen() { in_server nft reset counter inet seen "$1" | awk '/packets/ { print $2 }'; }
# flag: what the server sees in the SYN of a connection: set, clear, both, or none
flag() {
	local set clear
	seen marked >/dev/null
	seen plain >/dev/null
	connect
	set=$(seen marked) clear=$(seen plain)
	case $((set > 0))$((clear > 0)) in 10) echo set ;; 01) echo clear ;; 11) echo both ;; *) echo none ;; esac
}

# marked NAME: the rules are right within 20 s, status says so, and the flag arrives
marked() {
	check "$1: status: it works" wait_for 20 mptcp-bflag status
	check_equal "$1: the server sees the flag" set "$(flag)"
}
# unmarked NAME: connections work without the flag
unmarked() { check_equal "$1: the server sees a SYN without the flag" clear "$(flag)"; }

system_runs() { # NAME
	check_equal "$1: the system is up, no unit failed" running \
		"$(timeout 300 systemctl is-system-running --wait; systemctl list-units --failed --plain --no-legend)"
}
unit() { systemctl show --value -p "$1" mptcp-bflag.service; }
service_runs() { # NAME
	check_equal "$1: the service runs" 'active running success 0' \
		"$(unit ActiveState) $(unit SubState) $(unit Result) $(unit NRestarts)"
}

# The operator's own firewall, which must never depend on us
firewall() {
	cat >/etc/nftables.conf <<-'EOF'
	#!/usr/sbin/nft -f
	flush ruleset
	table inet filter {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			iifname "lan0" oifname "wan0" accept
		}
	}
	table ip nat {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname "wan0" masquerade
		}
	}
	EOF
}
firewall_stands() { # NAME
	check "$1: the firewall stands" nft list chain inet filter forward
	check "$1: its NAT stands" nft list chain ip nat postrouting
}

# literal TEXT: an extended regular expression that matches it; the kernels of Debian 13 have a "+"
# shellcheck disable=SC2001	# "&" in a substitution came with bash 5.2
literal() { sed 's/[+.]/\\&/g' <<<"$1"; }
# built KERNEL: DKMS has our modules for it
built() { grep -F ", $1, " <<<"$(dkms status -m mptcp-bflag)" | grep ': installed'; }
modules_of() { find "/lib/modules/$1" -name '*mptcp_bflag.ko*' 2>/dev/null | sort; }

user=somebody	# may use sudo
after() { :; }	# what a step checks after a line
# typed HOW: type what README tells who wants a NAT gateway: as "root", or as a user with "sudo".
# "make deb" was typed on the machine that built the packages.
typed() {
	local line command
	while IFS= read -r line <&3; do
		command=${line#\# }
		[ "$1" = root ] || command="sudo $command"
		command=${command/apt-get install/apt-get install -q -y -o Dpkg::Use-Pty=0}
		if [ "$1" = root ]; then
			check "typed as root: $line" bash -c "$command"
		else
			check "typed with sudo: $line" setpriv --reuid="$user" --regid="$user" --init-groups \
				env HOME="/home/$user" bash -c "$command"
		fi
		after "$line"
	done 3< <(awk '/^## / { install = /^## Install/; nat = /^## Quick start: NAT/; blocks = 0 }
		/^```/ { blocks += block = /^```console/; next }
		block && /^# / && !/^# make deb/ && (install && blocks == 1 || nat)' "$SELFTESTS/../README.md")
}

# in_sources COMMAND...: where "make deb" has left our packages in build/deb
in_sources() {
	local sources=/var/tmp/sources
	mkdir -p "$sources/build/deb"
	cp "$PACKAGES"/*.deb "$sources/build/deb"
	cd "$sources" || return
	"$@"
	cd /
	rm -rf "$sources"
}
# listing: every file with a name of ours, except logs
listing() {
	find / -xdev \( -path /var/log -o -path /var/lib/apt -o -path /var/tmp -o -path /srv -o -path /proc -o -path /sys \) -prune -o \
		\( -name '*mptcp*bflag*' -o -name '*bflag*mptcp*' \) -print | sort
}
