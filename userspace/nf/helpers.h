/* SPDX-License-Identifier: GPL-2.0-only */
/* The "ct helper" objects of this project's types, and the rules that set them. */
#ifndef HELPERS_H
#define HELPERS_H

#include "ruleset.h"

/* Read the objects; and the rules of their tables.  0 or a negative errno */
int helpers_list(struct ruleset *set);
int helpers_read(struct ruleset *set);

/* How many expressions of @rule set @helper by name? */
size_t helper_set_by(const struct ruleset *set, const struct helper *helper,
		     const struct rule *rule);

#endif /* HELPERS_H */
