/* SPDX-License-Identifier: GPL-2.0-only */
/* FAMILY TABLE CHAIN on the command line of "attach" and "detach" */
#ifndef PLACE_H
#define PLACE_H

#include "batch.h"
#include "ruleset.h"

struct place {
	const char	*family_name;
	const char	*table;
	const char	*chain;
	uint32_t	family;
};

/* What getopt_long() left over; NULL, or what is wrong, to be freed */
char *place_parse(struct place *place, int argc, char **argv);

/* NULL and the chain's index, or that it is not there, to be freed */
char *place_find(const struct place *place, const struct ruleset *set,
		 size_t *chain);

/* The attributes that say where a rule is */
void place_put(struct nlmsghdr *nlh, const struct place *place);

void place_delete(struct batch *batch, const struct place *place,
		  uint64_t handle);

#endif /* PLACE_H */
