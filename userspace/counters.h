/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/mptcp_bflag: what the module counts in this network namespace */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stddef.h>

#include <jansson.h>

struct counters {
	char			**columns;	/* front ends */
	size_t			ncolumns;
	char			**rows;
	size_t			nrows;
	unsigned long long	*values;	/* row by row */
};

/* Without the module there are no rows. */
struct counters counters_read(void);
void counters_free(struct counters *counters);

/* In words: only what has been counted */
void counters_print(const struct counters *counters);

/* {"expression": {"syn_marked": 1, ...}, ...} */
json_t *counters_json(const struct counters *counters);

#endif /* COUNTERS_H */
