/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the ruleset of this network namespace is needed, read from raw
 * netlink: tables and chains always; rules of a chain or of a table when asked
 * for, filtered in the kernel.  A writer beside it does not make it fail.
 */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "dump.h"

#define NONE SIZE_MAX		/* no such index */

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
	uint32_t		hook;
	int32_t			priority;
	struct attrs		devices;	/* NFTA_DEVICE_NAME, if any */
	bool			read;		/* its rules are */
	uint32_t		use;		/* references, and own rules */
	uint32_t		rules;		/* that were read */
	uint32_t		jumps;		/* from rules that were read */
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
	size_t			next;	/* one more to the same chain */
};

/* An object "ct helper" whose type is a helper of ours */
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
	bool		only_ours;	/* leave other rules out from now on */
	struct raw	*raw;		/* the messages all this points into */
};

/*
 * The functions below return 0 or a negative errno.  ruleset_free() is for
 * after any of them.
 */

/* The generation, all tables and chains, no rule */
int ruleset_read(struct ruleset *set);
void ruleset_free(struct ruleset *set);

/* The rules of a chain, of a table; once at most */
int ruleset_read_chain(struct ruleset *set, size_t chain);
int ruleset_read_table(struct ruleset *set, size_t table);

/* Of chains that were not read, the rules with our expression; the last call */
int ruleset_read_ours(struct ruleset *set);

/* Has nothing changed since ruleset_read() began? */
bool ruleset_unchanged(struct ruleset *set);

/* The comment of a chain of this table; NULL if there is none */
const char *ruleset_comment(const struct ruleset *set,
			    const struct table *table, const char *chain);

/* NONE if there is none */
size_t ruleset_table(const struct ruleset *set, uint8_t family,
		     const char *name);
size_t ruleset_chain(const struct ruleset *set, uint8_t family,
		     const char *table, const char *name);

/* For what fills it: a copy of a message; the family of one */
const struct nlmsghdr *ruleset_keep(struct ruleset *set,
				    const struct nlmsghdr *nlh);
uint8_t ruleset_family(const struct nlmsghdr *nlh);

#endif /* RULESET_H */
