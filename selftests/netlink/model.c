// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel must have after each batch: chains, their rules, and the values of our expressions. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "expressions.h"
#include "message.h"
#include "model.h"

#define MSG_GETRULE_RESET 25	/* older headers lack it */

#define BASE(family, hook, type, refused) \
	{ family, "b_" type #hook, hook, type, refused, 0, {} }
#define PLAIN(family, name, refused) { family, name, -1, NULL, refused, 0, {} }
#define INET_BASES(family)						\
	BASE(family, 0, "filter", false), BASE(family, 1, "filter", false),	\
	BASE(family, 2, "filter", false), BASE(family, 3, "filter", false),	\
	BASE(family, 4, "filter", false), BASE(family, 3, "route", false),	\
	BASE(family, 0, "nat", true), BASE(family, 1, "nat", true),		\
	BASE(family, 3, "nat", true), BASE(family, 4, "nat", true),		\
	PLAIN(family, "plain", false), PLAIN(family, "j_filter", false),	\
	PLAIN(family, "j_nat", true)

struct chain chains[] = {
	INET_BASES(NFPROTO_IPV4), INET_BASES(NFPROTO_IPV6), INET_BASES(NFPROTO_INET),
	BASE(NFPROTO_INET, 5, "filter", false),
	BASE(NFPROTO_BRIDGE, 0, "filter", false), BASE(NFPROTO_BRIDGE, 1, "filter", false),
	BASE(NFPROTO_BRIDGE, 2, "filter", false), BASE(NFPROTO_BRIDGE, 3, "filter", false),
	BASE(NFPROTO_BRIDGE, 4, "filter", false), PLAIN(NFPROTO_BRIDGE, "plain", false),
	BASE(NFPROTO_NETDEV, 0, "filter", false), BASE(NFPROTO_NETDEV, 1, "filter", false),
	PLAIN(NFPROTO_NETDEV, "plain", false),
	BASE(NFPROTO_ARP, 0, "filter", true), BASE(NFPROTO_ARP, 1, "filter", true),
	PLAIN(NFPROTO_ARP, "plain", true),
};

const int n_chains = sizeof(chains) / sizeof(*chains);

static void must(struct batch *batch)
{
	int errors[BATCH_MAX], i;

	batch_send(batch, errors);
	for (i = 0; i < batch->n; i++)
		if (errors[i]) {
			printf("not ok set-up, message %d: %s\n", i, strerror(errors[i]));
			exit(2);
		}
}

static void add_chain(const struct chain *chain)
{
	struct nlattr *hook;
	struct nlmsghdr *nlh;
	struct batch batch;

	batch_begin(&batch);
	nlh = batch_add(&batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, chain->family);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, TABLE);
	nlh = batch_add(&batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, chain->family);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, chain->name);
	if (chain->hook >= 0) {
		mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, chain->type);
		hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(chain->hook));
		mnl_attr_put_u32(nlh, NFTA_HOOK_PRIORITY, htonl(10));
		if (chain->family == NFPROTO_NETDEV || chain->hook == 5)
			mnl_attr_put_strz(nlh, NFTA_HOOK_DEV, "lo");
		mnl_attr_nest_end(nlh, hook);
	}
	must(&batch);
}

static void add_jump(uint8_t family, const char *from, const char *to)
{
	struct nlattr *list;
	struct nlmsghdr *nlh;
	struct batch batch;

	batch_begin(&batch);
	nlh = batch_add(&batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, family);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, from);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	put_jump(nlh, to);
	mnl_attr_nest_end(nlh, list);
	must(&batch);
}

void model_build(void)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET };
	static struct chain jumps[] = {
		BASE(0, 1, "filter", false), BASE(0, 1, "nat", false),
	};
	size_t i;
	int j;

	for (j = 0; j < n_chains; j++)
		add_chain(&chains[j]);
	jumps[0].name = "jumps_filter";
	jumps[1].name = "jumps_nat";
	for (i = 0; i < sizeof(families); i++)
		for (j = 0; j < 2; j++) {
			jumps[j].family = families[i];
			add_chain(&jumps[j]);
			add_jump(families[i], jumps[j].name, j ? "j_nat" : "j_filter");
		}
}

void model_flush(struct chain *chain)
{
	struct nlmsghdr *nlh;
	struct batch batch;

	batch_begin(&batch);
	nlh = batch_add(&batch, NFT_MSG_DELRULE, 0, chain->family);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain->name);
	must(&batch);
	chain->n = 0;
}

struct reading {
	struct chain	*chain;
	int		rule;
	bool		anything;
	bool		wrong;
};

/* The kernel writes each attribute once, in order, and nothing else. */
static void read_expression(struct reading *reading, const struct rule *rule, int *ours,
			    const struct nlattr *element)
{
	const struct nlattr *attr, *data = NULL;
	bool name = false;
	struct value value;
	struct verdict verdict;

	mnl_attr_for_each_nested(attr, element) {
		if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME)
			name = !strcmp(mnl_attr_get_str(attr), NFT_MPTCP_BFLAG_NAME);
		else if (mnl_attr_get_type(attr) == NFTA_EXPR_DATA)
			data = attr;
	}
	if (!name)
		return;
	verdict = judge(data ? mnl_attr_get_payload(data) : NULL,
			data ? mnl_attr_get_payload_len(data) : 0, &value);
	if (verdict.parse || verdict.init || mnl_attr_get_payload_len(data) != 32)
		reading->wrong = true;
	if (!reading->anything && (*ours == rule->n ||
				   memcmp(&value, &rule->ours[*ours], sizeof(value))))
		reading->wrong = true;
	++*ours;
}

static int read_rule(const struct nlmsghdr *nlh, void *data)
{
	static struct rule none;
	struct reading *reading = data;
	bool expected = reading->rule < reading->chain->n;
	struct rule *rule = expected ? &reading->chain->rules[reading->rule] : &none;
	const struct nlattr *attr, *element;
	int ours = 0;

	if (!expected && !reading->anything)
		reading->wrong = true;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFTA_RULE_HANDLE)
			memcpy(&rule->handle, mnl_attr_get_payload(attr), 8);
		if (mnl_attr_get_type(attr) == NFTA_RULE_EXPRESSIONS)
			mnl_attr_for_each_nested(element, attr)
				read_expression(reading, rule, &ours, element);
	}
	if (!reading->anything && ours != rule->n)
		reading->wrong = true;
	reading->rule++;
	return MNL_CB_OK;
}

bool model_equal(struct chain *chain, bool anything)
{
	static bool no_reset;
	struct reading reading = { .chain = chain, .anything = anything };
	bool reset = !no_reset && one_in(4);
	char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	int err;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | (reset ? MSG_GETRULE_RESET : NFT_MSG_GETRULE);
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nfg->nfgen_family = chain->family;
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain->name);
	err = request(nlh, read_rule, &reading);
	if (err && reset) {
		no_reset = true;
		printf("# no GETRULE_RESET in this kernel: %s\n", strerror(err));
		return model_equal(chain, anything);
	}
	return !err && !reading.wrong && (anything || reading.rule == chain->n);
}
