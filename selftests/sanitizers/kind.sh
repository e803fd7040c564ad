# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034	# used by those who source this
# For scripts that run on different kernels, in the top directory:
#
# kind KIND: "stock" is this machine's, others are those of sanitizers/run.  Sets $kernel_top, the directory;
# ${kernel_make[@]}, the command that builds modules for it, with M=DIR; and ${kernel_boot[@]}, the command that boots
# it, with options of vm/run.
kind() {
	kernel_top=$PWD/build/sanitizers/$1
	kernel_make=(make -s -C "$kernel_top/kernel")
	kernel_boot=(selftests/vm/run --boot "$kernel_top/root" --cpus 2 --memory 3072)
	case $1 in
	stock)
		kernel_make=(make -s -C "/lib/modules/$(selftests/lib/kernel-version --image)/build")
		kernel_boot=(selftests/vm/run --cpus 2)
		;;
	um)
		kernel_make+=(ARCH=um)
		kernel_boot=(selftests/vm/uml --boot "$kernel_top/root" --memory 3072)
		;;
	esac
}
