/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ruleset of this network namespace, read from raw netlink: tables,
 * chains, rules, the expressions "mptcp_bflag" in them, who jumps where, and
 * the conntrack helpers of ours with the rules that set them.
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

/* One object "ct helper" whose type is a helper of ours */
struct helper {
	uint8_t			family;
	const char		*table;
	const char		*name;
	const char		*type;
	uint32_t		segments;
	uint32_t		use;		/* by rules and elements of maps */
	uint32_t		named;		/* by rules, by its name */
	size_t			table_index;
};

/* A rule that sets one: by its name, or by what a map says */
struct setter {
	size_t			helper;
	size_t			rule;
	const char		*map;		/* NULL: by its name */
};

/* A rule that takes an object from a map */
struct lookup {
	size_t			rule;
	const char		*map;
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
	struct helper	*helpers;
	size_t		nhelpers;
	struct setter	*setters;	/* helper by helper */
	size_t		nsetters;
	struct lookup	*lookups;
	size_t		nlookups;
	size_t		nflowtables;	/* that a rule sends connections to */
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

/* For what fills it: a copy of a message, and room for one more */
const struct nlmsghdr *ruleset_keep(struct ruleset *set,
				    const struct nlmsghdr *nlh);
void *ruleset_grow(void *array, size_t count, size_t size);
uint8_t ruleset_family(const struct nlmsghdr *nlh);

#endif /* RULESET_H */
