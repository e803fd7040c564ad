// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag detach: remove each rule of a chain that has the expression */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "place.h"
#include "transact.h"

struct detach {
	struct place	place;
	unsigned int	removed;
	unsigned int	combined;	/* of these, with other expressions */
};

static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	struct detach *detach = data;
	const struct rule *rule;
	size_t chain, i, last = NONE;
	char *wrong;

	detach->removed = 0;
	detach->combined = 0;
	wrong = place_find(&detach->place, set, &chain);
	if (wrong) {
		complain("%s", wrong);
		free(wrong);
		return EXIT_NOT_FOUND;
	}

	for (i = 0; i < set->nmarks; i++) {
		rule = &set->rules[set->marks[i].rule];
		/* it may be there twice in a rule */
		if (rule->chain != chain || set->marks[i].rule == last)
			continue;
		last = set->marks[i].rule;
		place_delete(batch, &detach->place, rule->handle);
		detach->removed++;
		detach->combined += rule->expressions > 1;
	}
	return EXIT_OK;
}

static void report(const struct detach *detach)
{
	say("%s %s %s: ", detach->place.family_name, detach->place.table,
	    detach->place.chain);
	if (!detach->removed)
		printf("no rule with mptcp_bflag, nothing to do\n");
	else if (!detach->combined)
		printf("%u rule%s removed\n", detach->removed,
		       detach->removed == 1 ? "" : "s");
	else
		printf("%u rule%s removed, %u of which had other expressions, too\n",
		       detach->removed, detach->removed == 1 ? "" : "s",
		       detach->combined);
}

int verb_detach(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct detach detach = { .removed = 0 };
	int c, status;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c != 'h')
			return bad_option(argv, c);
		print_usage();
		return EXIT_OK;
	}
	status = usage_check(place_parse(&detach.place, argc, argv));
	if (status == EXIT_OK)
		status = transact(plan, &detach);
	if (status == EXIT_OK)
		report(&detach);
	return status;
}
