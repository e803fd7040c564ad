/* SPDX-License-Identifier: GPL-2.0-only */
/* Front end 2: the conntrack helpers "mptcp-bflag" and "mptcp-bflag-lb". */
#ifndef MPTCP_BFLAG_CT_HELPER_H
#define MPTCP_BFLAG_CT_HELPER_H

#include <linux/init.h>

/* Kbuild says whether the kernel has conntrack. */
#ifdef MPTCP_BFLAG_CT_HELPER

/**
 * mptcp_bflag_ct_helper_init - make the helpers known to conntrack
 *
 * Return: 0, or -EBUSY if there are helpers of these names already.
 */
int __init mptcp_bflag_ct_helper_init(void);

/**
 * mptcp_bflag_ct_helper_exit - take them away, also from connections that have
 * one; those go on without
 *
 * Context: process; waits until no packet is in a helper any more.
 */
void mptcp_bflag_ct_helper_exit(void);

#else

static inline int mptcp_bflag_ct_helper_init(void)
{
	return 0;
}

static inline void mptcp_bflag_ct_helper_exit(void)
{
}

#endif

#endif /* MPTCP_BFLAG_CT_HELPER_H */
