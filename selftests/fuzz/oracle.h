/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second implementation of kmod/mp_capable.h, for tests: it was written from RFC 8684, RFC 6824 and RFC
 * 9293, and shares only constants with the first.  It first splits the list of options, and
 * then judges it.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../kmod/mp_capable.h"
#include "../../kmod/stats.h"

/**
 * struct oracle - what is true about a header, for one rule
 * @segment: enum mptcp_bflag_segment, or 0
 * @at: offset of the first MP_CAPABLE with room; 0 if there is none
 * @verdict: MPC_VERDICT_NONE if the rule does not ask for this segment
 * @unmarked: Linux takes an MP_CAPABLE from this ACK, and it has not the flag of the rule
 */
struct oracle {
	unsigned int segment, at;
	enum mpc_verdict verdict;
	bool unmarked;
};

/* @len: length of the header, 20 to 60; @data: data follows it */
struct oracle oracle_ask(const uint8_t *h, unsigned int len, bool data,
			 const struct mpc_rule *rule);

/* What is counted of a segment with MP_CAPABLE that is linear and writable */
enum mptcp_bflag_counter oracle_counter(const struct oracle *about);

/* The ones' complement sum of @len bytes, an even number, from an even offset on */
unsigned int oracle_sum(const uint8_t *h, unsigned int len);

/*
 * Let the core decide about the header, and compare.  The header is changed if the core does.  Returns
 * NULL, or what is different.
 */
const char *oracle_compare(uint8_t *h, unsigned int len, bool data,
			   const struct mpc_rule *rule);

#endif /* ORACLE_H */
