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

#include "mutate.h"
#include "oracle.h"

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

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	return mutate_header(data, size, max, seed, 1);
}
