/* SPDX-License-Identifier: GPL-2.0-only */
/* Give each chain whose comment describes a rule that rule, and no other one. */
#ifndef SYNC_H
#define SYNC_H

#include "description.h"
#include "nf/batch.h"
#include "nf/ruleset.h"

enum rule_state {
	RULE_IN_PLACE,		/* it is the first, and the only one of ours */
	RULE_MISSING,
	RULE_NOT_FIRST,
	RULE_OTHER,		/* another one, or more than one */
};

/* Of a chain whose rules have been read */
enum rule_state rule_state(const struct ruleset *set, size_t chain,
			   const struct description *description);

/* A rule of ours in a chain whose comment does not describe one */
struct stray {
	uint8_t		family;
	const char	*table;
	const char	*chain;
	uint64_t	handle;
};

struct strays {
	struct stray	*strays;
	size_t		count;
};

/*
 * All rules have to be read for that.  So nothing is done unless the module has
 * more users, in all network namespaces, than the rules that were read.
 * Returns 0 or a negative errno.
 */
int strays_find(struct ruleset *set, struct strays *strays);

/**
 * struct sync - what sync_plan() is asked for and has found
 * @everywhere: look for rules in other chains as well
 * @generation: of the ruleset that it leaves
 * @described: chains whose comment describes a rule
 * @changes: sentences, to be freed
 * @count: of these
 */
struct sync {
	bool		everywhere;
	uint32_t	generation;
	size_t		described;
	char		**changes;
	size_t		count;
};

/* For transact(); @data is a struct sync */
int sync_plan(struct ruleset *set, struct batch *batch, void *data);
void sync_free(struct sync *sync);

/* sync --watch: returns when told to end, an exit status */
int watch(const char *load);

#endif /* SYNC_H */
