// SPDX-License-Identifier: GPL-2.0-only
/* What "attach" has put into a chain, and what has to change there. */
#include <inttypes.h>

#include <linux/netfilter/nf_tables.h>

#include "attach.h"
#include "cli.h"

static void put_rule(const struct attach *attach, struct batch *batch,
		     uint64_t replace)
{
	const struct place *place = &attach->place;
	uint16_t flags = replace ? NLM_F_REPLACE : NLM_F_CREATE;
	struct nlattr *expressions;
	struct nlmsghdr *nlh;

	if (!replace &&
	    (attach->position == LAST || attach->position == AFTER))
		flags |= NLM_F_APPEND;
	nlh = batch_add(batch, ATTEMPT_BFLAG_RULE, NFT_MSG_NEWRULE,
			place->family, flags,
			"attach the rule to chain %s %s %s",
			place->family_name, place->table, place->chain);
	place_put(nlh, place);
	if (replace)
		mnl_attr_put_u64(nlh, NFTA_RULE_HANDLE, htobe64(replace));
	else if (attach->handle)
		mnl_attr_put_u64(nlh, NFTA_RULE_POSITION,
				 htobe64(attach->handle));
	expressions = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	bflag_put(nlh, &attach->bflag);
	mnl_attr_nest_end(nlh, expressions);
}

static bool attached_to(const struct ruleset *set, const struct mark *mark,
			size_t chain)
{
	const struct rule *rule = &set->rules[mark->rule];

	return rule->chain == chain && rule->expressions == 1;
}

/* Marks are in the order of the rules. */
bool attach_made(const struct ruleset *set, size_t rule)
{
	size_t low = 0, high = set->nmarks, middle;

	if (set->rules[rule].expressions != 1)
		return false;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (set->marks[middle].rule < rule)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->nmarks && set->marks[low].rule == rule;
}

static char *find_handle(const struct attach *attach,
			 const struct ruleset *set, size_t chain)
{
	size_t i;

	for (i = 0; i < set->nrules; i++)
		if (set->rules[i].chain == chain &&
		    set->rules[i].handle == attach->handle)
			return NULL;
	return xasprintf("there is no rule with handle %" PRIu64 " in chain %s %s %s; 'nft -a list chain' shows handles",
			 attach->handle, attach->place.family_name,
			 attach->place.table, attach->place.chain);
}

/* An index is the place after the last of as many rules of others. */
static char *find_index(struct attach *attach, const struct ruleset *set,
			size_t chain)
{
	size_t i, others = 0;

	attach->position = FIRST;
	for (i = 0; i < set->nrules && others < attach->index; i++) {
		if (set->rules[i].chain != chain || attach_made(set, i))
			continue;
		attach->position = AFTER;
		attach->handle = set->rules[i].handle;
		others++;
	}
	if (others == attach->index)
		return NULL;
	return xasprintf("there %s only %zu other rule%s in chain %s %s %s, not %zu",
			 others == 1 ? "is" : "are", others,
			 others == 1 ? "" : "s", attach->place.family_name,
			 attach->place.table, attach->place.chain,
			 attach->index);
}

static char *find_position(struct attach *attach, const struct ruleset *set,
			   size_t chain)
{
	switch (attach->position) {
	case BEFORE:
	case AFTER:
		return find_handle(attach, set, chain);
	case INDEX:
		return find_index(attach, set, chain);
	default:
		return NULL;
	}
}

/* Beside which rule that stays, or that the position refers to, is @rule? */
static uint64_t neighbour(const struct attach *attach,
			  const struct ruleset *set, size_t rule, int step)
{
	size_t chain = set->rules[rule].chain;

	/* in front of the first, it wraps around */
	for (rule += step; rule < set->nrules; rule += step)
		if (set->rules[rule].chain == chain &&
		    (set->rules[rule].handle == attach->handle ||
		     !attach_made(set, rule)))
			return set->rules[rule].handle;
	return 0;
}

/* Order is policy: an equal rule elsewhere is not what was asked for. */
static bool in_position(const struct attach *attach,
			const struct ruleset *set, size_t rule)
{
	int step = attach->position == BEFORE ? 1 : -1;

	if (attach->position == LAST ||
	    set->rules[rule].handle == attach->handle)
		return true;
	return neighbour(attach, set, rule, step) == attach->handle;
}

/* What attach has put into the chain before, and what is to become of it */
struct found {
	size_t	keep;		/* a rule: equal, and at its place */
	bool	equal;		/* there is one, anywhere */
	size_t	rules;
};

static struct found find_attached(const struct attach *attach,
				  const struct ruleset *set, size_t chain)
{
	struct found found = { .keep = NONE };
	const struct mark *mark;
	size_t i;

	for (i = 0; i < set->nmarks; i++) {
		mark = &set->marks[i];
		if (!attached_to(set, mark, chain))
			continue;
		found.rules++;
		if (!bflag_equal(mark->data, &attach->bflag))
			continue;
		found.equal = true;
		if (found.keep == NONE && in_position(attach, set, mark->rule))
			found.keep = mark->rule;
	}
	return found;
}

/*
 * The rules that are not kept give way: to one in the place of the first, or
 * to one at the position that was asked for.  (That may be relative to one
 * that goes: so the new one comes first.)
 */
static void plan_rule(const struct attach *attach, const struct ruleset *set,
		      size_t chain, const struct found *found,
		      struct batch *batch)
{
	bool put = found->keep != NONE;
	uint64_t handle;
	size_t i;

	if (!put && (attach->position != LAST || !found->rules)) {
		put_rule(attach, batch, 0);
		put = true;
	}
	for (i = 0; i < set->nmarks; i++) {
		if (!attached_to(set, &set->marks[i], chain) ||
		    set->marks[i].rule == found->keep)
			continue;
		handle = set->rules[set->marks[i].rule].handle;
		if (put)
			place_delete(batch, &attach->place, handle);
		else
			put_rule(attach, batch, handle);
		put = true;
	}
}

static const char *done(const struct found *found)
{
	if (!found->rules)
		return "attached";
	if (found->keep == NONE)
		return found->equal ? "moved" :
		       "attached, in place of one with other options";
	return found->rules == 1 ? "attached already, nothing to do" :
	       "attached already, what was attached besides is removed";
}

struct outcome attach_plan(const struct attach *asked,
			   const struct ruleset *set, struct batch *batch)
{
	struct outcome outcome = { .status = EXIT_NOT_FOUND };
	struct attach attach = *asked;	/* this ruleset's handle for an index */
	struct found found;
	size_t chain;

	outcome.wrong = place_find(&attach.place, set, &chain);
	if (!outcome.wrong)
		outcome.wrong = find_position(&attach, set, chain);
	if (outcome.wrong)
		return outcome;

	found = find_attached(&attach, set, chain);
	plan_rule(&attach, set, chain, &found, batch);
	outcome.done = done(&found);
	outcome.status = EXIT_OK;
	return outcome;
}
