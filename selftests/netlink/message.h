/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers, netlink batches and their answers, for the generator of nf_tables messages. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#define BATCH_MAX 8		/* messages in a batch, without its begin and end */

/* Repeatable: the same seed gives the same numbers. */
void random_seed(uint64_t seed);
uint32_t random_below(uint32_t n);
bool one_in(uint32_t n);

/* What was done since the last report, printed when something fails */
extern unsigned long messages_sent;

struct batch {
	char		 buf[32768];
	struct nlmsghdr	*nlh[BATCH_MAX];
	int		 n;
	size_t		 used;
};

void batch_begin(struct batch *batch);
/* Begin a message; add attributes to it until the next call. */
struct nlmsghdr *batch_add(struct batch *batch, uint16_t type, uint16_t flags, uint8_t family);

void messages_open(void);
/* Send the batch.  Stores the kernel's error of each message, 0 or positive. */
void batch_send(struct batch *batch, int *errors);
/* Send one request outside of a batch; call @callback for each answer.  Returns a positive errno or 0. */
int request(struct nlmsghdr *nlh, mnl_cb_t callback, void *data);

#endif /* MESSAGE_H */
