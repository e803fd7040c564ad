/* SPDX-License-Identifier: GPL-2.0-only */
/* How many connections have a conntrack helper of ours, now */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <jansson.h>

#include "names.h"

struct connections {
	unsigned long long	count[HELPER_NAMES];	/* as helper_names[] */
	char			*unknown;	/* NULL, or why they are not known */
};

/* Asks conntrack, which loads nf_conntrack_netlink. */
struct connections connections_count(void);
void connections_free(struct connections *connections);

void connections_print(const struct connections *connections);

/* {"mptcp-bflag": 12, ...}, or null */
json_t *connections_json(const struct connections *connections);

#endif /* CONNECTIONS_H */
