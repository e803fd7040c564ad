// SPDX-License-Identifier: GPL-2.0-only
/* Read the ruleset, decide, change it: as one step. */
#include <errno.h>

#include "../cli.h"
#include "transact.h"

#define TRIES 200

/* To have nothing to do is an answer only about a ruleset that was seen whole. */
static int act(transact_plan plan, void *data, bool check, struct ruleset *set)
{
	struct batch batch;
	int status;

	batch_init(&batch, set->generation);
	status = plan(set, &batch, data);
	if (status == EXIT_OK && batch_length(&batch) && !check)
		status = batch_send(&batch);
	else if (status == EXIT_OK && !ruleset_unchanged(set))
		status = BATCH_STALE;
	batch_free(&batch);
	return status;
}

int transact_try(transact_plan plan, void *data, bool check)
{
	unsigned int tries = TRIES;
	struct ruleset set;
	int err, status;

	do {
		err = ruleset_read(&set);
		status = err ? explain(ATTEMPT_READ, -err, "read the ruleset",
				       NULL) : act(plan, data, check, &set);
		ruleset_free(&set);
	} while (status == BATCH_STALE && --tries);
	return status;
}

int transact(transact_plan plan, void *data, bool check)
{
	int status = transact_try(plan, data, check);

	if (status == BATCH_STALE)
		return explain(ATTEMPT_COMMIT, ERESTART, "change the ruleset",
			       NULL);
	return status;
}
