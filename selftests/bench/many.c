// SPDX-License-Identifier: GPL-2.0-only
/*
 * many rules FAMILY TABLE CHAIN EXPRESSION COUNT
 *	Add COUNT rules of one expression each: counter, bench_nop or mptcp_bflag.
 * many connections HELPER FIRST LAST
 *	Add conntrack entries by ctnetlink, each with its own addresses: even numbers are
 *	UDP, odd ones are TCP and have the helper.
 * many answered PORT
 *	Mark the connections of "source --port PORT", except the SYNs, as answered.
 * many packets COUNT DEVICE MAC
 *	Send SYNs with MP_CAPABLE to MAC, each of another connection.
 *
 * For "make bench-scale": a process for each rule or entry would take days.
 */
#include <stdio.h>
#include <string.h>

#include "many.h"
#include "source.h"

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **argv);
	} verbs[] = {
		{ "rules", 5, many_rules },
		{ "connections", 3, many_connections },
		{ "answered", 1, many_answered },
		{ "packets", 3, many_packets },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(verbs); i++)
		if (argc == verbs[i].args + 2 && !strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argv + 2);
	fprintf(stderr, "usage: many rules FAMILY TABLE CHAIN EXPRESSION COUNT\n"
		"       many connections HELPER FIRST LAST\n"
		"       many answered PORT\n"
		"       many packets COUNT DEVICE MAC\n");
	return 2;
}
