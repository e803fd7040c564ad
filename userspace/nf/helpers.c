// SPDX-License-Identifier: GPL-2.0-only
/* The objects "ct helper" of our types, and the rules that set them. */
#include <string.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "../names.h"
#include "helpers.h"

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
	set->helpers = grow(set->helpers, set->nhelpers, sizeof(helper));
	set->helpers[set->nhelpers++] = helper;
	return MNL_CB_OK;
}

void helpers_reference(struct ruleset *set, size_t rule, struct attrs objref)
{
	const struct chain *chain = &set->chains[set->rules[rule].chain];
	const char *name = attr_string(objref, NFTA_OBJREF_IMM_NAME);
	struct helper *helper;
	size_t i;

	if (!name || attr_be32(objref, NFTA_OBJREF_IMM_TYPE, 0) !=
		     NFT_OBJECT_CT_HELPER)
		return;
	for (i = 0; i < set->nhelpers; i++) {
		helper = &set->helpers[i];
		if (helper->table_index != chain->table_index ||
		    strcmp(helper->name, name))
			continue;
		helper->named++;
		set->setters = grow(set->setters, set->nsetters,
				    sizeof(*set->setters));
		set->setters[set->nsetters].helper = i;
		set->setters[set->nsetters++].rule = rule;
	}
}

bool helper_in_map(const struct helper *helper)
{
	return helper->use > helper->named;
}

int helpers_read(struct ruleset *set)
{
	struct nlmsghdr *nlh;
	size_t i;
	int err;

	nlh = dump_begin(&set->dump, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETOBJ,
			 NFPROTO_UNSPEC);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_HELPER));
	err = dump_run(&set->dump, nlh, add_helper, set);
	for (i = 0; !err && i < set->nhelpers; i++)
		if (set->helpers[i].table_index != NONE)
			err = ruleset_read_table(set,
						 set->helpers[i].table_index);
	return err;
}
