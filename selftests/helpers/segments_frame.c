// SPDX-License-Identifier: GPL-2.0-only
/*
 * Make the frames of the test program "segments" from the rows of its table.  Checksums
 * are always computed in full, never updated.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segments.h"

#define TTL	61

uint32_t sum_add(uint32_t sum, const uint8_t *b, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		sum += i & 1 ? b[i] : b[i] << 8;
	return sum;
}

uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

uint32_t sum_pseudo(const uint8_t *src, const uint8_t *dst, bool v6,
		    unsigned int len)
{
	uint32_t sum = IPPROTO_TCP + len;

	sum = sum_add(sum, src, v6 ? 16 : 4);
	return sum_add(sum, dst, v6 ? 16 : 4);
}

/* The sum over the segment that @n frames carry together; 0xffff if it is right. */
uint32_t frame_sum(const struct frame *f, unsigned int n, bool v6)
{
	const uint8_t *ip = f->b + f->l3;
	unsigned int len = 0;
	uint32_t sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		sum = sum_add(sum, f[i].b + f[i].l4, f[i].l4len);
		len += f[i].l4len;
	}
	return sum_fold(sum + sum_pseudo(ip + (v6 ? 8 : 12), ip + (v6 ? 24 : 16),
					 v6, len));
}

static unsigned int segment_make(uint8_t *s, const struct row *row,
				 const struct path *path, unsigned int serial)
{
	unsigned int hdr = 20 + row->optlen, len;

	memset(s, 0, 20);
	put16(s, 40000);
	put16(s + 2, 443);
	put16(s + 4, 0x5e90 + (serial >> 16));	/* sequence number */
	put16(s + 6, serial);
	if (row->tcp_flags & 0x10)
		put16(s + 8, 0xac4d);
	s[12] = (row->doff < 0 ? hdr / 4 : (unsigned int)row->doff) << 4 |
		row->reserved;
	s[13] = row->tcp_flags;
	put16(s + 14, 0xfa10);
	memcpy(s + 20, row->opts, row->optlen);
	len = hdr + (path->data ? path->data : row->data);
	for (unsigned int i = hdr; i < len; i++)
		s[i] = i * 7 + 3;
	return row->truncate ? row->truncate : len;
}

static void segment_check(uint8_t *s, unsigned int len, const struct row *row,
			  const struct path *path, bool v6)
{
	uint32_t pseudo = sum_pseudo(path->src[v6], path->dst[v6], v6, len);
	unsigned int payload = 20 + row->optlen;

	if (len < 18)
		return;
	if (path->partial) {
		put16(s + 16, sum_fold(pseudo));
		return;
	}
	if (row->check == MADE) {
		put16(s + payload, 0);
		put16(s + 16, row->field);
		put16(s + payload, ~sum_fold(sum_add(pseudo, s, len)));
	} else if (row->check == RAW) {
		put16(s + 16, row->field);
	} else {
		put16(s + 16, ~sum_fold(sum_add(pseudo, s, len)));
		if (row->check == WRONG)
			put16(s + 16, get16(s + 16) ^ row->field);
	}
}

static void ip_make(uint8_t *b, const struct path *path, bool v6,
		    unsigned int serial, unsigned int protocol,
		    unsigned int hdr, unsigned int total)
{
	memset(b, 0, hdr);
	if (v6) {
		b[0] = 0x60;
		b[1] = serial >> 12 & 0x0f;	/* flow label */
		put16(b + 2, serial << 4);
		put16(b + 4, total - 40);
		b[6] = protocol;
		b[7] = TTL;
		memcpy(b + 8, path->src[1], 16);
		memcpy(b + 24, path->dst[1], 16);
		return;
	}
	b[0] = 0x40 | hdr / 4;
	b[1] = 0x28;				/* some DSCP */
	put16(b + 2, total);
	put16(b + 4, serial << 4);		/* GSO increments it */
	b[8] = TTL;
	b[9] = protocol;
	memcpy(b + 12, path->src[0], 4);
	memcpy(b + 16, path->dst[0], 4);
	memset(b + 20, 1, hdr - 20);		/* no-operation */
}

static void ip_check(uint8_t *b, unsigned int hdr)
{
	put16(b + 10, 0);
	put16(b + 10, ~sum_fold(sum_add(0, b, hdr)));
}

