/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that "enable" installs, "disable" removes, "status" looks at. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "bflag.h"
#include "ruleset.h"

/* The regular chain with the rule that nft cannot print */
#define GATEWAY_MARK_CHAIN "mark_bflag"

/*
 * If not all devices fit into a table's comment, the command in it names the
 * first and ends in "and N", and this.
 */
#define GATEWAY_COMMAND_MORE "more"

struct gateway_hook {
	const char	*option;	/* --hook */
	const char	*family_name;
	uint8_t		family;
	const char	*chain;
	uint32_t	hook;
	int32_t		priority;
	bool		binds;		/* to devices, that have to exist */
	bool		nat;		/* there is source NAT before it */
};

extern const struct gateway_hook gateway_hooks[];	/* ends with NULL */

struct gateway {
	const struct gateway_hook	*hook;
	const char			**devices;	/* ends with NULL */
	size_t				ndevices;
	bool				missing_ok;
	bool				all;
	bool				load_balancer;
	struct bflag			bflag;
};

const char *gateway_table(const struct gateway *gateway);

/* The command that makes it; the caller frees it. */
char *gateway_command(const struct gateway *gateway);

/* What installs all of it into a table that does not exist */
void gateway_add(const struct gateway *gateway, struct batch *batch);
void gateway_delete(const struct table *table, struct batch *batch);

/* Has "enable" made this table (or was it restored from a listing of it)? */
bool gateway_made(const struct table *table);

/*
 * The devices that the kernel has for its table: those the base chain is bound
 * to, or that its rules match.  At most @max; returns how many.
 */
size_t gateway_devices(const struct gateway *gateway,
		       const struct ruleset *set, const char **devices,
		       size_t max);

/* Is exactly that in the kernel? */
bool gateway_in_place(const struct gateway *gateway,
		      const struct ruleset *set);

#endif /* GATEWAY_H */
