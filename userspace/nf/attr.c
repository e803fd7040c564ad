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
