// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag sync: what the comments of chains describe, into these chains */
#include <stdio.h>
#include <stdlib.h>

#include "../cli.h"
#include "../nf/transact.h"
#include "../sync.h"

struct sync_options {
	bool		check;
	bool		watch;
	const char	*load;
};

static char *take_load(void *data, const char *value)
{
	struct sync_options *options = data;

	options->load = value;
	return *value ? NULL : xstrdup("sync: the file of --load has no name");
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
		printf("unchanged: %zu chain%s with a comment of mptcp_bflag, each has its rule\n",
		       sync.described, sync.described == 1 ? "" : "s");
	else if (status == EXIT_OK && !sync.count)
		puts("unchanged: no chain has a comment of mptcp_bflag");
	else if (status == EXIT_OK && check)
		status = EXIT_WOULD_CHANGE;
	sync_free(&sync);
	return status;
}

static int run(int argc, char **argv)
{
	struct sync_options options = { .check = false };
	const struct cli_option known[] = {
		{ "check", 0, &options.check, NULL },
		{ "watch", 0, &options.watch, NULL },
		{ "load", 0, NULL, take_load },
		{ .name = NULL }
	};
	int status = parse_options(argc, argv, known, &options);

	if (status != EXIT_OK)
		return status;
	if (options.check && options.watch)
		return usage_error("sync: one of --check and --watch");
	if (options.load && !options.watch)
		return usage_error("sync: --load goes with --watch");
	return options.watch ? watch(options.load) : sync_now(options.check);
}

const struct verb verb_sync = {
	.name = "sync",
	.summary = "put the rules in place that comments of chains describe",
	.usage =
"mptcp-bflag sync [--check]\n"
"mptcp-bflag sync --watch [--load FILE]\n",
	.options =
"  --check      change nothing, say what would change (exit status 8)\n"
"  --watch      stay, and do it after each commit of others to the ruleset\n"
"  --load FILE  load FILE with nft if no chain has such a comment\n",
	.run = run,
};
