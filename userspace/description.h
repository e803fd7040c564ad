/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule of ours, as words, as netlink attributes and as JSON.  The words are
 * the comment of the chain that it is in: the one truth about which rules there
 * are to be.  Their grammar is an interface, see mptcp-bflag(8):
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

/* The expression "mptcp_bflag": what its attributes have, in host byte order */
enum {
	BFLAG_OPERATION, BFLAG_SEGMENTS, BFLAG_VERSIONS, BFLAG_FLAG, BFLAG_FIELDS
};

struct bflag {
	uint32_t at[BFLAG_FIELDS];
};

extern const struct bflag bflag_default;

/* Segments, versions or flag from words; NULL, or what is wrong, to be freed */
char *bflag_set(struct bflag *bflag, size_t field, const char *value);

/* {"operation": "set", "segments": ["syn", "ack"], ...} as members of @object */
void bflag_json(const struct bflag *bflag, json_t *object);

/* A rule of ours */
struct description {
	struct bflag	bflag;
	uint32_t	verdict;	/* NFT_JUMP or NFT_GOTO; 0 for none */
	char		*target;	/* a chain of the same table, or NULL */
};

/* Does this comment describe a rule, or try to?  NULL does not. */
bool description_is(const char *comment);

/* NULL, or what is not understood, to be freed; free @description in both cases */
char *description_parse(struct description *description, const char *comment);
void description_free(struct description *description);

/* "jump" or "goto"; NULL for none */
const char *description_verdict(const struct description *description);

/*
 * "set segments syn,ack versions 1 flag 0x20", to be freed.  @comment: as a
 * comment, without versions and flag where they are the default.
 */
char *description_text(const struct description *description, bool comment);

/* The expressions of the rule, as elements of NFTA_RULE_EXPRESSIONS */
void description_put(const struct description *description,
		     struct nlmsghdr *nlh);

/* Are NFTA_RULE_EXPRESSIONS exactly these? */
bool description_equal(const struct description *description,
		       struct attrs expressions);

#endif /* DESCRIPTION_H */
