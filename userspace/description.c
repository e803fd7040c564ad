// SPDX-License-Identifier: GPL-2.0-only
/* The comment of a chain that describes our rule in it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "description.h"
#include "names.h"

#define KEYWORD "mptcp_bflag"
#define BLANKS " \t"

struct words {
	char		*rest;
	const char	*seen[4];	/* options, each once at most */
	size_t		nseen;
};

bool description_is(const char *comment)
{
	return comment && !strncmp(comment, KEYWORD, strlen(KEYWORD));
}

/* A colon is a word of its own, with or without blanks around it. */
static char *next_word(struct words *words, char *buf, size_t size)
{
	size_t len;

	words->rest += strspn(words->rest, BLANKS);
	len = *words->rest == ':' ? 1 : strcspn(words->rest, BLANKS ":");
	if (!len)
		return NULL;
	if (len >= size)
		len = size - 1;
	memcpy(buf, words->rest, len);
	buf[len] = '\0';
	words->rest += len;
	return buf;
}

/* Which option is it, and what is wrong with its value? */
static char *take_option(struct description *description, struct words *words,
			 const char *option)
{
	static const struct {
		const char *name;
		char *(*take)(struct bflag *bflag, const char *value);
	} options[] = {
		{ "segments", bflag_set_segments },
		{ "versions", bflag_set_versions },
		{ "flag", bflag_set_flag },
	};
	char value[64];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, option))
			break;
	if (i == ARRAY_SIZE(options))
		return xasprintf("unknown word '%s'", option);
	for (j = 0; j < words->nseen; j++)
		if (words->seen[j] == options[i].name)
			return xasprintf("'%s' is given twice", option);
	words->seen[words->nseen++] = options[i].name;
	if (!next_word(words, value, sizeof(value)))
		return xasprintf("'%s' needs a value", option);
	return options[i].take(&description->bflag, value);
}

/* What is behind the options; it has to be the end. */
static char *take_verdict(struct description *description, struct words *words,
			  const char *word)
{
	char target[NFT_CHAIN_MAXNAMELEN], more[64];

	description->verdict = !strcmp(word, "jump") ? NFT_JUMP : NFT_GOTO;
	if (!next_word(words, target, sizeof(target)) || *target == ':')
		return xasprintf("'%s' needs a chain", word);
	description->target = xstrdup(target);
	if (next_word(words, more, sizeof(more)))
		return xasprintf("'%s' behind the chain", more);
	return NULL;
}

static bool is_verdict(const char *word)
{
	return !strcmp(word, "jump") || !strcmp(word, "goto");
}

static char *take_words(struct description *description, struct words *words)
{
	char word[64], *wrong = NULL;

	while (!wrong && next_word(words, word, sizeof(word))) {
		if (!strcmp(word, ":") &&
		    (!next_word(words, word, sizeof(word)) ||
		     !is_verdict(word)))
			return xstrdup("behind ':' goes jump or goto");
		if (is_verdict(word))
			return take_verdict(description, words, word);
		wrong = take_option(description, words, word);
	}
	return wrong;
}

char *description_parse(struct description *description, const char *comment)
{
	static const struct bflag usual = BFLAG_DEFAULT;
	struct words words = { .nseen = 0 };
	char *copy = xstrdup(comment), *wrong = NULL, word[64];

	*description = (struct description){ .bflag = usual };
	words.rest = copy;
	if (!next_word(&words, word, sizeof(word)) || strcmp(word, KEYWORD))
		wrong = xstrdup("a blank goes behind '" KEYWORD "'");
	else if (!next_word(&words, word, sizeof(word)))
		wrong = xstrdup("it has no operation");
	else if (!name_value(operation_names, word,
			     &description->bflag.operation))
		wrong = xasprintf("unknown operation '%s'", word);
	else
		wrong = take_words(description, &words);
	if (!wrong && !description->target &&
	    description->bflag.operation == MPTCP_BFLAG_OP_MATCH)
		wrong = xstrdup("'match' needs a jump or goto");
	free(copy);
	return wrong;
}

void description_free(struct description *description)
{
	free(description->target);
	description->target = NULL;
}

static char *text_of(const struct description *description, bool brief)
{
	char *text = bflag_text(&description->bflag, brief);

	if (description->target)
		append(&text, "%s %s %s",
		       description->bflag.operation == MPTCP_BFLAG_OP_MATCH ?
		       ":" : "",
		       description->verdict == NFT_JUMP ? "jump" : "goto",
		       description->target);
	return text;
}

char *description_comment(const struct description *description)
{
	char *text = text_of(description, true);
	char *comment = xasprintf(KEYWORD " %s", text);

	free(text);
	return comment;
}

char *description_text(const struct description *description)
{
	return text_of(description, false);
}

/* Expression "immediate", as nft writes jump and goto */
static void put_verdict(const struct description *description,
			struct nlmsghdr *nlh)
{
	struct nlattr *element, *data, *value, *verdict;

	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "immediate");
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_put_u32(nlh, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	value = mnl_attr_nest_start(nlh, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(nlh, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(nlh, NFTA_VERDICT_CODE, htonl(description->verdict));
	mnl_attr_put_strz(nlh, NFTA_VERDICT_CHAIN, description->target);
	mnl_attr_nest_end(nlh, verdict);
	mnl_attr_nest_end(nlh, value);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
}

void description_put(const struct description *description,
		     struct nlmsghdr *nlh)
{
	bflag_put(nlh, &description->bflag);
	if (description->target)
		put_verdict(description, nlh);
}

static bool same_verdict(const struct description *description,
			 struct attrs element)
{
	struct attrs immediate = attrs_of_nest(attr_find(element,
							 NFTA_EXPR_DATA));
	struct attrs value = attrs_of_nest(attr_find(immediate,
						     NFTA_IMMEDIATE_DATA));
	struct attrs verdict = attrs_of_nest(attr_find(value,
						       NFTA_DATA_VERDICT));
	const char *name = attr_string(element, NFTA_EXPR_NAME);
	const char *target = attr_string(verdict, NFTA_VERDICT_CHAIN);

	return name && !strcmp(name, "immediate") && target &&
	       !strcmp(target, description->target) &&
	       (int)attr_be32(verdict, NFTA_VERDICT_CODE, 0) ==
	       description->verdict;
}

bool description_equal(const struct description *description,
		       struct attrs expressions)
{
	const struct nlattr *attr;
	struct attrs element;
	const char *name;
	size_t n = 0;

	attrs_for_each(attr, expressions) {
		element = attrs_of_nest(attr);
		name = attr_string(element, NFTA_EXPR_NAME);
		if (n == 0 &&
		    (!name || strcmp(name, NFT_MPTCP_BFLAG_NAME) ||
		     !bflag_equal(attrs_of_nest(attr_find(element,
							  NFTA_EXPR_DATA)),
				  &description->bflag)))
			return false;
		if (n == 1 && (!description->target ||
			       !same_verdict(description, element)))
			return false;
		n++;
	}
	return n == (description->target ? 2 : 1);
}
