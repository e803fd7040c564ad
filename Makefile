# SPDX-License-Identifier: GPL-2.0-only
# Build, install, show and test mptcp_bflag.  "make help" lists the targets.
#
# Variables:
#   KVER      kernel to build the modules for: the running one, or, where that
#             has no headers (in a container, say), the newest that has
#   KDIR      its build directory (/lib/modules/KVER/build)
#   PREFIX    where the tool goes (/usr/local)
#   DESTDIR   staging directory for packages (empty)
#   TESTS     "make check", "make check-kernels": test scripts to run (all)
#   KERNELS   "make check-kernels", "make bench": suites of selftests/kernels
#             (all; this machine's own kernel)
#   SUITE     "make deb": build the packages for this Debian suite, in a root of it
#   SUITES    "make check-install", "make check-secure-boot", "make check-dkms": Debian suites (all);
#             "make check-field" (this machine's own)
#   ARCHITECTURES  "make check-processors": Debian's names (all of selftests/processors/machines)
#   STEPS     "make check-install": the first of its steps (all)
#   MACHINES  virtual machines at a time (one per processor and per 2 GiB of free memory)
#   CC, CFLAGS

VERSION := $(shell cat VERSION)
PREFIX ?= /usr/local
BUILD := $(CURDIR)/build
CC ?= gcc
CFLAGS ?= -O2 -g

KVER ?= $(shell ./selftests/lib/kernel-version)
KDIR ?= /lib/modules/$(KVER)/build


all: module tool

module:
	@test -e "$(KDIR)/Makefile" || { echo "no kernel headers in $(KDIR): apt-get install linux-headers-amd64, or set KVER or KDIR" >&2; exit 1; }
	@kmod/check-config --quiet '$(KDIR)' '$(KVER)'
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

check-config:
	@kmod/check-config '$(KDIR)' '$(KVER)'

tool:
	$(MAKE) -C userspace CC='$(CC)' CFLAGS='$(CFLAGS)' PREFIX='$(PREFIX)'

helpers:
	$(MAKE) -C selftests/helpers CC='$(CC)'

install: all
	@test -n "$(DESTDIR)" || test "$(KVER)" = "$$(uname -r)" || \
		echo "note: the running kernel is $$(uname -r), which has no headers here; the modules are installed for $(KVER)" >&2
	@# not compressed: Debian 13's kernel would want xz for that, which a small system lacks
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH='$(DESTDIR)' INSTALL_MOD_DIR=updates CONFIG_MODULE_COMPRESS_ALL= modules_install
	@test -n "$(DESTDIR)" || depmod $(KVER)
	$(MAKE) -C userspace DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' install

uninstall:
	rm -f '$(DESTDIR)/lib/modules/$(KVER)/updates/'*mptcp_bflag.ko*
	@test -n "$(DESTDIR)" || depmod $(KVER)
	$(MAKE) -C userspace DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' uninstall

dkms-install:
	@packaging/dkms install

dkms-uninstall:
	@packaging/dkms uninstall

deb:
	@packaging/deb $(SUITE)

dist:
	@packaging/dist

deps:
	@./selftests/deps

demo: deps
	+@./selftests/demo/run

check: deps
	+@./selftests/check $(TESTS)

check-kernels: deps
	+@./selftests/check-kernels $(KERNELS:%=--suite %) $(TESTS)

check-install: deps
	@./selftests/deps install
	+@STEPS='$(STEPS)' ./selftests/installed/run $(SUITES)

check-secure-boot: deps
	@./selftests/deps install
	+@./selftests/installed/secure-boot $(SUITES)

check-packages: deps
	@./selftests/packages

check-field: deps
	+@SUITES='$(SUITES)' ./selftests/field/run $(TESTS)

field-docs:
	@./selftests/field/table >build/field/table
	@./selftests/lib/doc-part field-docs build/field/table

check-dkms: deps
	@./selftests/dkms $(SUITES)

check-old-servers: deps
	+@./selftests/old-servers/run

bench: deps
	+@./selftests/bench/run $(KERNELS:%=--suite %)

bench-docs:
	@./selftests/bench/kernels build/bench >build/bench/kernels
	@./selftests/lib/doc-part bench build/bench/table
	@cp build/bench/cost.svg docs/cost.svg
	@./selftests/lib/doc-part "bench KERNELS='trixie trixie-backports'" build/bench/kernels

bench-gate: deps
	+@./selftests/bench/run --gate

bench-scale: deps
	+@./selftests/bench/scale

bench-scale-docs:
	@./selftests/lib/doc-part bench-scale build/bench/scale

bench-scale-gate: deps
	+@./selftests/bench/scale --gate

check-processors: deps
	@./selftests/deps processors
	+@TESTS='$(TESTS)' ./selftests/processors/run $(ARCHITECTURES)

processors-docs:
	@for arch in $$(awk '!/^(#|$$)/ { print $$1 }' selftests/processors/machines); do test -s build/processors/$$arch/facts || \
		{ echo "no result of $$arch: run 'make check-processors ARCHITECTURES=$$arch'" >&2; exit 1; }; done
	@./selftests/lib/kernel-table selftests/processors/machines build/processors >build/processors/table
	@./selftests/lib/doc-part check-processors build/processors/table

compatibility:
	@./selftests/lib/doc-table

lint: deps
	+@./selftests/lint

check-upstream: deps
	@./selftests/deps sanitizers
	+@./selftests/upstream/run

proof:
	@./selftests/deps proof
	@./selftests/proof/run

fuzz: deps
	@./selftests/deps fuzz
	@./selftests/fuzz/run

