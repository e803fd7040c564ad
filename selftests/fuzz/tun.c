// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_tun [-t] [-f FILE] COUNT SEED SEGMENTS VERSIONS FLAG
 *
 * The rule in a running kernel, against the oracle: COUNT TCP segments, changed at random, go into
 * the tun device "in" and come out of the tun device "out" of this namespace, which forwards them
 * and has the rule.  Each is compared byte by byte.  -t: a packet socket at "in" must see each
 * unchanged; the skbs are cloned then.  -f: the TCP headers of FILE (lines as in fuzz/handshakes), one
 * after another, instead of random ones.  All states that tun can make: linear or not, checksum
 * complete or left to the device, GSO, IPv4 with options, IPv6 with extension headers (with GSO where
 * the kernel does not split it), first and later fragments, cut headers.
 *
 * The chain t c also has a rule "match" with a counter, which is compared at the end.  Prints what
 * /proc/net/mptcp_bflag should have counted, as lines NAME NUMBER.  Exits with 0, or with 1 and the
 * first difference.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../helpers/segments.h"
#include "mutate.h"
#include "oracle.h"

enum { PACKET_MAX = 6000, POOL = 256, FILE_MAX = 4096, MATCHED = MPTCP_BFLAG_COUNTERS };

/* Also the size of what is read and written: a virtio_net_hdr and an IP packet */
struct packet {
	struct virtio_net_hdr vnet;
	uint8_t b[PACKET_MAX];
};

/* What the packet is; @tcp: offset of the TCP header; @have: bytes from there on */
struct about {
	unsigned int len, tcp, have;
	bool v6, fragment, later;
};

static const char * const names[] = {
	[MPTCP_BFLAG_COUNT_SYN]			= "syn_marked",
	[MPTCP_BFLAG_COUNT_SYNACK]		= "synack_marked",
	[MPTCP_BFLAG_COUNT_ACK]			= "ack_marked",
	[MPTCP_BFLAG_COUNT_ALREADY]		= "already_set",
	[MPTCP_BFLAG_COUNT_EXTENSIBILITY]	= "extensibility_set",
	[MPTCP_BFLAG_COUNT_LENGTH]		= "wrong_length",
	[MPTCP_BFLAG_COUNT_VERSION]		= "other_version",
	[MPTCP_BFLAG_COUNT_OPTIONS]		= "broken_options",
	[MPTCP_BFLAG_COUNT_TCP_AO]		= "tcp_ao",
	[MPTCP_BFLAG_COUNT_FRAGMENT]		= "fragment",
	[MPTCP_BFLAG_COUNT_NOT_WRITABLE]	= "not_writable",
	[MPTCP_BFLAG_COUNT_ACK_UNMARKED]	= "ack_unmarked",
};

static unsigned long wanted[MATCHED + 1], serial;
static bool gso_behind_extensions;
static uint64_t state;

static unsigned int draw(unsigned int below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* mutate.c uses libFuzzer's function; here, one to four bytes change. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	(void)max;
	for (unsigned int n = 1 + draw(4); n && size; n--)
		data[draw(size)] ^= draw(3) ? 1U << draw(8) : draw(256);
	return size;
}

static struct {
	uint8_t b[60];
	unsigned int len;
} listed[FILE_MAX];
static unsigned int listed_count;

/* The lines NAME HEX of a file */
static void read_headers(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512], hex[121];

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		unsigned int len = 0, byte;

		if (line[0] == '#' || sscanf(line, "%*s %120[0-9a-f]", hex) != 1)
			continue;
		while (sscanf(hex + 2 * len, "%2x", &byte) == 1)
			listed[listed_count].b[len++] = byte;
		listed[listed_count].len = len;
		if (len < 20 || ++listed_count == FILE_MAX)
			break;
	}
	if (!listed_count || !feof(file)) {
		fprintf(stderr, "fuzz_tun: %s: not 1 to %d lines NAME HEX\n", path, FILE_MAX - 1);
		exit(2);
	}
	fclose(file);
}

