// SPDX-License-Identifier: GPL-2.0-only
/*
 * From which hooks packets can come to a chain: search backwards, from the
 * chain along the jumps to it.  Only chains that do lead to it are visited.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "../cli.h"
#include "reach.h"

bool device_exists(const char *name)
{
	struct if_nameindex *all, *at;
	size_t len = strlen(name);
	bool found = false;

	if (!len || name[len - 1] != '*')
		return if_nametoindex(name);
	all = if_nameindex();
	for (at = all; at && at->if_name && !found; at++)
		found = !strncmp(at->if_name, name, len - 1);
	if (all)
		if_freenameindex(all);
	return found;
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

static void visit(const struct ruleset *set, struct reach *reach, size_t index)
{
	const struct chain *chain = &set->chains[index];

	if (chain->type && chain->has_devices && !has_device(chain)) {
		reach->no_device = true;
	} else if (chain->type) {
		reach->bases = grow(reach->bases, reach->nbases,
				    sizeof(size_t));
		reach->bases[reach->nbases++] = index;
	}
	/*
	 * References that are neither its rules nor jumps from rules: elements
	 * of a map.  Whether a rule looks there is not known.
	 */
	if (chain->read && chain->use > chain->rules + chain->jumps)
		reach->verdict_map = true;
}

struct reach reach_find(const struct ruleset *set, size_t chain)
{
	size_t *queue = xrealloc(NULL, set->nchains, sizeof(size_t));
	bool *seen = xrealloc(NULL, set->nchains, sizeof(bool));
	size_t head = 0, tail = 0, jump, from, index;
	struct reach reach = { .nbases = 0 };

	index = set->chains[chain].table_index;
	reach.dormant = index != NONE && set->tables[index].dormant;

	memset(seen, 0, set->nchains * sizeof(bool));
	seen[chain] = true;
	queue[tail++] = chain;
	while (head < tail) {
		index = queue[head++];
		visit(set, &reach, index);
		for (jump = set->chains[index].first_jump; jump != NONE;
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
