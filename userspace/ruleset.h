/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ruleset of this network namespace, read from raw netlink: tables,
 * chains, rules, the expressions "mptcp_bflag" in them, and who jumps where.
 */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"

#define NONE SIZE_MAX		/* no such index */

struct table {
	uint8_t			family;
	const char		*name;
	const char		*comment;	/* may be NULL */
	bool			dormant;
	const struct nlmsghdr	*message;
};

struct chain {
	uint8_t			family;
	const char		*table;
	const char		*name;
	const char		*type;		/* NULL: not a base chain */
	uint32_t		hook;
	int32_t			priority;
	struct attrs		devices;	/* NFTA_DEVICE_NAME each */
	bool			has_devices;	/* is such a chain */
	uint32_t		use;		/* references, and own rules */
	uint32_t		rules;
	uint32_t		jumps;		/* from rules to here */
	size_t			first_jump;
	size_t			table_index;
	const struct nlmsghdr	*message;
};

struct rule {
	size_t			chain;
	uint64_t		handle;
	unsigned int		expressions;
	const struct nlmsghdr	*message;
};

/* One expression "mptcp_bflag" */
struct mark {
	size_t			rule;
	struct attrs		data;
};

struct jump {
	size_t			from;	/* a chain */
	size_t			next;	/* one more to the same chain */
};

struct ruleset {
	uint32_t	generation;
	struct table	*tables;
	size_t		ntables;
	struct chain	*chains;	/* sorted */
	size_t		nchains;
	struct rule	*rules;		/* in each chain, in their order */
	size_t		nrules;
	struct mark	*marks;
	size_t		nmarks;
	struct jump	*jumps;
	size_t		njumps;
	struct raw	*raw;		/* the messages all this points into */
};

/* EXIT_OK, or an exit status after a message */
int ruleset_read(struct ruleset *set);
void ruleset_free(struct ruleset *set);

/* NONE if there is none */
size_t ruleset_table(const struct ruleset *set, uint8_t family,
		     const char *name);
size_t ruleset_chain(const struct ruleset *set, uint8_t family,
		     const char *table, const char *name);

#endif /* RULESET_H */