/* An IPv6 extension header at @b; returns its length. */
static unsigned int extension(uint8_t *b, enum wrap wrap, unsigned int next)
{
	static const uint8_t padn[8] = { 0, 0, 1, 4 };
	static const uint8_t fragment[8] = { 0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef };
	unsigned int len = 8;

	memset(b, 0, 24);
	memcpy(b, wrap == FRAG_ATOMIC ? fragment : padn, 8);
	if (wrap == ROUTING_2 || wrap == ROUTING_4) {
		len = 24;
		b[1] = 2;
		b[2] = wrap == ROUTING_2 ? 2 : 4;
		b[3] = 0;
		memset(b + 8, 0xfd, 16);
	}
	b[0] = next;
	return len;
}

static unsigned int extension_chain(uint8_t *b)
{
	unsigned int len = extension(b, HOP_BY_HOP, IPPROTO_DSTOPTS);

	len += extension(b + len, DESTINATION, IPPROTO_ROUTING);
	len += extension(b + len, ROUTING_4, IPPROTO_DSTOPTS);
	return len + extension(b + len, DESTINATION, IPPROTO_TCP);
}

/*
 * Make the headers between the IP header and the segment.  Returns their length, and in
 * *@protocol the protocol of the IP header.
 */
static unsigned int prefix_make(uint8_t *b, const struct row *row,
				const struct path *path, bool v6,
				unsigned int seglen, unsigned int *protocol)
{
	unsigned int inner;

	*protocol = IPPROTO_TCP;
	switch (row->wrap) {
	case HOP_BY_HOP:
		*protocol = IPPROTO_HOPOPTS;
		return extension(b, row->wrap, IPPROTO_TCP);
	case DESTINATION:
		*protocol = IPPROTO_DSTOPTS;
		return extension(b, row->wrap, IPPROTO_TCP);
	case ROUTING_2:
	case ROUTING_4:
		*protocol = IPPROTO_ROUTING;
		return extension(b, row->wrap, IPPROTO_TCP);
	case EXT_CHAIN:
		*protocol = IPPROTO_HOPOPTS;
		return extension_chain(b);
	case FRAG_ATOMIC:
	case FRAG_TWO:
	case FRAG_LATER:
		if (!v6)
			return 0;
		*protocol = IPPROTO_FRAGMENT;
		return extension(b, FRAG_ATOMIC, IPPROTO_TCP);
	case AUTHENTICATION:
		*protocol = IPPROTO_AH;
		memset(b, 0x5a, 24);
		memcpy(b, (uint8_t[]){ IPPROTO_TCP, 4, 0, 0 }, 4);
		return 24;
	case IN_IPV6:
		*protocol = IPPROTO_IPV6;
		ip_make(b, path, true, 0, IPPROTO_TCP, 40, 40 + seglen);
		return 40;
	case IN_IPV4:
		*protocol = IPPROTO_IPIP;
		ip_make(b, path, false, 0, IPPROTO_TCP, 20, 20 + seglen);
		ip_check(b, 20);
		return 20;
	case IN_UDP:
		*protocol = IPPROTO_UDP;
		memset(b, 0x11, 8);
		put16(b + 4, 8 + seglen);
		put16(b + 6, 0);
		return 8;
	case AS_UDP:
		*protocol = IPPROTO_UDP;
		return 0;
	case IN_ICMP:
		*protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		memset(b, 0, 8);
		b[0] = v6 ? 1 : 3;		/* unreachable ... */
		b[1] = v6 ? 4 : 3;		/* port */
		inner = v6 ? 40 : 20;
		ip_make(b + 8, path, v6, 0, IPPROTO_TCP, inner, inner + seglen);
		if (!v6)
			ip_check(b + 8, inner);
		return 8 + inner;
	default:
		return 0;
	}
}

static unsigned int ether_make(uint8_t *b, const struct row *row,
			       const struct path *path, bool v6)
{
	unsigned int len = 12;

	memcpy(b, path->dmac, 6);
	memcpy(b + 6, path->smac, 6);
	if (path->vlan >= 0) {
		put16(b + len, 0x8100);
		put16(b + len + 2, 0x6000 | path->vlan);
		len += 4;
	}
	if (path->within == PPPOE) {
		put16(b + len, 0x8864);
		put16(b + len + 2, 0x1100);	/* version, type, session data */
		put16(b + len + 4, 0x0b0b);	/* session; then the length */
		put16(b + len + 8, v6 ? 0x57 : 0x21);
		return len + 10;
	}
	if (row->wrap == DOUBLE_TAG || path->within == SECOND_TAG) {
		put16(b + len, 0x8100);
		put16(b + len + 2, 77);
		len += 4;
	}
	put16(b + len, row->wrap == OTHER_ETHERTYPE ? 0x88b5 :
		       v6 ? 0x86dd : 0x0800);
	return len + 2;
}

