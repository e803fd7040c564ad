// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read tables, chains and the rules that are asked for.  The messages are kept:
 * everything else points into them.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../kmod/nf_tables_mptcp_bflag.h"
#include "../cli.h"
#include "ruleset.h"

struct raw {
	struct raw	*next;
	char		message[] __attribute__((aligned(8)));
};

const struct nlmsghdr *ruleset_keep(struct ruleset *set,
				    const struct nlmsghdr *nlh)
{
	struct raw *raw = xrealloc(NULL, sizeof(*raw) + nlh->nlmsg_len, 1);

	memcpy(raw->message, nlh, nlh->nlmsg_len);
	raw->next = set->raw;
	set->raw = raw;
	return (const struct nlmsghdr *)raw->message;
}

uint8_t ruleset_family(const struct nlmsghdr *nlh)
{
	const struct nfgenmsg *nfmsg = mnl_nlmsg_get_payload(nlh);

	return nfmsg->nfgen_family;
}

/* The format is nft's: type, length, value.  The comment is always type 0. */
static const char *comment_of(const struct nlattr *userdata)
{
	const unsigned char *at;
	size_t left;

	if (!userdata)
		return NULL;
	at = mnl_attr_get_payload(userdata);
	left = mnl_attr_get_payload_len(userdata);
	while (left >= 2 && left - 2 >= at[1]) {
		if (at[0] == 0 && at[1] && !at[1 + at[1]])
			return (const char *)at + 2;
		left -= 2 + at[1];
		at += 2 + at[1];
	}
	return NULL;
}

static int add_table(const struct nlmsghdr *nlh, void *data)
{
	struct ruleset *set = data;
	struct table *table;
	struct attrs attrs;

	nlh = ruleset_keep(set, nlh);
	attrs = attrs_of_message(nlh);
	if (!attr_string(attrs, NFTA_TABLE_NAME))
		return MNL_CB_OK;

	set->tables = grow(set->tables, set->ntables, sizeof(*set->tables));
	table = &set->tables[set->ntables++];
	table->family = ruleset_family(nlh);
	table->name = attr_string(attrs, NFTA_TABLE_NAME);
	table->comment = comment_of(attr_find(attrs, NFTA_TABLE_USERDATA));
	table->dormant = attr_be32(attrs, NFTA_TABLE_FLAGS, 0) &
			 NFT_TABLE_F_DORMANT;
	return MNL_CB_OK;
}

static void parse_hook(struct chain *chain, struct attrs attrs)
{
	struct attrs hook = attrs_of_nest(attr_find(attrs, NFTA_CHAIN_HOOK));

	if (!hook.data)
		return;
	chain->type = attr_string(attrs, NFTA_CHAIN_TYPE);
	if (!chain->type)
		chain->type = "unknown";
	chain->hook = attr_be32(hook, NFTA_HOOK_HOOKNUM, 0);
	chain->priority = (int32_t)attr_be32(hook, NFTA_HOOK_PRIORITY, 0);
	chain->devices = attrs_in(hook, NFTA_HOOK_DEVS);
}

static int add_chain(const struct nlmsghdr *nlh, void *data)
{
	struct ruleset *set = data;
	struct chain *chain;
	struct attrs attrs;

	nlh = ruleset_keep(set, nlh);
	attrs = attrs_of_message(nlh);
	if (!attr_string(attrs, NFTA_CHAIN_TABLE) ||
	    !attr_string(attrs, NFTA_CHAIN_NAME))
		return MNL_CB_OK;

	set->chains = grow(set->chains, set->nchains, sizeof(*set->chains));
	chain = &set->chains[set->nchains++];
	memset(chain, 0, sizeof(*chain));
	chain->family = ruleset_family(nlh);
	chain->table = attr_string(attrs, NFTA_CHAIN_TABLE);
	chain->name = attr_string(attrs, NFTA_CHAIN_NAME);
	chain->comment = comment_of(attr_find(attrs, NFTA_CHAIN_USERDATA));
	chain->use = attr_be32(attrs, NFTA_CHAIN_USE, 0);
	chain->anonymous = attr_be32(attrs, NFTA_CHAIN_FLAGS, 0) &
			   NFT_CHAIN_BINDING;
	chain->first_jump = NONE;
	parse_hook(chain, attrs);
	return MNL_CB_OK;
}

static int compare_chains(const void *a, const void *b)
{
	const struct chain *left = a, *right = b;
	int order = left->family - right->family;

	if (!order)
		order = strcmp(left->table, right->table);
	if (!order)
		order = strcmp(left->name, right->name);
	return order;
}

size_t ruleset_table(const struct ruleset *set, uint8_t family,
		     const char *name)
{
	size_t i;

	for (i = 0; i < set->ntables; i++)
		if (set->tables[i].family == family &&
		    !strcmp(set->tables[i].name, name))
			return i;
	return NONE;
}

size_t ruleset_chain(const struct ruleset *set, uint8_t family,
		     const char *table, const char *name)
{
	struct chain key = { .family = family, .table = table, .name = name };
	const struct chain *found;

	if (!set->nchains)
		return NONE;
	found = bsearch(&key, set->chains, set->nchains, sizeof(key),
			compare_chains);
	return found ? (size_t)(found - set->chains) : NONE;
}

const char *ruleset_comment(const struct ruleset *set,
			    const struct table *table, const char *chain)
{
	size_t index = ruleset_chain(set, table->family, table->name, chain);

	return index == NONE ? NULL : set->chains[index].comment;
}

