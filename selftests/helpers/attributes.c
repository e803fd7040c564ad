// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test the netlink interface of the expression "mptcp_bflag" in this network namespace.
 * suite/netlink.sh makes the tables and chains.
 *
 *   attributes rows FAMILY TABLE CHAIN	     good and bad attributes, see rows[]
 *   attributes sweep FAMILY TABLE CHAIN     all values of each attribute
 *   attributes valid FAMILY TABLE CHAIN     all valid rules, and their dumps
 *   attributes elsewhere FAMILY TABLE CHAIN in sets and elements, by dynset
 *	Prints lines "ok NAME" and "not ok NAME".  The chain has to be empty.
 *
 *   attributes add [-i] [-p HANDLE] [-r HANDLE] [-1] [-c] [-m] FAMILY TABLE CHAIN
 *		[SEGMENTS VERSIONS FLAG]...
 *	One transaction, with a rule for each three numbers (-1: one rule for all).
 *	-i: insert at the start, or before -p; -p: add after; -r: replace; -c: add a
 *	counter after the expressions; -m: match instead of set.  If it is refused,
 *	prints the kernel's error and exits with 1.
 *
 *   attributes dump [FAMILY TABLE CHAIN]
 *	A line for each rule: family, table, chain, handle, expressions.
 *
 *   attributes chain FAMILY TABLE CHAIN COMMENT
 *	Make a table and a chain, also with names that nft does not accept.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../kmod/nf_tables_mptcp_bflag.h"

#define NFT(type) (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_##type)
#define NO_ANSWER (-1)
#define VALUES NFTA_MPTCP_BFLAG_MAX	/* one for each attribute, in their order */
#define NUMBERS 3	/* arguments of "add": all of them except the operation */

struct place {
	const char *family_name, *table, *chain;
	uint8_t family;
};

static const struct {
	const char *name;
	uint8_t number;
} families[] = {
	{ "ip", NFPROTO_IPV4 },		{ "ip6", NFPROTO_IPV6 },
	{ "inet", NFPROTO_INET },	{ "bridge", NFPROTO_BRIDGE },
	{ "netdev", NFPROTO_NETDEV },	{ "arp", NFPROTO_ARP },
};

#define FAMILIES (sizeof(families) / sizeof(families[0]))

static struct mnl_socket *nl;
static bool failed;

/* The current transaction */
static struct {
	char data[65536];
	size_t used;
	uint32_t seq;
} out;

static void die(const char *what)
{
	fprintf(stderr, "attributes: %s: %s\n", what, strerror(errno));
	exit(2);
}

static struct place place_of(char **argv)
{
	struct place place = { argv[0], argv[1], argv[2], 0 };

	for (size_t i = 0; i < FAMILIES; i++)
		if (!strcmp(families[i].name, place.family_name))
			place.family = families[i].number;
	if (!place.family) {
		fprintf(stderr, "attributes: no family '%s'\n", argv[0]);
		exit(2);
	}
	return place;
}

static void verdict(bool good, const char *name)
{
	printf("%s %s\n", good ? "ok" : "not ok", name);
	failed |= !good;
}

/* Messages and transactions */

static struct nlmsghdr *message(uint16_t type, uint16_t flags, uint8_t family,
				uint16_t res_id)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(out.data + out.used);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++out.seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
	return nlh;
}

static void message_end(const struct nlmsghdr *nlh)
{
	out.used += MNL_ALIGN(nlh->nlmsg_len);
}

static void transaction(void)
{
	out.used = 0;
	message_end(message(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC,
			    NFNL_SUBSYS_NFTABLES));
}

static struct nlmsghdr *change(uint16_t type, uint16_t flags, uint8_t family)
{
	return message(type, flags | NLM_F_ACK, family, 0);
}

