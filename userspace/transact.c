// SPDX-License-Identifier: GPL-2.0-only
/* Read the ruleset, decide, change it: as one step. */
#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "transact.h"

#define TRIES 50

static int transact_once(transact_plan plan, void *data)
{
	struct ruleset set;
	struct batch batch;
	int status;

	status = ruleset_read(&set);
	if (status != EXIT_OK)
		return status;

	batch_init(&batch, set.generation);
	status = plan(&set, &batch, data);
	if (status == EXIT_OK && batch_length(&batch))
		status = batch_send(&batch);
	batch_free(&batch);
	ruleset_free(&set);
	return status;
}

int transact(transact_plan plan, void *data)
{
	unsigned int tries = TRIES;
	int status;

	do {
		status = transact_once(plan, data);
	} while (status == BATCH_STALE && --tries);

	if (status == BATCH_STALE)
		return explain(ATTEMPT_COMMIT, ERESTART, "change the ruleset",
			       NULL);
	return status;
}

int outcome_check(struct outcome *outcome)
{
	if (outcome->wrong)
		complain("%s", outcome->wrong);
	free(outcome->wrong);
	outcome->wrong = NULL;
	return outcome->status;
}
