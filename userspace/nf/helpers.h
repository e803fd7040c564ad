/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects "ct helper" of our types, and the rules that set them. */
#ifndef HELPERS_H
#define HELPERS_H

#include "ruleset.h"

/*
 * Read the objects, and the rules of their tables.  Returns 0 or a negative
 * errno.
 */
int helpers_read(struct ruleset *set);

/* An expression "objref" of a rule: does it set a helper by its name? */
void helpers_reference(struct ruleset *set, size_t rule, struct attrs objref);

/* Do elements of a map refer to it?  Rules that look there are not searched for. */
bool helper_in_map(const struct helper *helper);

#endif /* HELPERS_H */
