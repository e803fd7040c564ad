/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of hardware_send: what one of its threads sends, and how. */
#ifndef HARDWARE_H
#define HARDWARE_H

#include <pthread.h>
#include <stdatomic.h>

#include "source.h"

#define FLOWS_MAX	1024

struct sender {
	pthread_t thread;
	unsigned int ifindex;
	int cpu;			/* where it is to run */
	const struct packet *packets;	/* a flow each, sent in turn */
	unsigned int npackets;
	atomic_bool *stop;
	const char *failed;		/* what it could not do, and why */
	int error;
};

/* hardware_ring.c: a thread; until *stop, or until something fails */
void *ring_send(void *sender);

#endif /* HARDWARE_H */
