// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit test of the core (kmod/mp_capable.h), in userspace, with sanitizers.  Compares it
 * with a second implementation (fuzz/oracle.c), on millions of random but plausible TCP
 * headers, each directly before an unreadable page.  Prints KTAP; an argument is the number
 * of headers.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../fuzz/oracle.h"

static uint64_t seed = 0x2016072016072016ULL;

static unsigned int rnd(unsigned int below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 33) % below;
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

static unsigned int seen[MPC_VERDICT_NONE + 1], unmarked[MPC_VERDICT_NONE + 1];

static bool check(uint8_t *end)
{
	static const uint8_t versions[] = { 2, 2, 3, 1 };
	struct mpc_rule rule = { 1 + rnd(7), versions[rnd(4)], rnd(8) ? 0x20 : 0x40 };
	unsigned int len = 20 + 4 * rnd(11);
	const char *difference;
	struct oracle about;
	uint8_t *h = end - len;
	bool data = rnd(2);

	make(h, len);
	about = oracle_ask(h, len, data, &rule);
	seen[about.verdict]++;
	unmarked[about.verdict] += about.segment == MPTCP_BFLAG_SEGMENT_ACK && about.unmarked;
	difference = oracle_compare(h, len, data, &rule);
	if (difference)
		printf("# different: %s\n", difference);
	return !difference;
}

/* All values of the data offset and the TCP flags */
static bool check_first_bytes(uint8_t *end)
{
	const struct mpc_rule rule = { 7, 3, 0x20 };
	uint8_t *h = end - 60;

	memset(h, 1, 60);
	for (unsigned int value = 0; value < 0x10000; value++) {
		unsigned int words = value >> 12, flags = value & 0xff;

		h[12] = value >> 8;
		h[13] = flags;
		if (mpc_segment(h) != oracle_ask(h, 60, false, &rule).segment || mpc_hdr_len(h) != 4 * words ||
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
