// SPDX-License-Identifier: GPL-2.0-only
/*
 * mpdump [-x] FILE: print the MPTCP handshakes of a capture, one segment a line.
 *
 *   SYN 10.0.1.2 40000 10.0.2.2 80 seq 7 data 0 capable 1e040101
 *   SYN 10.0.2.3 35533 10.0.2.1 40000 seq 9 data 0 join 1e0c1001...
 *
 * Segments without MP_CAPABLE or MP_JOIN are skipped.  The bytes are those on the wire.
 * Checksums are left to tcpdump, which shares no code with this project.
 *
 * -x: print the TCP header of each segment with an option of MPTCP instead, as lines of
 * fuzz/handshakes: NUMBER HEX.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ETH_LEN 14
#define COOKED_LEN 16	/* of a capture at the device "any" */
#define KIND_MPTCP 30

struct segment {
	int family;
	const uint8_t *src, *dst;	/* addresses */
	const uint8_t *tcp, *end;	/* end: of the captured bytes */
	unsigned int tcp_len;		/* on the wire, header and data */
};

/* Returns 0 for anything that is not TCP over IPv4 or plain IPv6. */
static int dissect(const uint8_t *p, const uint8_t *end, unsigned int link, struct segment *s)
{
	unsigned int type;

	if ((size_t)(end - p) < link + 20)
		return 0;
	p += link;
	type = p[-2] << 8 | p[-1];
	if (type == 0x0800 && p[9] == IPPROTO_TCP) {
		s->family = AF_INET;
		s->src = p + 12;
		s->dst = p + 16;
		s->tcp = p + (p[0] & 15) * 4;
		s->tcp_len = (p[2] << 8 | p[3]) - (p[0] & 15) * 4;
	} else if (type == 0x86dd && end - p >= 40 && p[6] == IPPROTO_TCP) {
		s->family = AF_INET6;
		s->src = p + 8;
		s->dst = p + 24;
		s->tcp = p + 40;
		s->tcp_len = p[4] << 8 | p[5];
	} else {
		return 0;
	}
	s->end = end;
	return end - s->tcp >= 20 && end - s->tcp >= (s->tcp[12] >> 4) * 4;
}

static const char *segment_name(const uint8_t *tcp)
{
	switch (tcp[13] & 0x12) {
	case 0x02: return "SYN";
	case 0x12: return "SYN+ACK";
	case 0x10: return "ACK";
	default: return "OTHER";
	}
}

static void print(const struct segment *s, const char *what, const uint8_t *opt)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const uint8_t *t = s->tcp;

	printf("%s %s %d %s %d seq %u data %u %s ", segment_name(t),
	       inet_ntop(s->family, s->src, src, sizeof(src)), t[0] << 8 | t[1],
	       inet_ntop(s->family, s->dst, dst, sizeof(dst)), t[2] << 8 | t[3],
	       (unsigned int)t[4] << 24 | t[5] << 16 | t[6] << 8 | t[7],
	       s->tcp_len - (t[12] >> 4) * 4, what);
	for (unsigned int i = 0; i < opt[1]; i++)
		printf("%02x", opt[i]);
	putchar('\n');
}

/* Has the segment an option of MPTCP?  Broken options end the search. */
static int is_mptcp(const uint8_t *tcp)
{
	unsigned int at = 20, len = (tcp[12] >> 4) * 4;

	while (at + 1 < len && tcp[at] != 0) {
		if (tcp[at] == KIND_MPTCP)
			return 1;
		if (tcp[at] != 1 && tcp[at + 1] < 2)
			return 0;
		at += tcp[at] == 1 ? 1 : tcp[at + 1];
	}
	return 0;
}

static void print_header(const uint8_t *tcp, unsigned int number)
{
	if (!is_mptcp(tcp))
		return;
	printf("%u ", number);
	for (int i = 0; i < (tcp[12] >> 4) * 4; i++)
		printf("%02x", tcp[i]);
	putchar('\n');
}

static void look(const struct segment *s)
{
	const uint8_t *opt = s->tcp + 20, *end = s->tcp + (s->tcp[12] >> 4) * 4;

	while (opt < end && opt[0] != 0) {
		if (opt[0] == 1) {
			opt++;
			continue;
		}
		if (end - opt < 2 || opt[1] < 2 || opt[1] > end - opt)
			return;
		if (opt[0] == KIND_MPTCP && opt[1] > 2 && opt[2] >> 4 == 0)
			print(s, "capable", opt);
		if (opt[0] == KIND_MPTCP && opt[1] > 2 && opt[2] >> 4 == 1)
			print(s, "join", opt);
		opt += opt[1];
	}
}

int main(int argc, char *argv[])
{
	int headers = argc == 3 && !strcmp(argv[1], "-x");
	unsigned int number = 0, link = ETH_LEN;
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const uint8_t *packet;
	pcap_t *pcap;

	if (argc != 2 + headers) {
		fprintf(stderr, "usage: mpdump [-x] FILE\n");
		return 2;
	}
	pcap = pcap_open_offline(argv[1 + headers], error);
	if (pcap && pcap_datalink(pcap) == DLT_LINUX_SLL)
		link = COOKED_LEN;
	else if (!pcap || pcap_datalink(pcap) != DLT_EN10MB) {
		fprintf(stderr, "mpdump: %s: %s\n", argv[1 + headers],
			pcap ? "not an Ethernet capture" : error);
		return 1;
	}
	while (pcap_next_ex(pcap, &header, &packet) == 1) {
		struct segment s;

		number++;
		if (!dissect(packet, packet + header->caplen, link, &s))
			continue;
		if (headers)
			print_header(s.tcp, number);
		else
			look(&s);
	}
	pcap_close(pcap);
	return 0;
}
