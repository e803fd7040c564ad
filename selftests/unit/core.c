// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit test of the core (kmod/mp_capable.h), in userspace, with sanitizers.  Compares it
 * with a second implementation, on millions of random but plausible TCP headers, each
 * directly before an unreadable page.  The second implementation shares only constants
 * with the first; it first splits the list of options, and then judges it.  Prints KTAP;
 * an argument is the number of headers.
 */
#include <stdarg.h>
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

/* The complete options of a header, and whether a broken one follows */
struct list {
	struct option option[20];
	int n;
	bool broken;
};

/* The facts about a header that do not depend on the rule */
struct about {
	unsigned int segment, capable, at;
	bool broken, ao;
	bool learned, flag_c;		/* does Linux learn the flag from an ACK; its value */
};

static void cut(const uint8_t *h, unsigned int len, struct list *list)
{
	unsigned int at = 20;

	list->n = 0;
	list->broken = false;
	while (at < len && h[at] != 0) {
		if (h[at] == 1) {
			at++;
			continue;
		}
		if (len - at < 2 || h[at + 1] < 2 || h[at + 1] > len - at) {
			list->broken = true;
			return;
		}
		list->option[list->n++] = (struct option){ h[at], h[at + 1], at };
		at += h[at + 1];
	}
}

static unsigned int segment_of(unsigned int flags)
{
	bool syn = flags & 2, ack = flags & 16, fin = flags & 1, rst = flags & 4;

	if (rst)
		return 0;
	if (syn)
		return fin ? 0 : ack ? MPTCP_BFLAG_SEGMENT_SYNACK : MPTCP_BFLAG_SEGMENT_SYN;
	return ack ? MPTCP_BFLAG_SEGMENT_ACK : 0;
}

/* Does Linux accept this option of an ACK? */
static bool taken(const uint8_t *opt, unsigned int len, bool data)
{
	bool fits = data ? len == 22 || len == 24 : len == 20;

	return fits && opt[2] == 0x01 && (opt[3] & 0x5f) == 0x01;
}

static struct about read_all(const uint8_t *h, unsigned int len, bool data)
{
	struct about about = { .segment = segment_of(h[13]) };
	/* the last offset with room for the shortest valid MP_CAPABLE */
	int last = (int)len - (h[13] & 2 ? 4 : 20);
	bool hidden = false;	/* from Linux, after another MPTCP option */
	struct list list;

	cut(h, len, &list);
	about.broken = list.broken;
	for (int i = 0; i < list.n; i++) {
		const struct option *o = &list.option[i];

		about.ao |= o->kind == 29;
		if (o->kind != 30 || o->len < 3)
			continue;
		if (h[o->at + 2] >> 4) {
			hidden |= h[o->at + 2] >> 4 != 4;
			continue;
		}
		if (!about.learned && !hidden && taken(h + o->at, o->len, data)) {
			about.learned = true;
			about.flag_c = h[o->at + 3] & 0x20;
		}
		if (!about.capable && (int)o->at > last)
			continue;
		if (!about.capable++)
			about.at = o->at;
	}
	return about;
}

static bool length_ok(unsigned int segment, unsigned int version, unsigned int len)
{
	static const struct { unsigned char segment, version, len; } valid[] = {
		{ MPTCP_BFLAG_SEGMENT_SYN, 1, 4 }, { MPTCP_BFLAG_SEGMENT_SYN, 0, 12 },
		{ MPTCP_BFLAG_SEGMENT_SYNACK, 1, 12 }, { MPTCP_BFLAG_SEGMENT_SYNACK, 0, 12 },
		{ MPTCP_BFLAG_SEGMENT_ACK, 1, 20 }, { MPTCP_BFLAG_SEGMENT_ACK, 1, 22 },
		{ MPTCP_BFLAG_SEGMENT_ACK, 1, 24 }, { MPTCP_BFLAG_SEGMENT_ACK, 0, 20 },
	};

	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		if (valid[i].segment == segment && valid[i].version == version &&
		    valid[i].len == len)
			return true;
	return false;
}

static enum mpc_verdict expect(const uint8_t *h, const struct about *about,
			       const struct mpc_rule *rule)
{
	const uint8_t *opt = h + about->at;
	unsigned int version;

	if (!about->capable)
		return MPC_VERDICT_NONE;
	if (about->capable > 1 || about->broken)
		return MPC_VERDICT_OPTIONS;
	if (about->ao)
		return MPC_VERDICT_TCP_AO;
	version = opt[2] & 15;
	if (version > 1 || !(rule->versions >> version & 1))
		return MPC_VERDICT_VERSION;
	if (!length_ok(about->segment, version, opt[1]))
		return MPC_VERDICT_LENGTH;
	if (rule->flag == 0x20 && opt[3] & 0x40)
		return MPC_VERDICT_EXTENSIBILITY;
	return opt[3] & rule->flag ? MPC_VERDICT_ALREADY : MPC_VERDICT_SET;
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

/* Make a header whose options are often, but not always, valid. */
static void make(uint8_t *h, unsigned int len)
{
	static const uint8_t mpc_len[] = { 4, 12, 20, 20, 22, 24, 3, 5, 18, 21, 2 };
	static const uint8_t flags[] = { 2, 2, 18, 16, 16, 24, 17, 3, 4, 20, 0, 0xc2 };
	unsigned int at = 20, begin;

	for (unsigned int i = 0; i < len; i++)
		h[i] = rnd(256);
	h[12] = len / 4 << 4 | rnd(16);
	h[13] = flags[rnd(sizeof(flags))];
	/* the options that the quick look skips at once, and variants of them */
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
		case 4: at = put(h, at, len, 29, rnd(4) ? 4 : 16); break;
		case 5: at = put(h, at, len, 30, 2 + rnd(12)); break;
		case 6: at = put(h, at, len, 2 + rnd(254), rnd(30) ? 2 + rnd(8) : rnd(64)); break;
		case 7: case 8:
			begin = at;
			/* prefer lengths from 20 on if it may be an ACK */
			at = put(h, at, len, 30, rnd(3) && !(h[13] & 2) ? mpc_len[2 + rnd(4)] :
						 mpc_len[rnd(sizeof(mpc_len))]);
			if (begin + 3 < len && rnd(30)) {
				h[begin + 2] = rnd(4) ? 1 : rnd(3);
				h[begin + 3] = rnd(3) ? rnd(2) << 5 | 0x01 : rnd(256);
			}
			break;
		default: at = put(h, at, len, 1, 1); break;
		}
	}
}

