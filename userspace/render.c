// SPDX-License-Identifier: GPL-2.0-only
/* Our rules and helpers for people and, as JSON, for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/netfilter/nf_tables.h>

#include "bflag.h"
#include "cli.h"
#include "names.h"
#include "reach.h"
#include "render.h"

const char *render_family(uint8_t family, char *buf, size_t size)
{
	const char *name = name_of(family_names, family);

	if (name)
		return name;
	snprintf(buf, size, "%u", family);
	return buf;
}

json_t *render_text_json(const char *name)
{
	json_t *string = json_string(name);
	char *copy, *at;

	if (string)
		return string;
	copy = xstrdup(name);
	for (at = copy; *at; at++)
		if (*at & 0x80)
			*at = '?';
	string = json_string(copy);
	free(copy);
	return string;
}

static const char *device_name(const struct nlattr *attr)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return "?";
	return mnl_attr_get_str(attr);
}

static void render_base(const struct ruleset *set, const char *indent,
			size_t base, size_t target, const size_t *towards)
{
	const struct chain *chain = &set->chains[base];
	const struct nlattr *device;
	size_t at = base;

	say("%sreached from %s (type %s hook %s priority %d", indent,
	    chain->name, chain->type, hook_name(chain->family, chain->hook),
	    chain->priority);
	if (chain->has_devices) {
		say(" devices");
		attrs_for_each(device, chain->devices)
			say(" %s", device_name(device));
	}
	say(")");
	for (; at != target; at = towards[at])
		say(" -> %s", set->chains[towards[at]].name);
	say("\n");
}

static void render_reach(const struct ruleset *set, const char *indent,
			 size_t chain, const struct reach *reach)
{
	size_t i;

	if (reach->dormant) {
		say("%snot reached: the table is dormant\n", indent);
		return;
	}
	for (i = 0; i < reach->nbases; i++)
		render_base(set, indent, reach->bases[i], chain,
			    reach->towards);
	if (reach->verdict_map)
		say("%sperhaps reached, through a verdict map\n", indent);
	if (!reach_any(reach))
		say("%snot reached: %s\n", indent, reach->no_device ?
		       "the device that its base chain was bound to is gone" :
		       "nothing jumps here from a hook");
}

static void render_mark(const struct ruleset *set, const struct mark *mark,
			const struct reach *reach)
{
	const struct rule *rule = &set->rules[mark->rule];
	const struct chain *chain = &set->chains[rule->chain];
	char *text = bflag_text(mark->data);
	char family[8];

	say("%s %s %s handle %" PRIu64 ": %s\n",
	    render_family(chain->family, family, sizeof(family)),
	    chain->table, chain->name, rule->handle, text);
	free(text);
	render_reach(set, "    ", rule->chain, reach);
}

static json_t *base_json(const struct ruleset *set, size_t base, size_t target,
			 const size_t *towards)
{
	const struct chain *chain = &set->chains[base];
	json_t *devices = json_array(), *path = json_array();
	const struct nlattr *device;
	size_t at = base;

	attrs_for_each(device, chain->devices)
		json_array_append_new(devices, render_text_json(device_name(device)));
	json_array_append_new(path, render_text_json(chain->name));
	for (; at != target; at = towards[at])
		json_array_append_new(path,
				      render_text_json(set->chains[towards[at]].name));

	return json_pack("{s:o, s:s, s:s, s:i, s:o, s:o}",
			 "chain", render_text_json(chain->name),
			 "type", chain->type,
			 "hook", hook_name(chain->family, chain->hook),
			 "priority", (int)chain->priority,
			 "devices", devices,
			 "path", path);
}

/* As members of @object, which @rule is part of */
static void reach_json(const struct ruleset *set, const struct rule *rule,
		       const struct reach *reach, json_t *object)
{
	json_t *bases = json_array(), *members;
	size_t i;

	for (i = 0; i < reach->nbases; i++)
		json_array_append_new(bases,
				      base_json(set, reach->bases[i],
						rule->chain, reach->towards));

	members = json_pack("{s:b, s:b, s:b, s:o}",
			    "reached", reach_any(reach),
			    "verdict_map", reach->verdict_map,
			    "dormant", reach->dormant,
			    "reached_from", bases);
	json_object_update(object, members);
	json_decref(members);
}

