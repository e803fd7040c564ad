/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/mptcp_bflag: what the modules count in this network namespace */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct counters {
	char			**columns;	/* front ends */
	size_t			ncolumns;
	char			**rows;
	size_t			nrows;
	unsigned long long	*values;	/* row by row */
};

/* Without the modules there are no rows. */
struct counters counters_read(void);
void counters_free(struct counters *counters);

/* Of a front end; 0 if there is no such row or column */
unsigned long long counters_get(const struct counters *counters,
				const char *column, const char *row);

/* Is there such a column?  Does it count anything yet? */
bool counters_has(const struct counters *counters, const char *column);
bool counters_any(const struct counters *counters, const char *column);

/* A column in words: only what has been counted */
void counters_print(const struct counters *counters, const char *column);

/* {"expression": {"syn_marked": 1, ...}, ...} */
json_t *counters_json(const struct counters *counters);

#endif /* COUNTERS_H */
