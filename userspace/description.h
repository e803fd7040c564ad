/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule with the expression, as words, as netlink attributes and as JSON.  The
 * words are the comment of its chain and decide which rules must exist.  Their
 * grammar is an interface, see mptcp-bflag(8):
 *
 *	mptcp_bflag set [segments LIST] [versions LIST] [flag FLAG]
 *		[[:] jump|goto CHAIN]
 *	mptcp_bflag match [segments LIST] [versions LIST] [flag FLAG]
 *		[:] jump|goto CHAIN
 */
#ifndef DESCRIPTION_H
#define DESCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "../kmod/nf_tables_mptcp_bflag.h"
#include "nf/attr.h"

/* The attributes of the expression, in host byte order */
enum {
	BFLAG_OPERATION, BFLAG_SEGMENTS, BFLAG_VERSIONS, BFLAG_FLAG, BFLAG_FIELDS
};

struct bflag {
	uint32_t at[BFLAG_FIELDS];
};

extern const struct bflag bflag_default;

/* Set a field from words.  Returns NULL, or an error text to free. */
char *bflag_set(struct bflag *bflag, size_t field, const char *value);

/* Add {"operation": "set", "segments": ["syn", "ack"], ...} to @object */
void bflag_json(const struct bflag *bflag, json_t *object);

/* What a comment describes */
struct description {
	struct bflag	bflag;
	uint32_t	verdict;	/* NFT_JUMP, NFT_GOTO or 0 */
	char		*target;	/* chain of the same table, or NULL */
};

/* Does this comment, which may be NULL, describe a rule, or try to? */
bool description_is(const char *comment);

/* Returns NULL, or an error text to free.  Free @description in both cases. */
char *description_parse(struct description *description, const char *comment);
void description_free(struct description *description);

/* "jump", "goto" or NULL */
const char *description_verdict(const struct description *description);

/*
 * "set segments syn,ack versions 1 flag 0x20", to free.  With @comment: as the
 * comment of a chain, which leaves out default versions and flag.
 */
char *description_text(const struct description *description, bool comment);

/* Add the elements of NFTA_RULE_EXPRESSIONS */
void description_put(const struct description *description,
		     struct nlmsghdr *nlh);

/* Is this exactly the content of NFTA_RULE_EXPRESSIONS? */
bool description_equal(const struct description *description,
		       struct attrs expressions);

#endif /* DESCRIPTION_H */
