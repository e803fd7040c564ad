/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of rules, counters and modules, as one model: the JSON of "status
 * --json" (mptcp-bflag(8)).  Text and OpenMetrics come from the model alone.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>

#include "../json.h"
#include "../nf/ruleset.h"

/* There, if the module of the helpers is loaded */
#define HELPER_MODULE "/sys/module/nf_conntrack_mptcp_bflag"

/* Read the model, or the part for "list".  An exit status, after a message */
int model_read(json_t **model, bool whole);

/* Add a part to @model.  Return 0 or a negative errno. */
int model_chains(struct ruleset *set, json_t *model);
int model_helpers(struct ruleset *set, json_t *model);
int model_iptables(struct ruleset *set, json_t *model);
int model_enabled(struct ruleset *set, json_t *model);
void model_modules(json_t *model);
void model_counters(json_t *model);

/*
 * {"mptcp-bflag": 12, ...}: the number of connections with each helper, or null
 * after a message.  The query loads nf_conntrack_netlink.
 */
json_t *connections_json(void);

/*
 * Add to @object the hooks from which packets can reach a chain.  Unless it is a
 * base chain, the rules of its table must have been read.  Jumps count whatever
 * their rules match, and an unknown verdict map counts as a jump.
 */
void reach_json(const struct ruleset *set, size_t chain, json_t *object);

/* Needs the rest of the model. */
void model_hints(struct ruleset *set, json_t *model);

/* Print the model; the rules alone, for "list", and return their number. */
void text_print(const json_t *model);
size_t text_print_rules(const json_t *model);
void openmetrics_print(const json_t *model);

/* Print a row of /proc/net/mptcp_bflag in words. */
void text_print_counter(const char *row, json_int_t n);

#endif /* REPORT_H */
