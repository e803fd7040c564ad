// SPDX-License-Identifier: GPL-2.0-only
/*
 * From which hooks packets can come to a chain: search backwards, from the
 * chain along the jumps to it.  Only chains that do lead to it are visited.
 * What a rule matches before it jumps is not looked at.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "reach.h"

void reach_init(struct reach_search *search, const struct ruleset *set)
{
	search->set = set;
	search->number = 0;
	search->stamp = xrealloc(NULL, set->nchains, sizeof(size_t));
	search->towards = xrealloc(NULL, set->nchains, sizeof(size_t));
	search->queue = xrealloc(NULL, set->nchains, sizeof(size_t));
	if (set->nchains)
		memset(search->stamp, 0, set->nchains * sizeof(size_t));
}

void reach_done(struct reach_search *search)
{
	free(search->stamp);
	free(search->towards);
	free(search->queue);
}

/*
 * Is the device there, or one of them?  Netdev chains may outlive their devices:
 * then the kernel has forgotten the name, or kept it, to bind the chain to a new
 * device of that name.
 */
static bool has_device(const struct chain *chain)
{
	const struct nlattr *device;

	attrs_for_each(device, chain->devices)
		/* what is not the name of one device stands for several */
		if (mnl_attr_get_type(device) != NFTA_DEVICE_NAME ||
		    mnl_attr_validate(device, MNL_TYPE_NUL_STRING) < 0 ||
		    if_nametoindex(mnl_attr_get_str(device)))
			return true;
	return false;
}

static void visit(struct reach_search *search, struct reach *reach,
		  size_t index)
{
	const struct chain *chain = &search->set->chains[index];

	if (chain->type && chain->has_devices && !has_device(chain)) {
		reach->no_device = true;
	} else if (chain->type) {
		reach->bases = xrealloc(reach->bases, reach->nbases + 1,
					sizeof(size_t));
		reach->bases[reach->nbases++] = index;
	}
	/*
	 * References that are neither its rules nor jumps from rules: elements
	 * of a map.  Whether a rule looks there is not known.
	 */
	if (chain->use > chain->rules + chain->jumps)
		reach->verdict_map = true;
}

struct reach reach_find(struct reach_search *search, size_t chain)
{
	const struct ruleset *set = search->set;
	struct reach reach = { .towards = search->towards };
	size_t head = 0, tail = 0, jump, from, index;

	index = set->chains[chain].table_index;
	reach.dormant = index != NONE && set->tables[index].dormant;

	search->number++;
	search->stamp[chain] = search->number;
	search->towards[chain] = chain;
	search->queue[tail++] = chain;
	while (head < tail) {
		index = search->queue[head++];
		visit(search, &reach, index);
		for (jump = set->chains[index].first_jump; jump != NONE;
		     jump = set->jumps[jump].next) {
			from = set->jumps[jump].from;
			if (search->stamp[from] == search->number)
				continue;
			search->stamp[from] = search->number;
			search->towards[from] = index;
			search->queue[tail++] = from;
		}
	}
	return reach;
}

void reach_free(struct reach *reach)
{
	free(reach->bases);
}

bool reach_any(const struct reach *reach)
{
	return !reach->dormant && (reach->nbases || reach->verdict_map);
}

struct reached reached_find(const struct ruleset *set)
{
	struct reached reached = {
		.nmarks = set->nmarks,
		.nsetters = set->nsetters,
	};
	struct reach_search search;
	const struct rule *rule;
	size_t i;

	reached.marks = xrealloc(NULL, set->nmarks, sizeof(struct reach));
	reached.setters = xrealloc(NULL, set->nsetters, sizeof(struct reach));
	reach_init(&search, set);
	for (i = 0; i < set->nmarks; i++) {
		rule = &set->rules[set->marks[i].rule];
		reached.marks[i] = reach_find(&search, rule->chain);
	}
	for (i = 0; i < set->nsetters; i++) {
		rule = &set->rules[set->setters[i].rule];
		reached.setters[i] = reach_find(&search, rule->chain);
	}
	reach_done(&search);
	return reached;
}

void reached_free(struct reached *reached)
{
	size_t i;

	for (i = 0; i < reached->nmarks; i++)
		reach_free(&reached->marks[i]);
	for (i = 0; i < reached->nsetters; i++)
		reach_free(&reached->setters[i]);
	free(reached->marks);
	free(reached->setters);
}

bool reached_helper(const struct ruleset *set, const struct reached *reached,
		    size_t helper)
{
	size_t i;

	for (i = 0; i < set->nsetters; i++)
		if (set->setters[i].helper == helper &&
		    reach_any(&reached->setters[i]))
			return true;
	return false;
}
