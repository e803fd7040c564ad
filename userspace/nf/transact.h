/* SPDX-License-Identifier: GPL-2.0-only */
/* Read the ruleset, decide, and change it, as one step. */
#ifndef TRANSACT_H
#define TRANSACT_H

#include "errors.h"
#include "ruleset.h"

/* There was a commit since the ruleset was read. */
#define BATCH_STALE (-1)

/*
 * A transaction.  The first of its @count messages begins the batch; @last is the
 * position of the last one in @buf.
 */
struct batch {
	char		*buf;
	size_t		size;
	size_t		last;
	uint32_t	count;
};

/*
 * Start a message NFT_MSG_* about a chain or, without @chain, a table.  Add
 * attributes before the next call.
 */
struct nlmsghdr *batch_add(struct batch *batch, uint8_t type, uint16_t flags,
			   uint8_t family, const char *table,
			   const char *chain);

/*
 * Read more of @set as needed, and add the changes to @batch.  May be called
 * again, with a newer ruleset.  Returns EXIT_OK, or an exit status after a
 * message; then nothing is changed.
 */
typedef int (*transact_plan)(struct ruleset *set, struct batch *batch,
			     void *data);

/*
 * The kernel refuses the batch if another program has committed since the ruleset
 * was read; then the plan runs again.  @check: change nothing.  Return an exit
 * status; transact_try() may return BATCH_STALE, without a message, if other
 * programs keep committing.
 */
int transact_try(transact_plan plan, void *data, bool check,
		 unsigned int tries);
int transact(transact_plan plan, void *data, bool check);

#endif /* TRANSACT_H */