/* Returns the first error, 0 if there are only acknowledgments, or NO_ANSWER. */
static int answer(void)
{
	char buf[65536] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	const struct nlmsgerr *error;
	int result = NO_ANSWER, left;

	/* the kernel answers before sending returns */
	while ((left = recv(mnl_socket_get_fd(nl), buf, sizeof(buf),
			    MSG_DONTWAIT)) >= 0) {
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type != NLMSG_ERROR)
				continue;
			error = mnl_nlmsg_get_payload(nlh);
			if (result > 0)
				continue;
			result = -error->error;
		}
	}
	if (errno != EAGAIN)
		die("receive");
	return result;
}

static int send_as_is(void)
{
	if (mnl_socket_sendto(nl, out.data, out.used) < 0)
		return errno;
	return answer();
}

static int commit(void)
{
	message_end(message(NFNL_MSG_BATCH_END, 0, AF_UNSPEC,
			    NFNL_SUBSYS_NFTABLES));
	return send_as_is();
}

static struct nlmsghdr *new_rule(const struct place *place, uint16_t flags)
{
	struct nlmsghdr *nlh = change(NFT(NEWRULE), flags, place->family);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, place->table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, place->chain);
	return nlh;
}

static void flush(const struct place *place)
{
	struct nlmsghdr *nlh;

	transaction();
	nlh = change(NFT(DELRULE), 0, place->family);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, place->table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, place->chain);
	message_end(nlh);
	errno = commit();
	if (errno)
		die("flush the chain");
}

/* Expressions: a name and data, in an attribute of the given type */

static void put_bflag(struct nlmsghdr *nlh, uint16_t in, const uint32_t *value)
{
	struct nlattr *element = mnl_attr_nest_start(nlh, in), *data;

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, NFT_MPTCP_BFLAG_NAME);
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	for (int i = 0; i < VALUES; i++)
		mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_SEGMENTS + i,
				 htonl(value[i]));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
}

static void put_counter(struct nlmsghdr *nlh, uint16_t in)
{
	struct nlattr *element = mnl_attr_nest_start(nlh, in);

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "counter");
	mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, NFTA_EXPR_DATA));
	mnl_attr_nest_end(nlh, element);
}

static const uint32_t plain[VALUES] = {
	MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK, MPTCP_BFLAG_VERSION_1,
	MPTCP_BFLAG_FLAG_C, MPTCP_BFLAG_OP_SET,
};

static void put_stateful(struct nlmsghdr *nlh, uint16_t in, bool bflag)
{
	if (bflag)
		put_bflag(nlh, in, plain);
	else
		put_counter(nlh, in);
}

/* Put immediate data in the register that dynset reads */
static void put_immediate(struct nlmsghdr *nlh)
{
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	struct nlattr *expr, *data;

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "immediate");
	expr = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_put_u32(nlh, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_1));
	data = mnl_attr_nest_start(nlh, NFTA_IMMEDIATE_DATA);
	mnl_attr_put_u32(nlh, NFTA_DATA_VALUE, 0);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, expr);
	mnl_attr_nest_end(nlh, element);
}

/* The rules of a chain */

struct seen {
	int rules, expressions;
	char data[256];		/* of the last mptcp_bflag */
	size_t len;
	bool print;
};

static const char *string_in(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_get_str(attr);
	return "";
}

static void see_expression(const struct nlattr *element, struct seen *seen)
{
	const char *name = string_in(element, NFTA_EXPR_NAME);
	bool ours = !strcmp(name, NFT_MPTCP_BFLAG_NAME);
	const struct nlattr *data, *attr;

	if (seen->print)
		printf(" %s", name);
	mnl_attr_for_each_nested(data, element) {
		if (mnl_attr_get_type(data) != NFTA_EXPR_DATA || !ours)
			continue;
		seen->expressions++;
		seen->len = mnl_attr_get_payload_len(data);
		if (seen->len > sizeof(seen->data))
			seen->len = sizeof(seen->data);
		memcpy(seen->data, mnl_attr_get_payload(data), seen->len);
		if (!seen->print)
			continue;
		mnl_attr_for_each_nested(attr, data)
			printf(",%u=%u", attr->nla_type,
			       ntohl(mnl_attr_get_u32(attr)));
	}
}

