// SPDX-License-Identifier: GPL-2.0-only
/* Put the model together, and judge: does it work, and if not, why not? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli.h"
#include "../nf/connections.h"
#include "../nf/errors.h"
#include "report.h"

void model_problem(json_t *model, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		json_array_append_new(json_object_get(model, "problems"),
				      json_text(text));
	free(text);
}

/* Conntrack is asked only if the module of the helpers is there. */
static void add_connections(json_t *model)
{
	json_t *module, *connections = json_null();
	bool asked = false;
	size_t i;

	json_array_foreach(json_object_get(model, "modules"), i, module)
		asked |= !strcmp(text_of(module, "name"),
				 "nf_conntrack_mptcp_bflag") &&
			 is_true(module, "loaded");
	if (asked)
		connections = connections_json();
	json_object_set_new(model, "connections", connections);
}

static void judge_chain(json_t *model, const json_t *chain, bool *works)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{ "missing", "its rule is missing; run: mptcp-bflag sync" },
		{ "not_first",
		  "its rule is not the first; run: mptcp-bflag sync" },
		{ "other_rule",
		  "it has another rule of ours; run: mptcp-bflag sync" },
	};
	char *name = xasprintf("chain %s %s %s", text_of(chain, "family"),
			       text_of(chain, "table"),
			       text_of(chain, "chain"));
	const char *state = text_of(chain, "state");
	size_t i;

	if (!strcmp(state, "not_understood"))
		model_problem(model, "%s, comment \"%s\": %s", name,
			      text_of(chain, "comment"),
			      text_of(chain, "error"));
	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(state, states[i].state))
			model_problem(model, "%s: %s", name, states[i].text);
	if (!is_true(chain, "reached"))
		model_problem(model, "%s: no packet comes to it: %s", name,
			      is_true(chain, "dormant") ?
			      "the table is dormant" :
			      is_true(chain, "no_device") ?
			      "none of its devices exists" :
			      "nothing jumps there from a hook");
	else if (!strcmp(text_of(chain, "operation"), "set") &&
		 !strcmp(state, "in_place"))
		*works = true;
	free(name);
}

static bool judge_helper(const json_t *helper)
{
	json_t *setter;
	size_t i;

	json_array_foreach(json_object_get(helper, "set_by"), i, setter)
		if (is_true(setter, "reached"))
			return true;
	return is_true(helper, "by_map");
}

/* A table whose devices are all away marks nothing. */
static void judge_enabled(json_t *model, const json_t *enabled)
{
	json_t *device, *names = json_array();
	bool any = false;
	char *list;
	size_t i;

	json_array_foreach(json_object_get(enabled, "devices"), i, device) {
		any |= is_true(device, "exists");
		json_array_append(names, json_object_get(device, "name"));
	}
	list = joined(names, ", ");
	if (!any)
		model_problem(model, "table %s %s: none of its devices exists%s%s",
			      text_of(enabled, "family"),
			      text_of(enabled, "table"), *list ? ": " : "",
			      list);
	free(list);
	json_decref(names);
}

static bool has_connections(const json_t *model)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(model, "connections"), name, value)
		if (json_integer_value(value))
			return true;
	return false;
}

/* What may be the reason that there is nothing */
static void tell_missing_modules(json_t *model)
{
	json_t *module;
	size_t i;

	json_array_foreach(json_object_get(model, "modules"), i, module)
		if (json_is_false(json_object_get(module, "available")) &&
		    !is_true(module, "loaded"))
			model_problem(model, "the module %s is not installed for the running kernel: nft does not load what needs it",
				      text_of(module, "name"));
}

void model_judge(json_t *model)
{
	json_t *part;
	bool works = has_connections(model);
	size_t i;

	json_array_foreach(json_object_get(model, "chains"), i, part)
		judge_chain(model, part, &works);
	json_array_foreach(json_object_get(model, "helpers"), i, part)
		works |= judge_helper(part);
	json_array_foreach(json_object_get(model, "enabled"), i, part)
		judge_enabled(model, part);
	if (!works)
		model_problem(model, "nothing sets the flag: no packet comes to a chain whose comment begins with 'mptcp_bflag set' and that has its rule, or to a rule that sets a helper of ours");
	if (json_array_size(json_object_get(model, "problems"))) {
		works = false;
		tell_missing_modules(model);
	}
	json_object_set_new(model, "works", json_boolean(works));
}

static int read_rules(struct ruleset *set, json_t *model)
{
	int err = ruleset_read(set);

	/* the helpers first: rules that are read later may refer to them */
	if (!err)
		err = model_helpers(set, model);
	if (!err)
		err = model_chains(set, model);
	return err;
}

static int finish(json_t **model, int err)
{
	int status;

	if (!err)
		return EXIT_OK;
	json_decref(*model);
	*model = NULL;
	status = explain(ATTEMPT_READ, -err, "read the ruleset", NULL);
	return status == EXIT_FAILED ? EXIT_UNKNOWN : status;
}

int model_read_rules(json_t **model)
{
	struct ruleset set;
	int err;

	*model = json_object();
	err = read_rules(&set, *model);
	ruleset_free(&set);
	return finish(model, err);
}

int model_read(json_t **model)
{
	struct ruleset set;
	int err;

	*model = json_pack("{s:b, s:[], s:s}", "works", false, "problems",
			   "tool_version", VERSION);
	model_modules(*model);
	err = read_rules(&set, *model);
	if (!err)
		err = model_enabled(&set, *model);
	if (!err) {
		model_counters(*model);
		add_connections(*model);
		model_judge(*model);
		model_hints(&set, *model);
	}
	ruleset_free(&set);
	return finish(model, err);
}
