// SPDX-License-Identifier: GPL-2.0-only
/* The model as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli.h"
#include "report.h"

static void print_base(const char *indent, const json_t *base)
{
	json_t *devices = json_object_get(base, "devices");
	char *list = joined(devices, " ");

	say("%sreached from %s (type %s hook %s priority %lld%s%s)\n", indent,
	    text_of(base, "chain"), text_of(base, "type"),
	    text_of(base, "hook"), (long long)number_of(base, "priority"),
	    *list ? " devices " : "", list);
	free(list);
}

/* @object: a chain with a comment, or one that sets a helper */
static void print_reach(const char *indent, const json_t *object)
{
	json_t *base;
	size_t i;

	if (is_true(object, "dormant")) {
		printf("%snot reached: the table is dormant\n", indent);
		return;
	}
	json_array_foreach(json_object_get(object, "reached_from"), i, base)
		print_base(indent, base);
	if (is_true(object, "verdict_map"))
		printf("%sperhaps reached, through a verdict map\n", indent);
	if (!is_true(object, "reached"))
		printf("%snot reached: %s\n", indent,
		       is_true(object, "no_device") ?
		       "none of its devices exists" :
		       "nothing jumps here from a hook");
}

static void print_chain(const json_t *chain)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{ "in_place", "in place" },
		{ "missing", "its rule is missing" },
		{ "not_first", "its rule is not the first" },
		{ "other_rule", "has another rule of ours" },
	};
	const char *state = text_of(chain, "state");
	size_t i;

	say("%s %s %s: ", text_of(chain, "family"), text_of(chain, "table"),
	    text_of(chain, "chain"));
	if (!strcmp(state, "not_understood"))
		say("its comment is not understood: %s\n",
		    text_of(chain, "error"));
	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(state, states[i].state))
			say("%s: %s\n", text_of(chain, "text"),
			    states[i].text);
	print_reach("    ", chain);
}

static void print_helper(const json_t *helper)
{
	json_t *set_by = json_object_get(helper, "set_by"), *setter;
	char *segments = joined(json_object_get(helper, "segments"), ",");
	size_t i;

	say("%s %s ct helper %s: type %s segments %s\n",
	    text_of(helper, "family"), text_of(helper, "table"),
	    text_of(helper, "name"), text_of(helper, "type"), segments);
	free(segments);
	json_array_foreach(set_by, i, setter) {
		say("    set by chain %s handle %lld\n",
		    text_of(setter, "chain"),
		    (long long)number_of(setter, "handle"));
		print_reach("        ", setter);
	}
	if (is_true(helper, "by_map"))
		puts("    set through a map");
	else if (!json_array_size(set_by))
		puts("    no rule sets it");
}

void text_print_rules(const json_t *model)
{
	json_t *part;
	size_t i;

	json_array_foreach(json_object_get(model, "chains"), i, part)
		print_chain(part);
	json_array_foreach(json_object_get(model, "strays"), i, part)
		say("%s %s %s: handle %lld is a rule of ours that the comment does not describe\n",
		    text_of(part, "family"), text_of(part, "table"),
		    text_of(part, "chain"),
		    (long long)number_of(part, "handle"));
	json_array_foreach(json_object_get(model, "helpers"), i, part)
		print_helper(part);
}

static void print_list(const char *name, const json_t *array)
{
	char *list = joined(array, ", ");

	if (*list)
		say("    %s: %s\n", name, list);
	free(list);
}

static void print_devices(const json_t *devices)
{
	json_t *device;
	size_t i;

	printf("    devices:");
	json_array_foreach(devices, i, device)
		say("%s %s%s", i ? "," : "", text_of(device, "name"),
		    is_true(device, "exists") ? "" : " (none now)");
	puts(i ? "" : " none");
}