static int see_rule(const struct nlmsghdr *nlh, void *user)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *element;
	struct seen *seen = user;

	seen->rules++;
	for (size_t i = 0; seen->print && i < FAMILIES; i++)
		if (families[i].number == nfg->nfgen_family)
			printf("%s", families[i].name);
	/* the attributes come in this order: table, chain, handle, expressions */
	mnl_attr_for_each(attr, nlh, sizeof(*nfg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_RULE_TABLE:
		case NFTA_RULE_CHAIN:
			if (seen->print)
				printf(" %s", mnl_attr_get_str(attr));
			break;
		case NFTA_RULE_HANDLE:
			if (seen->print)
				printf(" %llu", (unsigned long long)
				       be64toh(mnl_attr_get_u64(attr)));
			break;
		case NFTA_RULE_EXPRESSIONS:
			mnl_attr_for_each_nested(element, attr)
				see_expression(element, seen);
		}
	}
	if (seen->print)
		printf("\n");
	return MNL_CB_OK;
}

/* @place: NULL for all rules of the network namespace */
static struct seen dump(const struct place *place, bool print)
{
	char buf[65536] __attribute__((aligned(8)));
	struct seen seen = { .print = print };
	struct nlmsghdr *nlh;
	int len, ret = MNL_CB_OK;

	out.used = 0;
	nlh = message(NFT(GETRULE), NLM_F_DUMP,
		      place ? place->family : AF_UNSPEC, 0);
	if (place) {
		mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, place->table);
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, place->chain);
	}
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		die("send");
	while (ret > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0)
			die("receive");
		ret = mnl_cb_run(buf, len, out.seq, mnl_socket_get_portid(nl),
				 see_rule, &seen);
	}
	if (ret < 0)
		die("dump");
	return seen;
}

/* Is there one rule with one expression, with exactly these values? */
static bool dumped(const struct place *place, const uint32_t *value)
{
	struct {
		uint16_t len, type;
		uint32_t value;
	} want[VALUES];
	struct seen seen = dump(place, false);

	for (int i = 0; i < VALUES; i++) {
		want[i].len = sizeof(want[i]);
		want[i].type = NFTA_MPTCP_BFLAG_SEGMENTS + i;
		want[i].value = htonl(value[i]);
	}
	return seen.rules == 1 && seen.expressions == 1 &&
	       seen.len == sizeof(want) &&
	       !memcmp(seen.data, want, sizeof(want));
}

/* Good and bad attributes */

enum quirk {
	NO_QUIRK,
	NO_DATA,		/* no NFTA_EXPR_DATA */
	DATA_NOT_NESTED,	/* without NLA_F_NESTED */
	DATA_TOO_LONG,		/* past the expression's end */
	LAST_TOO_LONG,		/* the last attribute, past the end of data */
	LAST_TOO_SHORT,		/* shorter than an attribute's header */
	MESSAGE_TOO_LONG,	/* past the bytes that are sent */
};

struct attribute {
	uint16_t type, len;	/* len 0 and type 0: the end */
	uint32_t value;
};

struct row {
	const char *name;
	int err;
	enum quirk quirk;
	struct attribute attr[6];
};

#define S NFTA_MPTCP_BFLAG_SEGMENTS
#define V NFTA_MPTCP_BFLAG_VERSIONS
#define F NFTA_MPTCP_BFLAG_FLAG
#define O NFTA_MPTCP_BFLAG_OPERATION
#define GOOD_S { S, 4, 5 }
#define GOOD_V { V, 4, 2 }
#define GOOD_F { F, 4, 0x20 }
#define GOOD_O { O, 4, 0 }
#define GOOD GOOD_S, GOOD_V, GOOD_F, GOOD_O
#define NEST NLA_F_NESTED

/* All attributes, and one of them is not the good one */
#define WITH_S(len, value) { { S, len, value }, GOOD_V, GOOD_F, GOOD_O }
#define WITH_V(len, value) { GOOD_S, { V, len, value }, GOOD_F, GOOD_O }
#define WITH_F(len, value) { GOOD_S, GOOD_V, { F, len, value }, GOOD_O }
#define WITH_O(len, value) { GOOD_S, GOOD_V, GOOD_F, { O, len, value } }

