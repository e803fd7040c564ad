// SPDX-License-Identifier: GPL-2.0-only
/* The "ct helper" objects of this project's types, and the rules that set them. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "../cli.h"
#include "../names.h"
#include "helpers.h"

static int add_helper(const struct nlmsghdr *nlh, void *data)
{
	struct ruleset *set = data;
	struct attrs attrs = attrs_of_message(nlh);
	struct helper helper = { .family = ruleset_family(nlh) };

	/* older kernels ignore NFTA_OBJ_TYPE in the request */
	if (attr_be32(attrs, NFTA_OBJ_TYPE, 0) != NFT_OBJECT_CT_HELPER)
		return MNL_CB_OK;

	attrs = attrs_of_message(ruleset_keep(set, nlh));
	helper.table = attr_string(attrs, NFTA_OBJ_TABLE);
	helper.name = attr_string(attrs, NFTA_OBJ_NAME);
	helper.type = attr_string(attrs_in(attrs, NFTA_OBJ_DATA),
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

size_t helper_set_by(const struct ruleset *set, const struct helper *helper,
		     const struct rule *rule)
{
	const struct nlattr *attr;
	struct attrs objref;
	const char *name;
	size_t times = 0;

	if (set->chains[rule->chain].table_index != helper->table_index)
		return 0;
	attrs_for_each(attr, rule->expressions) {
		objref = attrs_in(attrs_of_nest(attr), NFTA_EXPR_DATA);
		name = attr_string(attrs_of_nest(attr), NFTA_EXPR_NAME);
		if (!name || strcmp(name, "objref") ||
		    attr_be32(objref, NFTA_OBJREF_IMM_TYPE, 0) !=
		    NFT_OBJECT_CT_HELPER)
			continue;
		name = attr_string(objref, NFTA_OBJREF_IMM_NAME);
		times += name && !strcmp(name, helper->name);
	}
	return times;
}

int helpers_list(struct ruleset *set)
{
	struct query query = {
		.type = NFT_MSG_GETOBJ,
		.numbers = { { NFTA_OBJ_TYPE, NFT_OBJECT_CT_HELPER } },
	};

	return dump_run(&set->dump, query, add_helper, set);
}

int helpers_read(struct ruleset *set)
{
	int err = helpers_list(set);
	size_t i;

	for (i = 0; !err && i < set->nhelpers; i++)
		if (set->helpers[i].table_index != NONE)
			err = ruleset_read_table(set,
						 set->helpers[i].table_index);
	return err;
}
