// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag: keeps rules with the nf_tables expression "mptcp_bflag" in place. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct verb *const verbs[] = {
	&verb_enable,
	&verb_disable,
	&verb_sync,
	&verb_list,
	&verb_status,
	&verb_version,
	&verb_help,
	NULL
};

static const struct verb *find_verb(const char *name)
{
	const struct verb *const *verb;

	for (verb = verbs; *verb; verb++)
		if (!strcmp((*verb)->name, name))
			return *verb;
	return NULL;
}

static void print_help(const struct verb *verb)
{
	printf("%s%s%s", verb->usage, *verb->options ? "\n" : "",
	       verb->options);
}

static int run_help(int argc, char **argv)
{
	const struct verb *const *verb;

	if (argc > 2)
		return usage_error("help: takes one VERB");
	if (argc == 2) {
		if (!find_verb(argv[1]))
			return usage_error("there is no '%s'", argv[1]);
		print_help(find_verb(argv[1]));
		return EXIT_OK;
	}
	puts("usage: mptcp-bflag VERB [OPTION]...\n");
	for (verb = verbs; *verb; verb++)
		printf("  %-8s %s\n", (*verb)->name, (*verb)->summary);
	puts("\n'mptcp-bflag help VERB' tells its options, mptcp-bflag(8) more.");
	return EXIT_OK;
}

const struct verb verb_help = {
	.name = "help",
	.summary = "this list, or the usage of a verb",
	.usage = "mptcp-bflag help [VERB]\n",
	.options = "",
	.run = run_help,
};

static int run_version(int argc, char **argv)
{
	static const struct cli_option none[] = { { .name = NULL } };
	int status = parse_options(argc, argv, none, NULL);

	if (status == EXIT_OK)
		puts("mptcp-bflag " VERSION);
	return status;
}

const struct verb verb_version = {
	.name = "version",
	.summary = "the version of this tool",
	.usage = "mptcp-bflag version\n",
	.options = "",
	.run = run_version,
};

static bool asks_for_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run(int argc, char **argv)
{
	const struct verb *verb;

	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
		return run_help(argc, argv);
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V"))
		return run_version(argc, argv);
	verb = find_verb(argv[0]);
	if (!verb)
		return usage_error("there is no '%s'", argv[0]);
	if (asks_for_help(argc, argv)) {
		print_help(verb);
		return EXIT_OK;
	}
	return verb->run(argc, argv);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage_error("say what to do");
	return flush_output(run(argc - 1, argv + 1));
}