/* Of all lengths except 4; as far as there are bytes, the value is right */
#define LENGTHS(name, with, value) \
	{ name " without a value", ERANGE, 0, with(0, 0) }, \
	{ name " of 1 byte", ERANGE, 0, with(1, (value) << 24) }, \
	{ name " of 2 bytes", ERANGE, 0, with(2, (value) << 16) }, \
	{ name " of 3 bytes", ERANGE, 0, with(3, (value) << 8) }, \
	{ name " of 5 bytes", ERANGE, 0, with(5, value) }, \
	{ name " of 8 bytes", ERANGE, 0, with(8, value) }

static const struct row rows[] = {
	{ "all four, set", 0, 0, { GOOD } },
	{ "all four, match", 0, 0, WITH_O(4, 1) },
	{ "in another order", 0, 0, { GOOD_F, GOOD_S, { O, 4, 1 }, GOOD_V } },
	{ "the operation comes first", 0, 0, { { O, 4, 1 }, GOOD_V, GOOD_F, GOOD_S } },

	{ "no segments", EINVAL, 0, { GOOD_V, GOOD_F, GOOD_O } },
	{ "no versions", EINVAL, 0, { GOOD_S, GOOD_F, GOOD_O } },
	{ "no flag", EINVAL, 0, { GOOD_S, GOOD_V, GOOD_O } },
	{ "no operation", EINVAL, 0, { GOOD_S, GOOD_V, GOOD_F } },
	{ "segments only", EINVAL, 0, { GOOD_S } },
	{ "versions only", EINVAL, 0, { GOOD_V } },
	{ "flag only", EINVAL, 0, { GOOD_F } },
	{ "operation only", EINVAL, 0, { GOOD_O } },
	{ "empty data", EINVAL, 0, { { 0 } } },
	{ "no data", EINVAL, NO_DATA, { { 0 } } },

	{ "unknown attribute 5", EINVAL, 0, { GOOD, { 5, 4, 1 } } },
	{ "unknown attribute 6", EINVAL, 0, { GOOD, { 6, 4, 1 } } },
	{ "unknown attribute 16", EINVAL, 0, { GOOD, { 16, 4, 1 } } },
	{ "unknown attribute 5 without a value", EINVAL, 0, { GOOD, { 5, 0, 0 } } },
	{ "unknown attribute 5 comes first", EINVAL, 0, { { 5, 4, 1 }, GOOD } },
	/* nf_tables skips these */
	{ "attribute 17 is ignored", 0, 0, { GOOD, { 17, 4, 1 } } },
	{ "attribute 255 is ignored", 0, 0, { GOOD, { 255, 4, 1 } } },
	{ "attribute 0x3fff is ignored", 0, 0, { GOOD, { 0x3fff, 4, 1 } } },
	{ "attribute 0 is ignored", 0, 0, { { 0, 4, 1 }, GOOD } },

	{ "segments 0", EINVAL, 0, WITH_S(4, 0) },
	{ "segments 8", EINVAL, 0, WITH_S(4, 8) },
	{ "segments 0xd", EINVAL, 0, WITH_S(4, 0xd) },
	{ "segments 0x105", EINVAL, 0, WITH_S(4, 0x105) },
	{ "segments little endian", EINVAL, 0, WITH_S(4, 0x01000000) },
	{ "segments 0xffffffff", EINVAL, 0, WITH_S(4, ~0U) },
	{ "versions 0", EINVAL, 0, WITH_V(4, 0) },
	{ "versions 4", EINVAL, 0, WITH_V(4, 4) },
	{ "versions 6", EINVAL, 0, WITH_V(4, 6) },
	{ "versions 0x102", EINVAL, 0, WITH_V(4, 0x102) },
	{ "versions little endian", EINVAL, 0, WITH_V(4, 0x02000000) },
	{ "versions 0xffffffff", EINVAL, 0, WITH_V(4, ~0U) },
	{ "flag 0", EINVAL, 0, WITH_F(4, 0) },
	{ "flag 0x01, H", EINVAL, 0, WITH_F(4, 0x01) },
	{ "flag 0x10, D", EINVAL, 0, WITH_F(4, 0x10) },
	{ "flag 0x21", EINVAL, 0, WITH_F(4, 0x21) },
	{ "flag 0x60, both", EINVAL, 0, WITH_F(4, 0x60) },
	{ "flag 0x80, A", EINVAL, 0, WITH_F(4, 0x80) },
	{ "flag 0x120", EINVAL, 0, WITH_F(4, 0x120) },
	{ "flag little endian", EINVAL, 0, WITH_F(4, 0x20000000) },
	{ "flag 0xffffffff", EINVAL, 0, WITH_F(4, ~0U) },
	{ "operation 2", EINVAL, 0, WITH_O(4, 2) },
	{ "operation 0x100", EINVAL, 0, WITH_O(4, 0x100) },
	{ "operation 0x101", EINVAL, 0, WITH_O(4, 0x101) },
	{ "operation little endian", EINVAL, 0, WITH_O(4, 0x01000000) },
	{ "operation 0xffffffff", EINVAL, 0, WITH_O(4, ~0U) },

	LENGTHS("segments", WITH_S, 5),
	LENGTHS("versions", WITH_V, 2),
	LENGTHS("flag", WITH_F, 0x20),
	LENGTHS("operation", WITH_O, 1),

	/* nf_tables parses these so today; we do not depend on it */
	{ "the bit for nested attributes is ignored", 0, 0,
	  { { S | NEST, 4, 5 }, { V | NEST, 4, 2 }, { F | NEST, 4, 0x20 }, { O | NEST, 4, 1 } } },
	{ "data without the bit for nested attributes", 0, DATA_NOT_NESTED,
	  { GOOD } },
	{ "segments twice, the last counts", 0, 0, { { S, 4, 2 }, GOOD } },
	{ "versions twice, the last counts", 0, 0, { GOOD, { V, 4, 1 } } },
	{ "flag twice, the last counts", 0, 0, { GOOD, { F, 4, 0x40 } } },
	{ "operation twice, the last counts", 0, 0, { GOOD, { O, 4, 1 } } },
	{ "flag twice, the last is bad", EINVAL, 0, { GOOD, { F, 4, 0x80 } } },
	{ "operation twice, the last is bad", EINVAL, 0, { GOOD, { O, 4, 2 } } },
	{ "segments twice, the first has a bad length", ERANGE, 0,
	  { { S, 2, 0 }, GOOD } },

	{ "operation reaches past the data", EINVAL, LAST_TOO_LONG, { GOOD } },
	{ "operation is shorter than its header", EINVAL, LAST_TOO_SHORT, { GOOD } },
	{ "data reaches past the expression", EINVAL, DATA_TOO_LONG, { GOOD } },
	{ "message reaches past the end of the buffer", NO_ANSWER, MESSAGE_TOO_LONG,
	  { GOOD } },
};

