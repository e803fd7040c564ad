// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag attach: the bare expression as a rule in a chain of the user's */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "attach.h"
#include "cli.h"

struct verb {
	struct attach	attach;
	struct outcome	outcome;
};

static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *text >= '0' && *text <= '9';
}

static char *parse_position(struct attach *attach, enum position position,
			    const char *value)
{
	uint64_t number;

	if (attach->position != LAST)
		return xasprintf("attach: one of --first, --before, --after, --index");
	attach->position = position;
	switch (position) {
	case INDEX:
		if (!parse_number(value, &number) || number > SIZE_MAX)
			return xasprintf("attach: --index takes how many other rules are to stand before it, not '%s'",
					 value);
		attach->index = number;
		return NULL;
	case BEFORE:
	case AFTER:
		if (!parse_number(value, &attach->handle) || !attach->handle)
			return xasprintf("attach: '%s' is not a handle ('nft -a list chain' shows them)",
					 value);
		return NULL;
	default:
		return NULL;
	}
}

static char *parse_option(struct attach *attach, int c, char **argv)
{
	switch (c) {
	case 's':
		return bflag_set_segments(&attach->bflag, optarg);
	case 'v':
		return bflag_set_versions(&attach->bflag, optarg);
	case 'f':
		return bflag_set_flag(&attach->bflag, optarg);
	case '1':
		return parse_position(attach, FIRST, NULL);
	case 'b':
		return parse_position(attach, BEFORE, optarg);
	case 'a':
		return parse_position(attach, AFTER, optarg);
	case 'i':
		return parse_position(attach, INDEX, optarg);
	default:
		return option_wrong(argv, c);
	}
}

char *attach_parse(struct attach *attach, int argc, char **argv, bool *help)
{
	static const struct option options[] = {
		{ "help",	no_argument,		NULL, 'h' },
		{ "segments",	required_argument,	NULL, 's' },
		{ "versions",	required_argument,	NULL, 'v' },
		{ "flag",	required_argument,	NULL, 'f' },
		{ "first",	no_argument,		NULL, '1' },
		{ "before",	required_argument,	NULL, 'b' },
		{ "after",	required_argument,	NULL, 'a' },
		{ "index",	required_argument,	NULL, 'i' },
		{ NULL, 0, NULL, 0 }
	};
	char *wrong;
	int c;

	optind = 0;	/* anew, whatever was parsed before */
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			*help = true;
			return NULL;
		}
		wrong = parse_option(attach, c, argv);
		if (wrong)
			return wrong;
	}
	return place_parse(&attach->place, argc, argv);
}

void attach_say(const struct attach *attach, const char *done)
{
	say("%s %s %s: %s\n", attach->place.family_name,
	    attach->place.table, attach->place.chain, done);
}

static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	struct verb *verb = data;

	verb->outcome = attach_plan(&verb->attach, set, batch);
	return outcome_check(&verb->outcome);
}

int verb_attach(int argc, char **argv)
{
	struct verb verb = { .attach = { .bflag = BFLAG_DEFAULT } };
	bool help = false;
	int status = usage_check(attach_parse(&verb.attach, argc, argv,
					      &help));

	if (status != EXIT_OK)
		return status;
	if (help) {
		print_usage();
		return EXIT_OK;
	}
	bflag_warn(&verb.attach.bflag);
	status = transact(plan, &verb);
	if (status == EXIT_OK)
		attach_say(&verb.attach, verb.outcome.done);
	return status;
}
