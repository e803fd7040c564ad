/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules and counters together say is wrong, and what to do about it */
#ifndef HINTS_H
#define HINTS_H

#include <jansson.h>

#include "counters.h"
#include "reach.h"
#include "ruleset.h"

/* The columns of /proc/net/mptcp_bflag */
#define FRONT_END_EXPRESSION	"expression"
#define FRONT_END_HELPER	"helper"

struct hint {
	const char	*id;		/* documented: scripts depend on it */
	const char	*front_end;
	char		*text;
};

struct hints {
	struct hint	*hints;
	size_t		nhints;
};

struct hints hints_find(const struct ruleset *set,
			const struct reached *reached,
			const struct counters *counters);
void hints_free(struct hints *hints);

void hints_print(const struct hints *hints);
json_t *hints_json(const struct hints *hints);

#endif /* HINTS_H */
