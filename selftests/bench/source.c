// SPDX-License-Identifier: GPL-2.0-only
/*
 * source [--nat] [--port PORT] [--rounds N] FAMILY COUNT LAN WAN
 *
 * Send the packets of the benchmark: each class in turn, in by LAN, out by WAN.  The
 * first of each class are compared byte by byte, COUNT are counted.  Prints a line
 * "CLASS COST VERDICT" for each class: nanoseconds a packet, which are instructions if
 * the machine's clock counts those (vm/run --icount), and what source_check.c found.
 * --port: source port, for connections of their own.  --rounds: send COUNT that often; COST
 * is that of the cheapest round, which no timer interrupted.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"

#define LOOKED_AT	16	/* as many as the buffer of a socket holds */

struct options {
	bool nat, v6;
	unsigned int count, port, rounds;
	const char *lan, *wan;
};

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "source: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned long packets_out(const char *device)
{
	unsigned long packets;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/tx_packets", device);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &packets) != 1)
		die(path);
	fclose(file);
	return packets;
}

/* Run before kernel threads, which would be counted */
static void undisturbed(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("SCHED_FIFO");
}

static void one_class(const struct options *o, unsigned int class, const uint8_t *dmac)
{
	unsigned int ifindex = if_nametoindex(o->wan);
	unsigned long before;
	const char *verdict;
	struct packet p;
	struct source s;
	unsigned int cost, sent;
	int fd;

	packet_make(&p, class, o->v6, dmac);
	if (o->port)
		packet_port(&p, o->port);
	source_open(&s, if_nametoindex(o->lan), p.headers);
	/* conntrack drops all but one packet of a batch that opens a connection */
	source_send(&s, &p, 1);
	fd = capture_open(ifindex);
	source_send(&s, &p, LOOKED_AT);
	verdict = capture_judge(fd, &p, LOOKED_AT, o->nat);
	close(fd);

	before = packets_out(o->wan);
	cost = source_send(&s, &p, o->count);
	for (unsigned int i = 1; i < o->rounds; i++) {
		sent = source_send(&s, &p, o->count);
		if (sent < cost)
			cost = sent;
	}
	if (packets_out(o->wan) - before != o->count * o->rounds)
		verdict = "lost";
	printf("%s %u %s\n", class_name(class), cost, verdict);
	source_close(&s);
}

int main(int argc, char **argv)
{
	static struct option long_options[] = {
		{ "nat", 0, NULL, 'n' },	{ "port", 1, NULL, 'p' },
		{ "rounds", 1, NULL, 'r' },
		{ },
	};
	struct options o = { .rounds = 1 };
	uint8_t dmac[6];
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'n')
			o.nat = true;
		else if (c == 'p')
			o.port = atoi(optarg);
		else if (c == 'r')
			o.rounds = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 4) {
		fprintf(stderr, "usage: source [--nat] [--port PORT] [--rounds N] 4|6 COUNT LAN WAN\n");
		return 2;
	}
	o.v6 = !strcmp(argv[optind], "6");
	o.count = atoi(argv[optind + 1]);
	o.lan = argv[optind + 2];
	o.wan = argv[optind + 3];
	source_mac(o.lan, dmac);
	undisturbed();
	for (unsigned int i = 0; i < nclasses; i++)
		one_class(&o, i, dmac);
	return 0;
}