/* Put a wrong length or version into the IP header */
static void ip_lie(struct frame *f, const struct row *row, bool v6)
{
	uint8_t *ip = f->b + f->l3, *length = ip + (v6 ? 4 : 2);

	switch (row->wrap) {
	case TOTAL_LONG:
		put16(length, get16(length) + 100);
		break;
	case TOTAL_SHORT:
		put16(length, f->l4 - f->l3 + row->cut - (v6 ? 40 : 0));
		break;
	case TOTAL_ZERO:
		put16(length, v6 ? 0 : 20);
		break;
	case BAD_IHL:
		ip[0] = 0x44;
		break;
	case BAD_VERSION:
		ip[0] ^= 0x20;
		break;
	default:
		break;
	}
}

/* Make a frame with @len bytes of the segment @s from @offset on */
static void frame_make(struct frame *f, const struct row *row,
		       const struct path *path, bool v6, unsigned int serial,
		       const uint8_t *s, unsigned int offset, unsigned int len,
		       bool more)
{
	unsigned int hdr = v6 ? 40 : 20, protocol, prefix;
	uint8_t *ip;

	if (row->wrap == OPTIONS_WORD)
		hdr = 24;
	else if (row->wrap == OPTIONS_FULL)
		hdr = 60;
	f->l3 = ether_make(f->b, row, path, v6);
	ip = f->b + f->l3;
	prefix = prefix_make(ip + hdr, row, path, v6, len, &protocol);
	ip_make(ip, path, v6, serial, protocol, hdr, hdr + prefix + len);
	if (row->wrap == FRAG_LATER)
		offset = 64;
	if (offset || more)
		put16(ip + (v6 ? 42 : 6), v6 ? offset | more :
					       offset / 8 | more << 13);
	f->l4 = f->l3 + hdr + prefix;
	f->l4len = len;
	f->l3len = hdr + prefix + len;
	f->len = f->l3 + f->l3len + path->pad;
	if (path->within == PPPOE)
		put16(ip - 4, f->l3len + 2);
	memcpy(f->b + f->l4, s + (row->wrap == FRAG_LATER ? 0 : offset), len);
	memset(f->b + f->l3 + f->l3len, 0xee, path->pad);
	ip_lie(f, row, v6);
	if (!v6)
		ip_check(ip, hdr);
}

/* Returns the number of frames in @f, one or two. */
unsigned int frames_make(struct frame *f, const struct row *row,
			 const struct path *path, bool v6, unsigned int serial)
{
	static uint8_t s[FRAME_MAX];
	unsigned int len = segment_make(s, row, path, serial);

	/* the checksum does not cover bytes after IP's length */
	segment_check(s, row->wrap == TOTAL_SHORT ? row->cut : len, row, path, v6);
	if (row->wrap == FRAG_TWO) {
		frame_make(f, row, path, v6, serial, s, 0, row->cut, true);
		frame_make(f + 1, row, path, v6, serial, s, row->cut,
			   len - row->cut, false);
		return 2;
	}
	frame_make(f, row, path, v6, serial, s, 0, len, false);
	if (!(row->quirks & TWICE))
		return 1;
	f[1] = f[0];
	return 2;
}

/* Find the IP packet in a received frame; false if it is not ours. */
bool frame_parse(struct frame *f, bool v6)
{
	unsigned int l3 = 14;

	while (l3 + 4 < f->len && get16(f->b + l3 - 2) == 0x8100)
		l3 += 4;
	if (get16(f->b + l3 - 2) == 0x8864)
		l3 += 8;
	f->l3 = l3;
	return f->len >= l3 + (v6 ? 40 : 20);
}

/* The number of a frame: IPv4's ID, IPv6's flow label */
unsigned int frame_serial(const struct frame *f, bool v6)
{
	const uint8_t *ip = f->b + f->l3;

	if (!v6)
		return get16(ip + 4) >> 4;
	return ((ip[1] & 0x0fU) << 16 | get16(ip + 2)) >> 4;
}

unsigned int frame_fragment(const struct frame *f, bool v6)
{
	const uint8_t *ip = f->b + f->l3;

	if (!v6)
		return get16(ip + 6);
	return ip[6] == IPPROTO_FRAGMENT ? get16(ip + 42) : 0;
}

void frame_dump(const char *what, const struct frame *f)
{
	printf("# %s, %u bytes, TCP at %u:", what, f->len, f->l4);
	for (unsigned int i = 0; i < f->len && i < 256; i++)
		printf("%s%02x", i % 16 ? " " : "\n#   ", f->b[i]);
	printf("%s\n", f->len > 256 ? " ..." : "");
}