static bool last_one(const struct attribute *attr)
{
	return !attr->len && !attr->type;
}

static void put_row(struct nlmsghdr *nlh, const struct row *row)
{
	const struct attribute *attr;
	struct nlattr *list, *element, *data, *last = NULL;

	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, NFT_MPTCP_BFLAG_NAME);
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	for (attr = row->attr; !last_one(attr); attr++) {
		uint32_t value[2] = { htonl(attr->value), 0 };

		last = mnl_nlmsg_get_payload_tail(nlh);
		mnl_attr_put(nlh, attr->type, attr->len, value);
	}
	mnl_attr_nest_end(nlh, data);
	if (row->quirk == NO_DATA)
		mnl_attr_nest_cancel(nlh, data);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);

	if (row->quirk == DATA_NOT_NESTED)
		data->nla_type &= ~NLA_F_NESTED;
	else if (row->quirk == DATA_TOO_LONG)
		data->nla_len += 64;
	else if (row->quirk == LAST_TOO_LONG)
		last->nla_len += 4;
	else if (row->quirk == LAST_TOO_SHORT)
		last->nla_len = 3;
}

static int try_row(const struct place *place, const struct row *row)
{
	struct nlmsghdr *nlh;

	transaction();
	nlh = new_rule(place, NLM_F_CREATE | NLM_F_APPEND);
	put_row(nlh, row);
	message_end(nlh);
	if (row->quirk == MESSAGE_TOO_LONG) {
		nlh->nlmsg_len += 4;
		return send_as_is();
	}
	return commit();
}

