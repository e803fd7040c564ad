// SPDX-License-Identifier: GPL-2.0-only
/* Put the model together, and decide whether it works, or why not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>

#include "../cli.h"
#include "../nf/errors.h"
#include "../nf/module.h"
#include "report.h"

#define READ_TRIES 50

#define EXPRESSION_MODULE "nft_mptcp_bflag"

/* @text is freed. */
static void problem(json_t *model, char *text)
{
	json_array_append_new(json_object_get(model, "problems"),
			      json_taken(text));
}

#define CHAIN		"chain {family} {table} {chain}"
#define UNREACHED	CHAIN ": no packet reaches it: "
#define RUN_SYNC	"; run 'mptcp-bflag sync'"

static void judge_chain(json_t *model, const json_t *chain, bool *works)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{ "missing", CHAIN ": its rule is missing" RUN_SYNC },
		{ "not_first", CHAIN ": its rule is not the first" RUN_SYNC },
		{ "other_rule",
		  CHAIN ": it has another mptcp_bflag rule" RUN_SYNC },
		{ "not_understood",
		  CHAIN ", comment \"{comment}\": {error}; see COMMENTS OF CHAINS in mptcp-bflag(8)" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (is_text(chain, "state", states[i].state))
			problem(model, filled(states[i].text, chain));
	if (is_true(chain, "reached"))
		*works |= is_text(chain, "operation", "set") &&
			  is_text(chain, "state", "in_place");
	else if (is_true(chain, "dormant"))
		problem(model, filled(UNREACHED "its table is dormant; run 'nft add table {family} {table}'",
				      chain));
	else
		problem(model, filled(is_true(chain, "no_device") ?
				      UNREACHED "none of its devices exists; create one" :
				      UNREACHED "no base chain leads to it; add a jump to it",
				      chain));
}

static void judge_enabled(json_t *model, const json_t *table)
{
	char *text = filled("table {family} {table}: none of its devices exists",
			    table);
	json_t *device;
	size_t i;

	for_each_in(table, "devices", i, device)
		append(&text, "%s%s", i ? ", " : ": ", text_of(device, "name"));
	append(&text, "; create one, or run 'mptcp-bflag enable' for another");
	if (any_true(table, "devices", "exists"))
		free(text);
	else
		problem(model, text);
}

/* Is the rule of a chain missing? */
static bool lacks_rule(const json_t *model)
{
	json_t *chain;
	size_t i;

	for_each_in(model, "chains", i, chain)
		if (is_text(chain, "state", "missing"))
			return true;
	return false;
}

/*
 * Why nft or the kernel may have refused rules.  That an installed module is not loaded
 * is no trouble, unless a rule needs it and the kernel refuses it.
 */
static void judge_modules(json_t *model)
{
	bool lacking = lacks_rule(model);
	json_t *module, *available;
	char *missing = NULL;
	size_t i;

	for_each_in(model, "modules", i, module) {
		available = json_object_get(module, "available");
		if (is_true(module, "loaded"))
			continue;
		if (json_is_false(available))
			append(&missing, "%s%s", missing ? ", " : "",
			       text_of(module, "name"));
		else if (!lacking || !is_text(module, "name", EXPRESSION_MODULE))
			continue;
		else if (json_is_null(available))
			problem(model, module_trouble(EXPRESSION_MODULE,
						      MODULE_UNKNOWN));
		else if (module_needs_signature())
			problem(model, module_trouble(EXPRESSION_MODULE,
						      MODULE_INSTALLED));
	}
	if (missing)
		problem(model, module_trouble(missing, MODULE_MISSING));
	free(missing);
}

static void judge(json_t *model)
{
	bool works = any_true(model, "iptables", "reached");
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
		problem(model, xstrdup("nothing sets the flag: no packet reaches a rule 'mptcp_bflag set' or a rule that sets an mptcp_bflag helper; run 'mptcp-bflag enable', or load your ruleset and run 'mptcp-bflag sync'"));
	works = !json_array_size(json_object_get(model, "problems"));
	json_object_set_new(model, "works", json_boolean(works));
	if (!works)
		judge_modules(model);
}

/* @connections: not read here, because that may take longer than other commits */
static int read_parts(struct ruleset *set, json_t *model, bool whole,
		      json_t *connections)
{
	int err = ruleset_read(set);

	if (!err)
		err = model_helpers(set, model);
	if (!err)
		err = model_iptables(set, model);
	if (!err)
		err = model_chains(set, model);
	if (err || !whole)
		return err;
	err = model_enabled(set, model);
	if (err)
		return err;
	model_counters(model);
	json_object_set(model, "connections", connections);
	judge(model);
	model_hints(set, model);
	return 0;
}

/* @torn: a commit between two reads shows a state that never existed */
static int read_once(json_t **model, bool whole, json_t *connections,
		     bool *torn)
{
	struct ruleset set;
	int err;

	*model = whole ? json_pack("{s:b, s:[], s:s}", "works", false,
				   "problems", "tool_version", VERSION) :
		 json_object();
	if (whole)
		model_modules(*model);
	err = read_parts(&set, *model, whole, connections);
	*torn = !err && !ruleset_unchanged(&set);
	ruleset_free(&set);
	return err;
}

int model_read(json_t **model, bool whole)
{
	/* without the module of the helpers, do not load nf_conntrack_netlink */
	json_t *connections = whole && !access(HELPER_MODULE, F_OK) ?
			      connections_json() : json_null();
	unsigned int tries = READ_TRIES;
	int err, status;
	bool torn;

	for (;;) {
		err = read_once(model, whole, connections, &torn);
		if (!torn || !--tries)
			break;
		json_decref(*model);
	}
	json_decref(connections);
	/* do not report trouble that may never have existed */
	if (torn && whole && !is_true(*model, "works"))
		err = -ERESTART;
	if (!err)
		return EXIT_OK;
	json_decref(*model);
	status = explain(err == -ERESTART ? ATTEMPT_COMMIT : ATTEMPT_READ, -err,
			 "read the ruleset", NULL);
	return status == EXIT_FAILED ? EXIT_UNKNOWN : status;
}
