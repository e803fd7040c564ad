/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For modules that nf_tables loads with commit_mutex held, by -include: their init runs with the map
 * of bflag_modprobe_map.c.
 */
/* as the files that this is included in; before the first header */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/lockdep.h>
#include <linux/module.h>

extern struct lockdep_map bflag_modprobe_map;

#undef module_init
#define module_init(function)						\
	static int __init function##_in_modprobe(void)			\
	{								\
		int err;						\
									\
		lock_map_acquire(&bflag_modprobe_map);			\
		err = function();					\
		lock_map_release(&bflag_modprobe_map);			\
		return err;						\
	}								\
	int init_module(void) __copy(function##_in_modprobe)		\
		__attribute__((alias(#function "_in_modprobe")))
