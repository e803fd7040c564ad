// SPDX-License-Identifier: GPL-2.0-only
/*
 * generate SEED MESSAGES SECONDS
 *
 * Send random nf_tables messages around our expression and our conntrack helpers, in this network
 * namespace, until MESSAGES are sent (0: no limit) or SECONDS are over (0: no limit).  Each answer
 * is compared with the oracle, and after each batch a dump with the model.  Prints KTAP lines
 * without numbers.  The same SEED sends the same messages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "expressions.h"
#include "message.h"
#include "model.h"

#define ERRNOS 150
#define FLAG_SET_EXPR 0x100	/* NFT_SET_EXPR; older headers lack it */

static unsigned long outcomes[ERRNOS];
static unsigned long long seed;

static void wrong(const char *what, const struct chain *chain, int message, int expected, int got)
{
	printf("not ok generated messages: %s, family %u chain %s, message %d of the batch: expected \"%s\", got \"%s\"; seed %llu, %lu messages\n",
	       what, chain->family, chain->name, message, strerror(expected), strerror(got), seed,
	       messages_sent);
	exit(1);
}

static void count(int errors[], int n)
{
	while (n--)
		outcomes[errors[n] < ERRNOS ? errors[n] : 0]++;
}

static struct nlmsghdr *new_rule(struct batch *batch, uint8_t family, const char *chain,
				 uint16_t flags)
{
	struct nlmsghdr *nlh = batch_add(batch, NFT_MSG_NEWRULE, flags, family);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	return nlh;
}

/* Add NFTA_RULE_EXPRESSIONS.  Returns what the kernel must say before it validates the rule. */
static int put_expressions(struct nlmsghdr *nlh, uint8_t family, struct rule *rule)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	int parse = 0, init = 0, n = one_in(4) ? 2 : 1;
	struct verdict verdict;

	for (rule->n = 0; rule->n < n; rule->n++) {
		put_stock(nlh);
		verdict = put_ours(nlh, NFTA_LIST_ELEM, &rule->ours[rule->n]);
		if (family == NFPROTO_ARP)
			verdict.init = EOPNOTSUPP;
		parse = parse ? parse : verdict.parse;
		init = init ? init : verdict.init;
	}
	put_stock(nlh);
	mnl_attr_nest_end(nlh, list);
	return parse ? parse : init;
}

static void insert_rule(struct chain *chain, int at, const struct rule *rule)
{
	memmove(&chain->rules[at + 1], &chain->rules[at], (chain->n - at) * sizeof(*rule));
	chain->rules[at] = *rule;
	chain->n++;
}

/* One rule, anywhere in the chain or instead of another; changes @chain as if it is accepted. */
static int add_rule(struct batch *batch, struct chain *chain, bool alone)
{
	uint16_t append = one_in(2) ? NLM_F_APPEND : 0;
	int at = append ? chain->n : 0, error, mode = random_below(5);
	struct rule rule = { 0 };
	struct nlmsghdr *nlh;
	uint64_t handle;

	if (!alone || !chain->n)
		mode = 0;
	nlh = new_rule(batch, chain->family, chain->name,
		       append | (mode == 1 ? NLM_F_REPLACE : NLM_F_CREATE));
	if (mode == 1 || mode == 2) {
		at = random_below(chain->n);
		handle = chain->rules[at].handle;
		mnl_attr_put(nlh, mode == 1 ? NFTA_RULE_HANDLE : NFTA_RULE_POSITION, 8, &handle);
	} else if (mode == 3 && one_in(4)) {
		handle = ~0ULL;
		mnl_attr_put(nlh, one_in(2) ? NFTA_RULE_HANDLE : NFTA_RULE_POSITION, 8, &handle);
		put_expressions(nlh, chain->family, &rule);
		return ENOENT;
	}
	error = put_expressions(nlh, chain->family, &rule);
	if (error)
		return error;
	if (mode == 1)
		chain->rules[at] = rule;
	else
		insert_rule(chain, mode == 2 && append ? at + 1 : at, &rule);
	return 0;
}

