/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters per network namespace and CPU, shown in /proc/net/mptcp_bflag: segments that
 * were marked, and segments that were left alone, by reason.
 */
#ifndef MPTCP_BFLAG_STATS_H
#define MPTCP_BFLAG_STATS_H

struct net;

/**
 * enum mptcp_bflag_counter - the rows of /proc/net/mptcp_bflag
 * @MPTCP_BFLAG_COUNT_SYN: SYN in which the flag was set
 * @MPTCP_BFLAG_COUNT_SYNACK: SYN+ACK in which the flag was set
 * @MPTCP_BFLAG_COUNT_ACK: ACK in which the flag was set, with or without data
 * @MPTCP_BFLAG_COUNT_ALREADY: left alone: the sender had set the flag
 * @MPTCP_BFLAG_COUNT_EXTENSIBILITY: left alone: the extensibility flag 0x40 was set
 * @MPTCP_BFLAG_COUNT_LENGTH: left alone: wrong length of MP_CAPABLE for this segment
 * @MPTCP_BFLAG_COUNT_VERSION: left alone: MP_CAPABLE of another version
 * @MPTCP_BFLAG_COUNT_OPTIONS: left alone: MP_CAPABLE twice, broken options behind it,
 *	or a TCP header longer than the IP packet
 * @MPTCP_BFLAG_COUNT_TCP_AO: left alone: TCP-AO authenticates the options (RFC 5925)
 * @MPTCP_BFLAG_COUNT_FRAGMENT: left alone: first fragment with a part of the TCP header
 * @MPTCP_BFLAG_COUNT_NOT_WRITABLE: left alone: no memory for a writable header, or
 *	a shared skb
 * @MPTCP_BFLAG_COUNT_ACK_UNMARKED: ACK that was left alone without the flag, although
 *	a Linux server accepts its MP_CAPABLE; also counted in the row of its reason
 * @MPTCP_BFLAG_COUNTERS: number of counters
 *
 * Only segments with MP_CAPABLE are counted, and first fragments that have at least 20
 * bytes, but not all, of a TCP header with room for MP_CAPABLE.
 */
enum mptcp_bflag_counter {
	MPTCP_BFLAG_COUNT_SYN,
	MPTCP_BFLAG_COUNT_SYNACK,
	MPTCP_BFLAG_COUNT_ACK,
	MPTCP_BFLAG_COUNT_ALREADY,
	MPTCP_BFLAG_COUNT_EXTENSIBILITY,
	MPTCP_BFLAG_COUNT_LENGTH,
	MPTCP_BFLAG_COUNT_VERSION,
	MPTCP_BFLAG_COUNT_OPTIONS,
	MPTCP_BFLAG_COUNT_TCP_AO,
	MPTCP_BFLAG_COUNT_FRAGMENT,
	MPTCP_BFLAG_COUNT_NOT_WRITABLE,
	MPTCP_BFLAG_COUNT_ACK_UNMARKED,
	MPTCP_BFLAG_COUNTERS
};

/**
 * enum mptcp_bflag_front_end - the columns of /proc/net/mptcp_bflag
 * @MPTCP_BFLAG_EXPRESSION: the nf_tables expression
 * @MPTCP_BFLAG_HELPER: the conntrack helpers
 * @MPTCP_BFLAG_FRONT_ENDS: number of front ends
 */
enum mptcp_bflag_front_end {
	MPTCP_BFLAG_EXPRESSION,
	MPTCP_BFLAG_HELPER,
	MPTCP_BFLAG_FRONT_ENDS
};

/**
 * mptcp_bflag_count - add one to a counter
 * @net: the packet's namespace; if it has no counters, nothing is counted
 * @front_end: the column
 * @counter: the row
 *
 * Context: any; writes only this CPU's memory.
 */
void mptcp_bflag_count(struct net *net, enum mptcp_bflag_front_end front_end,
		       enum mptcp_bflag_counter counter);

/**
 * mptcp_bflag_stats_wait - wait until the counters are registered
 *
 * Context: process; waits for pernet_ops_rwsem (lock order: stats.c).
 */
void mptcp_bflag_stats_wait(void);

#endif /* MPTCP_BFLAG_STATS_H */
