/* SPDX-License-Identifier: GPL-2.0-only */
/* Front end 1, the nf_tables expression: what main.c needs of it. */
#ifndef MPTCP_BFLAG_EXPR_H
#define MPTCP_BFLAG_EXPR_H

int mptcp_bflag_expr_init(void);
void mptcp_bflag_expr_exit(void);

#endif /* MPTCP_BFLAG_EXPR_H */
