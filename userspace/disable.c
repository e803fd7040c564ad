// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag disable: remove each table that "enable" has made */
#include <stdio.h>

#include "cli.h"
#include "gateway.h"
#include "transact.h"

static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	unsigned int *removed = data;
	size_t i;

	*removed = 0;
	for (i = 0; i < set->ntables; i++) {
		if (!gateway_made(&set->tables[i]))
			continue;
		gateway_delete(&set->tables[i], batch);
		++*removed;
	}
	return EXIT_OK;
}

int verb_disable(int argc, char **argv)
{
	unsigned int removed;
	bool help;
	int status = no_arguments(argc, argv, NULL, &help);

	if (status != EXIT_OK || help)
		return status;
	status = transact(plan, &removed);
	if (status != EXIT_OK)
		return status;

	if (removed)
		printf("%u table%s removed\n", removed,
		       removed == 1 ? "" : "s");
	else
		puts("no table made by 'mptcp-bflag enable', nothing to do");
	return EXIT_OK;
}
