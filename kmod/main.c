// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload: counters first, then what can be reached from outside. */
#include <linux/module.h>

#include "ct_helper.h"
#include "expr.h"
#include "stats.h"

static int __init mptcp_bflag_init(void)
{
	int err;

	mptcp_bflag_stats_init();

	err = mptcp_bflag_ct_helper_init();
	if (err)
		goto err_stats;

	err = mptcp_bflag_expr_init();
	if (err)
		goto err_helper;

	return 0;

err_helper:
	mptcp_bflag_ct_helper_exit();
err_stats:
	mptcp_bflag_stats_exit();
	return err;
}

static void __exit mptcp_bflag_exit(void)
{
	mptcp_bflag_expr_exit();
	mptcp_bflag_ct_helper_exit();
	mptcp_bflag_stats_exit();
}

module_init(mptcp_bflag_init);
module_exit(mptcp_bflag_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(MPTCP_BFLAG_VERSION);
MODULE_AUTHOR("The nft_mptcp_bflag authors");
MODULE_DESCRIPTION("nf_tables, conntrack: set the MPTCP flag that asks for no joins to this address");
