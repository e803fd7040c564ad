/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets come to a chain: the base chains that lead to it. */
#ifndef REACH_H
#define REACH_H

#include "ruleset.h"

struct reach {
	size_t		*bases;		/* base chains that lead here */
	size_t		nbases;
	bool		verdict_map;	/* so do verdict maps, perhaps */
	bool		no_device;	/* so does a chain without a device */
	bool		dormant;	/* the table is switched off */
};

/*
 * All rules of the chain's table have to be read, unless it is a base chain.
 * What rules match before they jump is not looked at.
 */
struct reach reach_find(const struct ruleset *set, size_t chain);
void reach_free(struct reach *reach);

/* Do packets come?  A verdict map is taken to lead them here. */
bool reach_any(const struct reach *reach);

/*
 * Is there a device of that name?  "ppp*": of a name that begins so.
 */
bool device_exists(const char *name);

#endif /* REACH_H */
