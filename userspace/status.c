// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag status: is it working, and if not, why not? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bflag.h"
#include "cli.h"
#include "connections.h"
#include "counters.h"
#include "gateway.h"
#include "hints.h"
#include "module.h"
#include "reach.h"
#include "recall.h"
#include "render.h"

enum table_state { NOT_OURS, IN_PLACE, RULE_MISSING, NOT_REACHED, INCOMPLETE };

struct our_table {
	enum table_state	state;
	char			*command;	/* may be NULL */
};

struct state {
	struct ruleset		set;
	struct module		modules[MODULES];
	struct counters		counters;
	struct our_table	*tables;	/* one for each of the set */
	struct reached		reached;
	size_t			marks_reached;
	size_t			sets_reached;	/* of these, such that set the flag */
	size_t			helpers_reached;
	size_t			damaged;	/* of our tables */
	bool			asked;		/* conntrack */
	struct connections	connections;
	struct hints		hints;
};

/* As far as the rules that mark go: "enable" makes no helpers. */
static enum table_state rules_state(const struct state *state, size_t table)
{
	const struct ruleset *set = &state->set;
	enum table_state worst = RULE_MISSING;
	const struct rule *rule;
	size_t i;

	for (i = 0; i < set->nmarks; i++) {
		rule = &set->rules[set->marks[i].rule];
		if (set->chains[rule->chain].table_index != table ||
		    !bflag_sets(set->marks[i].data))
			continue;
		if (reach_any(&state->reached.marks[i]))
			return IN_PLACE;
		worst = NOT_REACHED;
	}
	return worst;
}

static void find_reached(struct state *state)
{
	struct ruleset *set = &state->set;
	size_t i;

	state->reached = reached_find(set);
	state->marks_reached = 0;
	state->sets_reached = 0;
	for (i = 0; i < set->nmarks; i++) {
		if (!reach_any(&state->reached.marks[i]))
			continue;
		state->marks_reached++;
		state->sets_reached += bflag_sets(set->marks[i].data);
	}
	state->helpers_reached = 0;
	for (i = 0; i < set->nhelpers; i++)
		state->helpers_reached += reached_helper(set, &state->reached,
							 i);
}

/* Who does not use helpers does not pay for them. */
static void find_connections(struct state *state)
{
	memset(&state->connections, 0, sizeof(state->connections));
	state->asked = state->set.nhelpers ||
		       counters_any(&state->counters, FRONT_END_HELPER);
	if (state->asked)
		state->connections = connections_count();
}

static void find_tables(struct state *state)
{
	struct ruleset *set = &state->set;
	struct recall recall;
	size_t i;

	state->damaged = 0;
	state->tables = xrealloc(NULL, set->ntables, sizeof(*state->tables));
	for (i = 0; i < set->ntables; i++) {
		state->tables[i].state = NOT_OURS;
		state->tables[i].command = NULL;
		if (!gateway_made(&set->tables[i]))
			continue;
		recall = recall_table(set, &set->tables[i]);
		state->tables[i].command = recall.command;
		state->tables[i].state = rules_state(state, i);
		if (state->tables[i].state == IN_PLACE && recall.differs)
			state->tables[i].state = INCOMPLETE;
		state->damaged += state->tables[i].state != IN_PLACE;
	}
}

static void free_state(struct state *state)
{
	size_t i;

	for (i = 0; i < state->set.ntables; i++)
		free(state->tables[i].command);
	free(state->tables);
	reached_free(&state->reached);
	connections_free(&state->connections);
	hints_free(&state->hints);
	counters_free(&state->counters);
	modules_free(state->modules);
	ruleset_free(&state->set);
}

static bool versions_differ(const struct module *module)
{
	const char *version = module->loaded ? module->loaded_version :
			      module->available_version;

	return version && strcmp(version, VERSION);
}

static void print_module(const struct module *module)
{
	printf("module %s: ", module->name);
	if (module->loaded)
		printf("loaded, version %s\n",
		       module->loaded_version ? module->loaded_version :
		       "unknown");
	else if (module->available)
		printf("not loaded; available, version %s\n",
		       module->available_version ? module->available_version :
		       "unknown");
	else
		printf("not available for the running kernel; install it, then 'modprobe %s'\n",
		       module->name);

	if (module->loaded && !module->available)
		printf("    but not installed for this kernel: after a reboot it is gone\n");
	if (versions_differ(module))
		complain("warning: this tool has version " VERSION ", the module %s another",
			 module->name);
}

