// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood [-l] CLIENT GATEWAY SERVER SECONDS
 *
 * Send SYNs and third ACKs with MP_CAPABLE from each processor through a gateway (network
 * namespaces of lib/net.sh), and check each segment that reaches the server: it is the segment that
 * was sent, either unchanged or with the flag 0x20, and its checksum is right.  Those to port 1
 * may be marked, those to port 2 never.  A packet socket at the gateway's "lan" makes each header
 * there a clone, and checks that nobody writes to it.  Ends after SECONDS or on SIGTERM.
 * Prints lines "NAME NUMBER"; exits with 1 if anything is wrong, or, without -l, lost.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"

#define SENDERS_MAX	8
#define WINDOW		200	/* segments in flight; the kernel's backlog has 1000 */
#define TCP_AT		(ETH_HLEN + 20)
#define FRAME_MAX	(TCP_AT + 60)
#define MARK		0x20
#define TO_HOST		99	/* last byte of the address that nobody has (net_absent) */

enum { OPEN_PORT = 1, CLOSED_PORT = 2 };

struct sender {
	pthread_t thread;
	unsigned int cpu;
	unsigned long sent, lost;
	atomic_ulong arrived;
};

struct watcher {
	pthread_t thread;
	int fd;
	bool may_mark;
	unsigned long segments, marked_syn, marked_ack, wrong;
};

