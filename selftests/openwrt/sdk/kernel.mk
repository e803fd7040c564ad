# SPDX-License-Identifier: GPL-2.0-only
# Instead of OpenWrt's kernel.mk: the kernel's build directory, and KernelPackage
LINUX_DIR = /lib/modules/$(KVER)/build
KERNEL_MAKE = $(MAKE) -C $(LINUX_DIR)
MODULES_SUBDIR = lib/modules/$(KVER)

# The package installs FILES; AUTOLOAD would become a file in /etc/modules.d.
define KernelPackage
FILES:=
AUTOLOAD:=
$(call KernelPackage/$(1))
kmod-$(1)_FILES:=$$(FILES)
kmod-$(1)_AUTOLOAD:=$$(AUTOLOAD)
define Package/kmod-$(1)
$(call KernelPackage/$(1))
endef
define Package/kmod-$(1)/install
	install -d $$(1)/$(MODULES_SUBDIR)
	install -m 0644 $$(kmod-$(1)_FILES) $$(1)/$(MODULES_SUBDIR)
	$$(if $$(kmod-$(1)_AUTOLOAD),install -D /dev/null $$(1)/etc/modules.d/$(1))
endef
$$(eval $$(call BuildPackage,kmod-$(1)))
endef
AutoProbe = probe $(1)
AutoLoad = load $(1) $(2)
