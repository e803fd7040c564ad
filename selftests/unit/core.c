// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit test of the pure core (kmod/mp_capable.h), in userspace, with
 * sanitizers: millions of random but plausible TCP headers, each right before
 * an unreadable page, against a second implementation that shares nothing with
 * the first but the RFC.  Prints KTAP; an argument is the number of headers.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../kmod/mp_capable.h"

static uint64_t seed = 0x2016072016072016ULL;

static unsigned int rnd(unsigned int below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 33) % below;
}

struct option {
	unsigned int kind, len, at;
};

/* First cut the list into options, then judge: unlike the core's one walk. */
static int cut(const uint8_t *h, unsigned int len, struct option *list,
	       unsigned int *broken)
{
	unsigned int at = 20;
	int n = 0;

	*broken = 0;
	for (;;) {
		if (at >= len || h[at] == 0)
			return n;
		if (h[at] == 1) {
			at++;
			continue;
		}
		*broken = at;
		if (at + 1 >= len)
			return n;
		list[n] = (struct option){ h[at], h[at + 1], at };
		if (list[n].len < 2 || at + list[n].len > len)
			return n;
		at += list[n++].len;
		*broken = 0;
	}
}

static bool length_ok(unsigned int segment, unsigned int version, unsigned int len)
{
	static const struct { unsigned char segment, version, len; } valid[] = {
		{ MPTCP_BFLAG_SYN, 1, 4 }, { MPTCP_BFLAG_SYN, 0, 12 },
		{ MPTCP_BFLAG_SYNACK, 1, 12 }, { MPTCP_BFLAG_SYNACK, 0, 12 },
		{ MPTCP_BFLAG_ACK, 1, 20 }, { MPTCP_BFLAG_ACK, 1, 22 },
		{ MPTCP_BFLAG_ACK, 1, 24 }, { MPTCP_BFLAG_ACK, 0, 20 },
	};

	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		if (valid[i].segment == segment && valid[i].version == version &&
		    valid[i].len == len)
			return true;
	return false;
}

static enum mpc_verdict expect(const uint8_t *h, unsigned int len,
			       const struct mpc_rule *rule, unsigned int *at)
{
	bool syn = h[13] & 2, ack = h[13] & 16, fin = h[13] & 1, rst = h[13] & 4;
	unsigned int segment = 0, found = 0, ao = 0, version, flags, broken;
	unsigned int room = syn ? 4 : 20;	/* less is none that anybody takes */
	struct option list[20], mpc = { 0, 0, 0 };
	int n;

	if (!rst && syn && !fin)
		segment = ack ? MPTCP_BFLAG_SYNACK : MPTCP_BFLAG_SYN;
	else if (!rst && !syn && ack)
		segment = MPTCP_BFLAG_ACK;
	if (!(rule->segments & segment))
		return MPC_NONE;

	n = cut(h, len, list, &broken);
	for (int i = 0; i < n; i++) {
		ao += list[i].kind == 29;
		if (list[i].kind == 30 && list[i].len >= 3 && h[list[i].at + 2] >> 4 == 0 &&
		    (found || len - list[i].at >= room)) {
			mpc = list[i];
			found++;
		}
	}
	if (broken && (found || len - broken >= room))
		return MPC_OPTIONS;
	if (found != 1)
		return found ? MPC_OPTIONS : MPC_NONE;
	if (ao)
		return MPC_TCP_AO;
	version = h[mpc.at + 2] & 15;
	if (version > 1 || !(rule->versions >> version & 1))
		return MPC_VERSION;
	if (!length_ok(segment, version, mpc.len))
		return MPC_LENGTH;
	flags = h[mpc.at + 3];
	if (rule->flag == 0x20 && flags & 0x40)
		return MPC_EXTENSIBILITY;
	if (flags & rule->flag)
		return MPC_ALREADY;
	*at = mpc.at + 3;
	return MPC_SET;
}

