/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is configured, what is in place, what was counted: one model, which is
 * the JSON of "status --json" (mptcp-bflag(8)).  Text and OpenMetrics are made
 * of it and of nothing else.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>

#include "../json.h"
#include "../nf/ruleset.h"

/* The whole model, or what "list" needs of it; an exit status after a message */
int model_read(json_t **model, bool whole);

/* Its parts; int: 0 or a negative errno */
int model_chains(struct ruleset *set, json_t *model);
int model_helpers(struct ruleset *set, json_t *model);
int model_enabled(struct ruleset *set, json_t *model);
void model_modules(json_t *model);
void model_counters(json_t *model);

/*
 * {"mptcp-bflag": 12, ...}: how many connections have a conntrack helper of
 * ours now, or null after a message.  Asking loads nf_conntrack_netlink.
 */
json_t *connections_json(void);

/*
 * From which hooks packets can come to a chain, as members of @object.  All
 * rules of the chain's table have to be read, unless it is a base chain; what
 * they match before they jump is not looked at, and verdict maps are taken to
 * lead there.
 */
void reach_json(const struct ruleset *set, size_t chain, json_t *object);

/* From the rest of the model */
void model_hints(struct ruleset *set, json_t *model);

/* The whole model; the rules alone, which "list" prints: how many there are */
void text_print(const json_t *model);
size_t text_print_rules(const json_t *model);
void openmetrics_print(const json_t *model);

/* A row of /proc/net/mptcp_bflag, as a line in words */
void text_print_counter(const char *row, json_int_t n);

#endif /* REPORT_H */
