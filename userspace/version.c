// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag version */
#include <stdio.h>

#include "cli.h"

int verb_version(int argc, char **argv)
{
	bool help;
	int status = no_arguments(argc, argv, NULL, &help);

	if (status == EXIT_OK && !help)
		puts("mptcp-bflag " VERSION);
	return status;
}
