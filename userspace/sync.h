/* SPDX-License-Identifier: GPL-2.0-only */
/* Give each chain whose comment describes a rule that rule, and no other one. */
#ifndef SYNC_H
#define SYNC_H

#include "description.h"
#include "nf/transact.h"

enum rule_state {
	RULE_IN_PLACE,		/* it is the first, and the only one of ours */
	RULE_MISSING,
	RULE_NOT_FIRST,
	RULE_OTHER,		/* another one, or more than one */
};

/*
 * Of a chain whose rules have been read.  @keep: the index of its first rule,
 * if that is as described; NONE: it is not.
 */
enum rule_state rule_state(const struct ruleset *set, size_t chain,
			   const struct description *description,
			   size_t *keep);

/*
 * Read the rules of ours in chains whose comment does not describe one.  For
 * that, all rules have to be read: it is done only if the module has more
 * users, in all network namespaces, than were read before; and, unless
 * @always, if there are not many rules.  0 or a negative errno.
 */
int strays_read(struct ruleset *set, bool always);
bool is_stray(const struct ruleset *set, const struct rule *rule);

/* What sync_plan() is asked for and has found */
struct sync {
	bool		everywhere;	/* look for rules in other chains */
	uint8_t		family;		/* only chains of this table */
	const char	*table;		/* ... if that is not NULL */
	uint32_t	generation;	/* of the ruleset that it leaves */
	size_t		described;	/* chains with such a comment */
	size_t		helpers;	/* if there are none: ct helpers of ours */
	char		**changes;	/* sentences */
	size_t		count;		/* of these */
};

/* For transact(); @data is a struct sync */
int sync_plan(struct ruleset *set, struct batch *batch, void *data);
void sync_free(struct sync *sync);

#endif /* SYNC_H */
