/* SPDX-License-Identifier: GPL-2.0-only */
/* Read the ruleset, decide, change it: as one step. */
#ifndef TRANSACT_H
#define TRANSACT_H

#include "errors.h"
#include "ruleset.h"

/* The ruleset is not the one that was read. */
#define BATCH_STALE (-1)

/*
 * Messages of which all take effect, or none; the first begins it.  @last:
 * where the last of @count messages is in @buf.
 */
struct batch {
	char		*buf;
	size_t		size;
	size_t		last;
	uint32_t	count;
};

/*
 * Start a message NFT_MSG_* about a chain or, if @chain is NULL, a table; the
 * caller adds what else it has before the next one is started.
 */
struct nlmsghdr *batch_add(struct batch *batch, uint8_t type, uint16_t flags,
			   uint8_t family, const char *table,
			   const char *chain);

/*
 * Read what is needed of @set, add to @batch what has to change; no message:
 * nothing.  It may be called again, with another ruleset.  EXIT_OK, or an exit
 * status after a message, with which nothing is changed.
 */
typedef int (*transact_plan)(struct ruleset *set, struct batch *batch,
			     void *data);

/*
 * The kernel refuses the batch if somebody else changed the ruleset since it
 * was read; then all is done again.  So two programs that do this at the same
 * time come out as if they had been run one after the other.  With @check,
 * nothing is changed.  An exit status; transact_try() may return BATCH_STALE,
 * without a message, if others change it all the time.
 */
int transact_try(transact_plan plan, void *data, bool check);
int transact(transact_plan plan, void *data, bool check);

#endif /* TRANSACT_H */
