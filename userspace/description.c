// SPDX-License-Identifier: GPL-2.0-only
/* A rule with the expression, as words, as netlink attributes and as JSON. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "description.h"
#include "json.h"
#include "names.h"

#define KEYWORD "mptcp_bflag"
#define BLANKS " \t"

static const struct name operations[] = {
	{ "set",	MPTCP_BFLAG_OP_SET },
	{ "match",	MPTCP_BFLAG_OP_MATCH },
	{ NULL, 0 }
};

static const struct name segments[] = {
	{ "syn",	MPTCP_BFLAG_SEGMENT_SYN },
	{ "synack",	MPTCP_BFLAG_SEGMENT_SYNACK },
	{ "ack",	MPTCP_BFLAG_SEGMENT_ACK },
	{ NULL, 0 }
};

static const struct name versions[] = {
	{ "0",	MPTCP_BFLAG_VERSION_0 },
	{ "1",	MPTCP_BFLAG_VERSION_1 },
	{ NULL, 0 }
};

static const struct name flags[] = {
	{ "0x20",	MPTCP_BFLAG_FLAG_C },
	{ "0x40",	MPTCP_BFLAG_FLAG_B },
	{ "c",		MPTCP_BFLAG_FLAG_C },
	{ "b",		MPTCP_BFLAG_FLAG_B },
	{ NULL, 0 }
};

static const struct name verdicts[] = {
	{ "jump",	(uint32_t)NFT_JUMP },
	{ "goto",	(uint32_t)NFT_GOTO },
	{ NULL, 0 }
};

/* @list: a mask; in words, names separated by commas */
static const struct field {
	const char		*name;
	const struct name	*names;
	uint16_t		attribute;
	bool			list;
	const char		*values;
} fields[BFLAG_FIELDS] = {
	[BFLAG_OPERATION] = { "operation", operations,
		NFTA_MPTCP_BFLAG_OPERATION, false, NULL },
	[BFLAG_SEGMENTS] = { "segments", segments,
		NFTA_MPTCP_BFLAG_SEGMENTS, true,
		"segments must be a list of syn, synack, ack" },
	[BFLAG_VERSIONS] = { "versions", versions,
		NFTA_MPTCP_BFLAG_VERSIONS, true,
		"versions must be 0, 1 or 0,1" },
	[BFLAG_FLAG] = { "flag", flags,
		NFTA_MPTCP_BFLAG_FLAG, false,
		"the flag must be 0x20 (c) or 0x40 (b)" },
};

const struct bflag bflag_default = { {
	[BFLAG_OPERATION] = MPTCP_BFLAG_OP_SET,
	[BFLAG_SEGMENTS] = MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK,
	[BFLAG_VERSIONS] = MPTCP_BFLAG_VERSION_1,
	[BFLAG_FLAG] = MPTCP_BFLAG_FLAG_C,
} };

char *bflag_set(struct bflag *bflag, size_t field, const char *value)
{
	bool list = fields[field].list, ok;
	char *copy = xstrdup(value), *rest = copy, *word;
	uint32_t bit = 0, all = 0;

	do {
		word = list ? strsep(&rest, ",") : rest;
		ok = name_value(fields[field].names, word, &bit);
		all |= bit;
	} while (ok && list && rest);
	free(copy);
	bflag->at[field] = all;
	return ok ? NULL : xasprintf("%s, not '%s'", fields[field].values,
				     value);
}

static json_t *value_json(const struct field *field, uint32_t value)
{
	const struct name *name;
	json_t *array;

	if (!field->list)
		return json_string(name_of(field->names, value));
	array = json_array();
	for (name = field->names; name->name; name++)
		if (value & name->value)
			json_array_append_new(array, json_string(name->name));
	return array;
}

void bflag_json(const struct bflag *bflag, json_t *object)
{
	size_t i;

	for (i = 0; i < BFLAG_FIELDS; i++)
		json_object_set_new(object, fields[i].name,
				    value_json(&fields[i], bflag->at[i]));
}

bool description_is(const char *comment)
{
	return comment && !strncmp(comment, KEYWORD, strlen(KEYWORD));
}

const char *description_verdict(const struct description *description)
{
	return name_of(verdicts, description->verdict);
}

/* The chain after jump or goto, which must be the last word */
static char *take_target(struct description *description, char **rest)
{
	char *target = strtok_r(NULL, BLANKS, rest), *more;

	if (!target || *target == ':')
		return xasprintf("'%s' needs a chain",
				 description_verdict(description));
	description->target = xstrdup(target);
	more = strtok_r(NULL, BLANKS, rest);
	return more ? xasprintf("unexpected '%s' after the chain", more) : NULL;
}

static char *take_option(struct bflag *bflag, bool *seen, const char *word,
			 char **rest)
{
	const char *value;
	size_t i = BFLAG_SEGMENTS;

	while (i < BFLAG_FIELDS && strcmp(fields[i].name, word))
		i++;
	if (i == BFLAG_FIELDS)
		return xasprintf("unknown word '%s'", word);
	if (seen[i])
		return xasprintf("'%s' appears twice", word);
	seen[i] = true;
	value = strtok_r(NULL, BLANKS, rest);
	if (!value)
		return xasprintf("'%s' needs a value", word);
	return bflag_set(bflag, i, value);
}

