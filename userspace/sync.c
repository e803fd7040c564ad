// SPDX-License-Identifier: GPL-2.0-only
/* Give each chain whose comment describes a rule that rule, and no other one. */
#include <errno.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "names.h"
#include "nf/helpers.h"
#include "sync.h"

#define USERS "/sys/module/nft_" NFT_MPTCP_BFLAG_NAME "/refcnt"

/* Reading this many takes about 0.1 s. */
#define MANY_RULES 2000

enum rule_state rule_state(const struct ruleset *set, size_t chain,
			   const struct description *description, size_t *keep)
{
	bool first = true, right = false;
	size_t i, ours = 0;

	*keep = NONE;
	for (i = 0; i < set->nrules; i++) {
		if (set->rules[i].chain != chain)
			continue;
		ours += set->rules[i].ours;
		if (description_equal(description, set->rules[i].expressions)) {
			right = true;
			if (first)
				*keep = i;
		}
		first = false;
	}
	if (!ours)
		return RULE_MISSING;
	if (ours > 1 || !right)
		return RULE_OTHER;
	return *keep == NONE ? RULE_NOT_FIRST : RULE_IN_PLACE;
}

bool is_stray(const struct ruleset *set, const struct rule *rule)
{
	return rule->ours && !description_is(set->chains[rule->chain].comment);
}

int strays_read(struct ruleset *set, bool always)
{
	size_t i, known = 0, rules = 0;

	for (i = 0; i < set->nrules; i++)
		known += set->rules[i].ours;
	for (i = 0; i < set->nchains; i++)
		rules += set->chains[i].use;
	if (number_in(USERS) <= known || (!always && rules > MANY_RULES))
		return 0;
	return ruleset_read_ours(set);
}

static void note(struct sync *sync, const struct chain *chain,
		 const char *what)
{
	sync->changes = grow(sync->changes, sync->count, sizeof(char *));
	sync->changes[sync->count++] =
		xasprintf("chain %s %s %s: %s",
			  name_of(family_names, chain->family), chain->table,
			  chain->name, what);
}

static void delete_rule(struct batch *batch, const struct chain *chain,
			const struct rule *rule)
{
	struct nlmsghdr *nlh = batch_add(batch, NFT_MSG_DELRULE, 0,
					 chain->family, chain->table,
					 chain->name);

	mnl_attr_put_u64(nlh, NFTA_RULE_HANDLE, htobe64(rule->handle));
}

/* Without NLM_F_APPEND, it becomes the first rule. */
static void add_rule(struct batch *batch, const struct chain *chain,
		     const struct description *description)
{
	struct nlmsghdr *nlh = batch_add(batch, NFT_MSG_NEWRULE, NLM_F_CREATE,
					 chain->family, chain->table,
					 chain->name);
	struct nlattr *expressions;

	expressions = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	description_put(description, nlh);
	mnl_attr_nest_end(nlh, expressions);
}

/* The first rule stays if it is right: its handle does not change. */
static void repair(const struct ruleset *set, size_t index,
		   const struct description *description, struct batch *batch,
		   struct sync *sync)
{
	static const char * const words[] = {
		[RULE_MISSING]		= "rule added",
		[RULE_NOT_FIRST]	= "rule moved to the front",
		[RULE_OTHER]		= "rule replaced",
	};
	const struct chain *chain = &set->chains[index];
	size_t i, keep;
	enum rule_state state = rule_state(set, index, description, &keep);

	if (state == RULE_IN_PLACE)
		return;
	for (i = 0; i < set->nrules; i++)
		if (set->rules[i].chain == index && set->rules[i].ours &&
		    i != keep)
			delete_rule(batch, chain, &set->rules[i]);
	if (keep == NONE)
		add_rule(batch, chain, description);
	note(sync, chain, keep == NONE ? words[state] : "rule removed");
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
	err = wrong ? 0 : ruleset_read_chain(set, index);
	if (wrong) {
		complain("cannot sync chain %s %s %s, comment \"%s\": %s; see COMMENTS OF CHAINS in mptcp-bflag(8); nothing is changed",
			 name_of(family_names, chain->family), chain->table,
			 chain->name, chain->comment, wrong);
		status = EXIT_REFUSED;
	} else if (err) {
		status = explain(ATTEMPT_READ, -err, "read the rules", NULL);
	} else {
		repair(set, index, &description, batch, sync);
	}
	free(wrong);
	description_free(&description);
	return status;
}

static int remove_strays(struct ruleset *set, struct batch *batch,
			 struct sync *sync)
{
	int err = strays_read(set, true);
	const struct chain *chain;
	size_t i;

	for (i = 0; !err && i < set->nrules; i++) {
		chain = &set->chains[set->rules[i].chain];
		if (!is_stray(set, &set->rules[i]))
			continue;
		delete_rule(batch, chain, &set->rules[i]);
		note(sync, chain, "rule removed");
	}
	return err ? explain(ATTEMPT_READ, -err, "read the rules", NULL) :
	       EXIT_OK;
}

/* Goes on after an error, to report each wrong comment. */
int sync_plan(struct ruleset *set, struct batch *batch, void *data)
{
	struct sync *sync = data;
	int status = EXIT_OK, one, err;
	size_t i;

	sync_free(sync);
	for (i = 0; i < set->nchains; i++) {
		if (!description_is(set->chains[i].comment) ||
		    (sync->table && (set->chains[i].family != sync->family ||
				     strcmp(set->chains[i].table,
					    sync->table))))
			continue;
		one = sync_chain(set, i, batch, sync);
		if (status == EXIT_OK)
			status = one;
	}
	if (status == EXIT_OK && sync->everywhere)
		status = remove_strays(set, batch, sync);
	if (!sync->described) {
		err = helpers_list(set);
		/* in doubt there are some, so that nothing is loaded twice */
		sync->helpers = err && err != -EOPNOTSUPP ? 1 : set->nhelpers;
	}
	/* a commit bound to a generation makes the next one */
	sync->generation = set->generation + (batch->count > 1);
	return status;
}

void sync_free(struct sync *sync)
{
	while (sync->count)
		free(sync->changes[--sync->count]);
	free(sync->changes);
	sync->changes = NULL;
	sync->described = 0;
	sync->helpers = 0;
}