/* A TCP header, made from one of those before, or the next of the file; returns its length. */
static unsigned int make_header(uint8_t *h)
{
	static uint8_t pool[POOL][60];
	static unsigned int lengths[POOL];
	unsigned int from = draw(POOL), to = draw(POOL), len;

	if (listed_count) {
		memcpy(h, listed[serial % listed_count].b, 60);
		return listed[serial % listed_count].len;
	}
	memcpy(h, pool[from], 60);
	if (!draw(4)) {		/* changes pile up, and end in broken options */
		memset(h + 20, 1, 40);
		lengths[from] = 60;
	}
	len = mutate_header(h, lengths[from], 60, draw(1U << 31), 0);
	if (len < 24) {
		memset(h, 0, 60);
		h[13] = 2;
		len = 40;
	}
	/* a data offset that differs from the length is rare */
	if (draw(16))
		h[12] = len / 4 << 4 | (h[12] & 15);
	memcpy(pool[to], h, 60);
	lengths[to] = len;
	return len;
}

static void make_ipv4(uint8_t *b, struct about *a, unsigned int rest)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5 + (draw(4) ? 0 : draw(11)), .ttl = 2 + draw(200),
		.protocol = IPPROTO_TCP, .id = htons(serial),
		.saddr = htonl(0x0a000102), .daddr = htonl(0x0a000263),
	};

	a->tcp = ip.ihl * 4;
	a->len = a->tcp + rest;
	ip.tot_len = htons(a->len);
	ip.frag_off = htons((a->fragment ? IP_MF : 0) | (a->later ? 1 + draw(100) : 0));
	memset(b, 1, a->tcp);		/* NOP */
	memcpy(b, &ip, sizeof(ip));
	ip.check = htons(~oracle_sum(b, a->tcp));
	memcpy(b, &ip, sizeof(ip));
}

static void make_ipv6(uint8_t *b, struct about *a, unsigned int rest)
{
	unsigned int options = draw(4) ? 0 : draw(3), more = 8 * (options + a->fragment);
	struct ip6_hdr ip = { .ip6_plen = htons(more + rest), .ip6_hlim = 2 + draw(200) };
	uint8_t *next = &ip.ip6_nxt, *header = b + sizeof(ip);

	ip.ip6_vfc = 0x60;
	inet_pton(AF_INET6, "fd00:1::2", &ip.ip6_src);
	inet_pton(AF_INET6, "fd00:2::99", &ip.ip6_dst);
	for (unsigned int i = 0; i < options + a->fragment; i++, header += 8) {
		bool fragment = i == options;

		memset(header, 0, 8);
		*next = fragment ? IPPROTO_FRAGMENT : IPPROTO_DSTOPTS;
		next = header;
		if (!fragment)
			memcpy(header + 2, "\1\4", 2);	/* PadN */
		else	/* the offset, and now and then no fragment follows */
			header[3] = (draw(8) ? 1 : 0) | (a->later ? 8 * (1 + draw(30)) : 0);
	}
	*next = IPPROTO_TCP;
	memcpy(b, &ip, sizeof(ip));
	a->tcp = sizeof(ip) + more;
	a->len = a->tcp + rest;
}

static bool extensions(const struct about *a)
{
	return a->v6 && a->tcp > sizeof(struct ip6_hdr);
}

/* Leave the checksum to the device, make it GSO, or nonlinear: what tun and the segment allow */
static void offload(struct packet *p, const struct about *a, unsigned int len)
{
	bool whole = !a->fragment && a->have >= len && p->b[a->tcp + 12] >> 4 == len / 4;

	memset(&p->vnet, 0, sizeof(p->vnet));
	if (!a->fragment && a->have >= 20 && !draw(3)) {
		p->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		p->vnet.csum_start = a->tcp;
		p->vnet.csum_offset = 16;
		/* newer kernels raise a gso_size below 8 */
		if (whole && (gso_behind_extensions || !extensions(a)) && a->have > len + 8 && !draw(2)) {
			p->vnet.gso_type = a->v6 ? VIRTIO_NET_HDR_GSO_TCPV6 :
						   VIRTIO_NET_HDR_GSO_TCPV4;
			p->vnet.gso_size = 8 + draw(a->have - len - 8);
			p->vnet.hdr_len = a->tcp + len;
		}
	}
	/* tun makes pages only of more than a page */
	if (a->len > 4096 && !p->vnet.gso_type)
		p->vnet.hdr_len = 1 + draw(a->tcp + len);
}

static void make_packet(struct packet *p, struct about *a)
{
	uint8_t h[60];
	unsigned int len = make_header(h), payload = draw(3) ? draw(40) : 0;

	*a = (struct about){ .v6 = draw(2), .fragment = !draw(16) };
	a->later = a->fragment && !draw(4);
	if (!draw(16))
		payload = 4200 + draw(600);
	a->have = len + payload;
	if (!draw(a->fragment ? 2 : 32))	/* the header is cut */
		a->have = draw(len);
	if (a->v6)
		make_ipv6(p->b, a, a->have);
	else
		make_ipv4(p->b, a, a->have);
	memcpy(p->b + a->tcp, h, len);
	for (unsigned int i = len; i < a->have; i++)
		p->b[a->tcp + i] = i * 37 + serial;
	offload(p, a, len);
}

