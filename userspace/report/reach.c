// SPDX-License-Identifier: GPL-2.0-only
/*
 * From which hooks can packets reach a chain?  Search backwards along the jumps,
 * so that only chains that lead to it are visited.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "../cli.h"
#include "../names.h"
#include "../nf/sets.h"
#include "report.h"

struct reach {
	json_t	*bases;
	bool	verdict_map;	/* a map may lead here */
	bool	no_device;	/* a chain without a device leads here */
};

/*
 * A netdev chain may outlive its devices.  The kernel then forgets their names,
 * or keeps them to bind the chain to new devices.
 */
static bool has_device(const struct chain *chain)
{
	const struct nlattr *device;

	attrs_for_each(device, chain->devices)
		/* another attribute is a wildcard */
		if (mnl_attr_get_type(device) != NFTA_DEVICE_NAME ||
		    !attr_text(device) || device_exists(attr_text(device)))
			return true;
	return false;
}

static json_t *base_json(const struct chain *chain)
{
	json_t *devices = json_array();
	const struct nlattr *device;

	attrs_for_each(device, chain->devices)
		if (attr_text(device))
			json_array_append_new(devices,
					      json_text(attr_text(device)));
	return json_pack("{s:o, s:s, s:s, s:i, s:o}",
			 "chain", json_text(chain->name),
			 "type", chain->type,
			 "hook", hook_name(chain->family, chain->hook),
			 "priority", (int)chain->priority,
			 "devices", devices);
}

static void visit(struct reach *reach, const struct chain *chain)
{
	if (chain->type && chain->devices.data && !has_device(chain))
		reach->no_device = true;
	else if (chain->type)
		json_array_append_new(reach->bases, base_json(chain));
	/* the other references are elements of maps, used by a rule or not */
	if (chain->read && chain->use > chain->rules + chain->jumps)
		reach->verdict_map = true;
}

void reach_json(const struct ruleset *set, size_t chain, json_t *object)
{
	size_t *queue = xrealloc(NULL, set->nchains, sizeof(size_t));
	bool *seen = xrealloc(NULL, set->nchains, sizeof(bool));
	size_t table = set->chains[chain].table_index;
	size_t head, tail = 1, jump, from;
	bool dormant = table != NONE && set->tables[table].dormant;
	struct reach reach = { .bases = json_array() };
	bool has_base = false;

	memset(seen, 0, set->nchains * sizeof(bool));
	seen[chain] = true;
	queue[0] = chain;
	for (head = 0; head < tail; head++) {
		visit(&reach, &set->chains[queue[head]]);
		for (jump = set->chains[queue[head]].first_jump; jump != NONE;
		     jump = set->jumps[jump].next) {
			from = set->jumps[jump].from;
			if (seen[from])
				continue;
			seen[from] = true;
			queue[tail++] = from;
		}
	}
	free(queue);
	free(seen);
	/* without a base chain in the table, no packet looks up its maps */
	for (from = 0; from < set->nchains; from++)
		has_base |= set->chains[from].table_index == table &&
			    set->chains[from].type;
	reach.verdict_map &= has_base;
	json_object_update_new(object,
			       json_pack("{s:b, s:b, s:b, s:b, s:o}",
					 "reached", !dormant &&
					 (json_array_size(reach.bases) ||
					  reach.verdict_map),
					 "verdict_map", reach.verdict_map,
					 "dormant", dormant,
					 "no_device", reach.no_device,
					 "reached_from", reach.bases));
}
