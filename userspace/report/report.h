/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is configured, what is in place, what was counted: one model, which is
 * the JSON of "status --json" (mptcp-bflag(8)).  Text and OpenMetrics are made
 * of it and of nothing else.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>

#include "../nf/ruleset.h"

/* The whole model, or what "list" needs of it; an exit status after a message */
int model_read(json_t **model);
int model_read_rules(json_t **model);

/* Its parts; the rules' return 0 or a negative errno */
int model_chains(struct ruleset *set, json_t *model);
int model_helpers(struct ruleset *set, json_t *model);
int model_enabled(struct ruleset *set, json_t *model);
void model_modules(json_t *model);
void model_counters(json_t *model);

/* From the rest of the model: "hints", and "problems" and "works" */
void model_hints(struct ruleset *set, json_t *model);
void model_judge(json_t *model);

/* Add to the array @member of @model; text is taken as a sentence */
void model_problem(json_t *model, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Print the whole model; the rules alone, which "list" does. */
void text_print(const json_t *model);
void text_print_rules(const json_t *model);
int json_print(const json_t *model);
void openmetrics_print(const json_t *model);

/* A row of /proc/net/mptcp_bflag, as a line in words */
void text_print_counter(const char *row, json_int_t n);

/* Names are bytes to the kernel, but JSON is UTF-8. */
json_t *json_text(const char *text);

/* Members of an object, by name; an empty string, 0, false if there is none */
const char *text_of(const json_t *object, const char *name);
json_int_t number_of(const json_t *object, const char *name);
bool is_true(const json_t *object, const char *name);

/* "a, b" of an array of strings; the caller frees it. */
char *joined(const json_t *array, const char *between);

#endif /* REPORT_H */
