// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag attach: the bare expression as a rule in a chain of the user's */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/netfilter/nf_tables.h>

#include "bflag.h"
#include "cli.h"
#include "place.h"
#include "transact.h"

enum position { LAST, FIRST, BEFORE, AFTER };

struct attach {
	struct place	place;
	struct bflag	bflag;
	enum position	position;
	uint64_t	handle;		/* for BEFORE and AFTER */
	const char	*done;		/* what to say in the end */
};

static int parse_position(struct attach *attach, enum position position,
			  const char *handle)
{
	char *end;

	if (attach->position != LAST)
		return usage_error("attach: one of --first, --before, --after");
	attach->position = position;
	if (position == FIRST)
		return EXIT_OK;

	errno = 0;
	attach->handle = strtoull(handle, &end, 10);
	if (errno || end == handle || *end || !attach->handle ||
	    *handle < '0' || *handle > '9')
		return usage_error("attach: '%s' is not a handle ('nft -a list chain' shows them)",
				   handle);
	return EXIT_OK;
}

static int parse_option(struct attach *attach, int c, char **argv)
{
	switch (c) {
	case 's':
		return usage_check(bflag_set_segments(&attach->bflag,
						      optarg));
	case 'v':
		return usage_check(bflag_set_versions(&attach->bflag,
						      optarg));
	case 'f':
		return usage_check(bflag_set_flag(&attach->bflag, optarg));
	case '1':
		return parse_position(attach, FIRST, NULL);
	case 'b':
		return parse_position(attach, BEFORE, optarg);
	case 'a':
		return parse_position(attach, AFTER, optarg);
	default:
		return bad_option(argv, c);
	}
}

static int parse(struct attach *attach, int argc, char **argv, bool *help)
{
	static const struct option options[] = {
		{ "help",	no_argument,		NULL, 'h' },
		{ "segments",	required_argument,	NULL, 's' },
		{ "versions",	required_argument,	NULL, 'v' },
		{ "flag",	required_argument,	NULL, 'f' },
		{ "first",	no_argument,		NULL, '1' },
		{ "before",	required_argument,	NULL, 'b' },
		{ "after",	required_argument,	NULL, 'a' },
		{ NULL, 0, NULL, 0 }
	};
	int c, status;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			*help = true;
			print_usage();
			return EXIT_OK;
		}
		status = parse_option(attach, c, argv);
		if (status != EXIT_OK)
			return status;
	}
	return place_parse(&attach->place, argc, argv);
}

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

static int check_handle(const struct attach *attach,
			const struct ruleset *set, size_t chain)
{
	size_t i;

	if (!attach->handle)
		return EXIT_OK;
	for (i = 0; i < set->nrules; i++)
		if (set->rules[i].chain == chain &&
		    set->rules[i].handle == attach->handle)
			return EXIT_OK;
	complain("there is no rule with handle %" PRIu64 " in chain %s %s %s; 'nft -a list chain' shows handles",
		 attach->handle, attach->place.family_name,
		 attach->place.table, attach->place.chain);
	return EXIT_NOT_FOUND;
}

/* Is it what attach makes? Rules with more in them are somebody else's. */
static bool attached_to(const struct ruleset *set, const struct mark *mark,
			size_t chain)
{
	const struct rule *rule = &set->rules[mark->rule];

	return rule->chain == chain && rule->expressions == 1;
}

static bool attached_rule(const struct ruleset *set, size_t rule)
{
	size_t i;

	for (i = 0; i < set->nmarks; i++)
		if (set->marks[i].rule == rule)
			return attached_to(set, &set->marks[i],
					   set->rules[rule].chain);
	return false;
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
		     !attached_rule(set, rule)))
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

static const char *outcome(const struct found *found)
{
	if (!found->rules)
		return "attached";
	if (found->keep == NONE)
		return found->equal ? "moved" :
		       "attached, in place of one with other options";
	return found->rules == 1 ? "attached already, nothing to do" :
	       "attached already, what was attached besides is removed";
}

static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	struct attach *attach = data;
	struct found found;
	size_t chain;
	int status;

	status = place_find(&attach->place, set, &chain);
	if (status == EXIT_OK)
		status = check_handle(attach, set, chain);
	if (status != EXIT_OK)
		return status;

	found = find_attached(attach, set, chain);
	attach->done = outcome(&found);
	plan_rule(attach, set, chain, &found, batch);
	return EXIT_OK;
}

int verb_attach(int argc, char **argv)
{
	struct attach attach = { .bflag = BFLAG_DEFAULT };
	bool help = false;
	int status = parse(&attach, argc, argv, &help);

	if (status != EXIT_OK || help)
		return status;
	bflag_warn(&attach.bflag);
	status = transact(plan, &attach);
	if (status == EXIT_OK)
		printf("%s %s %s: %s\n", attach.place.family_name,
		       attach.place.table, attach.place.chain, attach.done);
	return status;
}
