/* SPDX-License-Identifier: GPL-2.0-only */
/* The elements of named sets of addresses and of devices, in words */
#ifndef SETS_H
#define SETS_H

#include "../words.h"
#include "ruleset.h"

enum set_kind { SET_DEVICES, SET_IPV4, SET_IPV6 };

/*
 * Read the elements of a set, as nft writes them: "192.0.2.0/24", "ppp*"; and
 * whether it takes ranges, which wildcards are.  Returns 0; -ENOENT: there is no such set, or one of other keys; another
 * negative errno.
 */
int set_read(struct ruleset *ruleset, const struct table *table,
	     const char *name, enum set_kind kind, struct words *words,
	     bool *ranges);

/*
 * "ADDR[/LEN]" and "DEV[*]" as set_read() would give them; NULL, or what is
 * wrong, to be freed
 */
char *address_words(struct words *ipv4, struct words *ipv6, const char *text);
char *device_words(struct words *words, const char *name);

/* Is one such element, or device, within another, and not the same? */
bool word_covers(const char *wide, const char *narrow);

#endif /* SETS_H */
