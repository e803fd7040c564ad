/* SPDX-License-Identifier: GPL-2.0-only */
/* Our rules and helpers for people and, as JSON, for programs; "list" and "status". */
#ifndef RENDER_H
#define RENDER_H

#include <jansson.h>

#include "ruleset.h"

/* Each rule that has the expression */
void render_rules(const struct ruleset *set);
json_t *render_rules_json(const struct ruleset *set);

/* Each ct helper object of ours, and the rules that set it */
void render_helpers(const struct ruleset *set);
json_t *render_helpers_json(const struct ruleset *set);

/* Print @object and drop it; an exit status. */
int render_json(json_t *object);

/* A JSON string: names are bytes to the kernel, but JSON is UTF-8. */
json_t *render_text_json(const char *text);

/* "inet"; a number for families without a name */
const char *render_family(uint8_t family, char *buf, size_t size);

#endif /* RENDER_H */
