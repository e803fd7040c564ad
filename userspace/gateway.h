/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that "enable" makes, "disable" removes, "status" looks at. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "description.h"
#include "nf/sets.h"
#include "nf/transact.h"

/* Where the base chain of such a table is */
struct gateway_hook {
	const char	*option;	/* the value of --hook, or NULL */
	uint8_t		family;
	const char	*chain;		/* base chain, and its hook */
	const char	*priority;	/* as nft writes it */
	bool		nat;		/* source NAT is known there */
	bool		binds;		/* the devices; else a set has them */
	bool		incoming;	/* looks at where packets come from */
};

enum {
	GATEWAY_POSTROUTING, GATEWAY_EGRESS, GATEWAY_BRIDGE, GATEWAY_PREROUTING,
	GATEWAY_HOOKS
};

extern const struct gateway_hook gateway_hooks[GATEWAY_HOOKS];

/* By the value of --hook; NULL, or what is wrong, to be freed */
char *gateway_take_hook(const struct gateway_hook **hook, const char *value);

enum {
	GATEWAY_DEVICES, GATEWAY_EXEMPT4, GATEWAY_EXEMPT6, GATEWAY_SOURCE4,
	GATEWAY_SOURCE6, GATEWAY_SETS
};

extern const struct gateway_set {
	const char	*name;
	const char	*type;
	enum set_kind	kind;
} gateway_sets[GATEWAY_SETS];

/* How the comment of such a table begins */
#define GATEWAY_MADE "made by mptcp-bflag enable"

/* What "enable" was asked for, or what a table of it does */
struct gateway {
	const struct gateway_hook	*hook;
	int				all;		/* source NAT or not */
	int				load_balancer;
	int				helper;		/* of conntrack */
	bool				edited;		/* "candidates" is */
	bool				ranges;		/* of devices, too */
	struct bflag			bflag;
	struct words			sets[GATEWAY_SETS];
};

void gateway_init(struct gateway *gateway);
void gateway_free(struct gateway *gateway);

/* The name of its table, static; of its family */
const char *gateway_table(const struct gateway *gateway);
const char *gateway_family(const struct gateway *gateway);

/* Has "enable" made this table, or the listing that it is loaded from? */
bool gateway_made(const struct table *table);

/* Packets that have left through its devices since the table was made; NULL: ever */
uint64_t gateway_packets(const struct gateway *gateway,
			 const struct table *table);

/**
 * gateway_script() - what nft has to do for the table to be as @gateway says
 * @gateway: what it is to be
 * @set: what is there; is read further
 * @script: for "nft -f"; NULL if nothing has to be done; to be freed
 * @changes: what that changes, in words; "added" for a new table; to be freed
 *
 * It leaves out the rules that nft cannot write: sync_plan() adds them.
 * Returns 0 or a negative errno.
 */
int gateway_script(struct gateway *gateway, struct ruleset *set,
		   char **script, char **changes);

/*
 * What a table that "enable" has made does now: reads its sets.  Returns 0 or a
 * negative errno.
 */
int gateway_recognise(struct gateway *gateway, struct ruleset *set,
		      const struct table *table);

/* The comment of its chain "choice": which connections it chooses; to be freed */
char *gateway_choice(const struct gateway *gateway);

/* Is this, which is freed, the comment of a chain of the table? */
bool gateway_has_comment(const struct ruleset *set, const struct table *table,
			 const char *chain, char *comment);

/* A message that deletes a table */
void gateway_delete(const struct table *table, struct batch *batch);

#endif /* GATEWAY_H */
