/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything about kernels that differ, decided by what the kernel's headers
 * declare and never by a version number: stable kernels take backports of
 * changed callbacks (Debian 12 alone has shipped both shapes of two of them).
 *
 * Functions and callbacks are told apart by their types, here; members of
 * structures and enumerators, which the preprocessor cannot see, by Kbuild,
 * which looks for them in the headers and defines BFLAG_HAVE_....  A shape that
 * is in none of the lists ends the build with a sentence that says where to
 * add it.
 */
#ifndef MPTCP_BFLAG_COMPAT_H
#define MPTCP_BFLAG_COMPAT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/in.h>
#include <linux/skbuff.h>

/* "make check-config" says the same, of all options at once. */
#if !IS_ENABLED(CONFIG_NF_TABLES)
#error "mptcp_bflag needs a kernel with CONFIG_NF_TABLES"
#endif

#include <net/netfilter/nf_tables.h>

#define BFLAG_SAME(type, other) __builtin_types_compatible_p(type, other)

/* The end of each sentence about an unknown shape */
#define BFLAG_UNKNOWN " has a shape that is not known: add it to compat.h"

/* For the types of an expression's callbacks */
#define BFLAG_OPS ((const struct nft_expr_ops *)0)

typedef void bflag_eval_fn(const struct nft_expr *, struct nft_regs *,
			   const struct nft_pktinfo *);
typedef int bflag_init_fn(const struct nft_ctx *, const struct nft_expr *,
			  const struct nlattr * const tb[]);
typedef int bflag_dump_fn(struct sk_buff *, const struct nft_expr *);
typedef int bflag_dump_reset_fn(struct sk_buff *, const struct nft_expr *,
				bool);
typedef int bflag_validate_fn(const struct nft_ctx *, const struct nft_expr *);
typedef int bflag_validate_data_fn(const struct nft_ctx *,
				   const struct nft_expr *,
				   const struct nft_data **);

static_assert(BFLAG_SAME(typeof(BFLAG_OPS->eval), bflag_eval_fn *),
	      "nft_expr_ops.eval" BFLAG_UNKNOWN);
static_assert(BFLAG_SAME(typeof(BFLAG_OPS->init), bflag_init_fn *),
	      "nft_expr_ops.init" BFLAG_UNKNOWN);
static_assert(BFLAG_SAME(typeof(BFLAG_OPS->dump), bflag_dump_fn *) ||
	      BFLAG_SAME(typeof(BFLAG_OPS->dump), bflag_dump_reset_fn *),
	      "nft_expr_ops.dump" BFLAG_UNKNOWN);
static_assert(BFLAG_SAME(typeof(BFLAG_OPS->validate), bflag_validate_fn *) ||
	      BFLAG_SAME(typeof(BFLAG_OPS->validate), bflag_validate_data_fn *),
	      "nft_expr_ops.validate" BFLAG_UNKNOWN);

/* .dump: with or without "reset", which a stateless expression ignores. */
#define BFLAG_NFT_DUMP(plain, with_reset) __builtin_choose_expr(	\
	BFLAG_SAME(typeof(BFLAG_OPS->dump), bflag_dump_fn *), plain, with_reset)

/* .validate: with or without a way to hand back a verdict. */
#define BFLAG_NFT_VALIDATE(plain, with_data) __builtin_choose_expr(	\
	BFLAG_SAME(typeof(BFLAG_OPS->validate), bflag_validate_fn *), plain, with_data)

/*
 * Kernels that track registers across a rule's expressions want to be told
 * that this one writes none.
 */
#ifdef NFT_REDUCE_READONLY
#define BFLAG_NFT_REDUCE_READONLY .reduce = NFT_REDUCE_READONLY,
#else
#define BFLAG_NFT_REDUCE_READONLY
#endif

/* The hooks of the netdev family: without egress before there was one. */
#ifdef BFLAG_HAVE_NETDEV_EGRESS
#define BFLAG_NETDEV_HOOKS (BIT(NF_NETDEV_INGRESS) | BIT(NF_NETDEV_EGRESS))
#else
#define BFLAG_NETDEV_HOOKS BIT(NF_NETDEV_INGRESS)
#endif

/**
 * bflag_pkt_is_tcp - is the packet TCP, as nf_tables sees it?
 * @pkt: the packet
 *
 * Kernels differ in how they note that the protocol is known (tprot_set, a
 * bit in flags); all of them have 0 there if it is not, and TCP is 6.
 *
 * Return: true if it is.
 */
static __always_inline bool bflag_pkt_is_tcp(const struct nft_pktinfo *pkt)
{
	return pkt->tprot == IPPROTO_TCP;
}

/**
 * bflag_pkt_fragoff - fragment offset
 * @pkt: the packet
 *
 * Return: not 0 for a fragment other than the first.
 */
static __always_inline unsigned int
bflag_pkt_fragoff(const struct nft_pktinfo *pkt)
{
#if defined(BFLAG_HAVE_PKTINFO_FRAGOFF)
	return pkt->fragoff;
#elif defined(BFLAG_HAVE_PKTINFO_XT)
	return pkt->xt.fragoff;
#else
#error "struct nft_pktinfo has a shape that is not known: add where its fragment offset is"
#endif
}

/**
 * bflag_pkt_thoff - where the transport header is
 * @pkt: the packet
 *
 * Return: its offset from skb->data, in bytes.
 */
static __always_inline unsigned int
bflag_pkt_thoff(const struct nft_pktinfo *pkt)
{
#if defined(BFLAG_HAVE_PKTINFO_XT)
	return pkt->xt.thoff;	/* not all of these kernels have nft_thoff() */
#else
	return nft_thoff(pkt);
#endif
}

