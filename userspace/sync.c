// SPDX-License-Identifier: GPL-2.0-only
/* Give each chain whose comment describes a rule that rule, and no other one. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "cli.h"
#include "names.h"
#include "sync.h"

#define USERS "/sys/module/nft_" NFT_MPTCP_BFLAG_NAME "/refcnt"

enum rule_state rule_state(const struct ruleset *set, size_t chain,
			   const struct description *description)
{
	size_t i, rules = 0, ours = 0, at = NONE;

	for (i = 0; i < set->nrules; i++) {
		if (set->rules[i].chain != chain)
			continue;
		if (set->rules[i].ours) {
			ours++;
			if (description_equal(description,
					      set->rules[i].expressions))
				at = rules;
		}
		rules++;
	}
	if (!ours)
		return RULE_MISSING;
	if (ours > 1 || at == NONE)
		return RULE_OTHER;
	return at ? RULE_NOT_FIRST : RULE_IN_PLACE;
}

static bool in_described_chain(const struct ruleset *set, uint8_t family,
			       const char *table, const char *chain)
{
	size_t index = ruleset_chain(set, family, table, chain);

	return index != NONE && description_is(set->chains[index].comment);
}

static bool has_bflag(struct attrs attrs)
{
	const struct nlattr *element;
	const char *name;

	attrs_for_each(element,
		       attrs_of_nest(attr_find(attrs, NFTA_RULE_EXPRESSIONS))) {
		name = attr_string(attrs_of_nest(element), NFTA_EXPR_NAME);
		if (name && !strcmp(name, NFT_MPTCP_BFLAG_NAME))
			return true;
	}
	return false;
}

struct search {
	struct ruleset	*set;
	struct strays	*strays;
};

static int take_stray(const struct nlmsghdr *nlh, void *data)
{
	struct search *search = data;
	struct attrs attrs = attrs_of_message(nlh);
	struct strays *strays = search->strays;
	struct stray stray;

	if (!has_bflag(attrs))
		return MNL_CB_OK;
	attrs = attrs_of_message(ruleset_keep(search->set, nlh));
	stray.family = ruleset_family(nlh);
	stray.table = attr_string(attrs, NFTA_RULE_TABLE);
	stray.chain = attr_string(attrs, NFTA_RULE_CHAIN);
	stray.handle = attr_be64(attrs, NFTA_RULE_HANDLE, 0);
	if (!stray.table || !stray.chain ||
	    in_described_chain(search->set, stray.family, stray.table,
			       stray.chain))
		return MNL_CB_OK;
	strays->strays = grow(strays->strays, strays->count, sizeof(stray));
	strays->strays[strays->count++] = stray;
	return MNL_CB_OK;
}

static size_t module_users(void)
{
	FILE *file = fopen(USERS, "re");
	size_t users = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%zu", &users) != 1)
		users = 0;
	fclose(file);
	return users;
}

int strays_find(struct ruleset *set, struct strays *strays)
{
	struct search search = { set, strays };
	size_t i, known = 0;

	strays->strays = NULL;
	strays->count = 0;
	for (i = 0; i < set->nrules; i++)
		known += set->rules[i].ours &&
			 description_is(set->chains[set->rules[i].chain].comment);
	if (module_users() <= known)
		return 0;
	return dump_all(&set->dump, NFT_MSG_GETRULE, take_stray, &search);
}

static void note(struct sync *sync, uint8_t family, const char *table,
		 const char *chain, const char *what)
{
	sync->changes = grow(sync->changes, sync->count, sizeof(char *));
	sync->changes[sync->count++] =
		xasprintf("chain %s %s %s: %s", name_of(family_names, family),
			  table, chain, what);
}

static void delete_rule(struct batch *batch, uint8_t family, const char *table,
			const char *chain, uint64_t handle)
{
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, ATTEMPT_DELETE, NFT_MSG_DELRULE, family, 0,
			"remove a rule from chain %s %s %s",
			name_of(family_names, family), table, chain);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	mnl_attr_put_u64(nlh, NFTA_RULE_HANDLE, htobe64(handle));
}

/* Without NLM_F_APPEND it becomes the first. */
static void add_rule(struct batch *batch, const struct chain *chain,
		     const struct description *description)
{
	struct nlattr *expressions;
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, ATTEMPT_BFLAG_RULE, NFT_MSG_NEWRULE,
			chain->family, NLM_F_CREATE,
			"add the rule of the comment to chain %s %s %s",
			name_of(family_names, chain->family), chain->table,
			chain->name);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, chain->table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain->name);
	expressions = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	description_put(description, nlh);
	mnl_attr_nest_end(nlh, expressions);
}

