/* SPDX-License-Identifier: GPL-2.0-only */
/* The elements of named sets of addresses and of devices, in words */
#ifndef SETS_H
#define SETS_H

#include "ruleset.h"

/* A sorted list of words, each of them once */
struct words {
	char	**list;
	size_t	count;
};

void words_add(struct words *words, char *word);	/* takes it */
void words_free(struct words *words);
bool words_equal(const struct words *a, const struct words *b);

enum set_kind { SET_DEVICES, SET_IPV4, SET_IPV6 };

/*
 * Read the elements of a set, as nft writes them: "192.0.2.0/24", "ppp*"; and
 * whether it takes ranges, which wildcards are.  0 or a negative errno;
 * -ENOENT: there is no such set, or one of other keys.
 */
int set_read(struct ruleset *ruleset, const struct table *table,
	     const char *name, enum set_kind kind, struct words *words,
	     bool *ranges);

/* Is this the name of a device?  "ppp*": does it begin so? */
bool device_matches(const char *pattern, const char *name);
bool device_exists(const char *pattern);

/*
 * "ADDR[/LEN]" and "DEV[*]" as set_read() would give them; NULL, or what is
 * wrong, to be freed
 */
char *address_words(struct words *ipv4, struct words *ipv6, const char *text);
char *device_words(struct words *words, const char *name);

/* Is one such element, or device, within another, and not the same? */
bool word_covers(const char *wide, const char *narrow);

#endif /* SETS_H */
