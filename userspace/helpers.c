// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects "ct helper" of our types, and the rules that set them: by name,
 * or by a map that has an element with the object.  Maps are only read if an
 * object has more references than rules that name it.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "cli.h"
#include "helpers.h"
#include "names.h"

/* A map whose values are ct helpers */
struct map {
	uint8_t		family;
	const char	*table;
	const char	*name;
};

struct maps {
	struct ruleset	*set;
	struct map	*maps;
	size_t		nmaps;
	size_t		current;	/* whose elements are being read */
};

static int add_helper(const struct nlmsghdr *nlh, void *data)
{
	struct ruleset *set = data;
	struct attrs attrs = attrs_of_message(nlh);
	struct helper helper = { .family = ruleset_family(nlh) };

	/* older kernels do not pick them for us */
	if (attr_be32(attrs, NFTA_OBJ_TYPE, 0) != NFT_OBJECT_CT_HELPER)
		return MNL_CB_OK;

	attrs = attrs_of_message(ruleset_keep(set, nlh));
	helper.table = attr_string(attrs, NFTA_OBJ_TABLE);
	helper.name = attr_string(attrs, NFTA_OBJ_NAME);
	helper.type = attr_string(attrs_of_nest(attr_find(attrs,
							  NFTA_OBJ_DATA)),
				  NFTA_CT_HELPER_NAME);
	helper.use = attr_be32(attrs, NFTA_OBJ_USE, 0);
	if (!helper.table || !helper.name || !helper.type ||
	    !name_value(helper_names, helper.type, &helper.segments))
		return MNL_CB_OK;

	helper.table_index = ruleset_table(set, helper.family, helper.table);
	set->helpers = ruleset_grow(set->helpers, set->nhelpers,
				    sizeof(helper));
	set->helpers[set->nhelpers++] = helper;
	return MNL_CB_OK;
}

int helpers_read(struct dump *dump, struct ruleset *set)
{
	struct nlmsghdr *nlh = dump_begin(dump, NFNL_SUBSYS_NFTABLES,
					  NFT_MSG_GETOBJ, NFPROTO_UNSPEC);

	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htobe32(NFT_OBJECT_CT_HELPER));
	return dump_run(dump, nlh, add_helper, set);
}

static size_t find_helper(const struct ruleset *set, uint8_t family,
			  const char *table, const char *name)
{
	size_t i;

	for (i = 0; i < set->nhelpers; i++)
		if (set->helpers[i].family == family &&
		    !strcmp(set->helpers[i].name, name) &&
		    !strcmp(set->helpers[i].table, table))
			return i;
	return NONE;
}

static void add_setter(struct ruleset *set, size_t helper, size_t rule,
		       const char *map)
{
	struct setter *setter;

	set->setters = ruleset_grow(set->setters, set->nsetters,
				    sizeof(*setter));
	setter = &set->setters[set->nsetters++];
	setter->helper = helper;
	setter->rule = rule;
	setter->map = map;
}

void helpers_reference(struct ruleset *set, size_t rule, struct attrs objref)
{
	const struct chain *chain = &set->chains[set->rules[rule].chain];
	const char *name = attr_string(objref, NFTA_OBJREF_IMM_NAME);
	const char *map = attr_string(objref, NFTA_OBJREF_SET_NAME);
	size_t helper;

	if (!set->nhelpers)
		return;
	if (map) {
		set->lookups = ruleset_grow(set->lookups, set->nlookups,
					    sizeof(*set->lookups));
		set->lookups[set->nlookups].rule = rule;
		set->lookups[set->nlookups++].map = map;
		return;
	}
	if (!name || attr_be32(objref, NFTA_OBJREF_IMM_TYPE, 0) !=
		     NFT_OBJECT_CT_HELPER)
		return;
	helper = find_helper(set, chain->family, chain->table, name);
	if (helper == NONE)
		return;
	set->helpers[helper].named++;
	add_setter(set, helper, rule, NULL);
}