static void print_table(const struct state *state, size_t index)
{
	static const char * const texts[] = {
		[RULE_MISSING]	= "is there, but its rule is gone (a listing by nft cannot save it)",
		[NOT_REACHED]	= "no packet comes to its rule",
		[INCOMPLETE]	= "is there, but not as 'enable' made it",
	};
	const struct table *table = &state->set.tables[index];
	const struct our_table *our = &state->tables[index];
	char family[8];

	printf("table %s %s: ",
	       render_family(table->family, family, sizeof(family)),
	       table->name);
	if (our->state == IN_PLACE)
		printf("in place\n");
	else if (our->command)
		printf("%s; run: %s\n", texts[our->state], our->command);
	else
		printf("%s; run 'mptcp-bflag enable' again with the options and devices it was given\n",
		       texts[our->state]);
}

static bool front_end_used(const struct state *state, const char *name)
{
	return counters_any(&state->counters, name) ||
	       (!strcmp(name, FRONT_END_EXPRESSION) && state->set.nmarks) ||
	       (!strcmp(name, FRONT_END_HELPER) && state->set.nhelpers);
}

static void print_rules(const struct state *state)
{
	const struct ruleset *set = &state->set;

	if (set->nmarks)
		printf("rules: %zu, packets can come to %zu of them\n",
		       set->nmarks, state->marks_reached);
	else if (!set->nhelpers)
		printf("rules: none\n");
	render_rules(set);
	if (set->nhelpers)
		printf("ct helpers: %zu, packets can come to rules that set %zu of them\n",
		       set->nhelpers, state->helpers_reached);
	render_helpers(set);
}

static void print_state(const struct state *state)
{
	size_t i;

	for (i = 0; i < MODULES; i++)
		print_module(&state->modules[i]);
	for (i = 0; i < state->set.ntables; i++)
		if (state->tables[i].state != NOT_OURS)
			print_table(state, i);
	print_rules(state);
	for (i = 0; i < state->counters.ncolumns; i++)
		if (front_end_used(state, state->counters.columns[i]))
			counters_print(&state->counters,
				       state->counters.columns[i]);
	if (state->asked)
		connections_print(&state->connections);
	hints_print(&state->hints);
}

static json_t *module_json(const struct module *module)
{
	return json_pack("{s:s, s:b, s:s?, s:s?, s:b, s:s?, s:b}",
			 "name", module->name,
			 "available", module->available,
			 "path", module->path,
			 "available_version", module->available_version,
			 "loaded", module->loaded,
			 "loaded_version", module->loaded_version,
			 "version_mismatch", versions_differ(module));
}

static json_t *table_json(const struct state *state, size_t index)
{
	static const char * const names[] = {
		[IN_PLACE]	= "in_place",
		[RULE_MISSING]	= "rule_missing",
		[NOT_REACHED]	= "not_reached",
		[INCOMPLETE]	= "incomplete",
	};
	const struct table *table = &state->set.tables[index];
	char family[8];

	return json_pack("{s:s, s:s, s:s, s:s?}",
			 "family", render_family(table->family, family,
						 sizeof(family)),
			 "table", table->name,
			 "state", names[state->tables[index].state],
			 "command", state->tables[index].command);
}

static json_t *state_json(const struct state *state, bool ok)
{
	const struct ruleset *set = &state->set;
	json_t *tables = json_array(), *modules = json_array();
	size_t i;

	for (i = 0; i < MODULES; i++)
		json_array_append_new(modules, module_json(&state->modules[i]));
	for (i = 0; i < set->ntables; i++)
		if (state->tables[i].state != NOT_OURS)
			json_array_append_new(tables, table_json(state, i));

	return json_pack("{s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "ok", ok,
			 "tool_version", VERSION,
			 "modules", modules,
			 "tables", tables,
			 "rules", render_rules_json(set),
			 "helpers", render_helpers_json(set),
			 "connections", state->asked ?
			 connections_json(&state->connections) : json_null(),
			 "counters", counters_json(&state->counters),
			 "hints", hints_json(&state->hints));
}

static int report(const struct state *state, bool json)
{
	bool ok = (state->sets_reached || state->helpers_reached) &&
		  !state->damaged;
	int status = EXIT_OK;

	if (json)
		status = render_json(state_json(state, ok));
	else
		print_state(state);
	return ok ? status : EXIT_FAILED;
}

int verb_status(int argc, char **argv)
{
	struct state state;
	bool json = false, help;
	int status = no_arguments(argc, argv, &json, &help);

	if (status != EXIT_OK || help)
		return status;
	status = ruleset_read(&state.set);
	if (status != EXIT_OK)
		return status;

	modules_find(state.modules);
	state.counters = counters_read();
	find_reached(&state);
	find_tables(&state);
	find_connections(&state);
	state.hints = hints_find(&state.set, &state.reached, &state.counters);
	status = report(&state, json);
	free_state(&state);
	return status;
}
