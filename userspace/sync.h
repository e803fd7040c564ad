/* SPDX-License-Identifier: GPL-2.0-only */
/* Give each chain whose comment describes a rule that rule, and no other one. */
#ifndef SYNC_H
#define SYNC_H

#include "description.h"
#include "nf/transact.h"

enum rule_state {
	RULE_IN_PLACE,		/* first, and the only one with the expression */
	RULE_MISSING,
	RULE_NOT_FIRST,
	RULE_OTHER,		/* another rule, or more than one */
};

/*
 * The state of a chain whose rules have been read.  *@keep: the index of its
 * first rule if that is as described, else NONE.
 */
enum rule_state rule_state(const struct ruleset *set, size_t chain,
			   const struct description *description,
			   size_t *keep);

/*
 * Read the strays: rules with the expression in chains whose comment does not
 * describe one.  This reads all rules, so it happens only if the module has more
 * users, in all network namespaces, than rules were read; and, without @always,
 * only if there are not many rules.  Returns 0 or a negative errno.
 */
int strays_read(struct ruleset *set, bool always);
bool is_stray(const struct ruleset *set, const struct rule *rule);

/* What sync_plan() is to do, and what it found */
struct sync {
	bool		everywhere;	/* remove strays */
	uint8_t		family;		/* only chains of this table, */
	const char	*table;		/* unless NULL */
	uint32_t	generation;	/* of the ruleset afterwards */
	size_t		described;	/* chains with a description */
	size_t		helpers;	/* counted if there is no such chain */
	char		**changes;	/* sentences */
	size_t		count;		/* of @changes */
};

/* For transact(); @data is a struct sync */
int sync_plan(struct ruleset *set, struct batch *batch, void *data);
void sync_free(struct sync *sync);

#endif /* SYNC_H */
