// SPDX-License-Identifier: GPL-2.0-only
/* The second implementation: see oracle.h. */
#include <string.h>

#include "oracle.h"

struct option {
	unsigned int kind, len, at;
};

/* The complete options of a header, and whether a broken one follows */
struct list {
	struct option option[20];
	int n;
	bool broken;
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
static bool accepted(const uint8_t *opt, unsigned int len, bool data)
{
	bool fits = data ? len == 22 || len == 24 : len == 20;

	return fits && opt[2] == 0x01 && (opt[3] & 0x5f) == 0x01;
}

/* The MP_CAPABLE that Linux takes from an ACK; NULL: none */
static const uint8_t *taken(const uint8_t *h, const struct list *list, bool data)
{
	for (int i = 0; i < list->n; i++) {
		const struct option *o = &list->option[i];
		unsigned int subtype;

		if (o->kind != 30 || o->len < 3)
			continue;
		if (accepted(h + o->at, o->len, data))
			return h + o->at;
		subtype = h[o->at + 2] >> 4;
		if (subtype != 0 && subtype != 4)	/* REMOVE_ADDR */
			return NULL;
	}
	return NULL;
}

static bool length_ok(unsigned int segment, unsigned int version, unsigned int len)
{
	static const struct { unsigned char segment, version, len; } valid[] = {
		{ MPTCP_BFLAG_SEGMENT_SYN, 1, 4 }, { MPTCP_BFLAG_SEGMENT_SYN, 0, 12 },
		{ MPTCP_BFLAG_SEGMENT_SYNACK, 1, 12 }, { MPTCP_BFLAG_SEGMENT_SYNACK, 0, 12 },
		{ MPTCP_BFLAG_SEGMENT_ACK, 1, 20 }, { MPTCP_BFLAG_SEGMENT_ACK, 1, 22 },
		{ MPTCP_BFLAG_SEGMENT_ACK, 1, 24 }, { MPTCP_BFLAG_SEGMENT_ACK, 0, 20 },
	};

	for (unsigned int i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		if (valid[i].segment == segment && valid[i].version == version &&
		    valid[i].len == len)
			return true;
	return false;
}

static enum mpc_verdict judge(const uint8_t *opt, const struct list *list, unsigned int capable,
			      bool ao, unsigned int segment, const struct mpc_rule *rule)
{
	unsigned int version;

	if (!capable || !(segment & rule->segments))
		return MPC_VERDICT_NONE;
	if (capable > 1 || list->broken)
		return MPC_VERDICT_OPTIONS;
	if (ao)
		return MPC_VERDICT_TCP_AO;
	version = opt[2] & 15;
	if (version > 1 || !(rule->versions >> version & 1))
		return MPC_VERDICT_VERSION;
	if (!length_ok(segment, version, opt[1]))
		return MPC_VERDICT_LENGTH;
	if (rule->flag == 0x20 && opt[3] & 0x40)
		return MPC_VERDICT_EXTENSIBILITY;
	return opt[3] & rule->flag ? MPC_VERDICT_ALREADY : MPC_VERDICT_SET;
}

struct oracle oracle_ask(const uint8_t *h, unsigned int len, bool data,
			 const struct mpc_rule *rule)
{
	struct oracle about = { .segment = segment_of(h[13]) };
	/* the last offset with room for the shortest valid MP_CAPABLE */
	int last = (int)len - (h[13] & 2 ? 4 : 20);
	unsigned int capable = 0;
	const uint8_t *linux_takes;
	struct list list;
	bool ao = false;

	cut(h, len, &list);
	for (int i = 0; i < list.n; i++) {
		const struct option *o = &list.option[i];

		ao |= o->kind == 29;
		if (o->kind != 30 || o->len < 3 || h[o->at + 2] >> 4)
			continue;
		if (!capable && (int)o->at > last)
			continue;
		if (!capable++)
			about.at = o->at;
	}
	about.verdict = judge(h + about.at, &list, capable, ao, about.segment, rule);
	linux_takes = taken(h, &list, data);
	about.unmarked = linux_takes && !(linux_takes[3] & rule->flag);
	return about;
}

enum mptcp_bflag_counter oracle_counter(const struct oracle *about)
{
	static const enum mptcp_bflag_counter reasons[] = {
		[MPC_VERDICT_ALREADY] = MPTCP_BFLAG_COUNT_ALREADY,
		[MPC_VERDICT_EXTENSIBILITY] = MPTCP_BFLAG_COUNT_EXTENSIBILITY,
		[MPC_VERDICT_LENGTH] = MPTCP_BFLAG_COUNT_LENGTH,
		[MPC_VERDICT_VERSION] = MPTCP_BFLAG_COUNT_VERSION,
		[MPC_VERDICT_OPTIONS] = MPTCP_BFLAG_COUNT_OPTIONS,
		[MPC_VERDICT_TCP_AO] = MPTCP_BFLAG_COUNT_TCP_AO,
	};

	if (about->verdict != MPC_VERDICT_SET)
		return reasons[about->verdict];
	return about->segment == MPTCP_BFLAG_SEGMENT_SYN ? MPTCP_BFLAG_COUNT_SYN :
	       about->segment == MPTCP_BFLAG_SEGMENT_ACK ? MPTCP_BFLAG_COUNT_ACK :
							   MPTCP_BFLAG_COUNT_SYNACK;
}

unsigned int oracle_sum(const uint8_t *h, unsigned int len)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < len; i += 2)
		sum += h[i] << 8 | h[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The write: the flag and the checksum, and the sum of all is what it was */
static const char *compare_mark(uint8_t *h, unsigned int len, unsigned int at,
				const struct mpc_rule *rule)
{
	uint8_t before[60] = { 0 };

	memcpy(before, h, len);
	mpc_mark(h, at, rule->flag, false);
	before[at] |= rule->flag;
	if (memcmp(h, before, len))
		return "mark, without checksum";
	h[at] ^= rule->flag;
	mpc_mark(h, at, rule->flag, true);
	memcpy(before + 16, h + 16, 2);
	if (memcmp(h, before, len))
		return "mark: other bytes";
	return NULL;
}

const char *oracle_compare(uint8_t *h, unsigned int len, bool data,
			   const struct mpc_rule *rule)
{
	struct oracle want = oracle_ask(h, len, data, rule);
	struct mpc_options found, rest;
	enum mpc_verdict verdict;
	const char *difference;
	unsigned int from, sum;

	if (mpc_hdr_len(h) != len)
		return "length";
	if (mpc_segment(h) != want.segment)
		return "segment";
	if (!mpc_roomy(h))	/* the modules stop here */
		return want.at ? "no room" : NULL;
	found = mpc_walk(h, len, MPC_TCP_HDR_MIN);
	if (found.at != want.at)
		return "position";
	if (mpc_ack_unmarked(h, len, data, rule->flag) != want.unmarked)
		return "unmarked";
	from = mpc_look(h, len);
	if (!from)
		return want.at ? "quick look" : NULL;
	/* what the quick look skips makes no difference; it stops at kinds 29 and 30 */
	rest = mpc_walk(h, len, from);
	if (memcmp(&rest, &found, sizeof(found)) || (h[from] != 29 && h[from] != 30))
		return "quick look and walk";
	if (!(want.segment & rule->segments))
		return NULL;
	verdict = mpc_judge(h, rest, want.segment, rule);
	if (verdict != want.verdict)
		return "verdict";
	if (verdict != MPC_VERDICT_SET)
		return NULL;
	sum = oracle_sum(h, len);
	difference = compare_mark(h, len, want.at + 3, rule);
	if (difference)
		return difference;
	return sum % 0xffff == oracle_sum(h, len) % 0xffff ? NULL : "checksum";
}