static char *take_words(struct description *description, char *text)
{
	uint32_t *operation = &description->bflag.at[BFLAG_OPERATION];
	char *rest, *word = strtok_r(text, BLANKS, &rest), *wrong = NULL;
	bool seen[BFLAG_FIELDS] = { false }, colon;

	if (strcmp(word, KEYWORD))
		return xstrdup("'" KEYWORD "' needs a blank after it");
	word = strtok_r(NULL, BLANKS, &rest);
	if (!word)
		return xstrdup("it needs an operation, set or match");
	if (!name_value(operations, word, operation))
		return xasprintf("unknown operation '%s', use set or match", word);
	while (!wrong && (word = strtok_r(NULL, BLANKS, &rest))) {
		colon = *word == ':';
		if (colon)
			word = strtok_r(NULL, BLANKS, &rest);
		if (word && name_value(verdicts, word, &description->verdict))
			return take_target(description, &rest);
		if (colon)
			return xstrdup("':' needs jump or goto after it");
		wrong = take_option(&description->bflag, seen, word, &rest);
	}
	if (!wrong && *operation == MPTCP_BFLAG_OP_MATCH)
		return xstrdup("'match' needs jump or goto");
	return wrong;
}

/* A colon is a word, with or without blanks around it. */
char *description_parse(struct description *description, const char *comment)
{
	char *text = NULL, *wrong;

	*description = (struct description){ .bflag = bflag_default };
	for (; *comment; comment++)
		append(&text, *comment == ':' ? " %c " : "%c", *comment);
	wrong = take_words(description, text);
	free(text);
	return wrong;
}

void description_free(struct description *description)
{
	free(description->target);
}

char *description_text(const struct description *description, bool comment)
{
	const uint32_t *at = description->bflag.at;
	char *text = NULL, *list;
	json_t *value;
	size_t i;

	append(&text, "%s%s", comment ? KEYWORD " " : "",
	       name_of(operations, at[BFLAG_OPERATION]));
	for (i = BFLAG_SEGMENTS; i < BFLAG_FIELDS; i++) {
		if (comment && i != BFLAG_SEGMENTS &&
		    at[i] == bflag_default.at[i])
			continue;
		value = value_json(&fields[i], at[i]);
		list = json_words(value);
		append(&text, " %s %s", fields[i].name, list);
		free(list);
		json_decref(value);
	}
	if (description->target)
		append(&text, "%s %s %s",
		       at[BFLAG_OPERATION] == MPTCP_BFLAG_OP_MATCH ? ":" : "",
		       description_verdict(description),
		       description->target);
	return text;
}

static void put_bflag(struct nlmsghdr *nlh, const struct bflag *bflag)
{
	struct nlattr *element, *data;
	size_t i;

	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, NFT_MPTCP_BFLAG_NAME);
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	for (i = 0; i < BFLAG_FIELDS; i++)
		mnl_attr_put_u32(nlh, fields[i].attribute,
				 htonl(bflag->at[i]));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
}

/* nft writes jump and goto as expression "immediate", too. */
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
	put_bflag(nlh, &description->bflag);
	if (description->target)
		put_verdict(description, nlh);
}

/* An attribute that only a newer module knows makes the rule another one. */
static bool same_bflag(const struct bflag *bflag, struct attrs data)
{
	const struct nlattr *attr;
	size_t i;

	attrs_for_each(attr, data)
		if (mnl_attr_get_type(attr) > NFTA_MPTCP_BFLAG_MAX)
			return false;
	for (i = 0; i < BFLAG_FIELDS; i++)
		if (attr_be32(data, fields[i].attribute, ~0U) != bflag->at[i])
			return false;
	return true;
}

static bool same_verdict(const struct description *description,
			 struct attrs data)
{
	struct attrs verdict = attrs_in(attrs_in(data, NFTA_IMMEDIATE_DATA),
					NFTA_DATA_VERDICT);
	const char *target = attr_string(verdict, NFTA_VERDICT_CHAIN);

	return target && !strcmp(target, description->target) &&
	       attr_be32(verdict, NFTA_VERDICT_CODE, 0) == description->verdict;
}

bool description_equal(const struct description *description,
		       struct attrs expressions)
{
	size_t n = 0, expected = description->target ? 2 : 1;
	const struct nlattr *attr;
	struct attrs element;
	const char *name;

	attrs_for_each(attr, expressions) {
		element = attrs_of_nest(attr);
		name = attr_string(element, NFTA_EXPR_NAME);
		if (n == expected || !name ||
		    strcmp(name, n ? "immediate" : NFT_MPTCP_BFLAG_NAME))
			return false;
		element = attrs_in(element, NFTA_EXPR_DATA);
		if (n ? !same_verdict(description, element) :
		    !same_bflag(&description->bflag, element))
			return false;
		n++;
	}
	return n == expected;
}
