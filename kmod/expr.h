/* SPDX-License-Identifier: GPL-2.0-only */
/* Front end 1, the nf_tables expression: what main.c needs of it. */
#ifndef MPTCP_BFLAG_EXPR_H
#define MPTCP_BFLAG_EXPR_H

/**
 * mptcp_bflag_expr_init - register the expression; rules may come at once
 *
 * Return: 0, or what nft_register_expr() says.
 */
int mptcp_bflag_expr_init(void);

/**
 * mptcp_bflag_expr_exit - unregister it; no rule is left when that can happen
 */
void mptcp_bflag_expr_exit(void);

#endif /* MPTCP_BFLAG_EXPR_H */