static struct sender senders[SENDERS_MAX];
static unsigned int sender_count;
static int out_fd;
static uint8_t mac_to[ETH_ALEN], mac_from[ETH_ALEN];
static atomic_bool sending = true, watching = true;

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void enter(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

/* A packet socket in a namespace; sets MAC to the device's address */
static int open_packets(const char *where, const char *device, unsigned int protocol, uint8_t *mac)
{
	struct timeval patience = { .tv_usec = 100000 };
	struct sockaddr_ll at = { .sll_family = AF_PACKET };
	struct ifreq request = { 0 };
	int fd, size = 1 << 26;

	enter(where);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	at.sll_protocol = htons(protocol);
	at.sll_ifindex = if_nametoindex(device);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die(device);
	memcpy(mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return fd;
}

static unsigned int checksum(const uint8_t *bytes, size_t length, uint32_t sum)
{
	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Where MP_CAPABLE is: at different places in a SYN and in an ACK */
static unsigned int option_at(bool ack)
{
	return TCP_AT + (ack ? 24 : 20);
}

/*
 * The frame with this number; returns its length.  The ports say which sender it is, whether it is
 * an ACK (conntrack takes these for another connection), and whether it may be marked.
 */
static size_t make(uint8_t *frame, unsigned int sender, uint32_t number, uint8_t flags)
{
	static const uint8_t addresses[] = { 10, 0, 1, 2, 10, 0, 2, TO_HOST };
	bool ack = number & 1;
	unsigned int header = ack ? 44 : 24, at = option_at(ack), port, pseudo;
	uint8_t *ip = frame + ETH_HLEN, *tcp = frame + TCP_AT;

	port = 10000 + sender * 4000 + ack * 2000 + (number >> 2) % 500;
	memset(frame, 0, FRAME_MAX);
	memcpy(frame, mac_to, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac_from, ETH_ALEN);
	put16(frame + 2 * ETH_ALEN, ETH_P_IP);
	ip[0] = 0x45;
	put16(ip + 2, 20 + header);
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	memcpy(ip + 12, addresses, 8);
	put16(ip + 10, checksum(ip, 20, 0));
	put16(tcp, port);
	put16(tcp + 2, number & 2 ? CLOSED_PORT : OPEN_PORT);
	put16(tcp + 4, number >> 16);
	put16(tcp + 6, number);
	tcp[12] = header / 4 << 4;
	tcp[13] = ack ? 0x10 : 0x02;
	put16(tcp + 14, 0xffff);
	memset(tcp + 20, ack ? 0x5a : 1, header - 20);	/* keys */
	if (ack)
		memset(tcp + 20, 1, 4);			/* no-ops */
	memcpy(frame + at, (uint8_t[]){ 30, ack ? 20 : 4, 0x01, flags }, 4);
	pseudo = ~checksum(addresses, 8, IPPROTO_TCP + header) & 0xffff;
	put16(tcp + 16, checksum(tcp, header, pseudo));
	return TCP_AT + header;
}

static bool outstanding(struct sender *s, unsigned long arrived)
{
	return s->sent - s->lost - arrived >= WINDOW;
}

/* Wait for room in the window.  What is not there after a second is lost. */
static void wait_for_room(struct sender *s)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	unsigned long arrived = atomic_load(&s->arrived), now;

	for (int idle = 0; outstanding(s, arrived); idle++) {
		nanosleep(&moment, NULL);
		now = atomic_load(&s->arrived);
		if (now != arrived)
			idle = 0;
		else if (idle >= 1000)
			s->lost = s->sent - now;
		arrived = now;
	}
}

static void *send_all(void *arg)
{
	unsigned int self = (struct sender *)arg - senders;
	uint8_t frame[FRAME_MAX];
	struct sender *s = arg;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(s->cpu, &cpu);
	if (pthread_setaffinity_np(pthread_self(), sizeof(cpu), &cpu))
		die("affinity");
	while (atomic_load(&sending)) {
		size_t length = make(frame, self, s->sent, 0x01);

		wait_for_room(s);
		if (send(out_fd, frame, length, 0) == (ssize_t)length)
			s->sent++;
		else if (errno != ENOBUFS && errno != EINTR)
			die("send");
	}
	return NULL;
}

static void report(const char *what, const uint8_t *bytes, size_t length)
{
	fprintf(stderr, "flood: %s: ", what);
	for (size_t i = 0; i < length; i++)
		fprintf(stderr, "%02x", bytes[i]);
	fputc('\n', stderr);
}

/* Is it, from the TCP header on, what was sent, unmarked or marked?  Counts it. */
static void judge(struct watcher *w, const uint8_t *frame, size_t length)
{
	const uint8_t *tcp = frame + TCP_AT;
	unsigned int port = get16(tcp), sender = (port - 10000) / 4000;
	uint32_t number = (uint32_t)get16(tcp + 4) << 16 | get16(tcp + 6);
	bool ack = number & 1, marked = frame[option_at(ack) + 3] & MARK;
	uint8_t wanted[FRAME_MAX];
	size_t made;

	if (port < 10000 || sender >= sender_count) {
		if (!w->wrong++)
			report("no segment of ours", frame, length);
		return;
	}
	made = make(wanted, sender, number, marked ? 0x01 | MARK : 0x01);
	if (length < made || memcmp(tcp, wanted + TCP_AT, made - TCP_AT) ||
	    (marked && (!w->may_mark || number & 2))) {
		if (!w->wrong++) {
			report("seen", tcp, length - TCP_AT);
			report("sent", wanted + TCP_AT, made - TCP_AT);
		}
	}
	w->segments++;
	w->marked_syn += marked && !ack;
	w->marked_ack += marked && ack;
	if (w->may_mark)
		atomic_fetch_add(&senders[sender].arrived, 1);
}

static void *watch(void *arg)
{
	uint8_t frame[2048];
	struct watcher *w = arg;
	ssize_t length;

	while ((length = recv(w->fd, frame, sizeof(frame), 0)) >= 0 || atomic_load(&watching)) {
		if (length < 0 && errno != EAGAIN && errno != EINTR)
			die("receive");
		if (length >= TCP_AT + 24 && frame[ETH_HLEN + 19] == TO_HOST)
			judge(w, frame, length);
	}
	return NULL;
}

static unsigned long drops(const struct watcher *w)
{
	struct tpacket_stats stats;
	socklen_t length = sizeof(stats);

	if (getsockopt(w->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length))
		die("statistics");
	return stats.tp_drops;
}

static void start(pthread_t *thread, void *(*function)(void *), void *arg)
{
	errno = pthread_create(thread, NULL, function, arg);
	if (errno)
		die("thread");
}

static void run(double seconds, struct watcher *end, struct watcher *tap)
{
	struct timespec left = { .tv_sec = seconds };
	sigset_t term;

	left.tv_nsec = (seconds - left.tv_sec) * 1e9;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	start(&end->thread, watch, end);
	start(&tap->thread, watch, tap);
	for (unsigned int i = 0; i < sender_count; i++) {
		senders[i].cpu = i;
		start(&senders[i].thread, send_all, &senders[i]);
	}
	puts("flood begins");
	fflush(stdout);
	sigtimedwait(&term, NULL, &left);
	atomic_store(&sending, false);
	for (unsigned int i = 0; i < sender_count; i++)
		pthread_join(senders[i].thread, NULL);
	atomic_store(&watching, false);		/* they read what is left */
	pthread_join(end->thread, NULL);
	pthread_join(tap->thread, NULL);
}

int main(int argc, char **argv)
{
	struct watcher end = { .may_mark = true }, tap = { .may_mark = false };
	bool may_lose = argc == 6 && !strcmp(argv[1], "-l");
	unsigned long sent = 0;
	uint8_t unused[ETH_ALEN];

	argv += may_lose;
	if (argc - may_lose != 5) {
		fprintf(stderr, "usage: flood [-l] CLIENT GATEWAY SERVER SECONDS\n");
		return 2;
	}
	sender_count = sysconf(_SC_NPROCESSORS_ONLN);
	if (sender_count > SENDERS_MAX)
		sender_count = SENDERS_MAX;
	out_fd = open_packets(argv[1], "eth", 0, mac_from);
	tap.fd = open_packets(argv[2], "lan", ETH_P_IP, mac_to);
	end.fd = open_packets(argv[3], "eth", ETH_P_IP, unused);
	run(atof(argv[4]), &end, &tap);
	for (unsigned int i = 0; i < sender_count; i++) {
		printf("sent_by_cpu%u %lu\n", senders[i].cpu, senders[i].sent);
		sent += senders[i].sent;
	}
	printf("sent %lu\nreceived %lu\nlost %lu\nmarked_syn %lu\nmarked_ack %lu\nwrong %lu\n", sent,
	       end.segments, sent - end.segments, end.marked_syn, end.marked_ack, end.wrong);
	printf("tapped %lu\ntap_wrong %lu\ndrops %lu\n", tap.segments, tap.wrong, drops(&end));
	return end.wrong || tap.wrong || (sent != end.segments && !may_lose);
}
