// SPDX-License-Identifier: GPL-2.0-only
/*
 * source [--nat] [--queued] [--port PORT] [--rounds N] FAMILY COUNT LAN WAN
 *
 * Send the benchmark's packets, class by class, so that they enter at LAN and leave at WAN:
 * first a few, which are checked, then COUNT, which are measured.  Prints a line "CLASS COST
 * VERDICT" for each class.  COST is nanoseconds a packet; these are instructions if the
 * machine's clock counts them (vm/run --icount).  VERDICT is that of source_check.c.
 * --queued: another process handles the packets, so COST is the time until all have left.
 * --port: the source port; other ports are other connections.  --rounds: send COUNT packets
 * N times; COST is that of the cheapest round, without a timer interrupt.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "source.h"

#define LOOKED_AT	16	/* they fit into a socket's buffer */
#define PATIENCE_NS	20000000000ULL

struct options {
	bool nat, queued, v6;
	unsigned int count, port, rounds;
	const char *lan, *wan;
};

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "source: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void mac_of(const char *device, uint8_t *mac)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { };

	strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		die(device);
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	close(fd);
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

/* Wait until this number of packets has left; polling costs little. */
static uint64_t wait_for(const char *device, unsigned long packets)
{
	static const struct timespec look = { .tv_nsec = 1000000 };
	uint64_t end = now() + PATIENCE_NS, t;

	do {
		t = now();
		if (packets_out(device) >= packets)
			break;
		nanosleep(&look, NULL);
	} while (t < end);
	return t;
}

/* Kernel threads must not run, and be counted, during a measurement. */
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
	struct sent sent;
	uint64_t cost;
	int fd;

	packet_make(&p, class, o->v6, dmac);
	if (o->port)
		packet_port(&p, o->port);
	source_open(&s, if_nametoindex(o->lan), p.headers);
	/* one packet makes the connection: of a batch, conntrack would drop the others */
	source_send(&s, &p, 1);
	fd = capture_open(ifindex);
	source_send(&s, &p, LOOKED_AT);
	verdict = capture_judge(fd, &p, LOOKED_AT, o->nat);
	close(fd);

	before = packets_out(o->wan);
	sent = source_send(&s, &p, o->count);
	cost = sent.each;
	for (unsigned int i = 1; i < o->rounds; i++) {
		sent = source_send(&s, &p, o->count);
		if (sent.each < cost)
			cost = sent.each;
	}
	if (o->queued)
		cost = (wait_for(o->wan, before + o->count) - sent.start) / o->count;
	if (packets_out(o->wan) - before != o->count * o->rounds)
		verdict = "lost";
	printf("%s %lu %s\n", class_name(class), (unsigned long)cost, verdict);
	source_close(&s);
}

int main(int argc, char **argv)
{
	static struct option long_options[] = {
		{ "nat", 0, NULL, 'n' },	{ "queued", 0, NULL, 'q' },
		{ "port", 1, NULL, 'p' },	{ "rounds", 1, NULL, 'r' },
		{ },
	};
	struct options o = { .rounds = 1 };
	uint8_t dmac[6];
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'n')
			o.nat = true;
		else if (c == 'q')
			o.queued = true;
		else if (c == 'p')
			o.port = atoi(optarg);
		else if (c == 'r')
			o.rounds = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 4) {
		fprintf(stderr, "usage: source [--nat] [--queued] [--port PORT] [--rounds N] 4|6 COUNT LAN WAN\n");
		return 2;
	}
	o.v6 = !strcmp(argv[optind], "6");
	o.count = atoi(argv[optind + 1]);
	o.lan = argv[optind + 2];
	o.wan = argv[optind + 3];
	mac_of(o.lan, dmac);
	if (!o.queued)
		undisturbed();
	for (unsigned int i = 0; i < nclasses; i++)
		one_class(&o, i, dmac);
	return 0;
}
