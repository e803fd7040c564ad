// SPDX-License-Identifier: GPL-2.0-only
/* Reading netlink attributes without trusting their lengths. */
#include <endian.h>
#include <string.h>

#include <linux/netfilter/nfnetlink.h>

#include "attr.h"

struct attrs attrs_of_message(const struct nlmsghdr *nlh)
{
	struct attrs attrs = { NULL, 0 };

	if (mnl_nlmsg_get_payload_len(nlh) > sizeof(struct nfgenmsg)) {
		attrs.data = mnl_nlmsg_get_payload_offset(nlh,
							  sizeof(struct nfgenmsg));
		attrs.len = mnl_nlmsg_get_payload_len(nlh) -
			    sizeof(struct nfgenmsg);
	}
	return attrs;
}

struct attrs attrs_of_nest(const struct nlattr *nest)
{
	struct attrs attrs = { NULL, 0 };

	if (nest) {
		attrs.data = mnl_attr_get_payload(nest);
		attrs.len = mnl_attr_get_payload_len(nest);
	}
	return attrs;
}

const struct nlattr *attr_find(struct attrs attrs, uint16_t type)
{
	const struct nlattr *attr;

	attrs_for_each(attr, attrs)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

const char *attr_string(struct attrs attrs, uint16_t type)
{
	const struct nlattr *attr = attr_find(attrs, type);

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return NULL;
	return mnl_attr_get_str(attr);
}

uint32_t attr_be32(struct attrs attrs, uint16_t type, uint32_t fallback)
{
	const struct nlattr *attr = attr_find(attrs, type);

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(uint32_t))
		return fallback;
	return be32toh(mnl_attr_get_u32(attr));
}

uint64_t attr_be64(struct attrs attrs, uint16_t type, uint64_t fallback)
{
	const struct nlattr *attr = attr_find(attrs, type);

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(uint64_t))
		return fallback;
	return be64toh(mnl_attr_get_u64(attr));
}

static size_t attr_count(struct attrs attrs, uint16_t type)
{
	const struct nlattr *attr;
	size_t count = 0;

	attrs_for_each(attr, attrs)
		count += mnl_attr_get_type(attr) == type;
	return count;
}

static const struct nlattr *attr_find_nth(struct attrs attrs, uint16_t type,
					  size_t n)
{
	const struct nlattr *attr;

	attrs_for_each(attr, attrs)
		if (mnl_attr_get_type(attr) == type && !n--)
			return attr;
	return NULL;
}

/* How many of the same type are in front of @attr */
static size_t attr_position(struct attrs attrs, const struct nlattr *attr)
{
	const struct nlattr *other;
	size_t n = 0;

	attrs_for_each(other, attrs) {
		if (other == attr)
			break;
		n += mnl_attr_get_type(other) == mnl_attr_get_type(attr);
	}
	return n;
}

/* Some strings go in without the NUL that all come back with. */
static size_t value_len(const struct nlattr *attr, size_t other)
{
	const char *value = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	return len == other + 1 && !value[other] ? other : len;
}

static bool attr_equal(const struct nlattr *have, const struct nlattr *want)
{
	size_t len = mnl_attr_get_payload_len(want);

	/* the kernel leaves the flag out of what it dumps */
	if (want->nla_type & NLA_F_NESTED)
		return attrs_contain(attrs_of_nest(have), attrs_of_nest(want));

	return value_len(have, len) == len &&
	       !memcmp(mnl_attr_get_payload(have), mnl_attr_get_payload(want),
		       len);
}

bool attrs_contain(struct attrs have, struct attrs want)
{
	const struct nlattr *attr, *same;
	uint16_t type;

	attrs_for_each(attr, want) {
		type = mnl_attr_get_type(attr);
		if (attr_count(have, type) != attr_count(want, type))
			return false;
		same = attr_find_nth(have, type, attr_position(want, attr));
		if (!same || !attr_equal(same, attr))
			return false;
	}
	return true;
}
