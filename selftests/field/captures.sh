#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: segments that others captured: mptcp.org's kernels, Linux 5.10 to 7.3, broken options
#
# The TCP headers of tcpdump's own captures with MPTCP (Debian's source package), and those of
# fuzz/handshakes, as they are, through the rule in the running kernel and against the second implementation:
# each in many states of an skb (fuzz/tun.sh).

set -euo pipefail
headers=/run/out/headers
cp "$SELFTESTS/fuzz/handshakes" "$headers"
own=$(grep -vc '^#' "$headers")
for capture in /run/out/prepared/*.pcap; do
	mpdump -x "$capture" | sed "s/^/$(basename "$capture" .pcap)-/" >>"$headers"
done
all=$(grep -vc '^#' "$headers")
[ "$all" -gt "$own" ] || { echo '# no capture has an option of MPTCP'; exit 1; }
each=$((all * 8))
echo "# figure: $((all - own)) headers of tcpdump $(</run/out/prepared/version) and $own of fuzz/handshakes, $each" \
	'segments with each of 8 rules: no difference'
FUZZ_HEADERS=$headers FUZZ_SEGMENTS=$((8 * each)) exec "$SELFTESTS/fuzz/tun.sh"
