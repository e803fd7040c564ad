// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag list: each rule that has the expression, wherever it is */
#include <stdio.h>

#include "cli.h"
#include "render.h"

int verb_list(int argc, char **argv)
{
	struct ruleset set;
	bool json = false, help;
	int status = no_arguments(argc, argv, &json, &help);

	if (status != EXIT_OK || help)
		return status;
	status = ruleset_read(&set);
	if (status != EXIT_OK)
		return status;

	if (json)
		status = render_json(json_pack("{s:o}", "rules",
					       render_rules_json(&set)));
	else if (set.nmarks)
		render_rules(&set);
	else
		puts("no rule with mptcp_bflag in this network namespace");
	ruleset_free(&set);
	return status;
}
