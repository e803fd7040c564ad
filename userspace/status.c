// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag status: is it working, and if not, why not? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "counters.h"
#include "gateway.h"
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
	struct module		module;
	struct counters		counters;
	struct our_table	*tables;	/* one for each of the set */
	bool			*reached;	/* can packets come to a mark? */
	size_t			nreached;
	size_t			damaged;	/* of our tables */
};

/* As far as the rules that mark go */
static enum table_state marks_state(const struct state *state, size_t table)
{
	enum table_state worst = RULE_MISSING;
	const struct rule *rule;
	size_t i;

	for (i = 0; i < state->set.nmarks; i++) {
		rule = &state->set.rules[state->set.marks[i].rule];
		if (state->set.chains[rule->chain].table_index != table)
			continue;
		if (state->reached[i])
			return IN_PLACE;
		worst = NOT_REACHED;
	}
	return worst;
}

static void find_reached(struct state *state)
{
	struct ruleset *set = &state->set;
	struct reach_search search;
	struct reach reach;
	size_t i;

	state->nreached = 0;
	state->reached = xrealloc(NULL, set->nmarks, sizeof(bool));
	reach_init(&search, set);
	for (i = 0; i < set->nmarks; i++) {
		reach = reach_find(&search,
				   set->rules[set->marks[i].rule].chain);
		state->reached[i] = reach_any(&reach);
		state->nreached += state->reached[i];
		reach_free(&reach);
	}
	reach_done(&search);
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
		state->tables[i].state = marks_state(state, i);
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
	free(state->reached);
	counters_free(&state->counters);
	module_free(&state->module);
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
	if (module->loaded)
		printf("module " MODULE_NAME ": loaded, version %s\n",
		       module->loaded_version ? module->loaded_version :
		       "unknown");
	else if (module->available)
		printf("module " MODULE_NAME ": not loaded; available, version %s\n",
		       module->available_version ? module->available_version :
		       "unknown");
	else
		printf("module " MODULE_NAME ": not available for the running kernel; install it, then 'modprobe " MODULE_NAME "'\n");

	if (module->loaded && !module->available)
		printf("    but not installed for this kernel: after a reboot it is gone\n");
	if (versions_differ(module))
		complain("warning: this tool has version " VERSION ", the module another");
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

static void print_state(const struct state *state)
{
	size_t i;

	print_module(&state->module);
	for (i = 0; i < state->set.ntables; i++)
		if (state->tables[i].state != NOT_OURS)
			print_table(state, i);
	if (state->set.nmarks)
		printf("rules: %zu, packets can come to %zu of them\n",
		       state->set.nmarks, state->nreached);
	else
		printf("rules: none\n");
	render_rules(&state->set);
	counters_print(&state->counters);
}

static json_t *module_json(const struct module *module)
{
	return json_pack("{s:s, s:b, s:s?, s:s?, s:b, s:s?, s:b}",
			 "name", MODULE_NAME,
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
	json_t *tables = json_array();
	size_t i;

	for (i = 0; i < set->ntables; i++)
		if (state->tables[i].state != NOT_OURS)
			json_array_append_new(tables, table_json(state, i));

	return json_pack("{s:b, s:s, s:o, s:o, s:o, s:o}",
			 "ok", ok,
			 "tool_version", VERSION,
			 "module", module_json(&state->module),
			 "tables", tables,
			 "rules", render_rules_json(set),
			 "counters", counters_json(&state->counters));
}

static int report(const struct state *state, bool json)
{
	bool ok = state->nreached && !state->damaged;
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

	state.module = module_find();
	state.counters = counters_read();
	find_reached(&state);
	find_tables(&state);
	status = report(&state, json);
	free_state(&state);
	return status;
}
