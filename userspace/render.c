// SPDX-License-Identifier: GPL-2.0-only
/* Our rules for people and, as JSON, for programs. */
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

/* Names are bytes to the kernel, but JSON is UTF-8. */
static json_t *name_json(const char *name)
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

static void render_base(const struct ruleset *set, size_t base, size_t target,
			const size_t *towards)
{
	const struct chain *chain = &set->chains[base];
	const struct nlattr *device;
	size_t at = base;

	printf("    reached from %s (type %s hook %s priority %d", chain->name,
	       chain->type, hook_name(chain->family, chain->hook),
	       chain->priority);
	if (chain->has_devices) {
		printf(" devices");
		attrs_for_each(device, chain->devices)
			printf(" %s", device_name(device));
	}
	printf(")");
	for (; at != target; at = towards[at])
		printf(" -> %s", set->chains[towards[at]].name);
	printf("\n");
}

static void render_mark(const struct ruleset *set, const struct mark *mark,
			const struct reach *reach)
{
	const struct rule *rule = &set->rules[mark->rule];
	const struct chain *chain = &set->chains[rule->chain];
	char *text = bflag_text(mark->data);
	char family[8];
	size_t i;

	printf("%s %s %s handle %" PRIu64 ": %s\n",
	       render_family(chain->family, family, sizeof(family)),
	       chain->table, chain->name, rule->handle, text);
	free(text);

	if (reach->dormant) {
		printf("    not reached: the table is dormant\n");
		return;
	}
	for (i = 0; i < reach->nbases; i++)
		render_base(set, reach->bases[i], rule->chain, reach->towards);
	if (reach->verdict_map)
		printf("    perhaps reached, through a verdict map\n");
	if (!reach_any(reach))
		printf("    not reached: %s\n", reach->no_device ?
		       "the device that its base chain was bound to is gone" :
		       "nothing jumps here from a hook");
}

static json_t *base_json(const struct ruleset *set, size_t base, size_t target,
			 const size_t *towards)
{
	const struct chain *chain = &set->chains[base];
	json_t *devices = json_array(), *path = json_array();
	const struct nlattr *device;
	size_t at = base;

	attrs_for_each(device, chain->devices)
		json_array_append_new(devices, name_json(device_name(device)));
	json_array_append_new(path, name_json(chain->name));
	for (; at != target; at = towards[at])
		json_array_append_new(path,
				      name_json(set->chains[towards[at]].name));

	return json_pack("{s:o, s:s, s:s, s:i, s:o, s:o}",
			 "chain", name_json(chain->name),
			 "type", chain->type,
			 "hook", hook_name(chain->family, chain->hook),
			 "priority", (int)chain->priority,
			 "devices", devices,
			 "path", path);
}

static json_t *mark_json(const struct ruleset *set, const struct mark *mark,
			 const struct reach *reach)
{
	const struct rule *rule = &set->rules[mark->rule];
	const struct chain *chain = &set->chains[rule->chain];
	json_t *bases = json_array(), *object;
	char family[8];
	size_t i;

	for (i = 0; i < reach->nbases; i++)
		json_array_append_new(bases,
				      base_json(set, reach->bases[i],
						rule->chain, reach->towards));

	object = json_pack("{s:s, s:o, s:o, s:I, s:b, s:b, s:b, s:b, s:o}",
			   "family", render_family(chain->family, family,
						   sizeof(family)),
			   "table", name_json(chain->table),
			   "chain", name_json(chain->name),
			   "handle", (json_int_t)rule->handle,
			   "bare", rule->expressions == 1,
			   "reached", reach_any(reach),
			   "verdict_map", reach->verdict_map,
			   "dormant", reach->dormant,
			   "reached_from", bases);
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
