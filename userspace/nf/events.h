/* SPDX-License-Identifier: GPL-2.0-only */
/* That somebody has committed a change to the ruleset of this namespace */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct events - what has been heard
 * @fd: to wait for; does not block
 * @generation: that the last commit has made
 * @any: there was one; for the reader to clear
 * @lost: there were more than fit the socket buffer; for the reader to clear
 * @ours: the generation that a program of this name, "mptcp-bflag", made last
 */
struct events {
	int		fd;
	uint32_t	generation;
	uint32_t	ours;
	bool		any;
	bool		lost;
};

/* These return 0, or a negative errno, which is in errno as well. */
int events_open(struct events *events);
int events_read(struct events *events);		/* all there are */
void events_close(struct events *events);

#endif /* EVENTS_H */
