// SPDX-License-Identifier: GPL-2.0-only
/* The classes of packets that the benchmark sends from the client to the server. */
#include <arpa/inet.h>
#include <string.h>

#include "source.h"

#define SYN	0x02
#define ACK	0x10

#define TS	"\x01\x01\x08\x0a\x11\x22\x33\x44\x55\x66\x77\x88"
#define KEYS	"\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8"

/* As Linux sends them; only the last one looks as if a middlebox had repacked it */
static const struct class {
	const char *name;
	uint8_t tcp_flags;	/* 0: UDP */
	unsigned int optlen;
	const char *options;
	unsigned int capable;	/* position of MP_CAPABLE in options, from 1; 0: none */
	unsigned int payload;
} classes[] = {
	{ "udp", 0, 0, "", 0, 200 },
	{ "tcp", ACK, 0, "", 0, 0 },
	{ "bulk", ACK, 12, TS, 0, 1388 },
	{ "sack", ACK, 24, TS "\x01\x01\x05\x0a\x10\x00\x00\x00\x10\x00\x05\x6c", 0, 0 },
	{ "dss-data", ACK, 36, TS
	  "\x1e\x16\x20\x0d\x01\x02\x03\x04\x11\x12\x13\x14\x15\x16\x17\x18"
	  "\x00\x00\x00\x01\x05\x54\x01\x01", 0, 1364 },
	{ "dss-ack", ACK, 20, TS "\x1e\x08\x20\x01\x01\x02\x03\x04", 0, 0 },
	{ "syn", SYN, 24, "\x02\x04\x05\xb4\x04\x02\x08\x0a\x11\x22\x33\x44\0\0\0\0"
	  "\x01\x03\x03\x07\x1e\x04\x01\x01", 21, 0 },
	{ "third-ack", ACK, 32, TS "\x1e\x14\x01\x01" KEYS, 13, 0 },
	{ "first-data", ACK, 36, TS "\x1e\x16\x01\x01" KEYS "\x05\x54\x01\x01", 13, 1364 },
	{ "syn-odd", SYN, 12, "\x02\x04\x05\xb4\x01\x1e\x04\x01\x01\x01\x01\x01", 6, 0 },
};

const unsigned int nclasses = ARRAY_SIZE(classes);

const char *class_name(unsigned int class)
{
	return classes[class].name;
}

/* nclasses if there is none */
unsigned int class_named(const char *name)
{
	unsigned int class = 0;

	while (class < nclasses && strcmp(classes[class].name, name))
		class++;
	return class;
}

static uint32_t sum_add(uint32_t sum, const uint8_t *b, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		sum += i % 2 ? b[i] : b[i] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The sum over the segment and its pseudo header; 0xffff if the checksum is right. */
uint16_t packet_sum(const struct packet *p)
{
	const uint8_t *ip = p->b + 14;
	uint32_t sum = ip[p->v6 ? 6 : 9] + p->len - p->l4;

	sum = sum_add(sum, ip + (p->v6 ? 8 : 12), p->v6 ? 32 : 8);
	return sum_fold(sum_add(sum, p->b + p->l4, p->len - p->l4));
}

static void ip_sum(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~sum_fold(sum_add(0, ip, 20)));
}

static void sum_make(struct packet *p)
{
	bool udp = p->b[p->v6 ? 20 : 23] == 17;
	uint8_t *sum = p->b + p->l4 + (udp ? 6 : 16);

	put16(sum, 0);
	put16(sum, ~packet_sum(p));
}

static void ip_make(struct packet *p, unsigned int protocol, unsigned int len)
{
	uint8_t *ip = p->b + 14;

	if (p->v6) {
		ip[0] = 0x60;
		put16(ip + 4, len);
		ip[6] = protocol;
		ip[7] = 64;
		inet_pton(AF_INET6, "fd00:1::2", ip + 8);
		inet_pton(AF_INET6, "fd00:2::2", ip + 24);
		return;
	}
	ip[0] = 0x45;
	put16(ip + 2, 20 + len);
	put16(ip + 4, 0x1234);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = protocol;
	inet_pton(AF_INET, "10.0.1.2", ip + 12);
	inet_pton(AF_INET, "10.0.2.2", ip + 16);
	ip_sum(ip);
}

/* Each class has its own connection. */
void packet_make(struct packet *p, unsigned int class, bool v6,
		 const uint8_t *dmac)
{
	const struct class *c = &classes[class];
	unsigned int hdr = c->tcp_flags ? 20 + c->optlen : 8;
	uint8_t *l4;

	memset(p, 0, sizeof(*p));
	p->v6 = v6;
	memcpy(p->b, dmac, 6);
	memcpy(p->b + 6, "\x02\0\0\0\0\x01", 6);
	put16(p->b + 12, v6 ? 0x86dd : 0x0800);
	ip_make(p, c->tcp_flags ? 6 : 17, hdr + c->payload);
	p->l4 = 14 + (v6 ? 40 : 20);
	p->headers = p->l4 + hdr;
	p->len = p->headers + c->payload;
	if (c->capable)
		p->flag = p->l4 + 20 + c->capable - 1 + 3;

	l4 = p->b + p->l4;
	put16(l4, 40000);
	put16(l4 + 2, 5001 + class);
	for (unsigned int i = 0; i < c->payload; i++)
		l4[hdr + i] = i * 7;
	if (!c->tcp_flags) {
		put16(l4 + 4, hdr + c->payload);
		sum_make(p);
		return;
	}
	put16(l4 + 6, 1000);
	if (c->tcp_flags & ACK)
		put16(l4 + 10, 2000);
	l4[12] = hdr / 4 << 4;
	l4[13] = c->tcp_flags;
	put16(l4 + 14, 64000);
	memcpy(l4 + 20, c->options, c->optlen);
	sum_make(p);
}

/* Another source port makes another connection. */
void packet_port(struct packet *p, unsigned int port)
{
	put16(p->b + p->l4, port);
	sum_make(p);
}
