// SPDX-License-Identifier: GPL-2.0-only
/*
 * Front end 1: the nf_tables expression "mptcp_bflag".  Stateless; changes the
 * packet, writes no register, and ends the rule (NFT_BREAK) unless this very
 * segment was changed.
 */
#include <linux/module.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>
#include <net/netlink.h>

#include "compat.h"
#include "expr.h"
#include "rewrite.h"

/* Never written after init: packets see a copy in the rule blob. */
struct nft_mptcp_bflag {
	struct mptcp_bflag_rule	rule;
};

/*
 * nf_tables parses an expression's attributes liberally.  Whatever it lets
 * through to a policy and we do not know is refused here, and so is a length
 * other than that of a __be32.
 */
#define BFLAG_NLA_BE32 NLA_POLICY_EXACT_LEN(sizeof(__be32))

static const struct nla_policy nft_mptcp_bflag_policy[NFT_EXPR_MAXATTR + 1] = {
	[NFTA_MPTCP_BFLAG_SEGMENTS]	= BFLAG_NLA_BE32,
	[NFTA_MPTCP_BFLAG_VERSIONS]	= BFLAG_NLA_BE32,
	[NFTA_MPTCP_BFLAG_FLAG]		= BFLAG_NLA_BE32,
	[NFTA_MPTCP_BFLAG_MAX + 1 ... NFT_EXPR_MAXATTR] = { .type = NLA_REJECT },
};

/* Everything that needs a stack frame: keep it out of eval. */
static noinline void nft_mptcp_bflag_rewrite(const struct nft_expr *expr,
					     struct nft_regs *regs,
					     const struct nft_pktinfo *pkt,
					     unsigned int from)
{
	const struct nft_mptcp_bflag *priv = nft_expr_priv(expr);

	if (bflag_pkt_fragoff(pkt))
		mptcp_bflag_count(nft_net(pkt), BFLAG_EXPRESSION,
				  BFLAG_FRAGMENT);
	else if (mptcp_bflag_rewrite(nft_net(pkt), pkt->skb,
				     bflag_pkt_nhoff(pkt), bflag_pkt_thoff(pkt),
				     from, &priv->rule))
		return;

	regs->verdict.code = NFT_BREAK;
}

/* A leaf: no stack frame, no call but in the tail. */
static void nft_mptcp_bflag_eval(const struct nft_expr *expr,
				 struct nft_regs *regs,
				 const struct nft_pktinfo *pkt)
{
	unsigned int from = 0;

	if (bflag_pkt_is_tcp(pkt))
		from = unlikely(bflag_pkt_fragoff(pkt)) ? BFLAG_IN_PIECES :
		       mptcp_bflag_candidate(pkt->skb, bflag_pkt_thoff(pkt));

	if (from)
		nft_mptcp_bflag_rewrite(expr, regs, pkt, from);
	else
		regs->verdict.code = NFT_BREAK;
}

static int nft_mptcp_bflag_mask(const struct nlattr *nla, u32 mask, u8 *dest)
{
	u32 value;

	if (!nla)
		return -EINVAL;

	value = ntohl(nla_get_be32(nla));
	if (!value || value & ~mask)
		return -EINVAL;

	*dest = value;
	return 0;
}

static int nft_mptcp_bflag_init(const struct nft_ctx *ctx,
				const struct nft_expr *expr,
				const struct nlattr * const tb[])
{
	struct nft_mptcp_bflag *priv = nft_expr_priv(expr);
	u32 flag;
	int err;

	/* no TCP there, and validate never sees a chain without a hook */
	if (ctx->family == NFPROTO_ARP)
		return -EOPNOTSUPP;

	err = nft_mptcp_bflag_mask(tb[NFTA_MPTCP_BFLAG_SEGMENTS],
				   MPTCP_BFLAG_SEGMENTS, &priv->rule.mark.segments);
	if (err < 0)
		return err;

	err = nft_mptcp_bflag_mask(tb[NFTA_MPTCP_BFLAG_VERSIONS],
				   MPTCP_BFLAG_VERSIONS, &priv->rule.mark.versions);
	if (err < 0)
		return err;

	if (!tb[NFTA_MPTCP_BFLAG_FLAG])
		return -EINVAL;
	flag = ntohl(nla_get_be32(tb[NFTA_MPTCP_BFLAG_FLAG]));
	if (flag != MPTCP_BFLAG_FLAG_C && flag != MPTCP_BFLAG_FLAG_B)
		return -ERANGE;
	priv->rule.mark.flag = flag;
	priv->rule.front_end = BFLAG_EXPRESSION;

	return 0;
}

static int nft_mptcp_bflag_dump(struct sk_buff *skb,
				const struct nft_expr *expr)
{
	const struct nft_mptcp_bflag *priv = nft_expr_priv(expr);

	if (nla_put_be32(skb, NFTA_MPTCP_BFLAG_SEGMENTS,
			 htonl(priv->rule.mark.segments)) ||
	    nla_put_be32(skb, NFTA_MPTCP_BFLAG_VERSIONS,
			 htonl(priv->rule.mark.versions)) ||
	    nla_put_be32(skb, NFTA_MPTCP_BFLAG_FLAG, htonl(priv->rule.mark.flag)))
		return -1;

	return 0;
}

static __maybe_unused int nft_mptcp_bflag_dump_reset(struct sk_buff *skb,
						     const struct nft_expr *expr,
						     bool reset)
{
	return nft_mptcp_bflag_dump(skb, expr);
}

/* Hook numbers mean different hooks in different families: family first. */
static int nft_mptcp_bflag_validate(const struct nft_ctx *ctx,
				    const struct nft_expr *expr)
{
	unsigned int hooks;

	switch (ctx->family) {
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
	case NFPROTO_INET:
		hooks = (1 << NF_INET_PRE_ROUTING) |
			(1 << NF_INET_LOCAL_IN) |
			(1 << NF_INET_FORWARD) |
			(1 << NF_INET_LOCAL_OUT) |
			(1 << NF_INET_POST_ROUTING);
		if (ctx->family == NFPROTO_INET)
			hooks |= 1 << NF_INET_INGRESS;
		break;
	case NFPROTO_BRIDGE:
		hooks = (1 << NF_BR_PRE_ROUTING) |
			(1 << NF_BR_LOCAL_IN) |
			(1 << NF_BR_FORWARD) |
			(1 << NF_BR_LOCAL_OUT) |
			(1 << NF_BR_POST_ROUTING);
		break;
	case NFPROTO_NETDEV:
		hooks = BFLAG_NETDEV_HOOKS;
		break;
	default:
		return -EOPNOTSUPP;
	}

	/* a nat chain sees the SYN of a connection and not its third ACK */
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

int __init mptcp_bflag_expr_init(void)
{
	return nft_register_expr(&nft_mptcp_bflag_type);
}

void mptcp_bflag_expr_exit(void)
{
	nft_unregister_expr(&nft_mptcp_bflag_type);
}

MODULE_ALIAS_NFT_EXPR(NFT_MPTCP_BFLAG_NAME);