static void print_marked(const json_t *counters)
{
	static const struct {
		const char *counter, *text;
	} words[] = {
		{ "syn_marked", "SYN marked" },
		{ "synack_marked", "SYN+ACK marked" },
		{ "ack_marked", "ACK marked" },
		{ "helped", "given the helper" },
		{ "exempt", "exempt" },
		{ "candidates", "looked at" },
	};
	const char *between = "    counted: ";
	json_t *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		value = json_object_get(counters, words[i].counter);
		if (!value)
			continue;
		printf("%s%lld %s", between,
		       (long long)json_integer_value(value), words[i].text);
		between = ", ";
	}
	if (*between == ',')
		puts("");
}

static void print_enabled(const json_t *table)
{
	char *segments = joined(json_object_get(table, "segments"), ",");
	char *versions = joined(json_object_get(table, "versions"), ",");
	const char *connections = text_of(table, "connections");

	say("table %s %s: %s, %ssegments %s versions %s flag %s\n",
	    text_of(table, "family"), text_of(table, "table"),
	    !strcmp(connections, "edited") ? "edited by hand" :
	    !strcmp(connections, "all") ? "all connections" :
	    "connections with source NAT",
	    is_true(table, "helper") ? "conntrack helper, " : "",
	    segments, versions, text_of(table, "flag"));
	free(segments);
	free(versions);
	print_devices(json_object_get(table, "devices"));
	print_list("exempt", json_object_get(table, "exempt"));
	print_list("sources", json_object_get(table, "sources"));
	print_marked(json_object_get(table, "counters"));
}

static void print_module(const json_t *module)
{
	const char *name = text_of(module, "name");
	json_t *available = json_object_get(module, "available");
	const char *version = text_of(module, is_true(module, "loaded") ?
				      "loaded_version" : "available_version");

	if (!*version)
		version = "unknown";
	if (is_true(module, "loaded"))
		say("module %s: loaded, version %s%s\n", name, version,
		    json_is_false(available) ?
		    ", but not installed: after a reboot it is gone" : "");
	else if (json_is_true(available))
		say("module %s: not loaded; installed, version %s\n", name,
		    version);
	else
		say("module %s: not loaded%s\n", name,
		    json_is_null(available) ? "" :
		    "; not installed for the running kernel");
}

static void print_counters(const char *front_end, json_t *counters)
{
	const char *row;
	json_t *value;
	bool any = false;

	say("segments looked at by the %s:\n", front_end);
	json_object_foreach(counters, row, value) {
		if (!json_integer_value(value))
			continue;
		any = true;
		text_print_counter(row, json_integer_value(value));
	}
	if (!any)
		puts("    none yet");
}

/* A front end of which there is nothing is not told of. */
static bool is_used(const json_t *model, const char *front_end,
		    json_t *counters)
{
	const char *row, *rules = !strcmp(front_end, "helper") ? "helpers" :
				  "chains";
	json_t *value;

	json_object_foreach(counters, row, value)
		if (json_integer_value(value))
			return true;
	return json_array_size(json_object_get(model, rules));
}

static void print_connections(json_t *connections)
{
	const char *name, *between = " ";
	json_t *value;

	if (!json_is_object(connections))
		return;
	printf("connections with a helper of ours now:");
	json_object_foreach(connections, name, value) {
		printf("%s%lld %s", between,
		       (long long)json_integer_value(value), name);
		between = ", ";
	}
	puts("");
}

void text_print(const json_t *model)
{
	json_t *part, *counters = json_object_get(model, "counters");
	const char *front_end;
	size_t i;

	puts(is_true(model, "works") ? "works" : "does not work");
	json_array_foreach(json_object_get(model, "problems"), i, part)
		say("problem: %s\n", json_string_value(part));
	json_array_foreach(json_object_get(model, "enabled"), i, part)
		print_enabled(part);
	text_print_rules(model);
	json_array_foreach(json_object_get(model, "modules"), i, part)
		print_module(part);
	json_object_foreach(counters, front_end, part)
		if (is_used(model, front_end, part))
			print_counters(front_end, part);
	print_connections(json_object_get(model, "connections"));
	json_array_foreach(json_object_get(model, "hints"), i, part)
		say("hint: %s\n", text_of(part, "text"));
}
