/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The expression "mptcp_bflag" as options, as netlink attributes and as text.
 * libnftnl does not know it and cannot parse a rule that has it.
 */
#ifndef BFLAG_H
#define BFLAG_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "../kmod/nf_tables_mptcp_bflag.h"
#include "attr.h"

struct bflag {
	uint32_t	segments;
	uint32_t	versions;
	uint32_t	flag;
	uint32_t	operation;
};

#define BFLAG_DEFAULT {							\
	.segments = MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK,			\
	.versions = MPTCP_BFLAG_VERSION_1,					\
	.flag = MPTCP_BFLAG_FLAG_C,					\
	.operation = MPTCP_BFLAG_OP_SET,				\
}

/* The values of --segments, --versions and --flag; NULL, or what is wrong */
char *bflag_set_segments(struct bflag *bflag, const char *list);
char *bflag_set_versions(struct bflag *bflag, const char *list);
char *bflag_set_flag(struct bflag *bflag, const char *flag);

/* Warnings about what is allowed but rarely meant */
void bflag_warn(const struct bflag *bflag);

/* One NFTA_LIST_ELEM of NFTA_RULE_EXPRESSIONS */
void bflag_put(struct nlmsghdr *nlh, const struct bflag *bflag);

/* From NFTA_EXPR_DATA; what is missing there is 0. */
struct bflag bflag_get(struct attrs data);

/* Does it set the flag, or only look? */
bool bflag_sets(struct attrs data);

/* Is it @bflag, and nothing that a newer module adds? */
bool bflag_equal(struct attrs data, const struct bflag *bflag);

/*
 * "segments syn,ack versions 1 flag 0x20", with "match" in front if that is what it
 * does; the caller frees it.
 */
char *bflag_text(struct attrs data);

/* The same as members of @object */
void bflag_json(struct attrs data, json_t *object);

#endif /* BFLAG_H */
