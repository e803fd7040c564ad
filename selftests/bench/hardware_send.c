// SPDX-License-Identifier: GPL-2.0-only
/*
 * hardware_send --device PORT --to MAC --class CLASS [--family 4|6] [--seconds N]
 *	[--flows N] [--cpus N] [--source ADDRESS] [--destination ADDRESS]
 *
 * "bench/hardware send": packets of one of the benchmark's classes as fast as the port
 * takes them.  Says in the end how many it took.  Exit 2: bad input, nothing sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hardware.h"

/* So many addresses of clients: some network cards hash nothing but addresses. */
#define CLIENTS		128
#define FIRST_PORT	40000

struct options {
	const char *device, *to, *class_name, *source, *destination;
	bool v6;
	double seconds;			/* 0: until interrupted */
	unsigned int flows, ncpus;
	unsigned int class, ifindex;
	uint8_t from_mac[6], to_mac[6], from[16], dest[16];
	int cpu[CPU_SETSIZE];		/* those we may run on */
};

static __attribute__((noreturn, format(printf, 2, 3)))
void complain(int status, const char *format, ...)
{
	va_list args;

	fputs("hardware: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static unsigned int number(const char *option, const char *text, unsigned int max)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*end || *text < '0' || *text > '9' || !value || value > max)
		complain(2, "--%s '%s' is not a number from 1 to %u", option, text, max);
	return value;
}

static double duration(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (*end || *text < '0' || *text > '9' || !isfinite(value) || value > 1e6)
		complain(2, "--seconds '%s' is not a number of seconds", text);
	return value;
}

static void find_class(struct options *o)
{
	for (o->class = 0; o->class < nclasses; o->class++)
		if (!strcmp(o->class_name, class_name(o->class)))
			return;
	fprintf(stderr, "hardware: --class '%s' is none of:", o->class_name);
	for (unsigned int i = 0; i < nclasses; i++)
		fprintf(stderr, " %s", class_name(i));
	fputc('\n', stderr);
	exit(2);
}

static void address(const struct options *o, const char *option,
		    const char *text, const char *fallback, uint8_t *to)
{
	if (inet_pton(o->v6 ? AF_INET6 : AF_INET, text ? text : fallback, to) != 1)
		complain(2, "--%s '%s' is not an address of IPv%d (--family)",
			 option, text, o->v6 ? 6 : 4);
}

static void read_mac(struct options *o)
{
	char more;

	if (sscanf(o->to, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c",
		   &o->to_mac[0], &o->to_mac[1], &o->to_mac[2],
		   &o->to_mac[3], &o->to_mac[4], &o->to_mac[5], &more) != 6)
		complain(2, "--to '%s' is not a MAC address (aa:bb:cc:dd:ee:ff)", o->to);
	if (o->to_mac[0] & 1)
		complain(2, "--to '%s' is the address of many: give that of the gateway's port", o->to);
}

/* Is it there, up, and Ethernet, with room for such a packet? */
static void check_device(struct options *o, unsigned int len)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { };

	o->ifindex = if_nametoindex(o->device);
	if (!o->ifindex)
		complain(2, "there is no device '%s'", o->device);
	strncpy(request.ifr_name, o->device, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		complain(1, "%s: %s", o->device, strerror(errno));
	if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		complain(2, "%s is not an Ethernet port", o->device);
	memcpy(o->from_mac, request.ifr_hwaddr.sa_data, 6);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		complain(1, "%s: %s", o->device, strerror(errno));
	if (!(request.ifr_flags & IFF_UP))
		complain(1, "%s is down: ip link set %s up", o->device, o->device);
	if (!(request.ifr_flags & IFF_RUNNING))
		complain(1, "%s has no carrier: is the cable in?", o->device);
	if (ioctl(fd, SIOCGIFMTU, &request))
		complain(1, "%s: %s", o->device, strerror(errno));
	if (len - 14 > (unsigned int)request.ifr_mtu)
		complain(1, "%s has an MTU of %d, a packet of class %s is %u bytes long",
			 o->device, request.ifr_mtu, o->class_name, len - 14);
	close(fd);
}

/* The CPUs this process may use; is that enough? */
static void find_cpus(struct options *o)
{
	unsigned int n = 0;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		complain(1, "sched_getaffinity: %s", strerror(errno));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			o->cpu[n++] = cpu;
	if (o->ncpus > n)
		complain(2, "--cpus %u: this machine has %u", o->ncpus, n);
	if (o->ncpus > o->flows)
		complain(2, "--cpus %u is more than --flows %u", o->ncpus, o->flows);
}

static bool read_v6(const char *text)
{
	if (strcmp(text, "4") && strcmp(text, "6"))
		complain(2, "--family '%s' is neither 4 nor 6", text);
	return *text == '6';
}

static void read_options(struct options *o, int argc, char **argv)
{
	const struct option known[] = {
		{ "device", 1, NULL, 0 },	{ "to", 1, NULL, 1 },
		{ "class", 1, NULL, 2 },	{ "source", 1, NULL, 3 },
		{ "destination", 1, NULL, 4 },
		{ "family", 1, NULL, 'f' },	{ "seconds", 1, NULL, 's' },
		{ "flows", 1, NULL, 'n' },	{ "cpus", 1, NULL, 'p' },
		{ },
	};
	const char **text[] = { &o->device, &o->to, &o->class_name, &o->source,
				&o->destination };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == '?')
			exit(2);
		else if (c == 'f')
			o->v6 = read_v6(optarg);
		else if (c == 's')
			o->seconds = duration(optarg);
		else if (c == 'n')
			o->flows = number("flows", optarg, FLOWS_MAX);
		else if (c == 'p')
			o->ncpus = number("cpus", optarg, CPU_SETSIZE);
		else
			*text[c] = optarg;
	}
	if (optind < argc)
		complain(2, "what is '%s'?", argv[optind]);
}