/* One to four rules in a batch: all or none, and each message has its error. */
static void rules(struct chain *chain)
{
	int n = one_in(3) ? 1 + random_below(4) : 1, i, expected[BATCH_MAX], errors[BATCH_MAX];
	struct chain after;
	struct batch batch;
	bool fails = false, valid = true;

	if (chain->n + n > RULES_MAX)
		model_flush(chain);
	after = *chain;
	batch_begin(&batch);
	for (i = 0; i < n; i++) {
		expected[i] = add_rule(&batch, &after, n == 1);
		valid &= !expected[i];
	}
	/* validation comes last, and reports all messages behind the first wrong one */
	if (valid && chain->refused)
		for (i = 0; i < n; i++)
			expected[i] = EOPNOTSUPP;
	batch_send(&batch, errors);
	count(errors, n);
	for (i = 0; i < n; i++) {
		fails |= errors[i];
		if (errors[i] != expected[i] && !(chain->refused && errors[i] == EOPNOTSUPP))
			wrong("rule", chain, i, expected[i], errors[i]);
	}
	if (!fails)
		*chain = after;
	if (!model_equal(chain, false))
		wrong("dump", chain, n, 0, 0);
}

/* Ours is refused in sets, their elements and "dynset": it has no state. */
static void in_set(struct chain *chain)
{
	struct verdict verdict = { 0 };
	int error, kind = random_below(3);
	struct nlattr *list;
	struct nlmsghdr *nlh;
	struct batch batch;
	struct value value;

	batch_begin(&batch);
	if (kind == 2) {
		nlh = new_rule(&batch, chain->family, chain->name, NLM_F_CREATE);
		list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
		verdict = put_dynset(nlh, "dynamic");
	} else {
		nlh = batch_add(&batch, NFT_MSG_NEWSET, NLM_F_CREATE, chain->family);
		mnl_attr_put_strz(nlh, NFTA_SET_TABLE, TABLE);
		mnl_attr_put_strz(nlh, NFTA_SET_NAME, "with_ours");
		mnl_attr_put_u32(nlh, NFTA_SET_ID, htonl(1));
		mnl_attr_put_u32(nlh, NFTA_SET_KEY_LEN, htonl(4));
		mnl_attr_put_u32(nlh, NFTA_SET_FLAGS,
				 htonl(NFT_SET_EVAL | (kind ? FLAG_SET_EXPR : 0)));
		list = kind ? mnl_attr_nest_start(nlh, NFTA_SET_EXPRESSIONS) : NULL;
		verdict = put_ours(nlh, kind ? NFTA_LIST_ELEM : NFTA_SET_EXPR, &value);
	}
	if (list)
		mnl_attr_nest_end(nlh, list);
	batch_send(&batch, &error);
	count(&error, 1);
	verdict.parse = verdict.parse ? verdict.parse : EOPNOTSUPP;
	if (error != verdict.parse)
		wrong(kind == 2 ? "dynset" : "set", chain, 0, verdict.parse, error);
	if (!model_equal(chain, false))
		wrong("dump after a set", chain, 0, 0, 0);
}

static void chain_message(struct batch *batch, uint16_t type, uint8_t family, const char *name)
{
	struct nlmsghdr *nlh = batch_add(batch, type, type == NFT_MSG_NEWCHAIN ? NLM_F_CREATE : 0,
					 family);

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, name);
}

static void rule_message(struct batch *batch, uint8_t family, const char *chain, const char *jump)
{
	struct nlmsghdr *nlh = new_rule(batch, family, chain, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	struct value value;

	if (jump)
		put_jump(nlh, jump);
	else
		put_valid(nlh, NFTA_LIST_ELEM, &value);
	mnl_attr_nest_end(nlh, list);
}

/*
 * Letters: N new chain "x", D delete it, R rule of ours in it, J jump to it from a filter chain, C a
 * jump from a nat chain, M a rule in a chain that is missing
 */
static const struct order {
	const char	*messages;
	int		errors[4];
} orders[] = {
	{ "NRD", { 0 } },		{ "RN", { ENOENT, 0 } },	{ "D", { ENOENT } },
	{ "NDR", { 0, 0, ENOENT } },	{ "NRJD", { 0, 0, 0, EBUSY } },	{ "NRC", { 0, 0, EOPNOTSUPP } },
	{ "NJRD", { 0, 0, 0, EBUSY } },	{ "NRM", { 0, 0, ENOENT } },	{ "NDD", { 0, 0, ENOENT } },
	{ "NRRD", { 0 } },		{ "JNR", { ENOENT, 0, 0 } },	{ "NRDN", { 0 } },
};

static void order(struct chain *chain)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET };
	const struct order *o = &orders[random_below(sizeof(orders) / sizeof(*orders))];
	int errors[BATCH_MAX], i, error;
	uint8_t family = families[random_below(3)];
	struct batch batch;
	const char *m;
	bool left = o->messages[strlen(o->messages) - 1] == 'N';

	batch_begin(&batch);
	for (m = o->messages; *m; m++)
		if (*m == 'N')
			chain_message(&batch, NFT_MSG_NEWCHAIN, family, "x");
		else if (*m == 'D')
			chain_message(&batch, NFT_MSG_DELCHAIN, family, "x");
		else
			rule_message(&batch, family, *m == 'J' ? "jumps_filter" :
				     *m == 'C' ? "b_nat0" : *m == 'M' ? "missing" : "x",
				     *m == 'J' || *m == 'C' ? "x" : NULL);
	batch_send(&batch, errors);
	count(errors, batch.n);
	for (i = 0; i < batch.n; i++) {
		if (errors[i] != o->errors[i])
			wrong(o->messages, chain, i, o->errors[i], errors[i]);
		left &= !errors[i];
	}
	/* a refused batch leaves nothing behind, so "x" is there only if the batch made it */
	batch_begin(&batch);
	chain_message(&batch, NFT_MSG_DELCHAIN, family, "x");
	batch_send(&batch, &error);
	if (error != (left ? 0 : ENOENT))
		wrong(o->messages, chain, -1, left ? 0 : ENOENT, error);
}

