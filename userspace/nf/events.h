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
 * @disabled: the last commit of this tool was by "mptcp-bflag disable"
 */
struct events {
	int		fd;
	uint32_t	generation;
	bool		any;
	bool		lost;
	bool		disabled;
};

/* The names under which this tool commits (TASK_COMM_LEN) */
#define EVENTS_NAME		"mptcp-bflag"
#define EVENTS_NAME_DISABLE	"mptcp-bflag-off"

/* Return 0 or a negative errno, and set errno. */
int events_open(struct events *events);
int events_read(struct events *events);		/* all that are queued */
void events_close(struct events *events);

#endif /* EVENTS_H */
