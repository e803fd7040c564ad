// SPDX-License-Identifier: GPL-2.0-only
/*
 * nft_mptcp_bflag.ko: the nf_tables expression "mptcp_bflag".  "set" may change the
 * packet, "match" only reads it.  Neither keeps state or writes a register.
 */
#include <linux/module.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>
#include <net/netlink.h>

#include "compat.h"
#include "rewrite.h"

/* Never written after init: newer kernels copy it into the rule blob. */
struct nft_mptcp_bflag {
	struct mptcp_bflag_rule	rule;
	u8			operation;
};

/*
 * nf_tables parses attributes liberally, so this policy has to refuse unknown ones and
 * wrong lengths.
 */
#define NFT_MPTCP_BFLAG_BE32 NLA_POLICY_EXACT_LEN(sizeof(__be32))

static const struct nla_policy nft_mptcp_bflag_policy[NFT_EXPR_MAXATTR + 1] = {
	[NFTA_MPTCP_BFLAG_SEGMENTS]	= NFT_MPTCP_BFLAG_BE32,
	[NFTA_MPTCP_BFLAG_VERSIONS]	= NFT_MPTCP_BFLAG_BE32,
	[NFTA_MPTCP_BFLAG_FLAG]		= NFT_MPTCP_BFLAG_BE32,
	[NFTA_MPTCP_BFLAG_OPERATION]	= NFT_MPTCP_BFLAG_BE32,
	[NFTA_MPTCP_BFLAG_MAX + 1 ... NFT_EXPR_MAXATTR] = { .type = NLA_REJECT },
};

/* noinline, so that eval has no stack frame */
static noinline void nft_mptcp_bflag_do(const struct nft_expr *expr,
					struct nft_regs *regs,
					const struct nft_pktinfo *pkt,
					unsigned int from)
{
	const struct nft_mptcp_bflag *priv = nft_expr_priv(expr);
	unsigned int nhoff = bflag_pkt_nhoff(pkt), thoff = bflag_pkt_thoff(pkt);
	bool goes_on;

	if (priv->operation == MPTCP_BFLAG_OP_MATCH)
		goes_on = mptcp_bflag_match(pkt->skb, nhoff, thoff,
					    &priv->rule.mark);
	else
		goes_on = mptcp_bflag_set(nft_net(pkt), pkt->skb, nhoff, thoff,
					  from, &priv->rule);
	if (!goes_on)
		regs->verdict.code = NFT_BREAK;
}

/*
 * Every packet pays for this: no stack frame, and no call except a tail call.
 * Only a first fragment has a TCP header.
 */
static void nft_mptcp_bflag_eval(const struct nft_expr *expr,
				 struct nft_regs *regs,
				 const struct nft_pktinfo *pkt)
{
	unsigned int from = 0;

	if (bflag_pkt_is_tcp(pkt) && likely(!bflag_pkt_fragoff(pkt)))
		from = mptcp_bflag_look(pkt->skb, bflag_pkt_thoff(pkt));
	if (from)
		nft_mptcp_bflag_do(expr, regs, pkt, from);
	else
		regs->verdict.code = NFT_BREAK;
}

/* Read a required value, from @min to @max.  Masks begin at bit 0 and have no gaps. */
static int nft_mptcp_bflag_value(const struct nlattr *nla, u32 min, u32 max,
				 u8 *dest)
{
	u32 value = nla ? ntohl(nla_get_be32(nla)) : max + 1;

	if (value < min || value > max)
		return -EINVAL;

	*dest = value;
	return 0;
}

static int nft_mptcp_bflag_init(const struct nft_ctx *ctx,
				const struct nft_expr *expr,
				const struct nlattr * const tb[])
{
	struct nft_mptcp_bflag *priv = nft_expr_priv(expr);
	struct mpc_rule *mark = &priv->rule.mark;

	/* arp has no TCP, and validate is not called for a chain without a hook */
	if (ctx->family == NFPROTO_ARP)
		return -EOPNOTSUPP;

	priv->rule.front_end = MPTCP_BFLAG_EXPRESSION;
	if (nft_mptcp_bflag_value(tb[NFTA_MPTCP_BFLAG_SEGMENTS],
				  1, MPTCP_BFLAG_SEGMENT_MASK, &mark->segments) ||
	    nft_mptcp_bflag_value(tb[NFTA_MPTCP_BFLAG_VERSIONS],
				  1, MPTCP_BFLAG_VERSION_MASK, &mark->versions) ||
	    nft_mptcp_bflag_value(tb[NFTA_MPTCP_BFLAG_FLAG], MPTCP_BFLAG_FLAG_C,
				  MPTCP_BFLAG_FLAG_B, &mark->flag) ||
	    nft_mptcp_bflag_value(tb[NFTA_MPTCP_BFLAG_OPERATION],
				  MPTCP_BFLAG_OP_SET, MPTCP_BFLAG_OP_MATCH,
				  &priv->operation))
		return -EINVAL;

	return is_power_of_2(mark->flag) ? 0 : -EINVAL;
}

