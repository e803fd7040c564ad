/* SPDX-License-Identifier: GPL-2.0-only */
/* Listen to the commits of nf_tables in this network namespace. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct events - commits since the caller cleared @any and @lost
 * @fd: nonblocking socket, for poll()
 * @generation: of the last commit
 * @any: there was a commit
 * @lost: the socket buffer overflowed
 * @ours: generation of the last commit by a program named mptcp-bflag
 */
struct events {
	int		fd;
	uint32_t	generation;
	uint32_t	ours;
	bool		any;
	bool		lost;
};

/* Return 0 or a negative errno, and set errno. */
int events_open(struct events *events);
int events_read(struct events *events);		/* all that are queued */
void events_close(struct events *events);

#endif /* EVENTS_H */
