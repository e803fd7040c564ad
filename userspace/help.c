// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag help */
#include <stdio.h>

#include "cli.h"

int verb_help(int argc, char **argv)
{
	bool help;
	int status = no_arguments(argc, argv, NULL, &help);

	if (status != EXIT_OK || help)
		return status;

	print_usage();
	puts("\n"
	     "segments LIST: of syn, synack, ack, with commas between (default syn,ack)\n"
	     "versions LIST: of 0, 1 (default 1)\n"
	     "FLAG: 0x20, or c (default); 0x40, or b\n"
	     "FAMILY: ip, ip6, inet, bridge, netdev\n"
	     "\n"
	     "More in mptcp-bflag(8).");
	return EXIT_OK;
}
