// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag status: what is configured, and does it work? */
#include <stdio.h>

#include "../cli.h"
#include "../report/report.h"

static int run(int argc, char **argv)
{
	int json = false, openmetrics = false;
	const struct option known[] = {
		{ "json", no_argument, &json, 'j' },
		{ "openmetrics", no_argument, &openmetrics, true },
		{ .name = NULL }
	};
	int status = parse_options(argc, argv, known, NULL, NULL);
	json_t *model = NULL;

	if (status == EXIT_OK && json && openmetrics)
		return usage_error("status: --json and --openmetrics exclude each other");
	if (status == EXIT_OK)
		status = model_read(&model, true);
	if (status != EXIT_OK)
		return status;
	if (json)
		status = json_print(model);
	else if (openmetrics)
		openmetrics_print(model);
	else
		text_print(model);
	if (status == EXIT_OK && !is_true(model, "works"))
		status = EXIT_FAILED;
	json_decref(model);
	return status;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "show what is configured and whether it works (exit status 0 or 1)",
	.usage = "mptcp-bflag status [--json | --openmetrics]\n",
	.options =
"  -j, --json     print JSON\n"
"  --openmetrics  print metrics for the textfile collector of node_exporter\n",
	.run = run,
};
