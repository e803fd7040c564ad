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
 * @BFLAG_SYN: SYN in which the flag was set
 * @BFLAG_SYNACK: SYN+ACK in which the flag was set
 * @BFLAG_ACK: ACK, with or without data, in which the flag was set
 * @BFLAG_ALREADY: left alone: the sender had set the flag
 * @BFLAG_EXTENSIBILITY: left alone: 0x40 was set
 * @BFLAG_LENGTH: left alone: MP_CAPABLE does not fit the segment
 * @BFLAG_VERSION: left alone: MP_CAPABLE of another version
 * @BFLAG_OPTIONS: left alone: broken option list, or MP_CAPABLE twice
 * @BFLAG_TCP_AO: left alone: TCP-AO authenticates the options
 * @BFLAG_FRAGMENT: left alone: not the first fragment
 * @BFLAG_NOT_WRITABLE: left alone: no memory for a writable header
 * @BFLAG_ACK_UNMARKED: of those left alone, ACKs whose MP_CAPABLE a server may
 *	take at its word: it does not learn there what the SYN may have told it.
 *	Not one more reason: each is in the row of its reason, too.
 * @BFLAG_COUNTERS: how many there are
 */
enum mptcp_bflag_counter {
	BFLAG_SYN,
	BFLAG_SYNACK,
	BFLAG_ACK,
	BFLAG_ALREADY,
	BFLAG_EXTENSIBILITY,
	BFLAG_LENGTH,
	BFLAG_VERSION,
	BFLAG_OPTIONS,
	BFLAG_TCP_AO,
	BFLAG_FRAGMENT,
	BFLAG_NOT_WRITABLE,
	BFLAG_ACK_UNMARKED,
	BFLAG_COUNTERS
};

/**
 * enum mptcp_bflag_front_end - the columns: who asked for the rewrite
 * @BFLAG_EXPRESSION: the nf_tables expression
 * @BFLAG_HELPER: the conntrack helpers
 * @BFLAG_FRONT_ENDS: how many there are
 */
enum mptcp_bflag_front_end {
	BFLAG_EXPRESSION,
	BFLAG_HELPER,
	BFLAG_FRONT_ENDS
};

/**
 * mptcp_bflag_count - add one to a counter
 * @net: the namespace the packet is in
 * @front_end: the column
 * @counter: the row
 *
 * Context: RCU read side, bottom halves or process; writes this CPU's memory.
 */
void mptcp_bflag_count(struct net *net, enum mptcp_bflag_front_end front_end,
		       enum mptcp_bflag_counter counter);

/**
 * mptcp_bflag_stats_init - counters in each network namespace, from now on
 *
 * Without memory for them there are none, and the log says so.  Waits up to
 * half a second; if that is not enough, counting begins later.
 */
void mptcp_bflag_stats_init(void);

/**
 * mptcp_bflag_stats_exit - free them; nobody may count any more
 */
void mptcp_bflag_stats_exit(void);

#endif /* MPTCP_BFLAG_STATS_H */
