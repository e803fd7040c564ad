/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The skb layer under both front ends: look at a segment, set the flag, fix the
 * TCP checksum, count.
 */
#ifndef MPTCP_BFLAG_REWRITE_H
#define MPTCP_BFLAG_REWRITE_H

#include <linux/skbuff.h>

#include "mp_capable.h"
#include "stats.h"

/**
 * struct mptcp_bflag_rule - what a front end asks for
 * @mark: what to mark
 * @front_end: who asks: the column of its counters, &enum mptcp_bflag_front_end
 */
struct mptcp_bflag_rule {
	struct mpc_rule mark;
	u8 front_end;
};

/**
 * mptcp_bflag_look - may this TCP segment have MP_CAPABLE?
 * @skb: the packet
 * @thoff: offset of the TCP header from skb->data, in bytes
 *
 * For the fast path, and so inline, without a stack buffer (it would be zeroed
 * for each packet) and without a call: nearly every packet of a gateway comes
 * here and has no MP_CAPABLE (RFC 8684, section 3.1).
 *
 * Return: 0 only if mptcp_bflag_set() would do nothing and count nothing; else where
 * mpc_walk() may begin: at MPC_TCP_HDR_MIN, if the header is nonlinear.
 */
static __always_inline unsigned int
mptcp_bflag_look(const struct sk_buff *skb, unsigned int thoff)
{
	int left = skb_headlen(skb) - thoff, len;
	const u8 *h = skb->data + thoff;

	if (unlikely(left < MPC_TCP_HDR_MIN))
		return MPC_TCP_HDR_MIN;
	if (likely(!mpc_roomy(h)))
		return 0;
	len = mpc_hdr_len(h);
	return unlikely(left < len) ? MPC_TCP_HDR_MIN : mpc_look(h, len);
}

/**
 * mptcp_bflag_match - would mptcp_bflag_set() do anything?
 * @skb: the packet; TCP, and not a fragment other than the first
 * @nhoff: offset of the IP header from skb->data, in bytes
 * @thoff: offset of the TCP header from skb->data, in bytes
 * @mark: what to mark
 *
 * Return: true exactly if mptcp_bflag_set() would set the flag or count a reason
 * why it does not.
 */
bool mptcp_bflag_match(const struct sk_buff *skb, unsigned int nhoff,
		       unsigned int thoff, const struct mpc_rule *mark);

/**
 * mptcp_bflag_set - set the flag in the MP_CAPABLE option of a TCP segment
 * @net: namespace whose counters tell what was done
 * @skb: the packet; TCP, and not a fragment other than the first
 * @nhoff: offset of the IP header from skb->data, in bytes
 * @thoff: offset of the TCP header from skb->data, in bytes
 * @from: where in the TCP header to begin: what mptcp_bflag_look() returned, not 0
 * @rule: what to mark, and for whom
 *
 * Changes one bit of the header and, unless it is still to be computed
 * (CHECKSUM_PARTIAL), the TCP checksum (RFC 1624).  Anything that does not fit
 * @rule, or cannot be written, is left as it is.  May move the header: the
 * caller's pointers into it are stale afterwards.
 *
 * Return: true if this segment was changed.
 */
bool mptcp_bflag_set(struct net *net, struct sk_buff *skb, unsigned int nhoff,
		     unsigned int thoff, unsigned int from,
		     const struct mptcp_bflag_rule *rule);

#endif /* MPTCP_BFLAG_REWRITE_H */