static bool row_in_place(const struct place *place, const struct row *row)
{
	const struct attribute *attr;
	uint32_t value[VALUES] = { 0 };
	uint16_t type;

	for (attr = row->attr; !last_one(attr); attr++) {
		type = attr->type & NLA_TYPE_MASK;
		if (type >= S && type < S + VALUES)
			value[type - S] = attr->value;
	}
	return dumped(place, value);
}

static void test_row(const struct place *place, const struct row *row)
{
	int err = try_row(place, row);
	bool good;

	if (err != row->err)
		printf("# %s: %s, not %s\n", row->name,
		       err < 0 ? "no answer" : strerror(err),
		       row->err < 0 ? "no answer" : strerror(row->err));
	if (row->err)
		good = err == row->err && !dump(place, false).rules;
	else
		good = !err && row_in_place(place, row);
	verdict(good, row->name);
	flush(place);
}

static void test_rows(const struct place *place)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(place, &rows[i]);
}

/* Values */

static int try_values(const struct place *place, const uint32_t *value)
{
	struct nlattr *list;
	struct nlmsghdr *nlh;

	transaction();
	nlh = new_rule(place, NLM_F_CREATE | NLM_F_APPEND);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	put_bflag(nlh, NFTA_LIST_ELEM, value);
	mnl_attr_nest_end(nlh, list);
	message_end(nlh);
	return commit();
}

static int expected(int attribute, uint32_t value)
{
	switch (S + attribute) {
	case S:
		return value >= 1 && value <= 7 ? 0 : EINVAL;
	case V:
		return value >= 1 && value <= 3 ? 0 : EINVAL;
	case F:
		return value == 0x20 || value == 0x40 ? 0 : EINVAL;
	default:
		return value <= 1 ? 0 : EINVAL;
	}
}

static bool sweep_value(const struct place *place, int attribute,
			uint32_t value)
{
	uint32_t values[VALUES];
	int err;

	memcpy(values, plain, sizeof(values));
	values[attribute] = value;
	err = try_values(place, values);
	if (!err)
		flush(place);
	if (err == expected(attribute, value))
		return true;
	printf("# attribute %d, value 0x%x: %s\n", S + attribute, value,
	       strerror(err));
	return false;
}

static void test_sweep(const struct place *place)
{
	static const char * const names[VALUES] = {
		"segments: all bytes, each single bit, each with a high bit",
		"versions: all bytes, each single bit, each with a high bit",
		"flag: all bytes, each single bit, each with a high bit",
		"operation: all bytes, each single bit",
	};

	for (int i = 0; i < VALUES; i++) {
		bool good = true;

		for (uint32_t value = 0; value < 256; value++)
			good &= sweep_value(place, i, value);
		for (int bit = 8; bit < 32; bit++) {
			good &= sweep_value(place, i, 1U << bit);
			good &= sweep_value(place, i, plain[i] | 1U << bit);
		}
		verdict(good && !dump(place, false).rules, names[i]);
	}
}

static void valid_values(const struct place *place, const uint32_t *value)
{
	int err = try_values(place, value);
	char name[96];

	snprintf(name, sizeof(name),
		 "segments %u versions %u flag 0x%x operation %u: dumped as added",
		 value[0], value[1], value[2], value[3]);
	verdict(!err && dumped(place, value), name);
	flush(place);
}