/* RFC 1624: the sum changes by mpc_delta(). */
static bool delta_right(uint8_t *h, unsigned int len, unsigned int at, unsigned int flag)
{
	unsigned int sum = checksum(h, len) + mpc_delta(at, flag);

	h[at] |= flag;
	return sum % 0xffff == checksum(h, len) % 0xffff;
}

static unsigned int seen[MPC_VERDICT_NONE + 1], unmarked[MPC_VERDICT_NONE + 1];

static bool check(uint8_t *end)
{
	static const uint8_t versions[] = { 2, 2, 3, 1 };
	unsigned int len = 20 + 4 * rnd(11), from;
	struct mpc_rule rule = { 1 + rnd(7), versions[rnd(4)], rnd(8) ? 0x20 : 0x40 };
	uint8_t *h = end - len, before[60];
	struct mpc_options found;
	enum mpc_verdict verdict;
	bool data = rnd(2), learns_not;
	struct about about;

	make(h, len);
	memcpy(before, h, len);
	about = read_all(h, len, data);
	if (mpc_hdr_len(h) != len)
		return false;
	if (!mpc_roomy(h))	/* the module stops here */
		return !about.capable;
	found = mpc_walk(h, len, MPC_TCP_HDR_MIN);
	from = mpc_look(h, len);
	if (found.at != about.at || (about.capable && !from))
		return false;
	/* options that the quick look skips make no difference; it stops at kinds 29 and 30 */
	if (from) {
		struct mpc_options rest = mpc_walk(h, len, from);

		if (memcmp(&rest, &found, sizeof(found)) || (h[from] != 29 && h[from] != 30))
			return false;
	}
	/* Linux does not accept an MP_CAPABLE with flag 0x40 */
	learns_not = about.learned && !(about.flag_c && rule.flag == 0x20);
	if (mpc_ack_unmarked(h, len, data, rule.flag) != learns_not)
		return false;
	if (!(about.segment & rule.segments))
		return !memcmp(h, before, len);

	verdict = expect(h, &about, &rule);
	if (mpc_judge(h, found, about.segment, &rule) != verdict || memcmp(h, before, len))
		return false;
	seen[verdict]++;
	unmarked[verdict] += about.segment == MPTCP_BFLAG_SEGMENT_ACK && learns_not;
	return verdict != MPC_VERDICT_SET || delta_right(h, len, found.at + 3, rule.flag);
}

/* All values of the data offset and the TCP flags */
static bool check_first_bytes(uint8_t *end)
{
	uint8_t *h = end - 14;

	memset(h, 0xff, 14);
	for (unsigned int value = 0; value < 0x10000; value++) {
		unsigned int words = value >> 12, flags = value & 0xff;

		h[12] = value >> 8;
		h[13] = flags;
		if (mpc_segment(h) != segment_of(flags) || mpc_hdr_len(h) != 4 * words ||
		    mpc_roomy(h) != (words >= (flags & 2 ? 6 : 10)))
			return false;
	}
	return true;
}

static unsigned int tests, failures;

static void report(bool passed, const char *format, ...)
{
	va_list ap;

	printf("%s %u ", passed ? "ok" : "not ok", ++tests);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	failures += !passed;
}

int main(int argc, char *argv[])
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 3000000, good = 0;
	static const char * const name[] = {
		[MPC_VERDICT_SET] = "set", [MPC_VERDICT_NONE] = "none",
		[MPC_VERDICT_ALREADY] = "already", [MPC_VERDICT_LENGTH] = "length",
		[MPC_VERDICT_EXTENSIBILITY] = "extensibility", [MPC_VERDICT_VERSION] = "version",
		[MPC_VERDICT_OPTIONS] = "options", [MPC_VERDICT_TCP_AO] = "tcp-ao",
	};
	static const enum mpc_verdict leave_unmarked[] = {
		MPC_VERDICT_SET /* not writable */, MPC_VERDICT_VERSION,
		MPC_VERDICT_OPTIONS, MPC_VERDICT_TCP_AO,
	};
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + page, page, PROT_NONE)) {
		perror("mmap");
		return 1;
	}
	alarm(900);	/* in case a walk does not end */
	while (good < count && check(map + page))
		good++;
	report(good == count, "%lu headers, both implementations agree", good);
	report(check_first_bytes(map + page), "data offset and TCP flags, all values");
	for (int v = 0; v <= MPC_VERDICT_NONE; v++)
		report(seen[v], "the verdict \"%s\" was reached, %u times", name[v], seen[v]);
	for (int i = 0; i < 4; i++) {
		enum mpc_verdict v = leave_unmarked[i];

		report(unmarked[v], "of \"%s\", ack_unmarked: %u", name[v], unmarked[v]);
	}
	printf("1..%u\n", tests);
	return failures != 0;
}
