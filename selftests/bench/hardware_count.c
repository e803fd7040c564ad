// SPDX-License-Identifier: GPL-2.0-only
/*
 * hardware_count [--clock] SECONDS LAN WAN
 * hardware_count [--clock] --probe
 *
 * "bench/hardware gateway": what happens in an interval, all of it read in the same
 * two moments, a step that "perf stat" beside a shell script could not be sure of.
 * Prints "SECONDS IN OUT SOFTIRQ SYSTEM CYCLES INSTRUCTIONS MARKED": packets in at LAN and
 * out at WAN; seconds of all CPUs in interrupts and softirqs, and in the kernel else;
 * the kernel's cycles and instructions on all CPUs, "-" if the machine does not count them;
 * packets that rules with mptcp_bflag marked, "-" without the module.
 * --probe: exit 0 if cycles and instructions are counted here, else 1 and the reason.
 * --clock: nanoseconds in place of both, for trying it where they are not.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS	2

struct moment {
	double time, softirq, system;
	uint64_t in, out, marked;
	double events[EVENTS];
	bool has_marked;
};

struct counters {
	int *leader;	/* for each CPU; -1: it is off */
	long cpus;
};

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "hardware: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int event_open(bool clock, int event, int cpu, int leader)
{
	struct perf_event_attr attr = {
		.type = clock ? PERF_TYPE_SOFTWARE : PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = clock ? PERF_COUNT_SW_CPU_CLOCK :
			  event ? PERF_COUNT_HW_INSTRUCTIONS : PERF_COUNT_HW_CPU_CYCLES,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.exclude_user = 1,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, -1, cpu, leader, 0);
}

/* False, and errno, if the machine does not count. */
static bool counters_open(struct counters *c, bool clock)
{
	bool any = false;

	c->cpus = sysconf(_SC_NPROCESSORS_CONF);
	c->leader = calloc(c->cpus, sizeof(*c->leader));
	if (!c->leader)
		die("memory");
	for (int cpu = 0; cpu < c->cpus; cpu++) {
		c->leader[cpu] = event_open(clock, 0, cpu, -1);
		if (c->leader[cpu] < 0 && errno == ENODEV)
			continue;
		if (c->leader[cpu] < 0 || event_open(clock, 1, cpu, c->leader[cpu]) < 0)
			return false;
		any = true;
	}
	return any;
}

/* Where others count, too, ours ran for a part of the time: taken for all of it. */
static void counters_read(const struct counters *c, double *sums)
{
	struct {
		uint64_t nr, enabled, running, value[EVENTS];
	} got;

	for (int cpu = 0; cpu < c->cpus; cpu++) {
		if (c->leader[cpu] < 0)
			continue;
		if (read(c->leader[cpu], &got, sizeof(got)) != sizeof(got))
			die("reading performance counters");
		for (int i = 0; i < EVENTS && got.running; i++)
			sums[i] += (double)got.value[i] / got.running * got.enabled;
	}
}

static uint64_t packets(const char *device, const char *direction)
{
	unsigned long long value;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s_packets", device, direction);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &value) != 1)
		die(path);
	fclose(file);
	return value;
}

static void read_cpu(struct moment *m)
{
	/* user, nice, system, idle, iowait, irq, softirq */
	double t[7], ticks = sysconf(_SC_CLK_TCK);
	FILE *file = fopen("/proc/stat", "r");

	if (!file || fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
			    &t[3], &t[4], &t[5], &t[6]) != 7)
		die("/proc/stat");
	fclose(file);
	m->system = t[2] / ticks;
	m->softirq = (t[5] + t[6]) / ticks;
}

/* All "..._marked" of the first column */
static void read_marked(struct moment *m)
{
	FILE *file = fopen("/proc/net/mptcp_bflag", "r");
	unsigned long long value;
	char line[128], name[64];

	m->has_marked = file;
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		size_t len;

		if (sscanf(line, "%63s %llu", name, &value) != 2)
			continue;
		len = strlen(name);
		if (len > 7 && !strcmp(name + len - 7, "_marked"))
			m->marked += value;
	}
	fclose(file);
}

static struct moment look(const struct counters *c, const char *lan, const char *wan)
{
	struct moment m = { };
	struct timespec t;

	m.in = packets(lan, "rx");
	m.out = packets(wan, "tx");
	read_marked(&m);
	if (c->leader)
		counters_read(c, m.events);
	read_cpu(&m);
	clock_gettime(CLOCK_MONOTONIC, &t);
	m.time = t.tv_sec + t.tv_nsec / 1e9;
	return m;
}

static void report(const struct counters *c, const struct moment *a, const struct moment *b)
{
	printf("%.6f %llu %llu %.2f %.2f", b->time - a->time,
	       (unsigned long long)(b->in - a->in), (unsigned long long)(b->out - a->out),
	       b->softirq - a->softirq, b->system - a->system);
	for (int i = 0; i < EVENTS; i++) {
		if (c->leader)
			printf(" %.0f", b->events[i] - a->events[i]);
		else
			printf(" -");
	}
	if (a->has_marked && b->has_marked)
		printf(" %llu\n", (unsigned long long)(b->marked - a->marked));
	else
		printf(" -\n");
}

static void pause_for(double seconds)
{
	struct timespec t = { .tv_sec = seconds, .tv_nsec = (seconds - (time_t)seconds) * 1e9 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	struct counters counters = { };
	struct moment before, after;
	bool clock = false;

	if (argc > 1 && !strcmp(argv[1], "--clock")) {
		clock = true;
		argv++, argc--;
	}
	if (!counters_open(&counters, clock)) {
		if (argc == 2)
			die("performance counters");
		counters.leader = NULL;
	}
	if (argc == 2 && !strcmp(argv[1], "--probe"))
		return 0;
	if (argc != 4) {
		fprintf(stderr, "usage: hardware_count [--clock] --probe | SECONDS LAN WAN\n");
		return 2;
	}
	/* what it cost to change the rules is over then */
	pause_for(0.1);
	before = look(&counters, argv[2], argv[3]);
	pause_for(atof(argv[1]));
	after = look(&counters, argv[2], argv[3]);
	report(&counters, &before, &after);
	return 0;
}
