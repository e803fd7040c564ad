// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: the comments of chains (userspace/description.c).  A regular expression,
 * written from the grammar in mptcp-bflag(8), says which are right.  What is right prints and reads
 * back the same, as words and as netlink attributes; what is printed of the others has no control
 * characters.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "description.h"

#define MUST(condition) do {							\
		if (!(condition)) {						\
			fprintf(stderr, "wrong: %s\n", #condition);		\
			abort();						\
		}								\
	} while (0)

#define B "[ \t]+"
#define SEGMENT "(syn|synack|ack)"
#define OPTION "(segments" B SEGMENT "(," SEGMENT ")*|versions" B "[01](,[01])*|flag" B "(0x20|0x40|c|b))"
#define TARGET "([ \t]*:[ \t]*|" B ")(jump|goto)" B "[^ \t:]+"
#define GRAMMAR "^mptcp_bflag" B "(set(" B OPTION ")*(" TARGET ")?|match(" B OPTION ")*" TARGET ")[ \t]*$"
#define TWICE(word) "^mptcp_bflag" B "(set|match)(" B OPTION ")*" B word B "[^ \t]+(" B OPTION ")*" B word B

static bool matches(const char *pattern, regex_t *regex, const char *text)
{
	if (!regex->re_nsub && regcomp(regex, pattern, REG_EXTENDED))
		abort();
	return !regexec(regex, text, 0, NULL, 0);
}

static bool expected(const char *comment)
{
	static regex_t grammar, twice[3];
	static const char * const patterns[] = {
		TWICE("segments"), TWICE("versions"), TWICE("flag"),
	};
	int i;

	for (i = 0; i < 3; i++)
		if (matches(patterns[i], &twice[i], comment))
			return false;
	return matches(GRAMMAR, &grammar, comment);
}

static bool same(const struct description *a, const struct description *b)
{
	return !memcmp(&a->bflag, &b->bflag, sizeof(a->bflag)) && a->verdict == b->verdict &&
	       !a->target == !b->target && (!a->target || !strcmp(a->target, b->target));
}

static void reads_back(const struct description *description)
{
	char *text = description_text(description, true), *again, *wrong;
	struct description second;

	wrong = description_parse(&second, text);
	MUST(!wrong);
	MUST(same(description, &second));
	again = description_text(&second, true);
	MUST(!strcmp(text, again));
	free(text);
	free(again);
	description_free(&second);
}

static void as_attributes(struct description *description)
{
	static char buf[65536];
	struct nlmsghdr *nlh = message_begin(buf, 0, 0, 0, 0);
	const uint32_t *at = description->bflag.at;
	size_t i;

	MUST(at[BFLAG_OPERATION] <= MPTCP_BFLAG_OP_MATCH);
	MUST(at[BFLAG_SEGMENTS] && at[BFLAG_SEGMENTS] <= MPTCP_BFLAG_SEGMENT_MASK);
	MUST(at[BFLAG_VERSIONS] && at[BFLAG_VERSIONS] <= MPTCP_BFLAG_VERSION_MASK);
	MUST(at[BFLAG_FLAG] == MPTCP_BFLAG_FLAG_C || at[BFLAG_FLAG] == MPTCP_BFLAG_FLAG_B);
	description_put(description, nlh);
	MUST(description_equal(description, attrs_of_message(nlh)));
	for (i = 0; i < BFLAG_FIELDS; i++) {
		description->bflag.at[i] ^= 1;
		MUST(!description_equal(description, attrs_of_message(nlh)));
		description->bflag.at[i] ^= 1;
	}
}

/* C0, DEL and C1 must not reach a terminal. */
static void no_controls(char *text)
{
	const unsigned char *at = (unsigned char *)text;

	clean(text);
	for (; *at; at++)
		MUST(*at >= 0x20 && *at != 0x7f && !(*at == 0xc2 && at[1] < 0xa0));
}

/* Most bytes of the input stand for words, so that most comments are nearly right. */
static char *words(const uint8_t *data, size_t size)
{
	static const char * const table[] = {
		"set", "match", " segments ", " versions ", " flag ", "syn", "synack", "ack", "0", "1", ",",
		"0x20", "0x40", "c", "b", ":", " jump ", " goto ", " ", "\t", "chain", "\033", "\xc2\x9b",
	};
	const size_t n = sizeof(table) / sizeof(*table);
	char *text = xstrdup("mptcp_bflag ");

	for (; size; data++, size--)
		if (*data < 0xf0)
			append(&text, "%s", table[*data % n]);
		else if (size > 1)
			append(&text, "%c", data[1] ? data[1] : ' ');
	return text;
}

/* The first byte: words, or a comment as it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct description description;
	char *comment, *wrong;

	if (!size || size > 500)
		return 0;
	comment = data[0] % 4 ? words(data + 1, size - 1) :
		  xasprintf("%.*s", (int)size - 1, data + 1);
	if (!description_is(comment)) {
		free(comment);
		return 0;
	}
	wrong = description_parse(&description, comment);
	MUST(!wrong == expected(comment));
	if (wrong) {
		no_controls(wrong);
	} else {
		reads_back(&description);
		as_attributes(&description);
	}
	free(wrong);
	free(comment);
	description_free(&description);
	return 0;
}
