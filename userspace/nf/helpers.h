/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects "ct helper" of our types, and the rules that set them. */
#ifndef HELPERS_H
#define HELPERS_H

#include "ruleset.h"

/* The objects; and the rules of their tables as well.  0 or a negative errno */
int helpers_list(struct ruleset *set);
int helpers_read(struct ruleset *set);

/* How often does a rule set it, by its name? */
size_t helper_set_by(const struct ruleset *set, const struct helper *helper,
		     const struct rule *rule);

#endif /* HELPERS_H */
