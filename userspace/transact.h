/* SPDX-License-Identifier: GPL-2.0-only */
/* Read the ruleset, decide, change it: as one step. */
#ifndef TRANSACT_H
#define TRANSACT_H

#include "batch.h"
#include "ruleset.h"

/*
 * Add to @batch what has to change in @set; no message: nothing.  It may be
 * called again, with another ruleset.  EXIT_OK, or an exit status after a
 * message.
 */
typedef int (*transact_plan)(const struct ruleset *set, struct batch *batch,
			     void *data);

/*
 * The kernel refuses the batch if somebody else changed the ruleset since it
 * was read; then all is done again.  So two programs that do this at the same
 * time come out as if they had been run one after the other.
 */
int transact(transact_plan plan, void *data);

/*
 * What becomes of one command of several in a plan.  With another status than
 * EXIT_OK nothing was added to the batch.
 */
struct outcome {
	int		status;
	char		*wrong;		/* a sentence, to be freed; or NULL */
	const char	*done;		/* what to say in the end */
};

/* Prints what is wrong, if something is, and frees it; its exit status */
int outcome_check(struct outcome *outcome);

#endif /* TRANSACT_H */
