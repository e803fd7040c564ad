// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ruleset in the model: chains whose comment describes a rule, "ct helper"
 * objects, and the tables of "enable" with their counters.
 */
#include <linux/netfilter/nf_tables.h>

#include "../cli.h"
#include "../gateway.h"
#include "../names.h"
#include "../nf/helpers.h"
#include "../sync.h"
#include "report.h"

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
	char *text = description_text(description, false);
	const char *verdict = description_verdict(description);
	size_t keep;
	enum rule_state state = rule_state(set, chain, description, &keep);

	bflag_json(&description->bflag, object);
	json_object_update_new(object,
			       json_pack("{s:o, s:o, s:o, s:s, s:n}",
					 "verdict", json_text(verdict),
					 "target",
					 json_text(description->target),
					 "text", json_taken(text),
					 "state", states[state], "error"));
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
	if (wrong)
		json_object_update_new(object,
				       json_pack("{s:n, s:s, s:o}",
						 "operation", "state",
						 "not_understood", "error",
						 json_taken(wrong)));
	else
		description_json(set, index, &description, object);
	reach_json(set, index, object);
	description_free(&description);
	return object;
}

static int strays_json(struct ruleset *set, json_t *model)
{
	json_t *array = json_array(), *object;
	int err = strays_read(set, false);
	const struct chain *chain;
	size_t i;

	for (i = 0; !err && i < set->nrules; i++) {
		chain = &set->chains[set->rules[i].chain];
		if (!is_stray(set, &set->rules[i]))
			continue;
		object = place_json(chain->family, chain->table);
		json_object_set_new(object, "chain", json_text(chain->name));
		json_object_set_new(object, "handle",
				    json_integer(set->rules[i].handle));
		json_array_append_new(array, object);
	}
	json_object_set_new(model, "strays", array);
	return err;
}

/* Jumps come from the same table; a base chain needs none. */
static int read_rules(struct ruleset *set, size_t index)
{
	const struct chain *chain = &set->chains[index];

	if (chain->read || chain->type || chain->table_index == NONE)
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

/* Rules that set the helper by a map are not searched. */
static void setters_json(const struct ruleset *set, const struct helper *helper,
			 json_t *object)
{
	json_t *setters = json_array(), *setter;
	const struct rule *rule;
	const char *chain;
	size_t i, times, named = 0;

	for (i = 0; i < set->nrules; i++) {
		rule = &set->rules[i];
		chain = set->chains[rule->chain].name;
		times = helper_set_by(set, helper, rule);
		named += times;
		for (; times; times--) {
			setter = json_pack("{s:o, s:I}", "chain",
					   json_text(chain), "handle",
					   (json_int_t)rule->handle);
			reach_json(set, rule->chain, setter);
			json_array_append_new(setters, setter);
		}
	}
	json_object_set_new(object, "by_map",
			    json_boolean(helper->use > named));
	json_object_set_new(object, "set_by", setters);
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
		bflag = bflag_default;
		bflag.at[BFLAG_SEGMENTS] = helper->segments;
		object = place_json(helper->family, helper->table);
		bflag_json(&bflag, object);
		json_object_set_new(object, "name", json_text(helper->name));
		json_object_set_new(object, "type", json_text(helper->type));
		setters_json(set, helper, object);
		json_array_append_new(helpers, object);
	}
	json_object_set_new(model, "helpers", helpers);
	return err;
}

/* @sets: IPv4, IPv6 */
static json_t *addresses_json(const struct words *sets)
{
	json_t *array = json_array();
	size_t i, j;

	for (i = 0; i < 2; i++)
		for (j = 0; j < sets[i].count; j++)
			json_array_append_new(array,
					      json_string(sets[i].list[j]));
	return array;
}

static int take_counter(const struct nlmsghdr *nlh, void *data)
{
	struct attrs attrs = attrs_of_message(nlh);
	const char *name = attr_string(attrs, NFTA_OBJ_NAME);
	struct attrs counter = attrs_in(attrs, NFTA_OBJ_DATA);

	/* older kernels ignore NFTA_OBJ_TYPE in the request */
	if (name && attr_be32(attrs, NFTA_OBJ_TYPE, 0) == NFT_OBJECT_COUNTER)
		json_object_set_new(data, name,
				    json_integer(attr_be64(counter,
							   NFTA_COUNTER_PACKETS,
							   0)));
	return MNL_CB_OK;
}

static int counters_of(struct ruleset *set, const struct table *table,
		       json_t *counters)
{
	struct query query = {
		.type = NFT_MSG_GETOBJ,
		.family = table->family,
		.table = table->name,
		.numbers = { { NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER } },
	};

	return dump_run(&set->dump, query, take_counter, counters);
}

static json_t *table_json(const struct gateway *gateway,
			  const struct table *table, json_t *counters)
{
	const struct words *sets = gateway->sets;
	json_t *object, *devices = json_array();
	const char *name;
	size_t i;

	for (i = 0; i < sets[GATEWAY_DEVICES].count; i++) {
		name = sets[GATEWAY_DEVICES].list[i];
		json_array_append_new(devices,
				      json_pack("{s:o, s:b}", "name",
						json_text(name), "exists",
						device_exists(name)));
	}
	object = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:o, s:o, s:I, s:o}",
			   "family", name_of(family_names, table->family),
			   "table", table->name,
			   "hook", gateway->hook->chain,
			   "load_balancer", gateway->load_balancer,
			   "helper", gateway->helper,
			   "connections", gateway->edited ? "edited" :
			   gateway->all ? "all" : "source_nat",
			   "devices", devices,
			   "exempt", addresses_json(&sets[GATEWAY_EXEMPT4]),
			   "sources", addresses_json(&sets[GATEWAY_SOURCE4]),
			   "packets",
			   (json_int_t)gateway_packets(gateway, table),
			   "counters", counters);
	bflag_json(&gateway->bflag, object);
	json_object_del(object, "operation");
	return object;
}

int model_enabled(struct ruleset *set, json_t *model)
{
	json_t *enabled = json_array(), *counters;
	struct gateway gateway;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < set->ntables; i++) {
		if (!gateway_made(&set->tables[i]))
			continue;
		counters = json_object();
		err = gateway_recognise(&gateway, set, &set->tables[i]);
		if (!err)
			err = counters_of(set, &set->tables[i], counters);
		json_array_append_new(enabled,
				      table_json(&gateway, &set->tables[i],
						 counters));
		gateway_free(&gateway);
	}
	json_object_set_new(model, "enabled", enabled);
	return err;
}
