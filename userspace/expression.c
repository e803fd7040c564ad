// SPDX-License-Identifier: GPL-2.0-only
/* The expression "mptcp_bflag" as words, as netlink attributes and as JSON. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "expression.h"
#include "names.h"

char *bflag_set_segments(struct bflag *bflag, const char *list)
{
	if (name_mask(segment_names, list, &bflag->segments))
		return NULL;
	return xasprintf("segments are a list of syn, synack, ack, not '%s'",
			 list);
}

char *bflag_set_versions(struct bflag *bflag, const char *list)
{
	if (name_mask(version_names, list, &bflag->versions))
		return NULL;
	return xasprintf("versions are a list of 0, 1, not '%s'", list);
}

char *bflag_set_flag(struct bflag *bflag, const char *flag)
{
	if (name_value(flag_names, flag, &bflag->flag))
		return NULL;
	return xasprintf("the flag is 0x20 (c) or 0x40 (b), not '%s'", flag);
}

void bflag_put(struct nlmsghdr *nlh, const struct bflag *bflag)
{
	struct nlattr *element, *data;

	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, NFT_MPTCP_BFLAG_NAME);
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_SEGMENTS,
			 htonl(bflag->segments));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_VERSIONS,
			 htonl(bflag->versions));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_FLAG, htonl(bflag->flag));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_OPERATION,
			 htonl(bflag->operation));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
}

bool bflag_equal(struct attrs data, const struct bflag *bflag)
{
	const struct nlattr *attr;

	attrs_for_each(attr, data)
		if (mnl_attr_get_type(attr) > NFTA_MPTCP_BFLAG_MAX)
			return false;
	return attr_be32(data, NFTA_MPTCP_BFLAG_SEGMENTS, 0) ==
	       bflag->segments &&
	       attr_be32(data, NFTA_MPTCP_BFLAG_VERSIONS, 0) ==
	       bflag->versions &&
	       attr_be32(data, NFTA_MPTCP_BFLAG_FLAG, 0) == bflag->flag &&
	       attr_be32(data, NFTA_MPTCP_BFLAG_OPERATION, ~0U) ==
	       bflag->operation;
}

char *bflag_text(const struct bflag *bflag, bool brief)
{
	static const struct bflag usual = BFLAG_DEFAULT;
	char *segments = mask_text(segment_names, bflag->segments);
	char *versions = mask_text(version_names, bflag->versions);
	char *text = NULL;

	append(&text, "%s segments %s",
	       name_of(operation_names, bflag->operation), segments);
	if (!brief || bflag->versions != usual.versions)
		append(&text, " versions %s", versions);
	if (!brief || bflag->flag != usual.flag)
		append(&text, " flag %s", name_of(flag_names, bflag->flag));
	free(segments);
	free(versions);
	return text;
}

static json_t *mask_json(const struct name *names, uint32_t mask)
{
	char *text = mask_text(names, mask), *rest = text, *word;
	json_t *array = json_array();

	while ((word = strsep(&rest, ",")))
		if (*word)
			json_array_append_new(array, json_string(word));
	free(text);
	return array;
}

void bflag_json(const struct bflag *bflag, json_t *object)
{
	json_object_set_new(object, "operation",
			    json_string(name_of(operation_names,
						bflag->operation)));
	json_object_set_new(object, "segments",
			    mask_json(segment_names, bflag->segments));
	json_object_set_new(object, "versions",
			    mask_json(version_names, bflag->versions));
	json_object_set_new(object, "flag",
			    json_string(name_of(flag_names, bflag->flag)));
}
