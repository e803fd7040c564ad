// SPDX-License-Identifier: GPL-2.0-only
/* Rules of iptables that give connections our helpers, in the model */
#include <unistd.h>

#include <linux/netfilter.h>

#include "../cli.h"
#include "../description.h"
#include "../names.h"
#include "../nf/iptables.h"
#include "report.h"

struct target {
	json_t		*array;
	uint8_t		family;
};

/* NULL for a helper of others */
static json_t *rule_json(const char *program, uint8_t family,
			 const char *helper)
{
	struct bflag bflag = bflag_default;
	json_t *object;

	if (!name_value(helper_names, helper, &bflag.at[BFLAG_SEGMENTS]))
		return NULL;
	object = json_pack("{s:s, s:s, s:s, s:s}", "program", program, "family",
			   name_of(family_names, family), "table", "raw",
			   "type", helper);
	bflag_json(&bflag, object);
	return object;
}

static void add_legacy(const char *helper, bool reached, void *data)
{
	struct target *target = data;
	json_t *object = rule_json("iptables-legacy", target->family, helper);

	if (!object)
		return;
	json_object_set_new(object, "reached", json_boolean(reached));
	json_array_append_new(target->array, object);
}

static void add_nft(const struct ruleset *set, size_t table, json_t *array)
{
	const struct rule *rule;
	const char *helper;
	json_t *object;
	size_t i;

	for (i = 0; i < set->nrules; i++) {
		rule = &set->rules[i];
		if (set->chains[rule->chain].table_index != table)
			continue;
		helper = iptables_helper(rule);
		object = !helper ? NULL :
			 rule_json("iptables-nft", set->tables[table].family,
				   helper);
		if (!object)
			continue;
		json_object_set_new(object, "chain",
				    json_text(set->chains[rule->chain].name));
		json_object_set_new(object, "handle",
				    json_integer((json_int_t)rule->handle));
		reach_json(set, rule->chain, object);
		json_array_append_new(array, object);
	}
}

int model_iptables(struct ruleset *set, json_t *model)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	struct target target = { .array = json_array() };
	size_t i, table;
	int err = 0;

	json_object_set_new(model, "iptables", target.array);
	/* a rule holds the module */
	if (access(HELPER_MODULE, F_OK))
		return 0;
	for (i = 0; !err && i < ARRAY_SIZE(families); i++) {
		target.family = families[i];
		table = ruleset_table(set, families[i], "raw");
		if (table != NONE)
			err = ruleset_read_table(set, table);
		if (!err && table != NONE)
			add_nft(set, table, target.array);
		if (!err)
			err = legacy_helpers(families[i], add_legacy, &target);
	}
	return err;
}
