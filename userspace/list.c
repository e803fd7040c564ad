// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag list: each rule that has the expression, each helper of ours */
#include <stdio.h>

#include "cli.h"
#include "render.h"

static void list(const struct ruleset *set)
{
	render_rules(set);
	render_helpers(set);
}

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
		status = render_json(json_pack("{s:o, s:o}",
					       "rules", render_rules_json(&set),
					       "helpers",
					       render_helpers_json(&set)));
	else if (!set.nmarks && !set.nhelpers)
		puts("no rule with mptcp_bflag and no ct helper of ours in this network namespace");
	else
		list(&set);
	ruleset_free(&set);
	return status;
}