static void test_valid(const struct place *place)
{
	uint32_t v[VALUES];

	for (v[0] = 1; v[0] <= MPTCP_BFLAG_SEGMENT_MASK; v[0]++)
		for (v[1] = 1; v[1] <= MPTCP_BFLAG_VERSION_MASK; v[1]++)
			for (v[2] = MPTCP_BFLAG_FLAG_C;
			     v[2] <= MPTCP_BFLAG_FLAG_B; v[2] *= 2)
				for (v[3] = MPTCP_BFLAG_OP_SET;
				     v[3] <= MPTCP_BFLAG_OP_MATCH; v[3]++)
					valid_values(place, v);
}

/* Sets, their elements, dynset */

static struct nlmsghdr *new_set(const struct place *place, const char *name)
{
	static uint32_t id;
	struct nlmsghdr *nlh = change(NFT(NEWSET), NLM_F_CREATE, place->family);

	mnl_attr_put_strz(nlh, NFTA_SET_TABLE, place->table);
	mnl_attr_put_strz(nlh, NFTA_SET_NAME, name);
	mnl_attr_put_u32(nlh, NFTA_SET_FLAGS, htonl(NFT_SET_EVAL));
	mnl_attr_put_u32(nlh, NFTA_SET_KEY_LEN, htonl(4));
	mnl_attr_put_u32(nlh, NFTA_SET_ID, htonl(++id));
	return nlh;
}

static void drop_set(const struct place *place, const char *name)
{
	struct nlmsghdr *nlh;

	flush(place);
	transaction();
	nlh = change(NFT(DELSET), 0, place->family);
	mnl_attr_put_strz(nlh, NFTA_SET_TABLE, place->table);
	mnl_attr_put_strz(nlh, NFTA_SET_NAME, name);
	message_end(nlh);
	commit();
}

static int set_with(const struct place *place, bool bflag)
{
	struct nlmsghdr *nlh;

	transaction();
	nlh = new_set(place, "s");
	put_stateful(nlh, NFTA_SET_EXPR, bflag);
	message_end(nlh);
	return commit();
}

static int element_with(const struct place *place, bool bflag)
{
	struct nlattr *list, *element, *key;
	struct nlmsghdr *nlh;

	transaction();
	message_end(new_set(place, "s"));
	nlh = change(NFT(NEWSETELEM), NLM_F_CREATE, place->family);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, place->table);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, "s");
	list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	key = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put_u32(nlh, NFTA_DATA_VALUE, htonl(1));
	mnl_attr_nest_end(nlh, key);
	put_stateful(nlh, NFTA_SET_ELEM_EXPR, bflag);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
	message_end(nlh);
	return commit();
}

static int dynset_with(const struct place *place, bool bflag)
{
	struct nlattr *list, *element, *data;
	struct nlmsghdr *nlh;

	transaction();
	message_end(new_set(place, "s"));
	nlh = new_rule(place, NLM_F_CREATE);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	put_immediate(nlh);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "dynset");
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_put_strz(nlh, NFTA_DYNSET_SET_NAME, "s");
	mnl_attr_put_u32(nlh, NFTA_DYNSET_OP, htonl(NFT_DYNSET_OP_ADD));
	mnl_attr_put_u32(nlh, NFTA_DYNSET_SREG_KEY, htonl(NFT_REG_1));
	put_stateful(nlh, NFTA_DYNSET_EXPR, bflag);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
	message_end(nlh);
	return commit();
}

static void test_elsewhere(const struct place *place)
{
	static const struct {
		const char *name, *control;
		int (*with)(const struct place *place, bool bflag);
	} tries[] = {
		{ "refused as the expression of a set",
		  "a counter is accepted as the expression of a set", set_with },
		{ "refused in a set's element",
		  "a counter is accepted in a set's element", element_with },
		{ "refused in dynset", "a counter is accepted in dynset",
		  dynset_with },
	};
	int err;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		for (int bflag = 0; bflag <= 1; bflag++) {
			err = tries[i].with(place, bflag);
			if (err != (bflag ? EOPNOTSUPP : 0))
				printf("# %s\n", strerror(err));
			verdict(err == (bflag ? EOPNOTSUPP : 0),
				bflag ? tries[i].name : tries[i].control);
			drop_set(place, "s");
		}
	}
}

/* The command line */

