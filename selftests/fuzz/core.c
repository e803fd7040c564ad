// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: the core against the oracle.  An input is RULE HEADER: a byte with the rule (segments in
 * bits 0 to 2, versions in bits 3 and 4, flag in bit 5, data behind the header in bit 6), and a TCP header
 * of 20 to 60 bytes, whose data offset follows from its length.  The header is a heap buffer of exactly
 * its size, so that AddressSanitizer sees each byte too many.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long verdicts[MPC_VERDICT_NONE + 1];

static void print_verdicts(void)
{
	fprintf(stderr, "verdicts:");
	for (int v = 0; v <= MPC_VERDICT_NONE; v++)
		fprintf(stderr, " %lu", verdicts[v]);
	fprintf(stderr, "\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	const char *difference;
	struct mpc_rule rule;
	unsigned int len;
	uint8_t *h;

	if (!started)
		started = !atexit(print_verdicts);
	if (size < 21)
		return -1;
	rule.segments = data[0] & 7 ? data[0] & 7 : 7;
	rule.versions = data[0] >> 3 & 3 ? data[0] >> 3 & 3 : 2;
	rule.flag = data[0] & 0x20 ? MPTCP_BFLAG_FLAG_B : MPTCP_BFLAG_FLAG_C;
	len = size - 1 < 60 ? (size - 1) / 4 * 4 : 60;
	h = malloc(len);
	memcpy(h, data + 1, len);
	h[12] = len / 4 << 4 | (h[12] & 15);
	verdicts[oracle_ask(h, len, data[0] & 0x40, &rule).verdict]++;
	difference = oracle_compare(h, len, data[0] & 0x40, &rule);
	if (difference) {
		fprintf(stderr, "different: %s\n", difference);
		abort();
	}
	free(h);
	return 0;
}

/* An option as it occurs: TCP's own, MP_CAPABLE in all lengths, other MPTCP, TCP-AO, broken ones */
static unsigned int put_option(uint8_t *to, unsigned int room, unsigned int random)
{
	static const uint8_t options[][4] = {
		{ 1 }, { 1 }, { 0 }, { 2, 4 }, { 3, 3 }, { 4, 2 }, { 8, 10 }, { 5, 10 }, { 29, 4 },
		{ 29, 16 }, { 30, 3, 0x40 }, { 30, 4, 0x40 }, { 30, 12, 0x10 }, { 30, 20, 0x20 },
		{ 30, 4, 0x01, 0x01 }, { 30, 12, 0x01, 0x81 }, { 30, 12, 0x00, 0x81 },
		{ 30, 20, 0x01, 0x01 }, { 30, 20, 0x00, 0x01 }, { 30, 22, 0x01, 0x81 },
		{ 30, 24, 0x01, 0x21 }, { 30, 20, 0x01, 0x41 }, { 30, 20, 0x02, 0x01 },
		{ 30, 2 }, { 30, 1 }, { 30, 0 }, { 8, 1 }, { 254, 40 },
	};
	const uint8_t *option = options[random % (sizeof(options) / 4)];
	unsigned int len = option[0] < 2 ? 1 : option[1] < 2 ? 2 : option[1];

	for (unsigned int i = 0; i < len && i < room; i++)
		to[i] = i < 4 ? option[i] : (uint8_t)(random >> 8);
	return len;
}

/* Half of the time the bytes change; otherwise an option is written where one begins. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	static const uint8_t flags[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0xc2 };
	unsigned int at = 21, n = 0;

	srandom(seed);
	if (random() % 2 || max < 61) {
		size = LLVMFuzzerMutate(data, size, max);
		return size < 21 ? size : (size - 1) / 4 * 4 + 1;
	}
	if (size < 25 || random() % 8 == 0) {
		unsigned int wanted = 21 + 4 * (random() % 11);

		if (wanted > size)
			memset(data + size, 1, wanted - size);
		size = wanted;
	}
	if (random() % 4 == 0)
		data[14] = flags[random() % sizeof(flags)];
	/* find one of the options, or write all from there on */
	for (n = random() % 4; n && at + 1 < size && data[at]; n--)
		at += data[at] == 1 ? 1 : data[at + 1] < 2 ? 2 : data[at + 1];
	do {
		if (at < size)
			at += put_option(data + at, size - at, random());
	} while (at < size && random() % 4);
	return size;
}
