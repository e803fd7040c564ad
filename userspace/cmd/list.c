// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag list: each chain with a comment of ours, each helper of ours */
#include <stdio.h>

#include "../cli.h"
#include "../report/report.h"

static bool is_empty(const json_t *model)
{
	return !json_array_size(json_object_get(model, "chains")) &&
	       !json_array_size(json_object_get(model, "strays")) &&
	       !json_array_size(json_object_get(model, "helpers"));
}

static int run(int argc, char **argv)
{
	bool json = false;
	const struct cli_option known[] = {
		{ "json", 'j', &json, NULL },
		{ .name = NULL }
	};
	int status = parse_options(argc, argv, known, NULL);
	json_t *model = NULL;

	if (status == EXIT_OK)
		status = model_read_rules(&model);
	if (status != EXIT_OK)
		return status;
	if (json)
		status = json_print(model);
	else if (is_empty(model))
		puts("no chain with a comment of mptcp_bflag and no ct helper of ours in this network namespace");
	else
		text_print_rules(model);
	json_decref(model);
	return status;
}

const struct verb verb_list = {
	.name = "list",
	.summary = "chains with a comment of ours, helpers, and what comes there",
	.usage = "mptcp-bflag list [--json]\n",
	.options = "  -j, --json  as JSON\n",
	.run = run,
};
