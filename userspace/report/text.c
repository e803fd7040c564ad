// SPDX-License-Identifier: GPL-2.0-only
/* The model as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli.h"
#include "report.h"

/* Print @template, filled from @object, as a line. */
static void tell(const char *template, const json_t *object)
{
	char *text = filled(template, object);

	say("%s\n", text);
	free(text);
}

/* @object: a chain with a description, or a rule that sets a helper */
static void print_reach(const char *indent, const json_t *object)
{
	json_t *base;
	char *devices;
	size_t i;

	if (is_true(object, "dormant")) {
		printf("%snot reached: the table is dormant\n", indent);
		return;
	}
	for_each_in(object, "reached_from", i, base) {
		devices = joined(json_object_get(base, "devices"), " ");
		say("%sreached from chain %s (type %s hook %s priority %lld%s%s)\n",
		    indent, text_of(base, "chain"), text_of(base, "type"),
		    text_of(base, "hook"),
		    (long long)number_of(base, "priority"),
		    *devices ? " devices " : "", devices);
		free(devices);
	}
	if (is_true(object, "verdict_map"))
		printf("%spossibly reached through a verdict map\n", indent);
	if (!is_true(object, "reached"))
		printf("%snot reached: %s\n", indent,
		       is_true(object, "no_device") ?
		       "none of its devices exists" :
		       "no base chain leads here");
}

static void print_chain(const json_t *chain)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{ "in_place", "{text}: rule in place" },
		{ "missing", "{text}: rule missing" },
		{ "not_first", "{text}: rule not first" },
		{ "other_rule", "{text}: another mptcp_bflag rule" },
		{ "not_understood", "comment not understood: {error}" },
	};
	char *place = filled("chain {family} {table} {chain}: ", chain);
	size_t i = 0;

	while (!is_text(chain, "state", states[i].state))
		i++;
	say("%s", place);
	free(place);
	tell(states[i].text, chain);
	print_reach("    ", chain);
}

static void print_helper(const json_t *helper)
{
	json_t *setter;
	size_t i;

	tell("ct helper {family} {table} {name}: type {type} segments {segments}",
	     helper);
	for_each_in(helper, "set_by", i, setter) {
		tell("    set in chain {chain} by rule handle {handle}", setter);
		print_reach("        ", setter);
	}
	if (is_true(helper, "by_map"))
		puts("    set through a map");
	else if (!i)
		puts("    no rule sets it");
}

static void print_iptables(const json_t *rule)
{
	tell(is_text(rule, "program", "iptables-nft") ?
	     "{program}: chain {family} {table} {chain} rule handle {handle}: sets {type} segments {segments}" :
	     "{program}: table {family} {table}: a rule sets {type} segments {segments}",
	     rule);
	print_reach("    ", rule);
}

size_t text_print_rules(const json_t *model)
{
	json_t *part;
	size_t i, j, k, l;

	for_each_in(model, "chains", i, part)
		print_chain(part);
	for_each_in(model, "strays", j, part)
		tell("chain {family} {table} {chain}: rule handle {handle} has the expression, and no comment describes it",
		     part);
	for_each_in(model, "helpers", k, part)
		print_helper(part);
	for_each_in(model, "iptables", l, part)
		print_iptables(part);
	return i + j + k + l;
}

static void print_list(const char *name, const json_t *array)
{
	char *list = joined(array, ", ");

	if (*list)
		say("    %s: %s\n", name, list);
	free(list);
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
		{ "candidates", "examined" },
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
	json_t *device;
	char *marks = filled("table {family} {table}: marks {segments} of",
			     table);
	size_t i;

	say("%s %s%s, ", marks,
	    is_text(table, "connections", "edited") ?
	    "connections (edited by hand)" :
	    !is_text(table, "connections", "all") ?
	    "connections with source NAT" :
	    json_array_size(json_object_get(table, "sources")) ?
	    "connections of the sources" : "all connections",
	    is_true(table, "helper") ? " (conntrack helper)" : "");
	free(marks);
	tell("versions {versions} flag {flag}", table);
	printf("    devices:");
	for_each_in(table, "devices", i, device)
		say("%s %s%s", i ? "," : "", text_of(device, "name"),
		    is_true(device, "exists") ? "" : " (does not exist)");
	puts(i ? "" : " none");
	print_list("exempt", json_object_get(table, "exempt"));
	print_list("sources", json_object_get(table, "sources"));
	print_marked(json_object_get(table, "counters"));
}

static void print_module(const json_t *module)
{
	json_t *available = json_object_get(module, "available");
	const char *version = text_of(module, "loaded_version");

	if (is_true(module, "loaded"))
		say("module %s: loaded, version %s%s\n",
		    text_of(module, "name"), *version ? version : "unknown",
		    json_is_false(available) ?
		    ", not installed: missing after a reboot" : "");
	else
		say("module %s: not loaded%s\n", text_of(module, "name"),
		    json_is_true(available) ? ", installed" :
		    json_is_false(available) ?
		    ", not installed for the running kernel" : "");
}

static void print_counters(const char *front_end, json_t *counters)
{
	const char *row;
	json_t *value;

	say("segments counted by the %s:\n", front_end);
	json_object_foreach(counters, row, value)
		if (json_integer_value(value))
			text_print_counter(row, json_integer_value(value));
	if (!sum_of(counters))
		puts("    none yet");
}

static void print_connections(json_t *connections)
{
	const char *name, *between = " ";
	json_t *value;

	if (!json_is_object(connections))
		return;
	printf("connections with a helper:");
	json_object_foreach(connections, name, value) {
		printf("%s%lld %s", between,
		       (long long)json_integer_value(value), name);
		between = ", ";
	}
	puts("");
}

void text_print(const json_t *model)
{
	const char *front_end, *rules;
	json_t *part;
	size_t i;

	puts(is_true(model, "works") ? "works" : "does not work");
	for_each_in(model, "problems", i, part)
		say("problem: %s\n", json_string_value(part));
	for_each_in(model, "enabled", i, part)
		print_enabled(part);
	text_print_rules(model);
	for_each_in(model, "modules", i, part)
		print_module(part);
	json_object_foreach(json_object_get(model, "counters"), front_end,
			    part) {
		rules = strcmp(front_end, "helper") ? "chains" : "helpers";
		/* leave out an unused front end */
		if (sum_of(part) ||
		    json_array_size(json_object_get(model, rules)) ||
		    (!strcmp(front_end, "helper") &&
		     json_array_size(json_object_get(model, "iptables"))))
			print_counters(front_end, part);
	}
	print_connections(json_object_get(model, "connections"));
	for_each_in(model, "hints", i, part)
		say("hint: %s\n", text_of(part, "text"));
}
