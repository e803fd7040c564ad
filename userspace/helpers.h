/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects "ct helper" of our types, and the rules that set them; parts of
 * reading the ruleset, in this order.
 */
#ifndef HELPERS_H
#define HELPERS_H

#include "dump.h"
#include "ruleset.h"

/* 0 or a negative errno */
int helpers_read(struct dump *dump, struct ruleset *set);

/* An expression "objref" of a rule: does it set a helper? */
void helpers_reference(struct ruleset *set, size_t rule, struct attrs objref);

/* After all rules: those that find a helper in a map */
int helpers_find_setters(struct dump *dump, struct ruleset *set);

#endif /* HELPERS_H */
