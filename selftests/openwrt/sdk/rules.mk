# SPDX-License-Identifier: GPL-2.0-only
# Instead of OpenWrt's rules.mk: what our package uses of it.  selftests/openwrt/run
# sets TARGET_CC, TARGET_CFLAGS, TARGET_LDFLAGS, PKG_BUILD_DIR, STAGE and KVER.
INSTALL_DIR = install -d -m 0755
INSTALL_BIN = install -m 0755
INSTALL_DATA = install -m 0644
