/* SPDX-License-Identifier: GPL-2.0-only */
/* The elements of named sets of addresses and devices, as words */
#ifndef SETS_H
#define SETS_H

#include "ruleset.h"

/* A sorted list of words without duplicates */
struct words {
	char	**list;
	size_t	count;
};

void words_add(struct words *words, char *word);	/* takes ownership */
void words_free(struct words *words);
bool words_equal(const struct words *a, const struct words *b);

enum set_kind { SET_DEVICES, SET_IPV4, SET_IPV6 };

/*
 * Read the elements of a set as nft writes them: "192.0.2.0/24", "ppp*".
 * *@ranges: the set takes ranges and wildcards.  Returns 0 or a negative errno,
 * -ENOENT also if the set has keys of another length.
 */
int set_read(struct ruleset *ruleset, const struct table *table,
	     const char *name, enum set_kind kind, struct words *words,
	     bool *ranges);

/* "ppp*" matches each name that begins with ppp. */
bool device_matches(const char *pattern, const char *name);
bool device_exists(const char *pattern);

/*
 * Add "ADDR[/LEN]" or "DEV[*]" in the form of set_read().  Return NULL, or an
 * error text to free.
 */
char *address_words(struct words *ipv4, struct words *ipv6, const char *text);
char *device_words(struct words *words, const char *name);

/* Does one element contain another, different one? */
bool word_covers(const char *wide, const char *narrow);

#endif /* SETS_H */
