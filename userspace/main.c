// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag: finds the verb and runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct verb verb_version, verb_help;

static const struct verb *const verbs[] = {
	&verb_enable,	&verb_disable,	&verb_sync,	&verb_list,
	&verb_status,	&verb_version,	&verb_help,	NULL
};

static const struct verb *find_verb(const char *name)
{
	const struct verb *const *verb;

	for (verb = verbs; *verb; verb++)
		if (!strcmp((*verb)->name, name))
			return *verb;
	return NULL;
}

static int print_help(const char *name)
{
	const struct verb *verb = find_verb(name);

	if (!verb)
		return usage_error("unknown verb '%s'", name);
	printf("%s%s%s", verb->usage, *verb->options ? "\n" : "",
	       verb->options);
	return EXIT_OK;
}

static int run_help(int argc, char **argv)
{
	const struct verb *const *verb;

	if (argc > 2)
		return usage_error("help: more than one verb");
	if (argc == 2)
		return print_help(argv[1]);
	puts("usage: mptcp-bflag VERB [OPTION]...\n");
	for (verb = verbs; *verb; verb++)
		printf("  %-8s %s\n", (*verb)->name, (*verb)->summary);
	puts("\n'mptcp-bflag help VERB' lists the options. Manual: mptcp-bflag(8).");
	return EXIT_OK;
}

static const struct verb verb_help = {
	.name = "help",
	.summary = "list the verbs, or show the usage of one",
	.usage = "mptcp-bflag help [VERB]\n",
	.options = "",
	.run = run_help,
};

static int run_version(int argc, char **argv)
{
	static const struct option none[] = { { .name = NULL } };
	int status = parse_options(argc, argv, none, NULL, NULL);

	if (status == EXIT_OK)
		puts("mptcp-bflag " VERSION);
	return status;
}

static const struct verb verb_version = {
	.name = "version",
	.summary = "print the version of this tool",
	.usage = "mptcp-bflag version\n",
	.options = "",
	.run = run_version,
};

static int run(int argc, char **argv)
{
	const struct verb *verb = find_verb(argv[0]);

	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
		return run_help(argc, argv);
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V"))
		return run_version(argc, argv);
	if (verb && argc > 1 &&
	    (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return print_help(argv[0]);
	return verb ? verb->run(argc, argv) :
	       usage_error("unknown verb '%s'", argv[0]);
}

/* Its exit status 1 means that something does not work. */
static bool reports_state(const char *verb)
{
	return !strcmp(verb, "status") || !strcmp(verb, "list");
}

int main(int argc, char **argv)
{
	int status;

	/* a parent may ignore it; then nothing is known of nft */
	signal(SIGCHLD, SIG_DFL);
	if (argc < 2)
		return usage_error("no verb given");
	status = run(argc - 1, argv + 1);
	return flush_output(status, reports_state(argv[1]) ? EXIT_UNKNOWN :
			    EXIT_FAILED);
}