/* An interrupted dump may have a chain twice. */
static void sort_chains(struct ruleset *set)
{
	size_t i, n = 0;

	if (!set->nchains)
		return;
	qsort(set->chains, set->nchains, sizeof(*set->chains), compare_chains);
	for (i = 0; i < set->nchains; i++) {
		if (n && !compare_chains(&set->chains[n - 1], &set->chains[i]))
			continue;
		set->chains[n] = set->chains[i];
		set->chains[n].table_index =
			ruleset_table(set, set->chains[n].family,
				      set->chains[n].table);
		n++;
	}
	set->nchains = n;
}

/* jump and goto are expression "immediate" with the name of a chain. */
static void add_jump(struct ruleset *set, size_t from, struct attrs expression)
{
	const char *type = attr_string(expression, NFTA_EXPR_NAME);
	struct attrs value = attrs_in(attrs_in(expression, NFTA_EXPR_DATA),
				      NFTA_IMMEDIATE_DATA);
	const char *name = attr_string(attrs_in(value, NFTA_DATA_VERDICT),
				       NFTA_VERDICT_CHAIN);
	struct chain *to;
	size_t index;

	if (!type || strcmp(type, "immediate") || !name)
		return;
	index = ruleset_chain(set, set->chains[from].family,
			      set->chains[from].table, name);
	if (index == NONE)
		return;

	to = &set->chains[index];
	to->jumps++;
	set->jumps = grow(set->jumps, set->njumps, sizeof(*set->jumps));
	set->jumps[set->njumps].from = from;
	set->jumps[set->njumps].next = to->first_jump;
	to->first_jump = set->njumps++;
}

static bool has_bflag(struct attrs expressions)
{
	const struct nlattr *element;
	const char *name;

	attrs_for_each(element, expressions) {
		name = attr_string(attrs_of_nest(element), NFTA_EXPR_NAME);
		if (name && !strcmp(name, NFT_MPTCP_BFLAG_NAME))
			return true;
	}
	return false;
}

static int add_rule(const struct nlmsghdr *nlh, void *data)
{
	struct ruleset *set = data;
	struct attrs attrs = attrs_of_message(nlh);
	bool ours = has_bflag(attrs_in(attrs, NFTA_RULE_EXPRESSIONS));
	const char *table = attr_string(attrs, NFTA_RULE_TABLE);
	const char *name = attr_string(attrs, NFTA_RULE_CHAIN);
	const struct nlattr *element;
	struct rule *rule;
	size_t chain;

	if (!table || !name || (set->only_ours && !ours))
		return MNL_CB_OK;
	chain = ruleset_chain(set, ruleset_family(nlh), table, name);
	if (chain == NONE || set->chains[chain].read)
		return MNL_CB_OK;

	attrs = attrs_of_message(ruleset_keep(set, nlh));
	set->chains[chain].rules++;
	set->rules = grow(set->rules, set->nrules, sizeof(*set->rules));
	rule = &set->rules[set->nrules++];
	rule->chain = chain;
	rule->handle = attr_be64(attrs, NFTA_RULE_HANDLE, 0);
	rule->expressions = attrs_in(attrs, NFTA_RULE_EXPRESSIONS);
	rule->ours = ours;
	attrs_for_each(element, rule->expressions)
		add_jump(set, chain, attrs_of_nest(element));
	return MNL_CB_OK;
}

static int read_rules(struct ruleset *set, uint8_t family, const char *table,
		      const char *chain)
{
	struct query query = { .type = NFT_MSG_GETRULE, .family = family,
			       .table = table, .name = chain };

	return dump_run(&set->dump, query, add_rule, set);
}

int ruleset_read_ours(struct ruleset *set)
{
	set->only_ours = true;
	return read_rules(set, 0, NULL, NULL);
}

int ruleset_read_chain(struct ruleset *set, size_t index)
{
	struct chain *chain = &set->chains[index];
	int err;

	if (chain->read)
		return 0;
	err = read_rules(set, chain->family, chain->table, chain->name);
	chain->read = !err;
	return err;
}

int ruleset_read_table(struct ruleset *set, size_t index)
{
	const struct table *table = &set->tables[index];
	size_t i;
	int err;

	err = read_rules(set, table->family, table->name, NULL);
	for (i = 0; !err && i < set->nchains; i++)
		if (set->chains[i].table_index == index)
			set->chains[i].read = true;
	return err;
}

static int take_generation(const struct nlmsghdr *nlh, void *data)
{
	*(uint32_t *)data = attr_be32(attrs_of_message(nlh), NFTA_GEN_ID, 0);
	return MNL_CB_OK;
}

static int read_generation(struct ruleset *set, uint32_t *generation)
{
	struct query query = { .type = NFT_MSG_GETGEN, .one = true };

	return dump_run(&set->dump, query, take_generation, generation);
}

bool ruleset_unchanged(struct ruleset *set)
{
	uint32_t now;

	return !read_generation(set, &now) && now == set->generation;
}

int ruleset_read(struct ruleset *set)
{
	int err;

	memset(set, 0, sizeof(*set));
	err = dump_open(&set->dump);
	if (!err)
		err = read_generation(set, &set->generation);
	if (!err)
		err = dump_all(&set->dump, NFT_MSG_GETTABLE, add_table, set);
	if (!err)
		err = dump_all(&set->dump, NFT_MSG_GETCHAIN, add_chain, set);
	if (!err)
		sort_chains(set);
	return err;
}

void ruleset_free(struct ruleset *set)
{
	struct raw *raw;

	dump_close(&set->dump);
	while ((raw = set->raw)) {
		set->raw = raw->next;
		free(raw);
	}
	free(set->tables);
	free(set->chains);
	free(set->rules);
	free(set->jumps);
	free(set->helpers);
	memset(set, 0, sizeof(*set));
}
