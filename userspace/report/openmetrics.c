// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model as OpenMetrics, and at the same time as the text format of
 * Prometheus, which the textfile collector of node_exporter reads.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../cli.h"
#include "report.h"

#define PREFIX "mptcp_bflag_"

static void begin(const char *name, const char *type, const char *help)
{
	printf("# TYPE " PREFIX "%s %s\n# HELP " PREFIX "%s %s\n", name, type,
	       name, help);
}

/* Frees @labels. */
static void sample(const char *name, json_int_t number, json_t *labels)
{
	const char *label, *between = "{";
	json_t *value;
	char *text, *at;

	printf(PREFIX "%s", name);
	json_object_foreach(labels, label, value) {
		text = xstrdup(json_string_value(value));
		clean(text);
		printf("%s%s=\"", between, label);
		for (at = text; *at; at++)
			printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
		printf("\"");
		free(text);
		between = ",";
	}
	printf("%s %lld\n", labels ? "}" : "", (long long)number);
	json_decref(labels);
}

static json_t *label(json_t *labels, const char *name, const char *value)
{
	json_object_set_new(labels, name, json_text(value));
	return labels;
}

static json_t *table_labels(const json_t *object)
{
	return json_pack("{s:s, s:s}", "family", text_of(object, "family"),
			 "table", text_of(object, "table"));
}

static void print_chains(const json_t *model)
{
	json_t *chain;
	size_t i;

	begin("chain_in_place", "gauge",
	      "Whether the chain has the rule that its comment describes.");
	for_each_in(model, "chains", i, chain)
		sample("chain_in_place", is_text(chain, "state", "in_place"),
		       label(table_labels(chain), "chain",
			     text_of(chain, "chain")));
	begin("chain_reached", "gauge",
	      "Whether packets can reach the chain.");
	for_each_in(model, "chains", i, chain)
		sample("chain_reached", is_true(chain, "reached"),
		       label(table_labels(chain), "chain",
			     text_of(chain, "chain")));
}

static void print_enabled(const json_t *model)
{
	json_t *table, *device, *value;
	const char *counter;
	size_t i, j;

	begin("device_exists", "gauge",
	      "Whether a device of a table made by enable exists.");
	for_each_in(model, "enabled", i, table)
		for_each_in(table, "devices", j, device)
			sample("device_exists", is_true(device, "exists"),
			       label(table_labels(table), "device",
				     text_of(device, "name")));
	begin("table_packets", "counter",
	      "Named counters of a table made by enable, in packets.");
	for_each_in(model, "enabled", i, table)
		json_object_foreach(json_object_get(table, "counters"), counter,
				    value)
			sample("table_packets_total", json_integer_value(value),
			       label(table_labels(table), "counter", counter));
}

void openmetrics_print(const json_t *model)
{
	const char *name, *row;
	json_t *part, *value;
	size_t i;

	begin("works", "gauge", "Whether the exit status of mptcp-bflag status is 0.");
	sample("works", is_true(model, "works"), NULL);
	begin("segments", "counter",
	      "Segments with MP_CAPABLE, by result.");
	json_object_foreach(json_object_get(model, "counters"), name, part)
		json_object_foreach(part, row, value)
			sample("segments_total", json_integer_value(value),
			       json_pack("{s:s, s:s}", "front_end", name,
					 "result", row));
	print_chains(model);
	print_enabled(model);
	begin("connections", "gauge",
	      "Current connections with an mptcp_bflag helper.");
	json_object_foreach(json_object_get(model, "connections"), name, value)
		sample("connections", json_integer_value(value),
		       json_pack("{s:s}", "helper", name));
	begin("module_loaded", "gauge", "Whether the kernel module is loaded.");
	for_each_in(model, "modules", i, part)
		sample("module_loaded", is_true(part, "loaded"),
		       json_pack("{s:s, s:s}", "module", text_of(part, "name"),
				 "version", text_of(part, "loaded_version")));
	puts("# EOF");
}
