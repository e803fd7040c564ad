// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: kmod/rewrite.c, unmodified, over the skbs of fuzz/skb.c, against the oracle: what is
 * changed, what is counted, and that nothing else is touched, in each state that a packet can have:
 * linear or not, cloned, shared, GSO, GRO list, each state of the checksum, IPv4 with options, IPv6 with a
 * fragment header, fragments, padding, no memory, the TCP header at each offset from a word, where UBSan
 * reports an unaligned access.  If others change the fragment meanwhile, only this is
 * judged: a segment has changed by the flag and its checksum, or not at all.
 *
 * An input is struct input and a TCP header, which may be cut.
 */
#include <stdio.h>
#include <stdlib.h>

#include <linux/ip.h>

#include "../../kmod/rewrite.h"
#include "mutate.h"
#include "oracle.h"

struct input {
	u8 states;	/* bits: IPv6, fragment, shared, cloned, no memory, GSO, GRO list, hostile */
	u8 rule;	/* segments, versions, flag; bits 6 and 7: ip_summed */
	u8 ip;		/* bits 0 to 3: words of IPv4 options, IPv6 options; 4 and 5: bytes in front; 6: length 0 */
	u8 linear;	/* bytes of the TCP header in the linear part, from 64 on all */
	int8_t length;	/* what the length of the IP header is too long or short */
	u8 payload;	/* bits 0 to 5: bytes; 6 and 7: what the TCP header is off a multiple of 4 */
};

enum { IPV6 = 1, FRAGMENT = 2, SHARED = 4, CLONED = 8, NO_MEMORY = 16, GSO = 32, LIST = 64, HOSTILE = 128 };

struct packet {
	u8 bytes[512];
	unsigned int len, nhoff, thoff;
};

