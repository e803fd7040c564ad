// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a load that nf_tables waits for visible to lockdep.  A rule with "ct helper" makes nf_tables
 * wait for modprobe with commit_mutex held, but the module's init runs in another task, so lockdep
 * sees no dependency.  This module stands for that wait with a map, "modprobe": the init of its
 * expression, which runs with commit_mutex held, takes it, and init.h makes the init of our modules take
 * it, too.  From then on each lock that our init takes, or waits for, is a lock behind commit_mutex.
 *
 * Its expression has the name of the benchmark's, so that helpers/rule can write it.
 */
#include <linux/lockdep.h>
#include <linux/module.h>
#include <net/netfilter/nf_tables.h>

struct lockdep_map bflag_modprobe_map =
	STATIC_LOCKDEP_MAP_INIT("modprobe", &bflag_modprobe_map);
EXPORT_SYMBOL_GPL(bflag_modprobe_map);

static void bflag_map_eval(const struct nft_expr *expr, struct nft_regs *regs,
			   const struct nft_pktinfo *pkt)
{
}

static int bflag_map_init(const struct nft_ctx *ctx, const struct nft_expr *expr,
			  const struct nlattr * const tb[])
{
	lock_map_acquire(&bflag_modprobe_map);
	lock_map_release(&bflag_modprobe_map);
	return 0;
}

static struct nft_expr_type bflag_map_type;
static const struct nft_expr_ops bflag_map_ops = {
	.type	= &bflag_map_type,
	.eval	= bflag_map_eval,
	.init	= bflag_map_init,
	.size	= NFT_EXPR_SIZE(0),
};

static struct nft_expr_type bflag_map_type = {
	.ops	= &bflag_map_ops,
	.name	= "bench_nop",
	.owner	= THIS_MODULE,
};

static int __init bflag_map_load(void)
{
	return nft_register_expr(&bflag_map_type);
}

static void __exit bflag_map_unload(void)
{
	nft_unregister_expr(&bflag_map_type);
}

module_init(bflag_map_load);
module_exit(bflag_map_unload);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: the wait of nf_tables for modprobe, for lockdep");
