// SPDX-License-Identifier: GPL-2.0-only
/* Expressions for the generator: ours, right and wrong, and stock ones. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "expressions.h"
#include "message.h"

#define ATTRIBUTES_MAX 12

struct attribute {
	uint16_t	type;
	uint16_t	size;		/* of the payload that is there */
	uint16_t	claimed;	/* nla_len */
	unsigned char	payload[16];
};

struct attributes {
	int			n;
	struct attribute	at[ATTRIBUTES_MAX];
};

static void set_u32(struct attribute *a, uint32_t value)
{
	value = htonl(value);
	memcpy(a->payload, &value, 4);
}

static void valid(struct attributes *list)
{
	uint32_t values[] = { 0, 1 + random_below(7), 1 + random_below(3), one_in(2) ? 0x20 : 0x40,
			      random_below(2) };
	int i, j;

	list->n = NFTA_MPTCP_BFLAG_MAX;
	for (i = 0; i < list->n; i++) {
		list->at[i] = (struct attribute){ .type = i + 1, .size = 4, .claimed = 8 };
		set_u32(&list->at[i], values[i + 1]);
	}
	for (i = list->n - 1; i > 0; i--) {
		struct attribute swap = list->at[i];

		j = random_below(i + 1);
		list->at[i] = list->at[j];
		list->at[j] = swap;
	}
}

static uint32_t wrong_value(void)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 0x1f, 0x20, 0x21, 0x30, 0x40, 0x41, 0x60, 0x80, 0xff, 0x100, 0x101,
		0x120, 0x10020, 0x7fffffff, 0x80000000, 0xffffffff, 0x20000000, 0x01000000,
	};

	return edges[random_below(sizeof(edges) / sizeof(*edges))];
}

static void insert(struct attributes *list, struct attribute new)
{
	int at = random_below(list->n + 1);

	if (list->n == ATTRIBUTES_MAX)
		return;
	memmove(&list->at[at + 1], &list->at[at], (list->n - at) * sizeof(new));
	list->at[at] = new;
	list->n++;
}

static void mutate(struct attributes *list)
{
	struct attribute new = { .size = 4, .claimed = 8 }, *a;

	if (!list->n)
		return;
	a = &list->at[random_below(list->n)];
	set_u32(&new, wrong_value());
	switch (random_below(10)) {
	case 0:
		set_u32(a, wrong_value());
		break;
	case 1:	/* another length, and it is there */
		a->size = random_below(sizeof(a->payload) + 1);
		a->claimed = 4 + a->size;
		break;
	case 2:	/* the length lies */
		a->claimed = one_in(2) ? random_below(16) : random_below(65536);
		break;
	case 3:	/* missing */
		*a = list->at[--list->n];
		break;
	case 4:	/* twice, of which the last counts */
		new.type = a->type;
		insert(list, new);
		break;
	case 5:	/* unknown */
		new.type = random_below(one_in(4) ? 0x4000 : 20);
		insert(list, new);
		break;
	case 6:	/* NLA_F_NESTED, NLA_F_NET_BYTEORDER */
		a->type ^= (1 + random_below(3)) << 14;
		break;
	case 7:	/* host byte order */
		new = *a;
		for (int i = 0; i < 4; i++)
			a->payload[i] = new.payload[3 - i];
		break;
	case 8:	/* nested in itself */
		new.type = a->type;
		new.size = 8;
		new.claimed = 12;
		memcpy(new.payload, (uint16_t[]){ 8, a->type }, 4);
		insert(list, new);
		break;
	case 9:	/* one bit of the low byte */
		a->payload[3] ^= 1 << random_below(8);
		break;
	}
}

static size_t serialize(const struct attributes *list, unsigned char *out)
{
	unsigned char *at = out;
	int i;

	for (i = 0; i < list->n; i++) {
		const struct attribute *a = &list->at[i];

		memcpy(at, &a->claimed, 2);
		memcpy(at + 2, &a->type, 2);
		memset(at + 4, 0, NLMSG_ALIGN(a->size));
		memcpy(at + 4, a->payload, a->size);
		at += 4 + NLMSG_ALIGN(a->size);
	}
	return at - out;
}