/* Expressions with random bytes in them: no oracle, but a dump has only what is documented. */
static void wild(struct chain *chain)
{
	struct rule rule;
	struct batch batch;
	struct nlmsghdr *nlh;
	uint32_t from;
	int error, i;

	batch_begin(&batch);
	nlh = new_rule(&batch, chain->family, chain->name, NLM_F_CREATE | NLM_F_APPEND);
	from = nlh->nlmsg_len;
	put_expressions(nlh, chain->family, &rule);
	for (i = 1 + random_below(4); i; i--)
		((char *)nlh)[from + random_below(nlh->nlmsg_len - from)] ^=
			one_in(2) ? 1U << random_below(8) : random_below(256);
	if (one_in(4))
		nlh->nlmsg_len = NLMSG_ALIGN(from + random_below(nlh->nlmsg_len - from));
	batch_send(&batch, &error);
	count(&error, 1);
	if (!model_equal(chain, true))
		wrong("dump of random bytes", chain, 0, 0, 0);
	model_flush(chain);
}

static const struct {
	const char	*name;
	bool		ours;
} helpers[] = {
	{ "mptcp-bflag", true }, { "mptcp-bflag-lb", true }, { "mptcp-bflag-x", false },
	{ "mptcp_bflag", false }, { "", false }, { "MPTCP-BFLAG", false },
};

/* What "ct helper" needs: a name of ours, TCP, and an address family that the table's family has */
static int judge_helper(uint8_t family, bool ours, int l3, int l4)
{
	if (l4 < 0)
		return EINVAL;
	if (!l4)
		return ENOENT;
	l3 = l3 < 0 ? family : l3;
	switch (l3) {
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
		if (family != NFPROTO_INET && family != l3)
			return EINVAL;
		break;
	case NFPROTO_INET:
	case NFPROTO_NETDEV:
	case NFPROTO_BRIDGE:
		break;
	default:
		return EAFNOSUPPORT;
	}
	return ours && l4 == IPPROTO_TCP ? 0 : ENOENT;
}

static void put_helper(struct batch *batch, uint8_t family, uint16_t type, const char *helper, int l3,
		       int l4)
{
	struct nlmsghdr *nlh = batch_add(batch, type, type == NFT_MSG_NEWOBJ ? NLM_F_CREATE : 0, family);
	struct nlattr *data;

	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, "helper");
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_HELPER));
	if (type != NFT_MSG_NEWOBJ)
		return;
	data = mnl_attr_nest_start(nlh, NFTA_OBJ_DATA);
	if (helper)
		mnl_attr_put_strz(nlh, NFTA_CT_HELPER_NAME, helper);
	if (l3 >= 0)
		mnl_attr_put_u16(nlh, NFTA_CT_HELPER_L3PROTO, htons(l3));
	if (l4 >= 0)
		mnl_attr_put_u8(nlh, NFTA_CT_HELPER_L4PROTO, l4);
	mnl_attr_nest_end(nlh, data);
}

struct helper_dump {
	const char	*name;
	bool		equal;
};

static int read_helper(const struct nlmsghdr *nlh, void *data)
{
	struct helper_dump *dump = data;
	const struct nlattr *attr, *in;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_OBJ_DATA)
			mnl_attr_for_each_nested(in, attr)
				if (mnl_attr_get_type(in) == NFTA_CT_HELPER_NAME)
					dump->equal = !strcmp(mnl_attr_get_str(in), dump->name);
	return MNL_CB_OK;
}

