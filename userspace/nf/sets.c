// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorted lists of words, and the elements of named sets as words.  A range is two
 * elements; the second is flagged and is the last key plus one.  A device name is
 * a key of 16 bytes, a wildcard is a range of such keys.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "../cli.h"
#include "sets.h"

#define KEY_MAX 16

/* NFT_SET_ELEM_CATCHALL, in headers since Linux 5.13: an element "*" */
#define CATCHALL 0x2

static const size_t key_len[] = {
	[SET_DEVICES] = IFNAMSIZ, [SET_IPV4] = 4, [SET_IPV6] = 16,
};

/* @end: a range ends before this key */
struct bound {
	unsigned char	key[KEY_MAX];
	bool		end;
};

struct reading {
	size_t		len;		/* of a key */
	bool		found;
	bool		interval;
	bool		all;		/* has the element "*" */
	struct bound	*bounds;
	size_t		count;
};

void words_add(struct words *words, char *word)
{
	size_t i = 0;

	while (i < words->count && strcmp(words->list[i], word) < 0)
		i++;
	if (i < words->count && !strcmp(words->list[i], word)) {
		free(word);
		return;
	}
	words->list = grow(words->list, words->count, sizeof(char *));
	memmove(words->list + i + 1, words->list + i,
		(words->count++ - i) * sizeof(char *));
	words->list[i] = word;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

/* For many: words_add() is slow, so append them and sort once. */
static void words_append(struct words *words, char *word)
{
	words->list = grow(words->list, words->count, sizeof(char *));
	words->list[words->count++] = word;
}

void words_free(struct words *words)
{
	while (words->count)
		free(words->list[--words->count]);
	free(words->list);
	words->list = NULL;
}

bool words_equal(const struct words *a, const struct words *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->list[i], b->list[i]))
			return false;
	return a->count == b->count;
}

static int take_set(const struct nlmsghdr *nlh, void *data)
{
	struct attrs attrs = attrs_of_message(nlh);
	struct reading *reading = data;

	reading->interval = attr_be32(attrs, NFTA_SET_FLAGS, 0) &
			    NFT_SET_INTERVAL;
	reading->found = attr_be32(attrs, NFTA_SET_KEY_LEN, 0) == reading->len;
	return MNL_CB_OK;
}

static int take_elements(const struct nlmsghdr *nlh, void *data)
{
	struct attrs element, list = attrs_in(attrs_of_message(nlh),
					      NFTA_SET_ELEM_LIST_ELEMENTS);
	const struct nlattr *attr, *value;
	struct reading *reading = data;
	struct bound *bound;

	attrs_for_each(attr, list) {
		element = attrs_of_nest(attr);
		if (attr_be32(element, NFTA_SET_ELEM_FLAGS, 0) & CATCHALL)
			reading->all = true;
		value = attr_find(attrs_in(element, NFTA_SET_ELEM_KEY),
				  NFTA_DATA_VALUE);
		if (!value || mnl_attr_get_payload_len(value) != reading->len)
			continue;
		reading->bounds = grow(reading->bounds, reading->count,
				       sizeof(*bound));
		bound = &reading->bounds[reading->count++];
		memset(bound, 0, sizeof(*bound));
		memcpy(bound->key, mnl_attr_get_payload(value), reading->len);
		bound->end = attr_be32(element, NFTA_SET_ELEM_FLAGS, 0) &
			     NFT_SET_ELEM_INTERVAL_END;
	}
	return MNL_CB_OK;
}

/* Sort the end of a range before the start of the next one. */
static int compare_bounds(const void *a, const void *b)
{
	const struct bound *left = a, *right = b;
	int order = memcmp(left->key, right->key, KEY_MAX);

	return order ? order : right->end - left->end;
}

/* @key is a big-endian number. */
static void decrement(unsigned char *key, size_t len)
{
	while (len-- && !key[len]--)
		;
}

/* Are the bits after the first @bits equal to @fill, 0x00 or 0xff? */
static bool is_filled(const unsigned char *key, unsigned int bits, size_t len,
		      unsigned char fill)
{
	for (; bits < 8 * len; bits++)
		if ((key[bits / 8] ^ fill) & 0x80 >> bits % 8)
			return false;
	return true;
}

static char *address_text(enum set_kind kind, const unsigned char *first,
			  const unsigned char *last)
{
	int family = kind == SET_IPV6 ? AF_INET6 : AF_INET;
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	unsigned int bits = 0, len = key_len[kind];

	inet_ntop(family, first, from, sizeof(from));
	inet_ntop(family, last, to, sizeof(to));
	while (bits < 8 * len &&
	       !((first[bits / 8] ^ last[bits / 8]) & 0x80 >> bits % 8))
		bits++;
	if (bits == 8 * len)
		return xstrdup(from);
	if (is_filled(first, bits, len, 0) && is_filled(last, bits, len, 0xff))
		return xasprintf("%s/%u", from, bits);
	return xasprintf("%s-%s", from, to);
}

/* @last belongs to the range. */
static char *range_text(enum set_kind kind, const unsigned char *first,
			const unsigned char *last)
{
	char name[KEY_MAX + 1] = "";

	if (kind != SET_DEVICES)
		return address_text(kind, first, last);
	memcpy(name, first, KEY_MAX);
	return xasprintf("%s%s", name, memcmp(first, last, KEY_MAX) ? "*" : "");
}

