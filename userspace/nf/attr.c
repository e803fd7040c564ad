// SPDX-License-Identifier: GPL-2.0-only
/* Build netlink messages, and read attributes without trusting their lengths. */
#include <endian.h>

#include <linux/netfilter/nfnetlink.h>

#include "attr.h"

struct nlmsghdr *message_begin(void *buf, uint16_t type, uint16_t flags,
			       uint8_t family, uint32_t seq)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfmsg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	nfmsg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfmsg));
	nfmsg->nfgen_family = family;
	nfmsg->version = NFNETLINK_V0;
	return nlh;
}

struct attrs attrs_of_message(const struct nlmsghdr *nlh)
{
	size_t skip = sizeof(struct nfgenmsg);
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len <= skip)
		return (struct attrs){ NULL, 0 };
	return (struct attrs){ mnl_nlmsg_get_payload_offset(nlh, skip),
			       len - skip };
}

struct attrs attrs_of_nest(const struct nlattr *nest)
{
	if (!nest)
		return (struct attrs){ NULL, 0 };
	return (struct attrs){ mnl_attr_get_payload(nest),
			       mnl_attr_get_payload_len(nest) };
}

struct attrs attrs_in(struct attrs attrs, uint16_t type)
{
	return attrs_of_nest(attr_find(attrs, type));
}

const struct nlattr *attr_find(struct attrs attrs, uint16_t type)
{
	const struct nlattr *attr;

	attrs_for_each(attr, attrs)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

const char *attr_text(const struct nlattr *attr)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return NULL;
	return mnl_attr_get_str(attr);
}

const char *attr_string(struct attrs attrs, uint16_t type)
{
	return attr_text(attr_find(attrs, type));
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
