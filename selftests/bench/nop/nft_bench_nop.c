// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nf_tables expression "bench_nop", which does nothing: it shows the minimal cost of an
 * expression.  "make bench" compares the module with it.
 */
#include <linux/module.h>
#include <net/netfilter/nf_tables.h>

static void nft_bench_nop_eval(const struct nft_expr *expr,
			       struct nft_regs *regs,
			       const struct nft_pktinfo *pkt)
{
}

static struct nft_expr_type nft_bench_nop_type;
static const struct nft_expr_ops nft_bench_nop_ops = {
	.type		= &nft_bench_nop_type,
	.eval		= nft_bench_nop_eval,
	.size		= NFT_EXPR_SIZE(0),
#ifdef NFT_REDUCE_READONLY
	.reduce		= NFT_REDUCE_READONLY,
#endif
};

static struct nft_expr_type nft_bench_nop_type __read_mostly = {
	.ops		= &nft_bench_nop_ops,
	.name		= "bench_nop",
	.owner		= THIS_MODULE,
};

static int __init nft_bench_nop_init(void)
{
	return nft_register_expr(&nft_bench_nop_type);
}

static void __exit nft_bench_nop_exit(void)
{
	nft_unregister_expr(&nft_bench_nop_type);
}

module_init(nft_bench_nop_init);
module_exit(nft_bench_nop_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mptcp_bflag authors");
MODULE_DESCRIPTION("nf_tables: an expression that does nothing, for benchmarks");
MODULE_ALIAS_NFT_EXPR("bench_nop");
