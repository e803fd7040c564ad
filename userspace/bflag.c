// SPDX-License-Identifier: GPL-2.0-only
/* The expression "mptcp_bflag" as options, as netlink attributes and as text. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "bflag.h"
#include "cli.h"
#include "names.h"

char *bflag_set_segments(struct bflag *bflag, const char *list)
{
	if (name_mask(segment_names, list, &bflag->segments))
		return NULL;
	return xasprintf("--segments takes a list of syn, synack, ack, not '%s'",
			 list);
}

char *bflag_set_versions(struct bflag *bflag, const char *list)
{
	if (name_mask(version_names, list, &bflag->versions))
		return NULL;
	return xasprintf("--versions takes a list of 0, 1, not '%s'", list);
}

char *bflag_set_flag(struct bflag *bflag, const char *flag)
{
	if (name_value(flag_names, flag, &bflag->flag))
		return NULL;
	return xasprintf("--flag takes 0x20 (c) or 0x40 (b), not '%s'", flag);
}

void bflag_warn(const struct bflag *bflag)
{
	bool syn = bflag->segments & MPTCP_BFLAG_SEGMENT_SYN;
	bool ack = bflag->segments & MPTCP_BFLAG_SEGMENT_ACK;

	if (ack && !syn)
		complain("warning: ACK without SYN: servers with Linux 5.6 to 5.13 fall back to plain TCP late, in the middle of the handshake; mark syn,ack");
	if (syn && !ack)
		complain("warning: SYN without ACK: Linux servers read the flag from the third ACK; mark syn,ack");
	if (bflag->flag == MPTCP_BFLAG_FLAG_B)
		complain("warning: 0x40 makes servers that do not know it fall back to plain TCP");
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

struct bflag bflag_get(struct attrs data)
{
	struct bflag bflag = {
		.segments = attr_be32(data, NFTA_MPTCP_BFLAG_SEGMENTS, 0),
		.versions = attr_be32(data, NFTA_MPTCP_BFLAG_VERSIONS, 0),
		.flag = attr_be32(data, NFTA_MPTCP_BFLAG_FLAG, 0),
		.operation = attr_be32(data, NFTA_MPTCP_BFLAG_OPERATION, 0),
	};

	return bflag;
}

bool bflag_sets(struct attrs data)
{
	return bflag_get(data).operation == MPTCP_BFLAG_OP_SET;
}

static bool is_unknown(const struct nlattr *attr)
{
	return mnl_attr_get_type(attr) > NFTA_MPTCP_BFLAG_MAX;
}

bool bflag_equal(struct attrs data, const struct bflag *bflag)
{
	struct bflag have = bflag_get(data);
	const struct nlattr *attr;

	attrs_for_each(attr, data)
		if (is_unknown(attr))
			return false;
	return have.segments == bflag->segments &&
	       have.versions == bflag->versions && have.flag == bflag->flag &&
	       have.operation == bflag->operation;
}

static char *hex_text(const struct nlattr *attr)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *value = mnl_attr_get_payload(attr);
	size_t i, len = mnl_attr_get_payload_len(attr);
	char *text = xrealloc(NULL, 2 * len + 1, 1);

	for (i = 0; i < len; i++) {
		text[2 * i] = digits[value[i] >> 4];
		text[2 * i + 1] = digits[value[i] & 15];
	}
	text[2 * len] = '\0';
	return text;
}

/* In front of the options: nothing for what nearly all rules do */
static const char *operation_text(const struct bflag *bflag)
{
	switch (bflag->operation) {
	case MPTCP_BFLAG_OP_SET:
		return "";
	case MPTCP_BFLAG_OP_MATCH:
		return "match ";
	default:
		return "unknown operation, ";
	}
}

char *bflag_text(struct attrs data)
{
	struct bflag bflag = bflag_get(data);
	char *segments = mask_text(segment_names, bflag.segments);
	char *versions = mask_text(version_names, bflag.versions);
	char *text, *hex, *longer;
	const struct nlattr *attr;

	text = xasprintf("%ssegments %s versions %s flag 0x%02x",
			 operation_text(&bflag), segments, versions,
			 bflag.flag);
	attrs_for_each(attr, data) {
		if (!is_unknown(attr))
			continue;
		hex = hex_text(attr);
		longer = xasprintf("%s attribute%u 0x%s", text,
				   mnl_attr_get_type(attr), hex);
		free(hex);
		free(text);
		text = longer;
	}
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

void bflag_json(struct attrs data, json_t *object)
{
	struct bflag bflag = bflag_get(data);
	char *flag = xasprintf("0x%02x", bflag.flag), *hex;
	json_t *unknown = json_array();
	const struct nlattr *attr;

	json_object_set_new(object, "operation",
			    bflag.operation == MPTCP_BFLAG_OP_SET ?
			    json_string("set") :
			    bflag.operation == MPTCP_BFLAG_OP_MATCH ?
			    json_string("match") : json_null());
	json_object_set_new(object, "segments",
			    mask_json(segment_names, bflag.segments));
	json_object_set_new(object, "versions",
			    mask_json(version_names, bflag.versions));
	json_object_set_new(object, "flag", json_string(flag));
	attrs_for_each(attr, data) {
		if (!is_unknown(attr))
			continue;
		hex = hex_text(attr);
		json_array_append_new(unknown,
				      json_pack("{s:i, s:s}", "type",
						mnl_attr_get_type(attr),
						"value", hex));
		free(hex);
	}
	json_object_set_new(object, "unknown_attributes", unknown);
	free(flag);
}
