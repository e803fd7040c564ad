// SPDX-License-Identifier: GPL-2.0-only
/* For proof/run: what follows from the contracts of kmod/mp_capable.h together. */
#include "prelude.h"
#include "mp_capable.h"

/* mptcp_bflag_match() is true exactly where mptcp_bflag_set() changes or counts, for every rule. */
/*@ requires header(h, len) && roomy(h, len);
    requires segment == 1 || segment == 2 || segment == 4;
    requires \valid_read(rule) && (rule->flag == 0x20 || rule->flag == 0x40);
    assigns \nothing;
    ensures match_is_set: \result == 1;
*/
int match_is_set(const unsigned char *h, unsigned int len, unsigned int segment,
		 const struct mpc_rule *rule)
{
	int match = mpc_walk(h, len, MPC_TCP_HDR_MIN).at != 0, set = 0;
	unsigned int from = mpc_look(h, len);

	if (from)
		set = mpc_judge(h, mpc_walk(h, len, from), segment, rule) != MPC_VERDICT_NONE;
	return match == set;
}

/* What mptcp_bflag_set() does to a linear, writable header */
/*@ requires header(h, len) && roomy(h, len) && \valid(h + (0 .. len - 1));
    requires segment == 1 || segment == 2 || segment == 4;
    requires \valid_read(rule) && (rule->flag == 0x20 || rule->flag == 0x40);
    requires \separated(h + (0 .. len - 1), rule);
    assigns h[16 .. 59];
    ensures elsewhere: \forall integer i; 0 <= i < len && i != 16 && i != 17 && i != \result ==> h[i] == \old(h[i]);
    ensures position: \result != 0 ==> 20 < \result < len &&
	\result == \at(first(h, len, last_of(h, len), 20), Pre) + MPC_CAPABLE_FLAGS;
    ensures flag: \result != 0 ==> h[\result] == \old(h[\result]) + rule->flag;
    ensures kind: \result != 0 ==> h[\result - 3] == 30 && h[\result - 1] < 2;
*/
unsigned int set(unsigned char *h, unsigned int len, unsigned int segment,
		 const struct mpc_rule *rule)
{
	unsigned int from = mpc_look(h, len), at;
	struct mpc_options found;

	if (!from)
		return 0;
	found = mpc_walk(h, len, from);
	if (mpc_judge(h, found, segment, rule) != MPC_VERDICT_SET)
		return 0;
	at = found.at + MPC_CAPABLE_FLAGS;
	mpc_mark(h, at, rule->flag, true);
	return at;
}
