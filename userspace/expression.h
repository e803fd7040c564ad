/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The expression "mptcp_bflag" as words, as netlink attributes and as JSON.
 * libnftnl does not know it and cannot parse a rule that has it.
 */
#ifndef EXPRESSION_H
#define EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "../kmod/nf_tables_mptcp_bflag.h"
#include "nf/attr.h"

/* The attributes of the expression, in host byte order; masks as in its header */
struct bflag {
	uint32_t	segments;
	uint32_t	versions;
	uint32_t	flag;
	uint32_t	operation;
};

#define BFLAG_DEFAULT {							\
	.segments = MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK,	\
	.versions = MPTCP_BFLAG_VERSION_1,				\
	.flag = MPTCP_BFLAG_FLAG_C,					\
	.operation = MPTCP_BFLAG_OP_SET,				\
}

/* From words; NULL, or what is wrong, to be freed */
char *bflag_set_segments(struct bflag *bflag, const char *list);
char *bflag_set_versions(struct bflag *bflag, const char *list);
char *bflag_set_flag(struct bflag *bflag, const char *flag);

/* One NFTA_LIST_ELEM of NFTA_RULE_EXPRESSIONS */
void bflag_put(struct nlmsghdr *nlh, const struct bflag *bflag);

/* Is NFTA_EXPR_DATA @bflag, and nothing that a newer module adds? */
bool bflag_equal(struct attrs data, const struct bflag *bflag);

/*
 * "set segments syn,ack versions 1 flag 0x20"; the caller frees it.  @brief:
 * without versions and flag where they are the default.
 */
char *bflag_text(const struct bflag *bflag, bool brief);

/* {"operation": "set", "segments": ["syn", "ack"], ...} as members of @object */
void bflag_json(const struct bflag *bflag, json_t *object);

#endif /* EXPRESSION_H */
