/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The comment of a chain that describes our rule in it: the one truth about
 * which rules there are to be.  The grammar is an interface, see mptcp-bflag(8):
 *
 *	mptcp_bflag set [segments LIST] [versions LIST] [flag FLAG]
 *		[[:] jump|goto CHAIN]
 *	mptcp_bflag match [segments LIST] [versions LIST] [flag FLAG]
 *		[:] jump|goto CHAIN
 */
#ifndef DESCRIPTION_H
#define DESCRIPTION_H

#include "expression.h"

/**
 * struct description - a rule of ours
 * @bflag: its first expression
 * @verdict: NFT_JUMP or NFT_GOTO, or 0 for none
 * @target: the chain it leads to, of the same table; NULL for none
 */
struct description {
	struct bflag	bflag;
	int		verdict;
	char		*target;
};

/* Does this comment describe a rule, or try to?  NULL does not. */
bool description_is(const char *comment);

/* NULL, or what is not understood, to be freed; free @description in both cases */
char *description_parse(struct description *description, const char *comment);
void description_free(struct description *description);

/* As a comment, and in full; the caller frees it. */
char *description_comment(const struct description *description);
char *description_text(const struct description *description);

/* The expressions of the rule, as elements of NFTA_RULE_EXPRESSIONS */
void description_put(const struct description *description,
		     struct nlmsghdr *nlh);

/* Are NFTA_RULE_EXPRESSIONS exactly these? */
bool description_equal(const struct description *description,
		       struct attrs expressions);

#endif /* DESCRIPTION_H */
