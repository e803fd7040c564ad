// SPDX-License-Identifier: GPL-2.0-only
/*
 * For proof/run: what CBMC checks in kmod/mp_capable.h, for all headers of LEN bytes.  CBMC executes the
 * code on symbolic bytes, and knows neither the annotations nor spec.h.
 */
#include <stdbool.h>
#include <string.h>

#define __always_inline inline
#define __builtin_memcmp memcmp
#include "mp_capable.h"

#ifndef LEN
#define LEN 60
#endif

/* CBMC gives a function of this name any result. */
unsigned char nondet_byte(void);
unsigned int nondet_int(void);
bool nondet_bool(void);

static struct mpc_rule any_rule(void)
{
	struct mpc_rule rule = { nondet_byte(), nondet_byte(), nondet_bool() ? 0x20 : 0x40 };

	return rule;
}

/* An array of exactly LEN bytes: CBMC checks each access, and that each loop ends. */
static void any_header(unsigned char h[LEN])
{
	for (unsigned int i = 0; i < LEN; i++)
		h[i] = nondet_byte();
	__CPROVER_assume(mpc_hdr_len(h) == LEN && mpc_roomy(h));
}

/* The position and the verdict, and what is written */
void safety(void)
{
	struct mpc_rule rule = any_rule();
	unsigned int segment, from, at, i;
	unsigned char h[LEN], old[LEN];
	struct mpc_options found;

	any_header(h);
	memcpy(old, h, LEN);
	segment = mpc_segment(h);
	from = mpc_look(h, LEN);
	if (!segment || !from)
		return;
	found = mpc_walk(h, LEN, from);
	if (mpc_judge(h, found, segment, &rule) != MPC_VERDICT_SET)
		return;
	at = found.at + MPC_CAPABLE_FLAGS;
	__CPROVER_assert(at > 20 && at < LEN, "range");
	__CPROVER_assert(h[at - 3] == 30 && h[at - 1] < 2, "kind and version");
	__CPROVER_assert(!(h[at] & rule.flag), "flag was 0");
	mpc_mark(h, at, rule.flag, nondet_bool());
	__CPROVER_assert(h[at] == (old[at] | rule.flag), "flag is 1");
	i = nondet_int();
	__CPROVER_assume(i < LEN && i != at && i != 16 && i != 17);
	__CPROVER_assert(h[i] == old[i], "no other byte changes");
}

/* Accesses and termination of what only counts */
void unmarked(void)
{
	unsigned char h[LEN];

	any_header(h);
	mpc_ack_unmarked(h, LEN, nondet_bool(), nondet_bool() ? 0x20 : 0x40);
}

/* What mpc_walk() finds behind the quick look is what it finds from the first option on. */
void look(void)
{
	struct mpc_options all, rest;
	unsigned char h[LEN];
	unsigned int from;

	any_header(h);
	all = mpc_walk(h, LEN, MPC_TCP_HDR_MIN);
	from = mpc_look(h, LEN);
	if (!from) {
		__CPROVER_assert(!all.at, "quick look");
		return;
	}
	rest = mpc_walk(h, LEN, from);
	__CPROVER_assert(rest.at == all.at && rest.broken == all.broken &&
			 rest.ao == all.ao && rest.twice == all.twice, "rest");
}

/* Is the sum of all 16-bit words valid (RFC 1071)? */
static bool valid(unsigned int sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static unsigned int word(const unsigned char *h, unsigned int at)
{
	return h[at & ~1U] * 256U + h[at | 1];
}

/*
 * A valid checksum stays valid, and an invalid one invalid.  "rest" is the sum of the words that do not
 * change: those of a segment of 64 KiB, and the pseudo-header, in which the protocol is not 0.
 */
void checksum(void)
{
	unsigned int rest = nondet_int(), at = nondet_int(), before, after;
	unsigned int flag = nondet_bool() ? 0x20 : 0x40;
	unsigned char h[LEN];

	for (unsigned int i = 0; i < LEN; i++)
		h[i] = nondet_byte();
	__CPROVER_assume(at >= 20 && at < LEN && !(h[at] & flag));
	__CPROVER_assume(rest > 0 && rest < 0x8000U * 0xffff);
	before = rest + word(h, 16) + word(h, at);
	mpc_mark(h, at, flag, true);
	after = rest + word(h, 16) + word(h, at);
	__CPROVER_assert(valid(before) == valid(after), "checksum");
}
