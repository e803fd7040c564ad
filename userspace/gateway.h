/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that "enable" makes, "disable" removes, "status" looks at. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "expression.h"
#include "nf/batch.h"
#include "nf/ruleset.h"
#include "nf/sets.h"

/**
 * struct gateway_hook - where the base chain of such a table is
 * @option: the value of --hook; NULL: none, for @helper with --load-balancer
 * @family: of the table
 * @chain: name of the base chain, and of its hook
 * @hook: its number in that family
 * @priority: of the base chain, as nft writes it
 * @nat: source NAT is known there
 * @binds: the chain is bound to devices; elsewhere a set has them
 * @incoming: the devices and addresses are those that packets come from
 */
struct gateway_hook {
	const char	*option;
	uint8_t		family;
	const char	*chain;
	uint32_t	hook;
	const char	*priority;
	bool		nat;
	bool		binds;
	bool		incoming;
};

enum { GATEWAY_POSTROUTING, GATEWAY_EGRESS, GATEWAY_BRIDGE,
       GATEWAY_PREROUTING, GATEWAY_HOOKS };
extern const struct gateway_hook gateway_hooks[GATEWAY_HOOKS];

/* By the value of --hook; NULL if there is none */
const struct gateway_hook *gateway_hook(const char *option);

enum { GATEWAY_DEVICES, GATEWAY_EXEMPT4, GATEWAY_EXEMPT6, GATEWAY_SOURCE4,
       GATEWAY_SOURCE6, GATEWAY_SETS };

extern const struct gateway_set {
	const char	*name;
	const char	*type;
	enum set_kind	kind;
} gateway_sets[GATEWAY_SETS];

/* How the comment of such a table begins */
#define GATEWAY_MADE "made by mptcp-bflag enable"

/**
 * struct gateway - what "enable" was asked for, or what a table of it does
 * @hook: where it is
 * @all: connections with source NAT or not
 * @load_balancer: mark the server's segments
 * @helper: by the conntrack helper
 * @edited: the chain that chooses connections has not the comment of "enable"
 * @ranges: the set of devices takes wildcards
 * @bflag: segments, versions, flag
 * @sets: elements, as nft writes them
 */
struct gateway {
	const struct gateway_hook	*hook;
	bool				all;
	bool				load_balancer;
	bool				helper;
	bool				edited;
	bool				ranges;
	struct bflag			bflag;
	struct words			sets[GATEWAY_SETS];
};

void gateway_init(struct gateway *gateway);
void gateway_free(struct gateway *gateway);

/* The name of its table, static; of its family */
const char *gateway_table(const struct gateway *gateway);
const char *gateway_family(const struct gateway *gateway);

/* Has "enable" made this table (or was it loaded from a listing of it)? */
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

/* A message that deletes a table */
void gateway_delete(const struct table *table, struct batch *batch);

#endif /* GATEWAY_H */
