// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains whose comment describes a rule, and the objects "ct helper" of ours:
 * what is in place, and from which hooks packets can come there.
 */
#include <stdlib.h>

#include <linux/netfilter/nf_tables.h>

#include "../cli.h"
#include "../names.h"
#include "../nf/helpers.h"
#include "../nf/reach.h"
#include "../sync.h"
#include "report.h"

static json_t *base_json(const struct chain *chain)
{
	json_t *devices = json_array();
	const struct nlattr *device;

	attrs_for_each(device, chain->devices)
		if (mnl_attr_validate(device, MNL_TYPE_NUL_STRING) >= 0)
			json_array_append_new(devices,
					      json_text(mnl_attr_get_str(device)));
	return json_pack("{s:o, s:s, s:s, s:i, s:o}",
			 "chain", json_text(chain->name),
			 "type", chain->type,
			 "hook", hook_name(chain->family, chain->hook),
			 "priority", (int)chain->priority,
			 "devices", devices);
}

/* As members of @object */
static void reach_json(const struct ruleset *set, size_t chain, json_t *object)
{
	struct reach reach = reach_find(set, chain);
	json_t *bases = json_array();
	size_t i;

	for (i = 0; i < reach.nbases; i++)
		json_array_append_new(bases,
				      base_json(&set->chains[reach.bases[i]]));
	json_object_set_new(object, "reached",
			    json_boolean(reach_any(&reach)));
	json_object_set_new(object, "verdict_map",
			    json_boolean(reach.verdict_map));
	json_object_set_new(object, "dormant", json_boolean(reach.dormant));
	json_object_set_new(object, "no_device",
			    json_boolean(reach.no_device));
	json_object_set_new(object, "reached_from", bases);
	reach_free(&reach);
}

static json_t *place_json(uint8_t family, const char *table)
{
	const char *name = name_of(family_names, family);

	return json_pack("{s:s, s:o}", "family", name ? name : "unknown",
			 "table", json_text(table));
}

static void description_json(const struct ruleset *set, size_t chain,
			     const struct description *description,
			     json_t *object)
{
	static const char * const states[] = {
		[RULE_IN_PLACE]		= "in_place",
		[RULE_MISSING]		= "missing",
		[RULE_NOT_FIRST]	= "not_first",
		[RULE_OTHER]		= "other_rule",
	};
	char *text = description_text(description);

	bflag_json(&description->bflag, object);
	json_object_set_new(object, "verdict", !description->verdict ?
			    json_null() :
			    json_string(description->verdict == NFT_JUMP ?
					"jump" : "goto"));
	json_object_set_new(object, "target", description->target ?
			    json_text(description->target) : json_null());
	json_object_set_new(object, "text", json_text(text));
	json_object_set_new(object, "state",
			    json_string(states[rule_state(set, chain,
							  description)]));
	json_object_set_new(object, "error", json_null());
	free(text);
}

static json_t *chain_json(const struct ruleset *set, size_t index)
{
	const struct chain *chain = &set->chains[index];
	json_t *object = place_json(chain->family, chain->table);
	struct description description;
	char *wrong;

	json_object_set_new(object, "chain", json_text(chain->name));
	json_object_set_new(object, "comment", json_text(chain->comment));
	wrong = description_parse(&description, chain->comment);
	if (wrong) {
		json_object_set_new(object, "operation", json_null());
		json_object_set_new(object, "state",
				    json_string("not_understood"));
		json_object_set_new(object, "error", json_text(wrong));
	} else {
		description_json(set, index, &description, object);
	}
	reach_json(set, index, object);
	description_free(&description);
	free(wrong);
	return object;
}

static int strays_json(struct ruleset *set, json_t *model)
{
	json_t *array = json_array(), *object;
	struct strays strays;
	int err = strays_find(set, &strays);
	size_t i;

	for (i = 0; i < strays.count; i++) {
		object = place_json(strays.strays[i].family,
				    strays.strays[i].table);
		json_object_set_new(object, "chain",
				    json_text(strays.strays[i].chain));
		json_object_set_new(object, "handle",
				    json_integer(strays.strays[i].handle));
		json_array_append_new(array, object);
	}
	free(strays.strays);
	json_object_set_new(model, "strays", array);
	return err;
}

/* What jumps to a chain is in the same table; a base chain needs no jump. */
static int read_rules(struct ruleset *set, size_t index)
{
	const struct chain *chain = &set->chains[index];

	if (chain->type || chain->table_index == NONE)
		return ruleset_read_chain(set, index);
	return ruleset_read_table(set, chain->table_index);
}

int model_chains(struct ruleset *set, json_t *model)
{
	json_t *chains = json_array();
	int err = 0;
	size_t i;

	for (i = 0; !err && i < set->nchains; i++)
		if (description_is(set->chains[i].comment))
			err = read_rules(set, i);
	for (i = 0; !err && i < set->nchains; i++)
		if (description_is(set->chains[i].comment))
			json_array_append_new(chains, chain_json(set, i));
	json_object_set_new(model, "chains", chains);
	return err ? err : strays_json(set, model);
}

static json_t *setters_json(const struct ruleset *set, size_t helper)
{
	json_t *array = json_array(), *object;
	const struct rule *rule;
	size_t i;

	for (i = 0; i < set->nsetters; i++) {
		if (set->setters[i].helper != helper)
			continue;
		rule = &set->rules[set->setters[i].rule];
		object = json_pack("{s:o, s:I}", "chain",
				   json_text(set->chains[rule->chain].name),
				   "handle", (json_int_t)rule->handle);
		reach_json(set, rule->chain, object);
		json_array_append_new(array, object);
	}
	return array;
}

int model_helpers(struct ruleset *set, json_t *model)
{
	json_t *helpers = json_array(), *object;
	const struct helper *helper;
	int err = helpers_read(set);
	struct bflag bflag;
	size_t i;

	for (i = 0; !err && i < set->nhelpers; i++) {
		helper = &set->helpers[i];
		bflag = (struct bflag)BFLAG_DEFAULT;
		bflag.segments = helper->segments;
		object = place_json(helper->family, helper->table);
		bflag_json(&bflag, object);
		json_object_set_new(object, "name", json_text(helper->name));
		json_object_set_new(object, "type", json_text(helper->type));
		json_object_set_new(object, "by_map",
				    json_boolean(helper_in_map(helper)));
		json_object_set_new(object, "set_by", setters_json(set, i));
		json_array_append_new(helpers, object);
	}
	json_object_set_new(model, "helpers", helpers);
	return err;
}