/* What should happen */
struct wanted {
	bool changed;
	unsigned int at;	/* of the flags byte, from the TCP header */
	unsigned int counters[MPTCP_BFLAG_COUNTERS];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

static unsigned int counters[MPTCP_BFLAG_COUNTERS];
static unsigned long totals[MPTCP_BFLAG_COUNTERS];

void mptcp_bflag_count(struct net *net, enum mptcp_bflag_front_end front_end,
		       enum mptcp_bflag_counter counter)
{
	(void)net;
	if (front_end != MPTCP_BFLAG_HELPER)
		abort();
	counters[counter]++;
	totals[counter]++;
}

static void print_totals(void)
{
	fprintf(stderr, "counters:");
	for (int i = 0; i < MPTCP_BFLAG_COUNTERS; i++)
		fprintf(stderr, " %lu", totals[i]);
	fprintf(stderr, "\n");
}

static void different(const char *what)
{
	fprintf(stderr, "different: %s\n", what);
	abort();
}

static unsigned int put_ipv4(struct packet *p, const struct input *in, unsigned int rest)
{
	struct iphdr *ip = (void *)(p->bytes + p->nhoff);
	unsigned int len = 20 + 4 * ((in->ip & 15) % 11);

	ip->version = 4;
	ip->ihl = len / 4;
	ip->protocol = 6;
	ip->frag_off = in->states & FRAGMENT ? htons(IP_MF) : 0;
	ip->saddr = htonl(0x0a010203);
	ip->daddr = htonl(0xc0a8fffe);
	ip->tot_len = in->ip & 0x40 ? 0 : htons(len + rest + in->length);
	return len;
}

static unsigned int put_ipv6(struct packet *p, const struct input *in, unsigned int rest)
{
	struct ipv6hdr *ip6 = (void *)(p->bytes + p->nhoff);
	bool fragment = in->states & FRAGMENT;
	unsigned int options = (in->ip & 15) % 3, more = 8 * (options + fragment);
	u8 *next = &ip6->nexthdr, *header = (u8 *)(ip6 + 1);

	ip6->version = 6;
	/* headers of destination options, and the fragment header */
	for (unsigned int i = 0; i < options + fragment; i++, header += 8) {
		*next = i < options ? 60 : NEXTHDR_FRAGMENT;
		next = header;
	}
	*next = 6;
	memset(&ip6->saddr, 0x20, 16);
	memset(&ip6->daddr, 0xfd, 16);
	ip6->payload_len = in->ip & 0x40 ? 0 : htons(more + rest + in->length);
	return sizeof(*ip6) + more;
}

static void make_packet(struct packet *p, const struct input *in, const u8 *tcp, unsigned int len)
{
	unsigned int rest = len + in->payload % 64, off = in->payload / 64;

	memset(p->bytes, 0, sizeof(p->bytes));
	p->nhoff = (in->ip >> 4 & 3) * 4;
	p->thoff = p->nhoff + off +
		   (in->states & IPV6 ? put_ipv6(p, in, off + rest) : put_ipv4(p, in, off + rest));
	memcpy(p->bytes + p->thoff, tcp, len);
	for (unsigned int i = len; i < rest; i++)
		p->bytes[p->thoff + i] = i * 37;
	p->len = p->thoff + rest;
}

static void make_skb(struct sk_buff *skb, const struct packet *p, const struct input *in)
{
	unsigned int linear = p->thoff + in->linear;

	memset(skb, 0, sizeof(*skb));
	if (in->linear >= 64 || linear > p->len)
		linear = p->len;
	skb->len = p->len;
	skb->data_len = p->len - linear;
	skb->headroom = 4 * (in->payload % 3);	/* IP headers are aligned */
	skb->head = malloc(skb->headroom + linear);
	skb->data = skb->head + skb->headroom;
	memset(skb->head, 0xee, skb->headroom);
	memcpy(skb->data, p->bytes, linear);
	skb->frag = malloc(skb->data_len);
	memcpy(skb->frag, p->bytes + linear, skb->data_len);
	skb->ip_summed = in->rule >> 6;
	skb->shared = in->states & SHARED;
	skb->cloned = in->states & CLONED;
	skb->original = p->bytes;
	memcpy(skb->pulled, p->bytes, p->len);
	skb->no_memory = in->states & NO_MEMORY;
	skb->hostile = in->states & HOSTILE;
	skb->shinfo.gso_size = in->states & GSO ? 1000 : 0;
	skb->shinfo.gso_type = in->states & LIST ? SKB_GSO_FRAGLIST | 1 : 1;
}

/* Bytes of the IP packet from the TCP header on */
static int room_of(const struct packet *p, const struct input *in)
{
	const u8 *ip = p->bytes + p->nhoff;
	int headers = p->thoff - p->nhoff;

	if (in->ip & 0x40)
		return in->states & GSO ? (int)(p->len - p->thoff) : -headers;
	if (!(in->states & IPV6))
		return (ip[2] << 8 | ip[3]) - headers;
	/* 0 is no length */
	if (!(ip[4] << 8 | ip[5]))
		return in->states & GSO ? (int)(p->len - p->thoff) : -headers;
	return (ip[4] << 8 | ip[5]) + 40 - headers;
}

static void leave(struct wanted *w, const struct oracle *about, enum mptcp_bflag_counter why)
{
	w->counters[why] = 1;
	w->counters[MPTCP_BFLAG_COUNT_ACK_UNMARKED] =
		about->segment == MPTCP_BFLAG_SEGMENT_ACK && about->unmarked;
}

/* @linear: the header is in the linear part */
static struct wanted want(const struct packet *p, const struct input *in, const struct mpc_rule *rule,
			  bool linear)
{
	const u8 *h = p->bytes + p->thoff;
	int there = p->len - p->thoff, room = room_of(p, in), len;
	unsigned int cut = in->states & FRAGMENT ? MPTCP_BFLAG_COUNT_FRAGMENT : MPTCP_BFLAG_COUNT_OPTIONS;
	bool stuck = in->states & (SHARED | NO_MEMORY);
	struct wanted w = { 0 };
	struct oracle about;

	if (there < 20)
		return w;
	len = (h[12] >> 4) * 4;
	if (len < ((h[13] & 2) ? 24 : 40))
		return w;
	if (there < len) {
		u8 padded[60] = { 0 };

		memcpy(padded, h, there);
		about = oracle_ask(padded, len, false, rule);
		if (about.segment & rule->segments)
			w.counters[cut] = in->states & FRAGMENT ? 1 : 0;
		return w;
	}
	about = oracle_ask(h, len, linear || !stuck ? room > len : there > len, rule);
	if (about.verdict == MPC_VERDICT_NONE)
		return w;
	if (!linear && stuck) {
		leave(&w, &about, MPTCP_BFLAG_COUNT_NOT_WRITABLE);
	} else if (room < len) {
		w.counters[cut] = 1;
	} else if (about.verdict != MPC_VERDICT_SET) {
		leave(&w, &about, oracle_counter(&about));
	} else if ((in->states & SHARED) ||
		   /* a pull has made it the only one */
		   (linear && (in->states & CLONED) && (in->states & NO_MEMORY))) {
		leave(&w, &about, MPTCP_BFLAG_COUNT_NOT_WRITABLE);
	} else {
		w.changed = true;
		w.at = about.at + 3;
		w.counters[oracle_counter(&about)] = 1;
	}
	return w;
}

static u8 byte_of(const struct sk_buff *skb, unsigned int i)
{
	return i < skb_headlen(skb) ? skb->data[i] : skb->frag[i - skb_headlen(skb)];
}

static void check_list(const struct sk_buff *skb, const struct packet *p, const struct input *in)
{
	const u8 *h = skb->data + p->thoff, *ip = skb->data + p->nhoff;
	u16 check;

	if (in->states & IPV6)
		check = ~tcp_v6_check(skb->len - p->thoff, (void *)(ip + 8), (void *)(ip + 24), 0);
	else
		check = ~tcp_v4_check(skb->len - p->thoff, ((struct iphdr *)ip)->saddr,
				      ((struct iphdr *)ip)->daddr, 0);
	if (memcmp(h + 16, &check, 2) || skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb->csum_start != skb->headroom + p->thoff || skb->csum_offset != 16 ||
	    skb->shinfo.gso_type != 1)
		different("a GRO list did not become a GSO packet");
}

static void check_bytes(const struct sk_buff *skb, const struct packet *p, const struct input *in,
			const struct wanted *w, const struct mpc_rule *rule)
{
	bool list = (in->states & GSO) && (in->states & LIST);
	unsigned int before, after;

	for (unsigned int i = 0; i < p->len; i++) {
		u8 wanted = p->bytes[i];

		if (w->changed && (i == p->thoff + 16 || i == p->thoff + 17))
			continue;
		if (w->changed && i == p->thoff + w->at)
			wanted |= rule->flag;
		if (byte_of(skb, i) != wanted)
			different("bytes");
	}
	if (!w->changed)
		return;
	if (list) {
		check_list(skb, p, in);
		return;
	}
	before = oracle_sum(p->bytes + p->thoff, 60);
	after = oracle_sum(skb->data + p->thoff, (skb->data[p->thoff + 12] >> 4) * 4);
	for (unsigned int i = (skb->data[p->thoff + 12] >> 4) * 4; i < 60; i++)
		after += i & 1 ? p->bytes[p->thoff + i] : p->bytes[p->thoff + i] << 8;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		if (memcmp(skb->data + p->thoff + 16, p->bytes + p->thoff + 16, 2))
			different("checksum that the device computes");
	} else if (before % 0xffff != after % 0xffff) {
		different("checksum");
	}
}

