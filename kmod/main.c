// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload: counters first, then what can be reached from outside. */
#include <linux/module.h>

#include "expr.h"
#include "stats.h"

static int __init mptcp_bflag_init(void)
{
	int err;

	err = mptcp_bflag_stats_init();
	if (err)
		return err;

	err = mptcp_bflag_expr_init();
	if (err)
		mptcp_bflag_stats_exit();
	return err;
}

static void __exit mptcp_bflag_exit(void)
{
	mptcp_bflag_expr_exit();
	mptcp_bflag_stats_exit();
}

module_init(mptcp_bflag_init);
module_exit(mptcp_bflag_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(MPTCP_BFLAG_VERSION);
MODULE_AUTHOR("The nft_mptcp_bflag authors");
MODULE_DESCRIPTION("nf_tables: set the MPTCP flag that asks for no joins to this address");
