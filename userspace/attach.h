/* SPDX-License-Identifier: GPL-2.0-only */
/* What "attach" does, for the command line and for "save" and "restore" */
#ifndef ATTACH_H
#define ATTACH_H

#include "bflag.h"
#include "place.h"
#include "transact.h"

enum position { LAST, FIRST, BEFORE, AFTER, INDEX };

struct attach {
	struct place	place;
	struct bflag	bflag;
	enum position	position;
	uint64_t	handle;		/* for BEFORE and AFTER */
	size_t		index;		/* for INDEX */
};

/*
 * NULL, or what is wrong, to be freed.  The names of table and chain stay in
 * @argv.  Nothing is printed for --help.
 */
char *attach_parse(struct attach *attach, int argc, char **argv, bool *help);

struct outcome attach_plan(const struct attach *attach,
			   const struct ruleset *set, struct batch *batch);
void attach_say(const struct attach *attach, const char *done);

/* Is the rule what attach makes? Those with more in them are somebody else's. */
bool attach_made(const struct ruleset *set, size_t rule);

#endif /* ATTACH_H */
