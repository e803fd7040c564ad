// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model as OpenMetrics text (and as the text format of Prometheus, which
 * the textfile collector of node_exporter reads).
 */
#include <stdio.h>
#include <string.h>

#include "../cli.h"
#include "report.h"

#define PREFIX "mptcp_bflag_"

static void begin(const char *name, const char *type, const char *help)
{
	printf("# TYPE " PREFIX "%s %s\n# HELP " PREFIX "%s %s\n", name, type,
	       name, help);
}

/* A label's value is quoted; our names are UTF-8 without control characters. */
static void print_label(const char *name, const char *value, bool first)
{
	char *text = xstrdup(value), *at;

	clean(text);
	printf("%s%s=\"", first ? "{" : ",", name);
	for (at = text; *at; at++)
		printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
	printf("\"");
	free(text);
}

/* @names: members of @object, which are the labels; ends with NULL */
static void sample(const char *name, const json_t *object,
		   const char *const *names, const char *label,
		   const char *value, json_int_t number)
{
	bool first = true;

	printf(PREFIX "%s", name);
	for (; *names; names++) {
		print_label(*names, text_of(object, *names), first);
		first = false;
	}
	if (label)
		print_label(label, value, first);
	printf("%s %lld\n", label || !first ? "}" : "", (long long)number);
}

static const char * const no_names[] = { NULL };
static const char * const table_names[] = { "family", "table", NULL };
static const char * const chain_names[] = { "family", "table", "chain", NULL };

static void print_chains(const json_t *chains)
{
	json_t *chain;
	size_t i;

	begin("chain_in_place", "gauge",
	      "Whether the chain has the rule that its comment describes.");
	json_array_foreach(chains, i, chain)
		sample("chain_in_place", chain, chain_names, NULL, NULL,
		       !strcmp(text_of(chain, "state"), "in_place"));
	begin("chain_reached", "gauge",
	      "Whether packets can come to the chain.");
	json_array_foreach(chains, i, chain)
		sample("chain_reached", chain, chain_names, NULL, NULL,
		       is_true(chain, "reached"));
}

static void print_enabled(const json_t *enabled)
{
	json_t *table, *device, *value;
	const char *counter;
	size_t i, j;

	begin("device_exists", "gauge",
	      "Whether a device of a table of enable exists.");
	json_array_foreach(enabled, i, table)
		json_array_foreach(json_object_get(table, "devices"), j, device)
			sample("device_exists", table, table_names, "device",
			       text_of(device, "name"),
			       is_true(device, "exists"));
	begin("table_packets", "counter",
	      "What the named counters of a table of enable have counted.");
	json_array_foreach(enabled, i, table)
		json_object_foreach(json_object_get(table, "counters"), counter,
				    value)
			sample("table_packets_total", table, table_names,
			       "counter", counter, json_integer_value(value));
}

static void print_modules(const json_t *modules)
{
	static const char * const names[] = { "name", NULL };
	json_t *module;
	size_t i;

	begin("module_loaded", "gauge", "Whether the kernel module is loaded.");
	json_array_foreach(modules, i, module)
		sample("module_loaded", module, names, "version",
		       text_of(module, is_true(module, "loaded") ?
			       "loaded_version" : "available_version"),
		       is_true(module, "loaded"));
}

static void print_counters(json_t *counters)
{
	const char *front_end, *row;
	json_t *column, *value, *labels;

	begin("segments", "counter",
	      "Segments with MP_CAPABLE, by what became of them.");
	json_object_foreach(counters, front_end, column) {
		static const char * const names[] = { "front_end", NULL };

		labels = json_pack("{s:s}", "front_end", front_end);
		json_object_foreach(column, row, value)
			sample("segments_total", labels, names, "result", row,
			       json_integer_value(value));
		json_decref(labels);
	}
}

void openmetrics_print(const json_t *model)
{
	json_t *value;
	const char *helper;

	begin("works", "gauge", "Whether the flag is set, as status says.");
	sample("works", model, no_names, NULL, NULL, is_true(model, "works"));
	print_counters(json_object_get(model, "counters"));
	print_chains(json_object_get(model, "chains"));
	print_enabled(json_object_get(model, "enabled"));
	begin("connections", "gauge",
	      "Connections that have a conntrack helper of ours now.");
	json_object_foreach(json_object_get(model, "connections"), helper,
			    value)
		sample("connections", model, no_names, "helper", helper,
		       json_integer_value(value));
	print_modules(json_object_get(model, "modules"));
	puts("# EOF");
}