static json_t *mark_json(const struct ruleset *set, const struct mark *mark,
			 const struct reach *reach)
{
	const struct rule *rule = &set->rules[mark->rule];
	const struct chain *chain = &set->chains[rule->chain];
	char family[8];
	json_t *object;

	object = json_pack("{s:s, s:o, s:o, s:I, s:b}",
			   "family", render_family(chain->family, family,
						   sizeof(family)),
			   "table", render_text_json(chain->table),
			   "chain", render_text_json(chain->name),
			   "handle", (json_int_t)rule->handle,
			   "bare", rule->expressions == 1);
	reach_json(set, rule, reach, object);
	bflag_json(mark->data, object);
	return object;
}

void render_rules(const struct ruleset *set)
{
	struct reach_search search;
	struct reach reach;
	size_t i;

	reach_init(&search, set);
	for (i = 0; i < set->nmarks; i++) {
		reach = reach_find(&search,
				   set->rules[set->marks[i].rule].chain);
		render_mark(set, &set->marks[i], &reach);
		reach_free(&reach);
	}
	reach_done(&search);
}

json_t *render_rules_json(const struct ruleset *set)
{
	json_t *rules = json_array();
	struct reach_search search;
	struct reach reach;
	size_t i;

	reach_init(&search, set);
	for (i = 0; i < set->nmarks; i++) {
		reach = reach_find(&search,
				   set->rules[set->marks[i].rule].chain);
		json_array_append_new(rules, mark_json(set, &set->marks[i],
						       &reach));
		reach_free(&reach);
	}
	reach_done(&search);
	return rules;
}

static void render_setter(const struct ruleset *set,
			  const struct setter *setter,
			  struct reach_search *search)
{
	const struct rule *rule = &set->rules[setter->rule];
	struct reach reach = reach_find(search, rule->chain);

	say("    set by chain %s handle %" PRIu64 "%s\n",
	    set->chains[rule->chain].name, rule->handle,
	    setter->map ? ", through a map" : "");
	render_reach(set, "        ", rule->chain, &reach);
	reach_free(&reach);
}

static void render_helper(const struct helper *helper)
{
	char *segments = mask_text(segment_names, helper->segments);
	char family[8];

	say("%s %s ct helper %s: type %s segments %s\n",
	    render_family(helper->family, family, sizeof(family)),
	    helper->table, helper->name, helper->type, segments);
	free(segments);
}

/* They come helper by helper. */
static bool is_setter_of(const struct ruleset *set, const struct setter *setter,
			 size_t helper)
{
	return setter != set->setters + set->nsetters &&
	       setter->helper == helper;
}

void render_helpers(const struct ruleset *set)
{
	const struct setter *setter = set->setters;
	struct reach_search search;
	size_t i;

	reach_init(&search, set);
	for (i = 0; i < set->nhelpers; i++) {
		render_helper(&set->helpers[i]);
		if (!is_setter_of(set, setter, i))
			say("    no rule sets it\n");
		for (; is_setter_of(set, setter, i); setter++)
			render_setter(set, setter, &search);
	}
	reach_done(&search);
}

static json_t *setter_json(const struct ruleset *set,
			   const struct setter *setter,
			   struct reach_search *search)
{
	const struct rule *rule = &set->rules[setter->rule];
	struct reach reach = reach_find(search, rule->chain);
	json_t *object;

	object = json_pack("{s:o, s:I, s:o}",
			   "chain", render_text_json(set->chains[rule->chain].name),
			   "handle", (json_int_t)rule->handle,
			   "map", setter->map ? render_text_json(setter->map) :
			   json_null());
	reach_json(set, rule, &reach, object);
	reach_free(&reach);
	return object;
}

static json_t *helper_json(const struct helper *helper, json_t *set_by)
{
	char family[8];

	return json_pack("{s:s, s:o, s:o, s:s, s:o}",
			 "family", render_family(helper->family, family,
						 sizeof(family)),
			 "table", render_text_json(helper->table),
			 "name", render_text_json(helper->name),
			 "type", helper->type,
			 "set_by", set_by);
}

json_t *render_helpers_json(const struct ruleset *set)
{
	json_t *helpers = json_array(), *set_by;
	const struct setter *setter = set->setters;
	struct reach_search search;
	size_t i;

	reach_init(&search, set);
	for (i = 0; i < set->nhelpers; i++) {
		set_by = json_array();
		for (; is_setter_of(set, setter, i); setter++)
			json_array_append_new(set_by,
					      setter_json(set, setter,
							  &search));
		json_array_append_new(helpers, helper_json(&set->helpers[i],
							   set_by));
	}
	reach_done(&search);
	return helpers;
}

int render_json(json_t *object)
{
	int err = !object || json_dumpf(object, stdout, JSON_INDENT(2)) < 0;

	json_decref(object);
	if (err) {
		complain("cannot print JSON");
		return EXIT_FAILED;
	}
	putchar('\n');
	return EXIT_OK;
}