static void usage(void)
{
	fprintf(stderr, "attributes: see the start of attributes.c\n");
	exit(2);
}

static int add(int argc, char **argv)
{
	uint64_t position = 0, replace = 0;
	uint16_t flags = NLM_F_CREATE | NLM_F_APPEND;
	bool one = false, counter = false, match = false;
	struct nlattr *list = NULL;
	struct nlmsghdr *nlh = NULL;
	uint32_t value[VALUES];
	struct place place;
	int c, err;

	while ((c = getopt(argc, argv, "ip:r:1cm")) != -1) {
		switch (c) {
		case 'i': flags &= ~NLM_F_APPEND; break;
		case 'p': position = strtoull(optarg, NULL, 0); break;
		case 'r': replace = strtoull(optarg, NULL, 0); break;
		case '1': one = true; break;
		case 'c': counter = true; break;
		case 'm': match = true; break;
		default: usage();
		}
	}
	if (argc - optind < 3 || (argc - optind - 3) % NUMBERS)
		usage();
	place = place_of(argv + optind);

	transaction();
	value[O - S] = match ? MPTCP_BFLAG_OP_MATCH : MPTCP_BFLAG_OP_SET;
	for (int i = optind + 3; i < argc; i += NUMBERS) {
		if (!nlh) {
			nlh = new_rule(&place, replace ? NLM_F_REPLACE : flags);
			if (replace)
				mnl_attr_put_u64(nlh, NFTA_RULE_HANDLE,
						 htobe64(replace));
			if (position)
				mnl_attr_put_u64(nlh, NFTA_RULE_POSITION,
						 htobe64(position));
			list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
		}
		for (int k = 0; k < NUMBERS; k++)
			value[k] = strtoul(argv[i + k], NULL, 0);
		put_bflag(nlh, NFTA_LIST_ELEM, value);
		if (one && i + NUMBERS < argc)
			continue;
		if (counter)
			put_counter(nlh, NFTA_LIST_ELEM);
		mnl_attr_nest_end(nlh, list);
		message_end(nlh);
		nlh = NULL;
	}
	err = commit();
	if (err)
		fprintf(stderr, "%s\n", err < 0 ? "no answer" : strerror(err));
	return err != 0;
}

/* A chain's comment in libnftnl's format: type 0, length, text with its NUL */
static int add_chain(char **argv)
{
	struct place place = place_of(argv);
	size_t len = strlen(argv[3]) + 1;
	struct nlmsghdr *nlh;
	char udata[2 + 255];
	int err;

	if (len > sizeof(udata) - 2)
		usage();
	udata[0] = 0;
	udata[1] = len;
	memcpy(udata + 2, argv[3], len);

	transaction();
	nlh = change(NFT(NEWTABLE), NLM_F_CREATE, place.family);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, place.table);
	message_end(nlh);
	nlh = change(NFT(NEWCHAIN), NLM_F_CREATE, place.family);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, place.table);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, place.chain);
	mnl_attr_put(nlh, NFTA_CHAIN_USERDATA, 2 + len, udata);
	message_end(nlh);
	err = commit();
	if (err)
		fprintf(stderr, "attributes: %s\n",
			err < 0 ? "no answer" : strerror(err));
	return err != 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(const struct place *place);
	} tests[] = {
		{ "rows", test_rows },		{ "sweep", test_sweep },
		{ "valid", test_valid },	{ "elsewhere", test_elsewhere },
	};
	struct place place;

	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");

	if (argc < 2)
		usage();
	if (!strcmp(argv[1], "add"))
		return add(argc - 1, argv + 1);
	if (!strcmp(argv[1], "chain") && argc == 6)
		return add_chain(argv + 2);
	if (!strcmp(argv[1], "dump") && (argc == 2 || argc == 5)) {
		if (argc == 5)
			place = place_of(argv + 2);
		dump(argc == 5 ? &place : NULL, true);
		return 0;
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(argv[1], tests[i].name) || argc != 5)
			continue;
		place = place_of(argv + 2);
		tests[i].test(&place);
		return failed;
	}
	usage();
}
