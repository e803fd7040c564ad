// SPDX-License-Identifier: GPL-2.0-only
/* Put the model together, and judge: does it work, and if not, why not? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>

#include "../cli.h"
#include "../nf/errors.h"
#include "report.h"

#define HELPER_MODULE "/sys/module/nf_conntrack_mptcp_bflag"

/* @text is freed. */
static void problem(json_t *model, char *text)
{
	json_array_append_new(json_object_get(model, "problems"),
			      json_taken(text));
}

static void judge_chain(json_t *model, const json_t *chain, bool *works)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{ "missing", ": its rule is missing; run: mptcp-bflag sync" },
		{ "not_first",
		  ": its rule is not the first; run: mptcp-bflag sync" },
		{ "other_rule",
		  ": it has another rule of ours; run: mptcp-bflag sync" },
		{ "not_understood", ", comment \"{comment}\": {error}" },
	};
	char *name = filled("chain {family} {table} {chain}", chain), *more;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (!is_text(chain, "state", states[i].state))
			continue;
		more = filled(states[i].text, chain);
		problem(model, xasprintf("%s%s", name, more));
		free(more);
	}
	if (!is_true(chain, "reached"))
		problem(model, xasprintf("%s: no packet comes to it: %s", name,
					 is_true(chain, "dormant") ?
					 "the table is dormant" :
					 is_true(chain, "no_device") ?
					 "none of its devices exists" :
					 "nothing jumps there from a hook"));
	else if (is_text(chain, "operation", "set") &&
		 is_text(chain, "state", "in_place"))
		*works = true;
	free(name);
}

/* A table whose devices are all away marks nothing. */
static void judge_enabled(json_t *model, const json_t *table)
{
	char *text = filled("table {family} {table}: none of its devices exists",
			    table);
	json_t *device;
	size_t i;

	for_each_in(table, "devices", i, device)
		append(&text, "%s%s", i ? ", " : ": ", text_of(device, "name"));
	if (any_true(table, "devices", "exists"))
		free(text);
	else
		problem(model, text);
}

static bool has_line(const char *path, const char *line)
{
	FILE *file = fopen(path, "re");
	char text[64];
	bool found = false;

	while (file && !found && fgets(text, sizeof(text), file))
		found = !strcmp(text, line);
	if (file)
		fclose(file);
	return found;
}

/*
 * Rules of iptables may set the helper that connections have, and are not looked
 * at: but is there the table for them?  Connections alone would speak for a rule
 * that is gone.
 */
static bool works_by_iptables(const struct ruleset *set, json_t *model)
{
	return sum_of(json_object_get(model, "connections")) > 0 &&
	       (ruleset_table(set, NFPROTO_IPV4, "raw") != NONE ||
		ruleset_table(set, NFPROTO_IPV6, "raw") != NONE ||
		has_line("/proc/net/ip_tables_names", "raw\n") ||
		has_line("/proc/net/ip6_tables_names", "raw\n"));
}

static void judge(const struct ruleset *set, json_t *model)
{
	bool works = works_by_iptables(set, model);
	json_t *part;
	size_t i;

	for_each_in(model, "chains", i, part)
		judge_chain(model, part, &works);
	for_each_in(model, "helpers", i, part)
		works |= is_true(part, "by_map") ||
			 any_true(part, "set_by", "reached");
	for_each_in(model, "enabled", i, part)
		judge_enabled(model, part);
	if (!works)
		problem(model, xstrdup("nothing sets the flag: no packet comes to a chain whose comment begins with 'mptcp_bflag set' and that has its rule, or to a rule that sets a helper of ours"));
	works = !json_array_size(json_object_get(model, "problems"));
	json_object_set_new(model, "works", json_boolean(works));
	/* what may be the reason that there is nothing */
	for_each_in(model, "modules", i, part)
		if (!works && !is_true(part, "loaded") &&
		    json_is_false(json_object_get(part, "available")))
			problem(model, filled("the module {name} is not installed for the running kernel: nft does not load what needs it",
					      part));
}

static int read_parts(struct ruleset *set, json_t *model, bool whole)
{
	int err = ruleset_read(set);

	if (!err)
		err = model_helpers(set, model);
	if (!err)
		err = model_chains(set, model);
	if (err || !whole)
		return err;
	err = model_enabled(set, model);
	if (err)
		return err;
	model_counters(model);
	/* conntrack is asked only if the module of the helpers is there */
	json_object_set_new(model, "connections", access(HELPER_MODULE, F_OK) ?
			    json_null() : connections_json());
	judge(set, model);
	model_hints(set, model);
	return 0;
}

int model_read(json_t **model, bool whole)
{
	struct ruleset set;
	int err, status;

	*model = whole ? json_pack("{s:b, s:[], s:s}", "works", false,
				   "problems", "tool_version", VERSION) :
		 json_object();
	if (whole)
		model_modules(*model);
	err = read_parts(&set, *model, whole);
	ruleset_free(&set);
	if (!err)
		return EXIT_OK;
	json_decref(*model);
	status = explain(ATTEMPT_READ, -err, "read the ruleset", NULL);
	return status == EXIT_FAILED ? EXIT_UNKNOWN : status;
}