static bool helper_equal(uint8_t family, const char *name)
{
	struct helper_dump dump = { .name = name };
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nfg->nfgen_family = family;
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, TABLE);
	return !request(nlh, read_helper, &dump) && dump.equal;
}

static void helper(struct chain *chain)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET };
	static const int l3s[] = { -1, -1, NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET, 0, NFPROTO_ARP, 255 };
	static const int l4s[] = { IPPROTO_TCP, IPPROTO_TCP, IPPROTO_TCP, -1, 0, IPPROTO_UDP, 255 };
	uint8_t family = families[random_below(3)];
	int l3 = l3s[random_below(8)], l4 = l4s[random_below(7)], which, error, expected;
	struct batch batch;

	/* an unknown helper makes the kernel start modprobe, which is slow */
	which = random_below(one_in(16) ? 6 : 2);
	if ((l4 == IPPROTO_UDP || l4 == 255) && !one_in(8))
		l4 = IPPROTO_TCP;
	expected = judge_helper(family, helpers[which].ours, l3, l4);
	batch_begin(&batch);
	if (one_in(16)) {
		put_helper(&batch, family, NFT_MSG_NEWOBJ, NULL, l3, l4);
		expected = EINVAL;
	} else {
		put_helper(&batch, family, NFT_MSG_NEWOBJ, helpers[which].name, l3, l4);
	}
	batch_send(&batch, &error);
	count(&error, 1);
	if (error != expected)
		wrong(helpers[which].name, chain, family, expected, error);
	if (error)
		return;
	if (!helper_equal(family, helpers[which].name))
		wrong("dump of a helper", chain, family, 0, 0);
	batch_begin(&batch);
	put_helper(&batch, family, NFT_MSG_DELOBJ, NULL, -1, -1);
	batch_send(&batch, &error);
	if (error)
		wrong("delete a helper", chain, family, 0, error);
}

/* For "dynset" */
static void add_sets(void)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET, NFPROTO_ARP,
					    NFPROTO_BRIDGE, NFPROTO_NETDEV };
	struct nlmsghdr *nlh;
	struct batch batch;
	int errors[BATCH_MAX];
	size_t i;

	batch_begin(&batch);
	for (i = 0; i < sizeof(families); i++) {
		nlh = batch_add(&batch, NFT_MSG_NEWSET, NLM_F_CREATE, families[i]);
		mnl_attr_put_strz(nlh, NFTA_SET_TABLE, TABLE);
		mnl_attr_put_strz(nlh, NFTA_SET_NAME, "dynamic");
		mnl_attr_put_u32(nlh, NFTA_SET_ID, htonl(1));
		mnl_attr_put_u32(nlh, NFTA_SET_KEY_LEN, htonl(4));
		mnl_attr_put_u32(nlh, NFTA_SET_FLAGS, htonl(NFT_SET_EVAL));
	}
	batch_send(&batch, errors);
	for (i = 0; i < sizeof(families); i++)
		if (errors[i])
			wrong("set-up of a set", chains, i, 0, errors[i]);
}

static void report(void)
{
	static const int needed[] = { 0, EINVAL, ERANGE, EOPNOTSUPP, ENOENT, EBUSY, EAFNOSUPPORT };
	size_t i;

	printf("# seed %llu: %lu messages;", seed, messages_sent);
	for (i = 0; i < ERRNOS; i++)
		if (outcomes[i])
			printf(" %lu \"%s\"", outcomes[i], strerror(i));
	putchar('\n');
	for (i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!outcomes[needed[i]]) {
			printf("not ok generated messages: none ended with \"%s\"\n", strerror(needed[i]));
			exit(1);
		}
	printf("ok generated messages: answers and dumps are as documented\n");
}

int main(int argc, char **argv)
{
	unsigned long limit;
	time_t end;

	if (argc != 4)
		return 2;
	seed = strtoull(argv[1], NULL, 0);
	limit = strtoul(argv[2], NULL, 0);
	end = strtoul(argv[3], NULL, 0);
	end = end ? time(NULL) + end : 0;
	random_seed(seed);
	messages_open();
	model_build();
	add_sets();
	while ((!limit || messages_sent < limit) && (!end || time(NULL) < end)) {
		struct chain *chain = &chains[random_below(n_chains)];

		switch (random_below(10)) {
		case 0:
			in_set(chain);
			break;
		case 1:
			order(chain);
			break;
		case 2:
			helper(chain);
			break;
		case 3:
			wild(chain);
			break;
		default:
			rules(chain);
		}
	}
	report();
	return 0;
}