/* The offset of the flags byte in the TCP header if it is marked, or 0; counts. */
static unsigned int ask(const uint8_t *h, const struct about *a, const struct mpc_rule *rule)
{
	unsigned int len;
	struct oracle o;

	if (a->later || a->have < 20)
		return 0;
	len = (h[12] >> 4) * 4;
	if (len < (h[13] & 2 ? 24 : 40))
		return 0;
	if (a->have < len) {
		if (a->fragment && oracle_ask(h, 20, false, rule).segment & rule->segments) {
			wanted[MPTCP_BFLAG_COUNT_FRAGMENT]++;
			wanted[MATCHED]++;
		}
		return 0;
	}
	o = oracle_ask(h, len, a->have > len, rule);
	if (o.verdict == MPC_VERDICT_NONE)
		return 0;
	wanted[MATCHED]++;
	wanted[oracle_counter(&o)]++;
	if (o.verdict != MPC_VERDICT_SET) {
		wanted[MPTCP_BFLAG_COUNT_ACK_UNMARKED] +=
			o.segment == MPTCP_BFLAG_SEGMENT_ACK && o.unmarked;
		return 0;
	}
	return o.at + MPC_CAPABLE_FLAGS;
}

/* What a router changes */
static void forward(uint8_t *b, bool v6)
{
	b[v6 ? 7 : 8]--;
	if (v6)
		return;
	memset(b + 10, 0, 2);
	unsigned int sum = ~oracle_sum(b, (b[0] & 15) * 4) & 0xffff;

	b[10] = sum >> 8;
	b[11] = sum;
}

static void dump(const char *what, const uint8_t *b, unsigned int len)
{
	fprintf(stderr, "%s ", what);
	for (unsigned int i = 0; i < len && i < 160; i++)
		fprintf(stderr, "%02x", b[i]);
	fprintf(stderr, "\n");
}

/* @sent becomes what should arrive.  Returns what is different, or NULL. */
static const char *compare(struct packet *sent, const struct packet *came, ssize_t size,
			   const struct about *a, const struct mpc_rule *rule)
{
	uint8_t *h = sent->b + a->tcp;
	const uint8_t *got = came->b + a->tcp;
	unsigned int at = ask(h, a, rule), len = (h[12] >> 4) * 4, sum = 0;

	forward(sent->b, a->v6);
	if (size != (ssize_t)(sizeof(sent->vnet) + a->len))
		return "length";
	if (sent->vnet.gso_size != came->vnet.gso_size)
		return "GSO";
	if (at) {
		sum = oracle_sum(h, len);
		h[at] |= rule->flag;
		if (!(sent->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
			memcpy(h + 16, got + 16, 2);
	}
	if (memcmp(sent->b, came->b, a->len))
		return "bytes";
	if (at && !(sent->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    oracle_sum(h, len) % 0xffff != sum % 0xffff)
		return "checksum";
	return NULL;
}

static int open_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0 ||
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) < 0)
		die(name);
	return fd;
}

static int open_tap(const char *name)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		die("packet socket");
	return fd;
}

/* The next packet that came from us; the kernel sends some of its own. */
static ssize_t receive(int fd, struct packet *p)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	for (;;) {
		ssize_t size = read(fd, p, sizeof(*p));

		if (size > 0 && (p->b[0] >> 4 == 4 ? p->b[9] == IPPROTO_TCP : p->b[8] == 0xfd))
			return size;
		if (size < 0 && poll(&pfd, 1, 5000) <= 0)
			return 0;
	}
}

/* The devices carry nothing until the kernel has noticed that somebody holds them. */
static void wait_ready(int in, int out)
{
	static struct packet probe, came;
	struct about a = { };
	struct pollfd pfd = { .fd = out, .events = POLLIN };

	make_ipv4(probe.b, &a, 0);
	probe.b[9] = 253;	/* RFC 3692: for experiments */
	forward(probe.b, false);	/* only for the checksum */
	for (int i = 0; i < 1000; i++) {
		if (write(in, &probe, sizeof(probe.vnet) + a.len) < 0)
			die("write");
		while (poll(&pfd, 1, 10) > 0 && read(out, &came, sizeof(came)) > 0)
			if (came.b[0] >> 4 == 4 && came.b[9] == 253)
				return;
	}
	fprintf(stderr, "fuzz_tun: nothing is forwarded from \"in\" to \"out\"\n");
	exit(2);
}

