// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag list: each chain with a comment of ours, each helper of ours */
#include <stdio.h>

#include "../cli.h"
#include "../report/report.h"

static int run(int argc, char **argv)
{
	int json = false;
	const struct option known[] = {
		{ "json", no_argument, &json, 'j' },
		{ .name = NULL }
	};
	int status = parse_options(argc, argv, known, NULL, NULL);
	json_t *model = NULL;

	if (status == EXIT_OK)
		status = model_read(&model, false);
	if (status != EXIT_OK)
		return status;
	if (json)
		status = json_print(model);
	else if (!text_print_rules(model))
		puts("no chain with a comment of mptcp_bflag and no ct helper of ours in this network namespace");
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
