# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests that send with helpers/flood through the gateway, from two processors.

# shellcheck source=selftests/lib/module.sh
. "$SELFTESTS/lib/module.sh"
in_server() { ip netns exec "$server" "$@"; }	# with its sysfs, for net_absent

two_processors() { [ "$(nproc)" -gt 1 ]; }
need two_processors 'one processor'

# flood_chains PORTS: segments to these ports go through the chain "open", those to port 2 through
# "closed".  In prerouting: ip_forward() copies the header of a clone before the later hooks.
flood_chains() {
	in_gateway nft -f - <<-EOT
		table ip t {
			chain open { }
			chain closed { }
			chain prerouting {
				type filter hook prerouting priority -300;
				tcp dport { $1 } jump open
				tcp dport 2 jump closed
			}
		}
	EOT
}