static int add_map(const struct nlmsghdr *nlh, void *data)
{
	struct attrs attrs = attrs_of_message(nlh);
	struct maps *maps = data;
	struct map *map;

	if (attr_be32(attrs, NFTA_SET_OBJ_TYPE, 0) != NFT_OBJECT_CT_HELPER)
		return MNL_CB_OK;
	attrs = attrs_of_message(ruleset_keep(maps->set, nlh));
	if (!attr_string(attrs, NFTA_SET_TABLE) ||
	    !attr_string(attrs, NFTA_SET_NAME))
		return MNL_CB_OK;

	maps->maps = ruleset_grow(maps->maps, maps->nmaps,
				  sizeof(*maps->maps));
	map = &maps->maps[maps->nmaps++];
	map->family = ruleset_family(nlh);
	map->table = attr_string(attrs, NFTA_SET_TABLE);
	map->name = attr_string(attrs, NFTA_SET_NAME);
	return MNL_CB_OK;
}

/* The rules that look into @map set @helper; one of them may be known. */
static void add_lookups(struct ruleset *set, const struct map *map,
			size_t helper)
{
	const struct chain *chain;
	size_t i, j, rule;

	for (i = 0; i < set->nlookups; i++) {
		rule = set->lookups[i].rule;
		chain = &set->chains[set->rules[rule].chain];
		if (chain->family != map->family ||
		    strcmp(chain->table, map->table) ||
		    strcmp(set->lookups[i].map, map->name))
			continue;
		for (j = 0; j < set->nsetters; j++)
			if (set->setters[j].helper == helper &&
			    set->setters[j].rule == rule)
				break;
		if (j == set->nsetters)
			add_setter(set, helper, rule, map->name);
	}
}

static int read_elements(const struct nlmsghdr *nlh, void *data)
{
	struct maps *maps = data;
	const struct map *map = &maps->maps[maps->current];
	const struct nlattr *element;
	struct attrs elements;
	const char *name;
	size_t helper;

	elements = attrs_of_nest(attr_find(attrs_of_message(nlh),
					   NFTA_SET_ELEM_LIST_ELEMENTS));
	attrs_for_each(element, elements) {
		name = attr_string(attrs_of_nest(element),
				   NFTA_SET_ELEM_OBJREF);
		if (!name)
			continue;
		helper = find_helper(maps->set, map->family, map->table, name);
		if (helper != NONE)
			add_lookups(maps->set, map, helper);
	}
	return MNL_CB_OK;
}

static int read_maps(struct dump *dump, struct maps *maps)
{
	const struct map *map;
	struct nlmsghdr *nlh;
	int err;

	err = dump_all(dump, NFT_MSG_GETSET, add_map, maps);
	for (; !err && maps->current < maps->nmaps; maps->current++) {
		map = &maps->maps[maps->current];
		nlh = dump_begin(dump, NFNL_SUBSYS_NFTABLES,
				 NFT_MSG_GETSETELEM, map->family);
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, map->table);
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, map->name);
		err = dump_run(dump, nlh, read_elements, maps);
		/* gone since: the generation has changed, too */
		if (err == -ENOENT)
			err = -EINTR;
	}
	return err;
}

static int compare_setters(const void *a, const void *b)
{
	const struct setter *left = a, *right = b;

	if (left->helper != right->helper)
		return left->helper < right->helper ? -1 : 1;
	return (left->rule > right->rule) - (left->rule < right->rule);
}

int helpers_find_setters(struct dump *dump, struct ruleset *set)
{
	struct maps maps = { .set = set };
	bool mapped = false;
	int err = 0;
	size_t i;

	for (i = 0; i < set->nhelpers; i++)
		mapped |= set->helpers[i].use > set->helpers[i].named;
	if (mapped)
		err = read_maps(dump, &maps);
	free(maps.maps);
	if (set->nsetters)
		qsort(set->setters, set->nsetters, sizeof(*set->setters),
		      compare_setters);
	return err;
}
