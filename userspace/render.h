/* SPDX-License-Identifier: GPL-2.0-only */
/* Our rules for people and, as JSON, for programs; "list" and "status". */
#ifndef RENDER_H
#define RENDER_H

#include <jansson.h>

#include "ruleset.h"

/* Each rule that has the expression */
void render_rules(const struct ruleset *set);
json_t *render_rules_json(const struct ruleset *set);

/* Print @object and drop it; an exit status. */
int render_json(json_t *object);

/* "inet"; a number for families without a name */
const char *render_family(uint8_t family, char *buf, size_t size);

#endif /* RENDER_H */