static int nft_mptcp_bflag_dump(struct sk_buff *skb,
				const struct nft_expr *expr)
{
	const struct nft_mptcp_bflag *priv = nft_expr_priv(expr);
	const struct mpc_rule *mark = &priv->rule.mark;

	if (nla_put_be32(skb, NFTA_MPTCP_BFLAG_SEGMENTS, htonl(mark->segments)) ||
	    nla_put_be32(skb, NFTA_MPTCP_BFLAG_VERSIONS, htonl(mark->versions)) ||
	    nla_put_be32(skb, NFTA_MPTCP_BFLAG_FLAG, htonl(mark->flag)) ||
	    nla_put_be32(skb, NFTA_MPTCP_BFLAG_OPERATION, htonl(priv->operation)))
		return -1;

	return 0;
}

static __maybe_unused int nft_mptcp_bflag_dump_reset(struct sk_buff *skb,
						     const struct nft_expr *expr,
						     bool reset)
{
	return nft_mptcp_bflag_dump(skb, expr);
}

/* Hook numbers depend on the family, so check the family first. */
static int nft_mptcp_bflag_validate(const struct nft_ctx *ctx,
				    const struct nft_expr *expr)
{
	/* the same numbers in the bridge family */
	unsigned int hooks = GENMASK(NF_INET_POST_ROUTING, NF_INET_PRE_ROUTING);

	static_assert((int)NF_BR_PRE_ROUTING == (int)NF_INET_PRE_ROUTING &&
		      (int)NF_BR_POST_ROUTING == (int)NF_INET_POST_ROUTING);

	switch (ctx->family) {
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
	case NFPROTO_BRIDGE:
		break;
	case NFPROTO_INET:
		hooks |= BIT(NF_INET_INGRESS);
		break;
	case NFPROTO_NETDEV:
		hooks = BFLAG_NETDEV_HOOKS;
		break;
	default:
		return -EOPNOTSUPP;
	}

	/* a nat chain sees the SYN of a connection, but not the third ACK */
	if (nft_is_base_chain(ctx->chain) &&
	    nft_base_chain(ctx->chain)->type->type == NFT_CHAIN_T_NAT)
		return -EOPNOTSUPP;

	return nft_chain_validate_hooks(ctx->chain, hooks);
}

static __maybe_unused int
nft_mptcp_bflag_validate_data(const struct nft_ctx *ctx,
			      const struct nft_expr *expr,
			      const struct nft_data **data)
{
	return nft_mptcp_bflag_validate(ctx, expr);
}

static struct nft_expr_type nft_mptcp_bflag_type;
static const struct nft_expr_ops nft_mptcp_bflag_ops = {
	.type		= &nft_mptcp_bflag_type,
	.eval		= nft_mptcp_bflag_eval,
	.size		= NFT_EXPR_SIZE(sizeof(struct nft_mptcp_bflag)),
	.init		= nft_mptcp_bflag_init,
	.dump		= BFLAG_NFT_DUMP(nft_mptcp_bflag_dump,
					 nft_mptcp_bflag_dump_reset),
	.validate	= BFLAG_NFT_VALIDATE(nft_mptcp_bflag_validate,
					     nft_mptcp_bflag_validate_data),
	BFLAG_NFT_REDUCE_READONLY
};

static struct nft_expr_type nft_mptcp_bflag_type __read_mostly = {
	.ops		= &nft_mptcp_bflag_ops,
	.name		= NFT_MPTCP_BFLAG_NAME,
	.owner		= THIS_MODULE,
	.policy		= nft_mptcp_bflag_policy,
	.maxattr	= NFT_EXPR_MAXATTR,
};

/* Waits for pernet_ops_rwsem and nfnl_lock() (lock order: stats.c). */
static int __init nft_mptcp_bflag_module_init(void)
{
	mptcp_bflag_stats_wait();
	return nft_register_expr(&nft_mptcp_bflag_type);
}

static void __exit nft_mptcp_bflag_module_exit(void)
{
	nft_unregister_expr(&nft_mptcp_bflag_type);
}

module_init(nft_mptcp_bflag_module_init);
module_exit(nft_mptcp_bflag_module_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(MPTCP_BFLAG_VERSION);
MODULE_DESCRIPTION("nf_tables expression that sets the MPTCP flag \"do not join this address\"");
MODULE_ALIAS_NFT_EXPR(NFT_MPTCP_BFLAG_NAME);
