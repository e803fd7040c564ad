/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel must have after each batch: chains, their rules, and the values of our expressions. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle.h"

#define RULES_MAX 6
#define OURS_MAX 2		/* expressions of ours in a rule */
#define TABLE "generated"

struct rule {
	uint64_t	handle;
	int		n;
	struct value	ours[OURS_MAX];
};

struct chain {
	uint8_t		family;
	const char	*name;
	int		hook;		/* -1: no base chain */
	const char	*type;
	bool		refused;	/* validate refuses our expression here */
	int		n;
	struct rule	rules[RULES_MAX];
};

extern struct chain chains[];
extern const int n_chains;

/* Make the tables and chains, and the jumps to two of the chains. */
void model_build(void);
/* Remove all rules of a chain. */
void model_flush(struct chain *chain);
/*
 * Dump a chain.  True if it has the rules of the model; stores their handles.  With @anything, only
 * what the documentation permits is required.
 */
bool model_equal(struct chain *chain, bool anything);

#endif /* MODEL_H */