check-sanitizers: deps
	@./selftests/deps sanitizers
	+@./selftests/sanitizers/run um $(TESTS)

sanitizers-lockdep: deps
	@./selftests/deps sanitizers
	+@./selftests/sanitizers/lockdep/run

coverage: deps
	@./selftests/deps sanitizers
	+@./selftests/sanitizers/run --coverage um

check-races: deps
	@./selftests/deps sanitizers
	+@KERNEL=kcsan ./selftests/concurrency/run
	+@KERNEL=kcsan MUTANTS=1 ./selftests/concurrency/run

check-concurrency: deps
	@./selftests/deps sanitizers
	+@./selftests/concurrency/run

check-netlink: deps
	@./selftests/deps sanitizers
	+@./selftests/netlink/run

static: deps
	@./selftests/deps static
	+@./selftests/static/run

builds: deps
	@./selftests/deps builds
	+@./selftests/builds

check-openwrt: deps
	@./selftests/deps openwrt
	+@./selftests/openwrt/run

clean:
	rm -rf $(BUILD)
	rm -f *.o *.ko *.mod *.mod.c .*.cmd Module.symvers modules.order .module-common.o
	rm -f kmod/*.o kmod/.*.cmd

help:
	@echo 'make                build the modules and the tool (PREFIX, KVER, KDIR)'
	@echo 'make install        install both (DESTDIR); make uninstall'
	@echo 'make dkms-install   let dkms build the modules, also for each new kernel; make dkms-uninstall'
	@echo 'make deb            build the Debian packages in build/deb (SUITE=trixie: for that suite)'
	@echo 'make dist           make the tarball of a release in build/dist'
	@echo 'make check-config   list the options that the kernel lacks (KVER, KDIR)'
	@echo 'make deps           install the Debian packages that building and testing need'
	@echo 'make demo           show it on real MPTCP traffic, in a virtual machine'
	@echo 'make check          run all tests, in virtual machines (TESTS=selftests/suite/NAME.sh)'
	@echo 'make check-kernels  run the tests on the kernels of other Debian suites (KERNELS=trixie, TESTS)'
	@echo 'make check-processors  run them on arm64, armhf, riscv64 and s390x (ARCHITECTURES=s390x, TESTS)'
	@echo 'make processors-docs  write the table of the last check-processors into docs/'
	@echo 'make check-install  install, upgrade and purge the Debian packages in virtual machines (SUITES=bookworm)'
	@echo 'make check-secure-boot  what a kernel with Secure Boot does with the modules; a key of dkms is enrolled (SUITES)'
	@echo 'make check-packages build the packages and the tarball twice: the same bytes, and lintian is silent'
	@echo 'make check-field    other programs, balancers, standby gateways, 10,000 connections (TESTS=scale, SUITES)'
	@echo 'make field-docs     write the table of the last check-field into docs/'
	@echo 'make check-dkms     what dkms of Debian 11, 12 and 13 does with the packages and with odd kernels (SUITES)'
	@echo 'make check-old-servers  show what Linux 5.10 servers do with the flag (builds a kernel first)'
	@echo 'make compatibility  write the table of the last check-kernels into docs/'
	@echo 'make check-upstream show that the patches of docs/upstream cure what it reports (builds two kernels first)'
	@echo 'make bench          count the instructions that this and its alternatives add to a packet'
	@echo '                    (KERNELS="trixie trixie-backports": on the kernels of other Debian suites)'
	@echo 'make bench-docs     write the tables and the drawing of the last bench into docs/'
	@echo 'make bench-gate     fail if the rule costs more than before'
	@echo 'make bench-scale    count with a million connections, many rules, two processors; measure memory'
	@echo 'make bench-scale-docs  write its tables into docs/'
	@echo 'make bench-scale-gate  fail if cost grows with connections or rules, or processors share memory'
	@echo 'make lint           run the static checks alone'
	@echo 'make proof          prove the core (Frama-C); seeded bugs must fail'
	@echo 'make fuzz           fuzz the core and the skb layer against a second implementation (FUZZ_SECONDS, FUZZ_RUNS)'
	@echo 'make check-sanitizers  run the tests on a kernel with KASAN, UBSan, lockdep, kmemleak (builds it first; TESTS)'
	@echo 'make sanitizers-lockdep  show that lockdep sees the lock order, and reports seeded deadlocks'
	@echo 'make check-concurrency  processors against each other (CYCLES; MUTANTS=1: find seeded bugs; KERNEL=kasan)'
	@echo 'make check-races    the same on a kernel with KCSAN, which finds data races; seeded ones must be found'
	@echo 'make coverage       which lines of the modules does check-sanitizers execute?'
	@echo 'make check-netlink  generated nf_tables messages against an oracle on that kernel (MESSAGES, SEED)'
	@echo 'make static         gcc -fanalyzer, clang-tidy, cppcheck, coccinelle (SMATCH=path: smatch)'
	@echo 'make builds         build with other compilers, for other processors and flavours'
	@echo 'make check-openwrt  build the OpenWrt packages with musl, without the SDK, and run them beside reloads as by fw4'
	@echo 'make clean'

.PHONY: all module tool helpers install uninstall dkms-install dkms-uninstall deb dist deps demo check check-kernels \
	check-install check-processors processors-docs check-secure-boot check-packages check-field field-docs check-dkms \
	check-openwrt check-old-servers check-upstream \
	proof fuzz check-sanitizers sanitizers-lockdep coverage check-races check-concurrency check-netlink static bench bench-gate bench-docs \
	bench-scale bench-scale-gate bench-scale-docs compatibility lint builds check-config clean help
