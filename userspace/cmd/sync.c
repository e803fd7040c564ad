// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag sync: give each chain the rule that its comment describes */
#include <stdio.h>

#include "../cli.h"
#include "../sync.h"
#include "../watch.h"

static char *take_load(void *data, int option, const char *value)
{
	const char **load = data;

	(void)option;
	*load = value;
	return *value ? NULL : xstrdup("sync: --load needs the name of a file");
}

static int sync_now(bool check)
{
	struct sync sync = { .everywhere = true };
	int status = transact(sync_plan, &sync, check);
	size_t i;

	for (i = 0; status == EXIT_OK && i < sync.count; i++)
		say("%s: %s\n", check ? "would change" : "changed",
		    sync.changes[i]);
	if (status == EXIT_OK && !sync.count && sync.described)
		printf("unchanged: %zu chain%s with an mptcp_bflag comment, each has its rule\n",
		       sync.described, sync.described == 1 ? "" : "s");
	else if (status == EXIT_OK && !sync.count)
		puts("unchanged: no chain has an mptcp_bflag comment");
	else if (status == EXIT_OK && check)
		status = EXIT_WOULD_CHANGE;
	sync_free(&sync);
	return status;
}

static int run(int argc, char **argv)
{
	int check = false, watching = false, status;
	const char *load = NULL;
	const struct option known[] = {
		{ "check", no_argument, &check, true },
		{ "watch", no_argument, &watching, true },
		{ "load", required_argument, NULL, 'l' },
		{ .name = NULL }
	};

	status = parse_options(argc, argv, known, take_load, &load);
	if (status != EXIT_OK)
		return status;
	if (check && watching)
		return usage_error("sync: --check and --watch exclude each other");
	if (load && !watching)
		return usage_error("sync: --load needs --watch");
	return watching ? watch(load) : sync_now(check);
}

const struct verb verb_sync = {
	.name = "sync",
	.summary = "give each chain the rule that its comment describes",
	.usage =
"mptcp-bflag sync [--check]\n"
"mptcp-bflag sync --watch [--load FILE]\n",
	.options =
"  --check      change nothing, print what would change (exit status 8)\n"
"  --watch      keep running, and sync after each change by another program\n"
"  --load FILE  load FILE with nft when the ruleset has no rule of ours\n",
	.run = run,
};