static void put(struct nlmsghdr *nlh, uint16_t element, const void *data, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, element);

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, NFT_MPTCP_BFLAG_NAME);
	if (data)
		mnl_attr_put(nlh, NFTA_EXPR_DATA | NLA_F_NESTED, len, data);
	mnl_attr_nest_end(nlh, nest);
}

struct verdict put_ours(struct nlmsghdr *nlh, uint16_t element, struct value *value)
{
	unsigned char data[ATTRIBUTES_MAX * 20];
	struct attributes list;
	size_t len;
	int i;

	if (one_in(100)) {	/* no attributes at all */
		put(nlh, element, NULL, 0);
		return (struct verdict){ .init = EINVAL };
	}
	valid(&list);
	for (i = one_in(2) ? 0 : 1 + random_below(3); i; i--)
		mutate(&list);
	len = serialize(&list, data);
	if (len && one_in(16))	/* truncated */
		len = random_below(len);
	put(nlh, element, data, len);
	/* the nest itself must have the room of a header, or none */
	if (len && len < 4)
		return (struct verdict){ .parse = ERANGE };
	return judge(data, len, value);
}

void put_valid(struct nlmsghdr *nlh, uint16_t element, struct value *value)
{
	unsigned char data[ATTRIBUTES_MAX * 20];
	struct attributes list;
	size_t len;

	valid(&list);
	len = serialize(&list, data);
	put(nlh, element, data, len);
	judge(data, len, value);
}

static struct nlattr *stock_begin(struct nlmsghdr *nlh, const char *name, struct nlattr **element)
{
	*element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, name);
	return mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
}

static void stock_end(struct nlmsghdr *nlh, struct nlattr *data, struct nlattr *element)
{
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
}

static void put_verdict(struct nlmsghdr *nlh, int code, const char *chain)
{
	struct nlattr *element, *value, *verdict, *data = stock_begin(nlh, "immediate", &element);

	mnl_attr_put_u32(nlh, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	value = mnl_attr_nest_start(nlh, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(nlh, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(nlh, NFTA_VERDICT_CODE, htonl(code));
	if (chain)
		mnl_attr_put_strz(nlh, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(nlh, verdict);
	mnl_attr_nest_end(nlh, value);
	stock_end(nlh, data, element);
}

void put_jump(struct nlmsghdr *nlh, const char *chain)
{
	put_verdict(nlh, NFT_JUMP, chain);
}

static void put_load(struct nlmsghdr *nlh)
{
	struct nlattr *element, *data = stock_begin(nlh, "meta", &element);

	mnl_attr_put_u32(nlh, NFTA_META_KEY, htonl(NFT_META_LEN));
	mnl_attr_put_u32(nlh, NFTA_META_DREG, htonl(NFT_REG_1));
	stock_end(nlh, data, element);
}

void put_stock(struct nlmsghdr *nlh)
{
	struct nlattr *element, *data;

	switch (random_below(4)) {
	case 0:
		data = stock_begin(nlh, "counter", &element);
		stock_end(nlh, data, element);
		break;
	case 1:
		put_load(nlh);
		break;
	case 2:
		put_verdict(nlh, NF_ACCEPT, NULL);
		break;
	}
}

struct verdict put_dynset(struct nlmsghdr *nlh, const char *set)
{
	struct nlattr *element, *data;
	struct verdict verdict;
	struct value value;

	put_load(nlh);
	data = stock_begin(nlh, "dynset", &element);
	mnl_attr_put_strz(nlh, NFTA_DYNSET_SET_NAME, set);
	mnl_attr_put_u32(nlh, NFTA_DYNSET_OP, htonl(NFT_DYNSET_OP_ADD));
	mnl_attr_put_u32(nlh, NFTA_DYNSET_SREG_KEY, htonl(NFT_REG_1));
	verdict = put_ours(nlh, NFTA_DYNSET_EXPR, &value);
	stock_end(nlh, data, element);
	return verdict;
}
