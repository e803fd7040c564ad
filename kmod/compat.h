/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between kernels, decided by what the kernel's headers declare and
 * never by a version number: stable kernels backport changed callbacks (Debian 12 has
 * shipped both shapes of two of them).
 *
 * This file distinguishes functions and callbacks by their types.  The preprocessor
 * cannot see members of structures and enumerators: Kbuild searches the headers for
 * them and defines BFLAG_HAVE_*.  An unknown shape stops the build with a sentence
 * that says what to add.
 */
#ifndef MPTCP_BFLAG_COMPAT_H
#define MPTCP_BFLAG_COMPAT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/in.h>
#include <linux/skbuff.h>

/* "make check-config" lists all missing options at once. */
#if !IS_ENABLED(CONFIG_NF_TABLES)
#error "mptcp_bflag needs a kernel with CONFIG_NF_TABLES"
#endif

#include <net/netfilter/nf_tables.h>

#define BFLAG_SAME(type, other) __builtin_types_compatible_p(type, other)

/* The end of each sentence about an unknown shape */
#define BFLAG_UNKNOWN " has a shape that is not known: add it to compat.h"

/* For the types of the callbacks */
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
 * Some kernels track registers across the expressions of a rule: declare that this
 * expression writes none.
 */
#ifdef NFT_REDUCE_READONLY
#define BFLAG_NFT_REDUCE_READONLY .reduce = NFT_REDUCE_READONLY,
#else
#define BFLAG_NFT_REDUCE_READONLY
#endif

/* The hooks of the netdev family; old kernels have no egress. */
#ifdef BFLAG_HAVE_NETDEV_EGRESS
#define BFLAG_NETDEV_HOOKS (BIT(NF_NETDEV_INGRESS) | BIT(NF_NETDEV_EGRESS))
#else
#define BFLAG_NETDEV_HOOKS BIT(NF_NETDEV_INGRESS)
#endif

/**
 * bflag_pkt_is_tcp - is the packet TCP, as nf_tables sees it?
 * @pkt: the packet
 *
 * Kernels differ in how they mark the protocol as known (tprot_set, a bit in flags).
 * In all of them tprot is 0 if it is unknown.
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
 * In newer kernels, a "meta" expression of the same chain may have parsed PPPoE or a
 * second VLAN tag; skb->network_header does not follow.
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

/* Conntrack helpers */
#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack_helper.h>

typedef int bflag_help_fn(struct sk_buff *, unsigned int, struct nf_conn *,
			  enum ip_conntrack_info);
typedef int bflag_from_nlattr_fn(struct nlattr *, struct nf_conn *);

/* nf_ct_helper_init(): with the ports of a tuple, or with a name alone */
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
 * nf_conntrack_helper_register(): the kernel either adds our structure to its list, or
 * returns a pointer to a copy.  The copy outlives the module while a connection
 * refers to it, without its help().
 */
typedef int bflag_register_fn(struct nf_conntrack_helper *);
typedef int bflag_register_copy_fn(struct nf_conntrack_helper *,
				   struct nf_conntrack_helper **);
typedef void bflag_unregister_fn(struct nf_conntrack_helper *);

#define BFLAG_IS(function, type) BFLAG_SAME(typeof(function), type)

/* Called only where BFLAG_IS() holds; elsewhere it compiles and is removed. */
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
 * struct bflag_helper - a conntrack helper
 * @helper: the structure to register
 * @registered: the registered structure: @helper, or the kernel's copy; or NULL
 */
struct bflag_helper {
	struct nf_conntrack_helper helper;
	struct nf_conntrack_helper *registered;
};

/**
 * bflag_helper_register - register a TCP helper for all address families
 * @h: the helper
 * @name: its name
 * @port: a different number for each helper; some kernels ignore it
 * @policy: policy for expected connections
 * @help: called for each packet
 * @me: this module
 *
 * Return: 0, or an error; then the helper is not registered.
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
 * bflag_helper_unregister - unregister a helper, if it is registered
 * @h: the helper
 *
 * All kernels first make help() unreachable, and then wait for a grace period: up to
 * 6.12 connections lose the helper (read in 5.10 and 6.1), in 7.3 the helper loses
 * help().
 */
static inline void bflag_helper_unregister(struct bflag_helper *h)
{
	if (h->registered)
		nf_conntrack_helper_unregister(h->registered);
}

#endif /* CONFIG_NF_CONNTRACK */

#endif /* MPTCP_BFLAG_COMPAT_H */