/*
 * Newer kernels (6.12.118) split GSO segments with IPv6 extension headers themselves, whatever the
 * device can do.  Does this kernel leave one whole?
 */
static bool leaves_whole(int in, int out)
{
	enum { SIZE = 64, EACH = SIZE / 2 };
	static struct packet probe, came;
	struct about a = { .v6 = true };
	unsigned int count = 0, payload = 0;

	do
		make_ipv6(probe.b, &a, 20 + SIZE);
	while (!extensions(&a));
	probe.b[a.tcp + 12] = 20 / 4 << 4;
	probe.b[a.tcp + 13] = 0x10;
	probe.vnet = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = a.tcp, .csum_offset = 16,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV6, .gso_size = EACH, .hdr_len = a.tcp + 20,
	};
	if (write(in, &probe, sizeof(probe.vnet) + a.len) < 0)
		die("write");
	for (; payload < SIZE; count++) {
		ssize_t size = receive(out, &came) - sizeof(came.vnet) - a.tcp - 20;

		if (size <= 0) {
			fprintf(stderr, "fuzz_tun: a GSO segment with an extension header is lost\n");
			exit(2);
		}
		payload += size;
	}
	return count == 1;
}

/* The packet socket sees what was sent, before the rule. */
static const char *compare_tap(int tap, const struct packet *sent, const struct about *a)
{
	static uint8_t seen[PACKET_MAX];
	ssize_t size = recv(tap, seen, sizeof(seen), 0);

	return size != (ssize_t)a->len || memcmp(seen, sent->b, size) ?
	       "a packet socket sees another segment" : NULL;
}

static void try_one(int in, int out, int tap, const struct mpc_rule *rule)
{
	static struct packet sent, original, came;
	const char *difference;
	struct about a;
	ssize_t size;

	make_packet(&sent, &a);
	original = sent;
	if (write(in, &sent, sizeof(sent.vnet) + a.len) < 0)
		die("write");
	size = receive(out, &came);
	difference = size ? compare(&sent, &came, size, &a, rule) : "nothing arrived";
	if (!difference && tap >= 0)
		difference = compare_tap(tap, &original, &a);
	if (!difference)
		return;
	fprintf(stderr, "segment %lu, TCP at %u, flags %u, hdr_len %u, gso_size %u: %s\n", serial,
		a.tcp, original.vnet.flags, original.vnet.hdr_len, original.vnet.gso_size,
		difference);
	dump("sent:    ", original.b, a.len);
	dump("expected:", sent.b, a.len);
	dump("came:    ", came.b, a.len);
	exit(1);
}

int main(int argc, char **argv)
{
	bool clones = false;
	char **args;
	int in, out, tap, option;
	struct mpc_rule rule;
	unsigned long count;

	while ((option = getopt(argc, argv, "tf:")) != -1) {
		if (option == 't')
			clones = true;
		else if (option == 'f')
			read_headers(optarg);
		else
			return 2;
	}
	if (argc - optind != 5) {
		fprintf(stderr, "usage: fuzz_tun [-t] [-f FILE] COUNT SEED SEGMENTS VERSIONS FLAG\n");
		return 2;
	}
	args = argv + optind;
	count = strtoul(args[0], NULL, 0);
	state = 0x9e3779b97f4a7c15 ^ strtoul(args[1], NULL, 0);
	rule.segments = atoi(args[2]);
	rule.versions = atoi(args[3]);
	rule.flag = atoi(args[4]);
	in = open_tun("in");
	out = open_tun("out");
	match_open();
	wait_ready(in, out);
	gso_behind_extensions = leaves_whole(in, out);
	tap = clones ? open_tap("in") : -1;
	for (serial = 0; serial < count; serial++)
		try_one(in, out, tap, &rule);
	if (match_read() != wanted[MATCHED]) {
		fprintf(stderr, "\"match\" has seen %lu, not %lu\n", match_read(), wanted[MATCHED]);
		return 1;
	}
	for (int i = 0; i < MPTCP_BFLAG_COUNTERS; i++)
		printf("%s %lu\n", names[i], wanted[i]);
	return 0;
}
