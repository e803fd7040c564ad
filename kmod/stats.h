/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters per network namespace and CPU, shown in /proc/net/mptcp_bflag: what
 * was marked, and what was left alone and why.
 */
#ifndef MPTCP_BFLAG_STATS_H
#define MPTCP_BFLAG_STATS_H

struct net;

/**
 * enum mptcp_bflag_counter - the rows of /proc/net/mptcp_bflag
 * @MPTCP_BFLAG_COUNT_SYN: SYN in which the flag was set
 * @MPTCP_BFLAG_COUNT_SYNACK: SYN+ACK in which the flag was set
 * @MPTCP_BFLAG_COUNT_ACK: ACK, with or without data, in which the flag was set
 * @MPTCP_BFLAG_COUNT_ALREADY: left alone: the sender had set the flag
 * @MPTCP_BFLAG_COUNT_EXTENSIBILITY: left alone: 0x40 was set
 * @MPTCP_BFLAG_COUNT_LENGTH: left alone: MP_CAPABLE does not fit the segment
 * @MPTCP_BFLAG_COUNT_VERSION: left alone: MP_CAPABLE of another version
 * @MPTCP_BFLAG_COUNT_OPTIONS: left alone: MP_CAPABLE twice, the list of options
 *	breaks behind it, or it ends in what pads the frame behind the IP packet
 * @MPTCP_BFLAG_COUNT_TCP_AO: left alone: TCP-AO authenticates the options
 * @MPTCP_BFLAG_COUNT_FRAGMENT: left alone: first fragment of an IP packet, with a
 *	part of the TCP header only
 * @MPTCP_BFLAG_COUNT_NOT_WRITABLE: left alone: no memory for a writable header, or
 *	the skb is shared
 * @MPTCP_BFLAG_COUNT_ACK_UNMARKED: of those left alone, ACKs with an MP_CAPABLE that
 *	Linux servers accept and learn from that the flag is not set.  Not one more
 *	reason: each is in the row of its reason, too.
 * @MPTCP_BFLAG_COUNTERS: how many there are
 *
 * Only segments with MP_CAPABLE are counted, each in the row of one reason, and first
 * fragments that have 20 bytes or more, but not all, of a header with room for it.
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
 * enum mptcp_bflag_front_end - the columns: who asked for the rewrite
 * @MPTCP_BFLAG_EXPRESSION: the nf_tables expression
 * @MPTCP_BFLAG_HELPER: the conntrack helpers
 * @MPTCP_BFLAG_FRONT_ENDS: how many there are
 */
enum mptcp_bflag_front_end {
	MPTCP_BFLAG_EXPRESSION,
	MPTCP_BFLAG_HELPER,
	MPTCP_BFLAG_FRONT_ENDS
};

/**
 * mptcp_bflag_count - add one to a counter
 * @net: the namespace the packet is in; there may have been no memory for its
 *	counters, and then nothing is counted
 * @front_end: the column
 * @counter: the row
 *
 * Context: bottom halves or process; writes this CPU's memory.
 */
void mptcp_bflag_count(struct net *net, enum mptcp_bflag_front_end front_end,
		       enum mptcp_bflag_counter counter);

/**
 * mptcp_bflag_stats_wait - wait until the counters are there
 *
 * Context: process; waits for pernet_ops_rwsem, see the lock order in stats.c.
 */
void mptcp_bflag_stats_wait(void);

#endif /* MPTCP_BFLAG_STATS_H */
