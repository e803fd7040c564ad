// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag list: the chains with an mptcp_bflag comment, and the helpers */
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
		puts("no chain with an mptcp_bflag comment and no mptcp_bflag helper in this network namespace");
	json_decref(model);
	return status;
}

const struct verb verb_list = {
	.name = "list",
	.summary = "list the rules and helpers, and the hooks that lead to them",
	.usage = "mptcp-bflag list [--json]\n",
	.options = "  -j, --json  print JSON\n",
	.run = run,
};
