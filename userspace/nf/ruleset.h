/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the ruleset that the tool needs, from raw netlink: all tables and
 * chains, and the rules of single chains or tables, filtered in the kernel.
 * Commits of other programs do not make it fail.
 */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "dump.h"

#define NONE SIZE_MAX		/* an index: not found */

struct table {
	uint8_t			family;
	const char		*name;
	const char		*comment;	/* may be NULL */
	bool			dormant;
};

struct chain {
	uint8_t			family;
	const char		*table;
	const char		*name;
	const char		*comment;	/* may be NULL */
	const char		*type;		/* NULL: not a base chain */
	bool			anonymous;	/* belongs to a rule */
	uint32_t		hook;
	int32_t			priority;
	struct attrs		devices;	/* NFTA_DEVICE_NAME, if any */
	bool			read;		/* its rules have been read */
	uint32_t		use;		/* its rules and references to it */
	uint32_t		rules;		/* read so far */
	uint32_t		jumps;		/* to it, in rules read so far */
	size_t			first_jump;
	size_t			table_index;
};

struct rule {
	size_t			chain;
	uint64_t		handle;
	struct attrs		expressions;
	bool			ours;		/* has the expression "mptcp_bflag" */
};

struct jump {
	size_t			from;	/* a chain */
	size_t			next;	/* jump to the same chain */
};

/* A "ct helper" object of type mptcp-bflag or mptcp-bflag-lb */
struct helper {
	uint8_t			family;
	const char		*table;
	const char		*name;
	const char		*type;
	uint32_t		segments;
	uint32_t		use;		/* by rules and by maps */
	size_t			table_index;
};

struct ruleset {
	struct dump	dump;
	uint32_t	generation;
	struct table	*tables;
	size_t		ntables;
	struct chain	*chains;	/* sorted: family, table, name */
	size_t		nchains;
	struct rule	*rules;		/* in each chain, in their order */
	size_t		nrules;
	struct jump	*jumps;
	size_t		njumps;
	struct helper	*helpers;
	size_t		nhelpers;
	bool		only_ours;	/* skip other rules from now on */
	struct raw	*raw;		/* messages that all this points into */
};

/*
 * The functions that return int return 0 or a negative errno.  Call
 * ruleset_free() also after an error.
 */

/* Read the generation, all tables and chains, no rule. */
int ruleset_read(struct ruleset *set);
void ruleset_free(struct ruleset *set);

/* Read the rules of a chain, of a table, once. */
int ruleset_read_chain(struct ruleset *set, size_t chain);
int ruleset_read_table(struct ruleset *set, size_t table);

/* Read the rules with the expression in all other chains, as the last call. */
int ruleset_read_ours(struct ruleset *set);

/* Was there no commit since ruleset_read() began? */
bool ruleset_unchanged(struct ruleset *set);

/* The comment of a chain of this table, or NULL */
const char *ruleset_comment(const struct ruleset *set,
			    const struct table *table, const char *chain);

/* An index, or NONE */
size_t ruleset_table(const struct ruleset *set, uint8_t family,
		     const char *name);
size_t ruleset_chain(const struct ruleset *set, uint8_t family,
		     const char *table, const char *name);

/* For the functions that fill it: keep a message; the family of a message */
const struct nlmsghdr *ruleset_keep(struct ruleset *set,
				    const struct nlmsghdr *nlh);
uint8_t ruleset_family(const struct nlmsghdr *nlh);

#endif /* RULESET_H */
