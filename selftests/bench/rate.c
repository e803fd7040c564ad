// SPDX-License-Identifier: GPL-2.0-only
/*
 * rate CLASS[,CLASS]... MILLISECONDS LAN...
 *
 * Send packets of these classes in turn, for this time, to each LAN.  Each LAN has a process,
 * the first on the first processor, and so on.  Prints the number of packets a second, and the
 * number of packets, of all processes together.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "source.h"

#define LANS_MAX	8
#define CLASSES_MAX	8
#define AT_A_TIME	1024
#define FIRST_PORT	40000

struct shared {
	atomic_uint ready;
	unsigned long a_second[LANS_MAX], sent[LANS_MAX];
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "rate: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make(struct packet *p, const char *name, const char *lan,
		 unsigned int number)
{
	unsigned int class = class_named(name);
	uint8_t mac[6];

	if (class == nclasses)
		die(name);
	source_mac(lan, mac);
	packet_make(p, class, false, mac);
	packet_port(p, FIRST_PORT + number);
}

/* One class, ready to be sent */
struct ready {
	struct packet packet;
	struct source source;
};

static unsigned int get_ready(struct ready *ready, char *names, const char *lan,
			      unsigned int number)
{
	unsigned int n = 0;

	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		struct ready *r = &ready[n++];

		if (n > CLASSES_MAX)
			die("too many classes");
		make(&r->packet, name, lan, number);
		source_open(&r->source, if_nametoindex(lan), r->packet.headers);
		/* one packet makes the connection: of a batch, conntrack would drop the others */
		source_send(&r->source, &r->packet, 1);
		source_send(&r->source, &r->packet, AT_A_TIME);
	}
	return n;
}

static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* The process of one processor */
static void send_for(char **argv, unsigned int number, unsigned int lans, struct shared *shared)
{
	uint64_t length = atoi(argv[2]) * 1000000ULL, start, t;
	struct ready ready[CLASSES_MAX];
	unsigned long sent = 0;
	unsigned int classes;

	stay_on(number);
	classes = get_ready(ready, argv[1], argv[3 + number], number);
	/* all processes start together */
	++shared->ready;
	while (shared->ready < lans)
		;
	start = now();
	do {
		const struct ready *r = &ready[sent / AT_A_TIME % classes];

		source_send(&r->source, &r->packet, AT_A_TIME);
		sent += AT_A_TIME;
		t = now() - start;
	} while (t < length);
	shared->a_second[number] = sent * 1000000000ULL / t;
	shared->sent[number] = sent;
}

int main(int argc, char **argv)
{
	unsigned int lans = argc - 3;
	unsigned long a_second = 0, sent = 0;
	struct shared *shared;
	int status;

	if (argc < 4 || lans > LANS_MAX) {
		fprintf(stderr, "usage: rate CLASS[,CLASS]... MILLISECONDS LAN...\n");
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	for (unsigned int i = 0; i < lans; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		send_for(argv, i, lans, shared);
		exit(0);
	}
	/* if one fails, PR_SET_PDEATHSIG ends the others, which wait for it */
	while (wait(&status) > 0)
		if (status)
			return 1;
	for (unsigned int i = 0; i < lans; i++) {
		a_second += shared->a_second[i];
		sent += shared->sent[i];
	}
	printf("%lu %lu\n", a_second, sent);
	return 0;
}