/* Keep the first rule of the chain, if it is the right one. */
static void repair(const struct ruleset *set, size_t index,
		   const struct description *description, struct batch *batch,
		   struct sync *sync)
{
	static const char * const words[] = {
		[RULE_MISSING]		= "rule added",
		[RULE_NOT_FIRST]	= "rule moved to the front",
		[RULE_OTHER]		= "rule replaced",
	};
	enum rule_state state = rule_state(set, index, description);
	const struct chain *chain = &set->chains[index];
	bool first = true, kept = false;
	const struct rule *rule;
	size_t i;

	if (state == RULE_IN_PLACE)
		return;
	for (i = 0; i < set->nrules; i++) {
		rule = &set->rules[i];
		if (rule->chain != index)
			continue;
		if (first && description_equal(description, rule->expressions))
			kept = true;
		else if (rule->ours)
			delete_rule(batch, chain->family, chain->table,
				    chain->name, rule->handle);
		first = false;
	}
	if (!kept)
		add_rule(batch, chain, description);
	note(sync, chain->family, chain->table, chain->name,
	     kept ? "rule removed" : words[state]);
}

static int sync_chain(struct ruleset *set, size_t index, struct batch *batch,
		      struct sync *sync)
{
	const struct chain *chain = &set->chains[index];
	struct description description;
	int err, status = EXIT_OK;
	char *wrong;

	sync->described++;
	wrong = description_parse(&description, chain->comment);
	if (wrong) {
		complain("chain %s %s %s, comment \"%s\": %s; see COMMENTS OF CHAINS in mptcp-bflag(8); nothing is changed",
			 name_of(family_names, chain->family), chain->table,
			 chain->name, chain->comment, wrong);
		free(wrong);
		status = EXIT_REFUSED;
	} else {
		err = ruleset_read_chain(set, index);
		if (err)
			status = explain(ATTEMPT_READ, -err, "read the rules",
					 NULL);
		else
			repair(set, index, &description, batch, sync);
	}
	description_free(&description);
	return status;
}

static int remove_strays(struct ruleset *set, struct batch *batch,
			 struct sync *sync)
{
	const struct stray *stray;
	struct strays strays;
	size_t i;
	int err = strays_find(set, &strays);

	for (i = 0; i < strays.count; i++) {
		stray = &strays.strays[i];
		delete_rule(batch, stray->family, stray->table, stray->chain,
			    stray->handle);
		note(sync, stray->family, stray->table, stray->chain,
		     "rule removed");
	}
	free(strays.strays);
	if (err)
		return explain(ATTEMPT_READ, -err, "read the rules", NULL);
	return EXIT_OK;
}

/* All comments that are not understood are told. */
int sync_plan(struct ruleset *set, struct batch *batch, void *data)
{
	struct sync *sync = data;
	int status = EXIT_OK, one;
	size_t i;

	sync_free(sync);
	for (i = 0; i < set->nchains; i++) {
		if (!description_is(set->chains[i].comment))
			continue;
		one = sync_chain(set, i, batch, sync);
		if (status == EXIT_OK)
			status = one;
	}
	if (status == EXIT_OK && sync->everywhere)
		status = remove_strays(set, batch, sync);
	/* a commit that is bound to a generation makes the next one */
	sync->generation = set->generation + (batch_length(batch) > 0);
	return status;
}

void sync_free(struct sync *sync)
{
	while (sync->count)
		free(sync->changes[--sync->count]);
	free(sync->changes);
	sync->changes = NULL;
	sync->described = 0;
}