/* nft puts an end without a start before the first range. */
static void take_ranges(struct reading *reading, enum set_kind kind,
			struct words *words)
{
	struct bound *open = NULL, *bound = reading->bounds;
	unsigned char last[KEY_MAX];
	size_t i;

	if (reading->count)
		qsort(bound, reading->count, sizeof(*bound), compare_bounds);
	for (i = 0; i < reading->count; i++, bound++) {
		if (!reading->interval) {
			words_append(words, range_text(kind, bound->key,
						       bound->key));
		} else if (!bound->end) {
			open = bound;
		} else if (open) {
			memcpy(last, bound->key, sizeof(last));
			decrement(last, reading->len);
			words_append(words, range_text(kind, open->key, last));
			open = NULL;
		}
	}
	memset(last, 0xff, sizeof(last));
	if (open)	/* a range up to the highest key has no end */
		words_append(words, range_text(kind, open->key, last));
	if (reading->all)
		words_append(words, xstrdup("*"));
	if (words->count)
		qsort(words->list, words->count, sizeof(char *), compare_words);
}

int set_read(struct ruleset *ruleset, const struct table *table,
	     const char *name, enum set_kind kind, struct words *words,
	     bool *ranges)
{
	struct reading reading = { .len = key_len[kind] };
	struct query query = { .type = NFT_MSG_GETSET, .family = table->family,
			       .table = table->name, .name = name,
			       .one = true };
	int err = dump_run(&ruleset->dump, query, take_set, &reading);

	if (!err && !reading.found)
		err = -ENOENT;
	if (err)
		return err;
	query.type = NFT_MSG_GETSETELEM;
	query.one = false;
	err = dump_run(&ruleset->dump, query, take_elements, &reading);
	*ranges = reading.interval;
	take_ranges(&reading, kind, words);
	free(reading.bounds);
	return err;
}

char *address_words(struct words *ipv4, struct words *ipv6, const char *text)
{
	bool is_ipv6 = strchr(text, ':');
	enum set_kind kind = is_ipv6 ? SET_IPV6 : SET_IPV4;
	unsigned char key[KEY_MAX] = { 0 }, last[KEY_MAX];
	char *copy = xstrdup(text), *len = strchr(copy, '/'), *end = NULL;
	unsigned long bits = 8 * key_len[kind];
	bool wrong;

	if (len) {
		*len++ = '\0';
		bits = *len >= '0' && *len <= '9' ? strtoul(len, &end, 10) :
		       ~0UL;
	}
	wrong = (end && *end) || bits > 8 * key_len[kind] ||
		inet_pton(is_ipv6 ? AF_INET6 : AF_INET, copy, key) != 1;
	free(copy);
	if (wrong)
		return xasprintf("'%s' is not an IP address or ADDR/LEN", text);
	if (!is_filled(key, bits, key_len[kind], 0))
		return xasprintf("'%s' is not a network: bits after the first %lu are set",
				 text, bits);
	memcpy(last, key, sizeof(last));
	for (; bits < 8 * key_len[kind]; bits++)
		last[bits / 8] |= 0x80 >> bits % 8;
	words_add(is_ipv6 ? ipv6 : ipv4, address_text(kind, key, last));
	return NULL;
}

char *device_words(struct words *words, const char *name)
{
	size_t i, len = strlen(name);

	if (len && name[len - 1] == '*')
		len--;
	/* nft counts the star as a character */
	if (!len || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return xasprintf("'%s' is not a valid device name", name);
	for (i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f ||
		    strchr("/:\"\\*", name[i]))
			return xasprintf("'%s' is not a device name that nft can write",
					 name);
	words_add(words, xstrdup(name));
	return NULL;
}

bool device_matches(const char *pattern, const char *name)
{
	size_t len = strcspn(pattern, "*");

	return !strncmp(pattern, name, len) && (pattern[len] || !name[len]);
}

bool device_exists(const char *pattern)
{
	struct if_nameindex *all, *at;
	bool found = false;

	/* if_nametoindex() makes the kernel load a module for an unknown name */
	all = if_nameindex();
	for (at = all; at && at->if_name && !found; at++)
		found = device_matches(pattern, at->if_name);
	if (all)
		if_freenameindex(all);
	return found;
}

/* Do two addresses have the same first @bits? */
static bool same_bits(const char *a, const char *b, unsigned int bits)
{
	unsigned char first[KEY_MAX], second[KEY_MAX];
	char left[INET6_ADDRSTRLEN] = "", right[INET6_ADDRSTRLEN] = "";
	int family = strchr(a, ':') ? AF_INET6 : AF_INET;
	unsigned int i;

	memcpy(left, a, strcspn(a, "/"));
	memcpy(right, b, strcspn(b, "/"));
	if (inet_pton(family, left, first) != 1 ||
	    inet_pton(family, right, second) != 1)
		return false;
	for (i = 0; i < bits; i++)
		if ((first[i / 8] ^ second[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

bool word_covers(const char *wide, const char *narrow)
{
	const char *len = strchr(wide, '/'), *more = strchr(narrow, '/');
	size_t prefix = strcspn(wide, "*");

	if (wide[prefix])
		return strcmp(wide, narrow) && !strncmp(wide, narrow, prefix);
	return len && (!more || atoi(more + 1) > atoi(len + 1)) &&
	       same_bits(wide, narrow, atoi(len + 1));
}
