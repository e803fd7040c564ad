/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between kernels.  What the headers declare decides, never a version
 * number: stable kernels backport changed callbacks (Debian 12 has shipped two types of
 * .dump and .validate).
 *
 * Functions and callbacks are distinguished by type.  The preprocessor cannot see
 * members and enumerators, so Kbuild searches the headers and defines BFLAG_HAVE_*.
 * An unknown type stops the build with a message that says what to add.
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

#define BFLAG_UNKNOWN " has an unknown type: add it to compat.h"

/* Only for typeof() */
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

/* "reset" means nothing to an expression without state. */
#define BFLAG_NFT_DUMP(plain, with_reset) __builtin_choose_expr(	\
	BFLAG_SAME(typeof(BFLAG_OPS->dump), bflag_dump_fn *), plain, with_reset)

/* Some kernels ask for a verdict in "data"; this expression has none. */
#define BFLAG_NFT_VALIDATE(plain, with_data) __builtin_choose_expr(	\
	BFLAG_SAME(typeof(BFLAG_OPS->validate), bflag_validate_fn *), plain, with_data)

/* Some kernels track registers: this expression writes none. */
#ifdef NFT_REDUCE_READONLY
#define BFLAG_NFT_REDUCE_READONLY .reduce = NFT_REDUCE_READONLY,
#else
#define BFLAG_NFT_REDUCE_READONLY
#endif

#ifdef BFLAG_HAVE_NETDEV_EGRESS
#define BFLAG_NETDEV_HOOKS (BIT(NF_NETDEV_INGRESS) | BIT(NF_NETDEV_EGRESS))
#else
#define BFLAG_NETDEV_HOOKS BIT(NF_NETDEV_INGRESS)
#endif

/**
 * bflag_pkt_is_tcp - is it TCP, according to nf_tables?
 * @pkt: the packet
 *
 * Kernels differ in how they say that the protocol is known (tprot_set, a bit of flags).
 * In all of them, tprot is 0 if it is not.
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
 * Return: 0 for a first fragment and for a packet that is no fragment.
 */
static __always_inline unsigned int
bflag_pkt_fragoff(const struct nft_pktinfo *pkt)
{
#if defined(BFLAG_HAVE_PKTINFO_FRAGOFF)
	return pkt->fragoff;
#elif defined(BFLAG_HAVE_PKTINFO_XT)
	return pkt->xt.fragoff;
#else
#error "struct nft_pktinfo has no known fragment offset: add it to compat.h"
#endif
}

/**
 * bflag_pkt_thoff - offset of the transport header
 * @pkt: the packet
 *
 * Return: bytes from skb->data.
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
 * bflag_pkt_nhoff - offset of the IP header
 * @pkt: the packet
 *
 * In newer kernels, a "meta" expression of the same chain may have parsed PPPoE or a
 * second VLAN tag; skb->network_header does not follow.
 *
 * Return: bytes from skb->data.
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

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack_helper.h>

typedef int bflag_help_fn(struct sk_buff *, unsigned int, struct nf_conn *,
			  enum ip_conntrack_info);
typedef int bflag_from_nlattr_fn(struct nlattr *, struct nf_conn *);

/* nf_ct_helper_init(): with ports, or with the name alone */
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
 * nf_conntrack_helper_register(): the kernel uses our structure, or returns a copy.  A
 * copy that connections refer to outlives the module, without help().
 */
typedef int bflag_register_fn(struct nf_conntrack_helper *);
typedef int bflag_register_copy_fn(struct nf_conntrack_helper *,
				   struct nf_conntrack_helper **);
typedef void bflag_unregister_fn(struct nf_conntrack_helper *);

#define BFLAG_IS(function, type) BFLAG_SAME(typeof(function), type)

/* Where BFLAG_IS() is false, the call is dead code, but must compile. */
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
 * @registered: @helper or the kernel's copy; NULL if not registered
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
 * Returns after a grace period, when no packet is in help() any more.  Up to Linux 6.12
 * connections lose the helper, in 7.3 the helper loses help().
 */
static inline void bflag_helper_unregister(struct bflag_helper *h)
{
	if (h->registered)
		nf_conntrack_helper_unregister(h->registered);
}

#endif /* CONFIG_NF_CONNTRACK */

#endif /* MPTCP_BFLAG_COMPAT_H */