/* At most the flag and the checksum differ from what was there when the header became linear. */
static void check_hostile(const struct sk_buff *skb, const struct packet *p, bool changed,
			  const struct mpc_rule *rule)
{
	unsigned int reasons = 0, bytes = 0;

	for (unsigned int i = 0; i < skb_headlen(skb); i++) {
		u8 was = skb->pulled[i], is = skb->data[i];

		if (was == is || i == p->thoff + 16 || i == p->thoff + 17)
			continue;
		if (i < p->thoff + 20 || is != (was | rule->flag))
			different("bytes, while others change the fragment");
		bytes++;
	}
	for (int i = 0; i < MPTCP_BFLAG_COUNTERS; i++)
		reasons += counters[i] && i != MPTCP_BFLAG_COUNT_ACK_UNMARKED;
	if (bytes != changed || reasons > 1 || (changed && !reasons))
		different("the count of bytes, or counters, while others change the fragment");
}

static void run(const struct packet *p, const struct input *in, const struct mptcp_bflag_rule *rule)
{
	bool changed = false, match;
	struct sk_buff skb;
	struct wanted w;
	unsigned int from, linear;

	make_skb(&skb, p, in);
	linear = skb_headlen(&skb);
	w = want(p, in, &rule->mark, linear >= p->thoff + 20 &&
		 linear >= p->thoff + (p->bytes[p->thoff + 12] >> 4) * 4);
	match = mptcp_bflag_match(&skb, p->nhoff, p->thoff, &rule->mark);
	memset(counters, 0, sizeof(counters));
	from = mptcp_bflag_look(&skb, p->thoff);
	if (from)
		changed = mptcp_bflag_set(NULL, &skb, p->nhoff, p->thoff, from, rule);
	if (in->states & HOSTILE && p->len > linear) {
		check_hostile(&skb, p, changed, &rule->mark);
	} else {
		static const unsigned int none[MPTCP_BFLAG_COUNTERS];

		if (changed != w.changed)
			different("changed");
		if (memcmp(counters, w.counters, sizeof(counters)))
			different("counters");
		if (match != !!memcmp(counters, none, sizeof(counters)))
			different("match");
		check_bytes(&skb, p, in, &w, &rule->mark);
	}
	/* the memory of the other clone, or of the other users */
	if ((skb.cloned || skb.shared) && memcmp(skb.data, p->bytes, linear))
		different("somebody else's bytes");
	free(skb.head);
	free(skb.frag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mptcp_bflag_rule rule = { .front_end = MPTCP_BFLAG_HELPER };
	static bool started;
	struct packet packet;
	struct input in;

	if (!started)
		started = !atexit(print_totals);
	if (size < sizeof(in) + 1)
		return -1;
	memcpy(&in, data, sizeof(in));
	size -= sizeof(in);
	srandom(size + in.payload);
	rule.mark.segments = in.rule & 7 ? in.rule & 7 : 7;
	rule.mark.versions = in.rule >> 3 & 3 ? in.rule >> 3 & 3 : 2;
	rule.mark.flag = in.rule & 0x20 ? MPTCP_BFLAG_FLAG_B : MPTCP_BFLAG_FLAG_C;
	in.length = in.length < -30 || in.length > 30 ? 0 : in.length;
	make_packet(&packet, &in, data + sizeof(in), size < 60 ? size : 60);
	run(&packet, &in, &rule);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	return mutate_header(data, size, max, seed, sizeof(struct input));
}
