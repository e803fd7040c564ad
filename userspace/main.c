// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag: rules of the nf_tables expression "mptcp_bflag". */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
	{ "enable",	verb_enable },
	{ "disable",	verb_disable },
	{ "attach",	verb_attach },
	{ "detach",	verb_detach },
	{ "save",	verb_save },
	{ "restore",	verb_restore },
	{ "list",	verb_list },
	{ "status",	verb_status },
	{ "version",	verb_version },
	{ "--version",	verb_version },
	{ "-V",		verb_version },
	{ "help",	verb_help },
	{ "--help",	verb_help },
	{ "-h",		verb_help },
};

/* What a full disk or a closed pipe swallowed was not said. */
static int finish(int status)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout) && !fclose(stdout))
		return status;
	complain("cannot write to standard output: %s",
		 errno ? strerror(errno) : "an earlier write failed");
	return status == EXIT_OK ? EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return usage_error("say what to do");

	opterr = 0;	/* bad_option() says it */
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return finish(verbs[i].run(argc - 1, argv + 1));

	return usage_error("there is no '%s'", argv[1]);
}