static unsigned int checksum(const uint8_t *h, unsigned int len)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < len; i += 2)
		sum += h[i] << 8 | h[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static unsigned int put(uint8_t *h, unsigned int at, unsigned int len,
			unsigned int kind, unsigned int optlen)
{
	for (unsigned int i = 0; i < optlen && at + i < len; i++)
		h[at + i] = i == 0 ? kind : i == 1 ? optlen : rnd(256);
	return at + optlen;
}

/* A header of options that often, but not always, make sense. */
static void make(uint8_t *h, unsigned int len)
{
	static const uint8_t mpc_len[] = { 4, 4, 12, 12, 20, 20, 22, 24, 3, 5, 18, 21, 2 };
	static const uint8_t flags[] = { 2, 2, 18, 16, 16, 24, 17, 3, 4, 20, 0, 0xc2 };
	unsigned int at = 20, begin;

	for (unsigned int i = 0; i < len; i++)
		h[i] = rnd(256);
	h[12] = len / 4 << 4 | rnd(16);
	h[13] = flags[rnd(sizeof(flags))];
	/* what the quick scan steps over at once, and nearly that */
	if (rnd(2)) {
		const char *prefix = rnd(2) ? "\1\1\10\12TTTTTTTT" : "\2\4mm\4\2\10\12TTTTTTTT\1\3\3w";
		size_t n = strlen(prefix);

		for (size_t i = 0; i < n && at < len; i++, at++)
			h[at] = rnd(200) ? prefix[i] : (int)rnd(12);
	}
	while (at < len) {
		switch (rnd(len > 40 ? 20 : 9)) {
		case 0: at = put(h, at, len, 2, 4); break;
		case 1: at = put(h, at, len, 8, 10); break;
		case 2: h[at++] = rnd(20) ? 1 : 0; break;
		case 3: h[at++] = 1; break;
		case 4: at = put(h, at, len, rnd(40) ? 19 : 29, rnd(40) ? 18 : 16); break;
		case 5: at = put(h, at, len, 30, 2 + rnd(12)); break;
		case 6: at = put(h, at, len, 2 + rnd(254), rnd(30) ? 2 + rnd(8) : rnd(64)); break;
		case 7: case 8:
			begin = at;
			at = put(h, at, len, 30, mpc_len[rnd(sizeof(mpc_len))]);
			if (begin + 3 < len && rnd(30)) {
				h[begin + 2] = rnd(4) ? 1 : rnd(3);
				h[begin + 3] = rnd(3) ? 0x01 : rnd(256);
			}
			break;
		default: at = put(h, at, len, 1, 1); break;
		}
	}
}

static bool check(uint8_t *end, unsigned int *seen)
{
	static const uint8_t segments[] = { 5, 5, 7, 2, 1, 4 }, versions[] = { 2, 2, 3, 1 };
	unsigned int len = 20 + 4 * rnd(11), at = 0, sum;
	struct mpc_rule rule = { segments[rnd(6)], versions[rnd(4)], rnd(8) ? 0x20 : 0x40 };
	uint8_t *h = end - len, before[60];
	unsigned int first = 0, look = MPC_NONE, segment;
	enum mpc_verdict verdict;

	make(h, len);
	memcpy(before, h, len);
	verdict = expect(h, len, &rule, &at);
	segment = mpc_segment(h[13]) & rule.segments;
	if (mpc_roomy(h)) {
		first = mpc_first(h, len);
		if (segment)
			look = mpc_look(h, len, 20, segment, &rule);
		/* the quick scan says where one may begin as well as at the beginning */
		if (segment && first && mpc_look(h, len, first, segment, &rule) != look)
			return false;
	}
	seen[verdict]++;
	if (mpc_hdr_len(h) != len || look != (verdict == MPC_SET ? at : verdict) ||
	    memcmp(h, before, len))
		return false;
	/* and what it finds nothing in has nothing */
	if (!first && verdict != MPC_NONE)
		return false;
	if (verdict != MPC_SET)
		return true;

	/* RFC 1624: the sum moves by what mpc_delta() says */
	sum = checksum(h, len) + mpc_delta(at, rule.flag);
	h[at] |= rule.flag;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	before[at] |= rule.flag;
	return sum % 0xffff == checksum(h, len) % 0xffff && !memcmp(h, before, len);
}

int main(int argc, char *argv[])
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 2000000;
	static const char * const name[] = {
		[MPC_SET] = "set", [MPC_NONE] = "none", [MPC_ALREADY] = "already",
		[MPC_EXTENSIBILITY] = "extensibility", [MPC_LENGTH] = "length",
		[MPC_VERSION] = "version", [MPC_OPTIONS] = "options", [MPC_TCP_AO] = "tcp-ao",
	};
	unsigned int seen[8] = { 0 }, failed = 0;
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + page, page, PROT_NONE)) {
		perror("mmap");
		return 1;
	}
	for (unsigned long i = 0; i < count && !failed; i++)
		failed += !check(map + page, seen);

	printf("%s 1 %lu headers, both implementations agree\n", failed ? "not ok" : "ok", count);
	for (int v = 0; v < 8; v++) {
		printf("%s %d the verdict \"%s\" was reached, %u times\n",
		       seen[v] ? "ok" : "not ok", v + 2, name[v], seen[v]);
		failed += !seen[v];
	}
	puts("1..9");
	return failed != 0;
}