/**
 * bflag_pkt_nhoff - where the IP header is
 * @pkt: the packet
 *
 * Newer kernels look into PPPoE and a second VLAN tag, once a "meta" expression
 * of the same chain has asked what is in there; skb->network_header stays.
 *
 * Return: its offset from skb->data, in bytes.
 */
static __always_inline unsigned int
bflag_pkt_nhoff(const struct nft_pktinfo *pkt)
{
#if defined(BFLAG_HAVE_PKTINFO_NHOFF)
	return skb_network_offset(pkt->skb) + pkt->nhoff;
#else
	return skb_network_offset(pkt->skb);
#endif
}

/* Of conntrack's helpers, for the file that includes it for them */
#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack_helper.h>

typedef int bflag_help_fn(struct sk_buff *, unsigned int, struct nf_conn *,
			  enum ip_conntrack_info);
typedef int bflag_from_nlattr_fn(struct nlattr *, struct nf_conn *);

/* nf_ct_helper_init(): with the ports of the tuple, or found by name alone */
typedef void bflag_helper_by_port_fn(struct nf_conntrack_helper *, u16, u16,
				     const char *, u16, u16, u32,
				     const struct nf_conntrack_expect_policy *,
				     u32, bflag_help_fn *,
				     bflag_from_nlattr_fn *, struct module *);
typedef void bflag_helper_by_name_fn(struct nf_conntrack_helper *, u8, u16,
				     const char *,
				     const struct nf_conntrack_expect_policy *,
				     u32, bflag_help_fn *,
				     bflag_from_nlattr_fn *, struct module *);

/*
 * nf_conntrack_helper_register(): the kernel takes ours into its list, or a
 * copy, to which it hands back a pointer and which outlives the module if a
 * connection still has it (without its help()).
 */
typedef int bflag_register_fn(struct nf_conntrack_helper *);
typedef int bflag_register_copy_fn(struct nf_conntrack_helper *,
				   struct nf_conntrack_helper **);
typedef void bflag_unregister_fn(struct nf_conntrack_helper *);

#define BFLAG_IS(function, type) BFLAG_SAME(typeof(function), type)

/* Called only where BFLAG_IS(); elsewhere it has to compile, and goes away. */
#define BFLAG_AS(function, type)					\
	({ typeof((type *)NULL) as = (void *)(function); as; })

static_assert(BFLAG_IS(nf_ct_helper_init, bflag_helper_by_port_fn) ||
	      BFLAG_IS(nf_ct_helper_init, bflag_helper_by_name_fn),
	      "nf_ct_helper_init()" BFLAG_UNKNOWN);
static_assert(BFLAG_IS(nf_conntrack_helper_register, bflag_register_fn) ||
	      BFLAG_IS(nf_conntrack_helper_register, bflag_register_copy_fn),
	      "nf_conntrack_helper_register()" BFLAG_UNKNOWN);
static_assert(BFLAG_IS(nf_conntrack_helper_unregister, bflag_unregister_fn),
	      "nf_conntrack_helper_unregister()" BFLAG_UNKNOWN);

/**
 * struct bflag_helper - a helper, and what conntrack made of it
 * @helper: as it is asked for
 * @registered: as it is registered; NULL: it is not
 */
struct bflag_helper {
	struct nf_conntrack_helper helper;
	struct nf_conntrack_helper *registered;
};

/**
 * bflag_helper_register - make a TCP helper for every address family known
 * @h: the helper
 * @name: its name
 * @port: another one for each helper; only has to differ, where it counts
 * @policy: of the connections it expects
 * @help: called with each packet
 * @me: this module
 *
 * Return: 0, or an error, and then it is not registered.
 */
static inline int
bflag_helper_register(struct bflag_helper *h, const char *name, u16 port,
		      const struct nf_conntrack_expect_policy *policy,
		      bflag_help_fn *help, struct module *me)
{
	int err;

	if (BFLAG_IS(nf_ct_helper_init, bflag_helper_by_port_fn))
		BFLAG_AS(nf_ct_helper_init, bflag_helper_by_port_fn)
			(&h->helper, NFPROTO_UNSPEC, IPPROTO_TCP, name, port,
			 port, 0, policy, 0, help, NULL, me);
	else
		BFLAG_AS(nf_ct_helper_init, bflag_helper_by_name_fn)
			(&h->helper, NFPROTO_UNSPEC, IPPROTO_TCP, name, policy,
			 0, help, NULL, me);

	if (BFLAG_IS(nf_conntrack_helper_register, bflag_register_copy_fn))
		return BFLAG_AS(nf_conntrack_helper_register,
				bflag_register_copy_fn)(&h->helper,
							&h->registered);

	err = BFLAG_AS(nf_conntrack_helper_register,
		       bflag_register_fn)(&h->helper);
	if (!err)
		h->registered = &h->helper;
	return err;
}

/**
 * bflag_helper_unregister - undo bflag_helper_register(), if it did anything
 * @h: the helper
 *
 * All kernels wait for a grace period behind the moment from which no packet
 * can find help() any more: connections have lost the helper by then (up to
 * 6.12, read in 5.10, 6.1) or the helper its help() (7.3).
 */
static inline void bflag_helper_unregister(struct bflag_helper *h)
{
	if (h->registered)
		nf_conntrack_helper_unregister(h->registered);
}

#endif /* CONFIG_NF_CONNTRACK */

#endif /* MPTCP_BFLAG_COMPAT_H */
