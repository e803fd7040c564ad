#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test.sh PACKAGE VERSION: the feed's CI runs it after it has installed PACKAGE, in a
# container, which has no kernel of OpenWrt's.

case "$1" in
mptcp-bflag)
	mptcp-bflag version | grep -xF "mptcp-bflag $2"
	;;
esac
