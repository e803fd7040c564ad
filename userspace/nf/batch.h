/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One netlink batch: all of its messages take effect, or none.  Each message
 * carries a description, so that an error can say what was attempted.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include "errors.h"

/* The ruleset is not the one that was read: read it and decide again. */
#define BATCH_STALE (-1)

/* Room for one message; the biggest names NFT_NETDEVICE_MAX devices. */
#define BATCH_MESSAGE_MAX 16384

struct batch_message {
	enum attempt	attempt;
	char		*what;
	size_t		offset;
};

struct batch {
	char			*buf;
	size_t			size;
	struct batch_message	*messages;
	size_t			count;
};

/* The kernel refuses the batch if the ruleset is no longer @generation. */
void batch_init(struct batch *batch, uint32_t generation);
void batch_free(struct batch *batch);

/*
 * Start a message; the caller adds its attributes before it starts the next.
 * @fmt completes the sentence "cannot ...".
 */
struct nlmsghdr *batch_add(struct batch *batch, enum attempt attempt,
			   uint16_t type, uint16_t family, uint16_t flags,
			   const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* Messages besides the one that begins the batch */
size_t batch_length(const struct batch *batch);

/* An exit status, after a message for the first error, or BATCH_STALE */
int batch_send(struct batch *batch);

#endif /* BATCH_H */
