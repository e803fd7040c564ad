/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that "enable" makes, "disable" removes and "status" reads. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "description.h"
#include "nf/sets.h"
#include "nf/transact.h"

/* Where the base chain is */
struct gateway_hook {
	const char	*option;	/* the value of --hook, or NULL */
	uint8_t		family;
	const char	*chain;		/* base chain, and its hook */
	const char	*priority;	/* as nft writes it */
	bool		nat;		/* sees source NAT */
	bool		binds;		/* is bound to devices, has no set */
	bool		incoming;	/* matches the incoming device */
};

enum {
	GATEWAY_POSTROUTING, GATEWAY_EGRESS, GATEWAY_BRIDGE, GATEWAY_PREROUTING,
	GATEWAY_HOOKS
};

extern const struct gateway_hook gateway_hooks[GATEWAY_HOOKS];

/* From the value of --hook.  Returns NULL, or an error text to free. */
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

/* The comment of the table begins with this; an interface, it is in rulesets. */
#define GATEWAY_MADE "made by mptcp-bflag enable"

/* The options of "enable", or what a table does */
struct gateway {
	const struct gateway_hook	*hook;
	int				all;		/* --all */
	int				load_balancer;
	int				helper;		/* --helper */
	bool				edited;		/* by hand */
	bool				ranges;		/* the device set has wildcards */
	struct bflag			bflag;
	struct words			sets[GATEWAY_SETS];
};

void gateway_init(struct gateway *gateway);
void gateway_free(struct gateway *gateway);

/* The static names of its table and family */
const char *gateway_table(const struct gateway *gateway);
const char *gateway_family(const struct gateway *gateway);

/* Did "enable" make this table, or the listing that it was loaded from? */
bool gateway_made(const struct table *table);

/* Packets sent through its devices since @table was made; NULL: in total */
uint64_t gateway_packets(const struct gateway *gateway,
			 const struct table *table);

/**
 * gateway_script() - write the changes that make the table do what @gateway says
 * @gateway: what it is to do
 * @set: the ruleset; more of it is read
 * @script: for "nft -f", to free; empty without changes
 * @changes: the changes in words, to free; "added" for a new table, NULL for none
 *
 * The script lacks the rules that nft cannot write: sync_plan() adds them.
 * Return: 0 or a negative errno.
 */
int gateway_script(struct gateway *gateway, struct ruleset *set,
		   char **script, char **changes);

/* Read what a table of "enable" does, with its sets.  Returns 0 or a negative errno. */
int gateway_recognise(struct gateway *gateway, struct ruleset *set,
		      const struct table *table);

/* The comment of its chain "choice", which selects connections; to free */
char *gateway_choice(const struct gateway *gateway);

/* Is this the comment of a chain of the table?  Frees @comment. */
bool gateway_has_comment(const struct ruleset *set, const struct table *table,
			 const char *chain, char *comment);

void gateway_delete(const struct table *table, struct batch *batch);

/*
 * Until the descriptor is closed, no other instance of this program changes the tables
 * with the lock.  Without /run, there is no lock: -1.
 */
int gateway_lock(void);

#endif /* GATEWAY_H */
