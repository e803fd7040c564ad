/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything about kernels that differ, decided by what the kernel's headers
 * declare and never by a version number: stable kernels take backports of
 * changed callbacks (Debian 12 alone has shipped both shapes of two of them).
 */
#ifndef MPTCP_BFLAG_COMPAT_H
#define MPTCP_BFLAG_COMPAT_H

#include <net/netfilter/nf_tables.h>

/* nft_expr_ops.dump: with or without "reset", which a stateless one ignores. */
#define BFLAG_NFT_DUMP(plain, with_reset)				\
	__builtin_choose_expr(						\
		__builtin_types_compatible_p(				\
			typeof(((const struct nft_expr_ops *)0)->dump),	\
			int (*)(struct sk_buff *,			\
				const struct nft_expr *, bool)),	\
		with_reset, plain)

/* nft_expr_ops.validate: with or without a way to hand back a verdict. */
#define BFLAG_NFT_VALIDATE(plain, with_data)				\
	__builtin_choose_expr(						\
		__builtin_types_compatible_p(				\
			typeof(((const struct nft_expr_ops *)0)->validate), \
			int (*)(const struct nft_ctx *,			\
				const struct nft_expr *,		\
				const struct nft_data **)),		\
		with_data, plain)

/*
 * Kernels that track registers across a rule's expressions want to be told
 * that this one writes none.
 */
#ifdef NFT_REDUCE_READONLY
#define BFLAG_NFT_REDUCE_READONLY .reduce = NFT_REDUCE_READONLY,
#else
#define BFLAG_NFT_REDUCE_READONLY
#endif

#endif /* MPTCP_BFLAG_COMPAT_H */
