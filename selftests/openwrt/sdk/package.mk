# SPDX-License-Identifier: GPL-2.0-only
# Instead of OpenWrt's package.mk and package-defaults.mk: compile, and install each
# package into a directory of STAGE.  "make fields" prints what a package declares.
MAKE_VARS = CFLAGS="$(TARGET_CFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)"
MAKE_FLAGS = CC="$(TARGET_CC)"
MAKE_PATH = .

define Build/Compile/Default
	+$(MAKE_VARS) $(MAKE) $(PKG_JOBS) -C $(PKG_BUILD_DIR)/$(MAKE_PATH) $(MAKE_FLAGS) $(1)
endef

packages =
define BuildPackage
DEPENDS:=
TITLE:=
SUBMENU:=
$(call Package/$(1))
packages += $(1)
$(1)_DEPENDS:=$$(DEPENDS)
$(1)_TITLE:=$$(TITLE)
$(1)_SUBMENU:=$$(SUBMENU)
stage-$(1): compile
	$$(call Package/$(1)/install,$(STAGE)/$(1))
endef

compile:
	$(Build/Compile)

.SECONDEXPANSION:
stage: $$(addprefix stage-,$$(packages))

fields:
	@:$(foreach field,NAME VERSION RELEASE SOURCE HASH MAINTAINER LICENSE LICENSE_FILES,$(info PKG_$(field) $(PKG_$(field))))
	@:$(foreach package,$(packages),$(foreach field,TITLE SUBMENU DEPENDS,$(info $(package) $(field) $($(package)_$(field)))))

.PHONY: compile stage fields