static void check_options(struct options *o)
{
	struct packet p;

	if (!o->device || !o->to || !o->class_name)
		complain(2, "send needs --device PORT --to MAC --class CLASS");
	find_class(o);
	read_mac(o);
	address(o, "source", o->source, o->v6 ? "fd00:1::2" : "10.0.1.2", o->from);
	address(o, "destination", o->destination, o->v6 ? "fd00:2::2" : "10.0.2.2", o->dest);
	find_cpus(o);
	packet_make(&p, o->class, o->v6, o->to_mac);
	check_device(o, p.len);
}

/* Those of one CPU are side by side. */
static struct packet *make_packets(const struct options *o)
{
	struct packet *packets = calloc(o->flows, sizeof(*packets));
	unsigned int last = o->v6 ? 14 : 2;
	uint8_t from[16];

	if (!packets)
		complain(1, "out of memory");
	for (unsigned int i = 0; i < o->flows; i++) {
		memcpy(from, o->from, sizeof(from));
		put16(from + last, get16(from + last) + i % CLIENTS);
		packet_make(&packets[i], o->class, o->v6, o->to_mac);
		memcpy(packets[i].b + 6, o->from_mac, 6);
		packet_address(&packets[i], from, o->dest, FIRST_PORT + i);
	}
	return packets;
}

static unsigned long long packets_out(const char *device)
{
	unsigned long long packets;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/tx_packets", device);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &packets) != 1)
		complain(1, "%s: %s", path, strerror(errno));
	fclose(file);
	return packets;
}

static double seconds_now(void)
{
	return now() / 1e9;
}

/* Until the time is over, or somebody interrupts, or a thread has failed */
static void wait_for_end(const struct options *o, const struct sender *senders,
			 const sigset_t *signals, double start)
{
	double end = o->seconds ? start + o->seconds : INFINITY, left;

	while ((left = end - seconds_now()) > 0) {
		struct timespec look = { .tv_nsec = left > 0.5 ? 500000000 : left * 1e9 };

		if (sigtimedwait(signals, NULL, &look) > 0)
			return;
		for (unsigned int i = 0; i < o->ncpus; i++)
			if (__atomic_load_n(&senders[i].failed, __ATOMIC_ACQUIRE))
				return;
	}
}

static void start_senders(const struct options *o, struct sender *senders,
			  const struct packet *packets, atomic_bool *stop)
{
	unsigned int each = o->flows / o->ncpus, first = 0;

	for (unsigned int i = 0; i < o->ncpus; i++) {
		struct sender *s = &senders[i];

		s->ifindex = o->ifindex;
		s->cpu = o->cpu[i];
		s->packets = packets + first;
		s->npackets = each + (i < o->flows % o->ncpus);
		s->stop = stop;
		first += s->npackets;
		errno = pthread_create(&s->thread, NULL, ring_send, s);
		if (errno)
			complain(1, "a thread: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	struct options o = { .flows = 64, .ncpus = 1 };
	struct packet *packets;
	struct sender *senders;
	atomic_bool stop = false;
	unsigned long long sent;
	sigset_t signals;
	double start, took;

	read_options(&o, argc, argv);
	check_options(&o);
	packets = make_packets(&o);
	senders = calloc(o.ncpus, sizeof(*senders));
	if (!senders)
		complain(1, "out of memory");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	sent = packets_out(o.device);
	start = seconds_now();
	start_senders(&o, senders, packets, &stop);
	wait_for_end(&o, senders, &signals, start);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < o.ncpus; i++)
		pthread_join(senders[i].thread, NULL);
	took = seconds_now() - start;
	sent = packets_out(o.device) - sent;

	for (unsigned int i = 0; i < o.ncpus; i++)
		if (senders[i].failed)
			complain(1, "%s: %s: %s", o.device, senders[i].failed, strerror(senders[i].error));
	if (!sent)
		complain(1, "%s took no packet", o.device);
	printf("%s, IPv%d, %u flows: %s took %llu packets in %.2f s, %.0f a second, %.1f Mbit/s\n",
	       o.class_name, o.v6 ? 6 : 4, o.flows, o.device, sent, took,
	       sent / took, sent / took * packets->len * 8 / 1e6);
	return 0;
}
