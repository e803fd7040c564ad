/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The skb layer of both front ends.  Only this layer writes to packets: the flag and the
 * TCP checksum, nothing else.
 */
#ifndef MPTCP_BFLAG_REWRITE_H
#define MPTCP_BFLAG_REWRITE_H

#include <linux/skbuff.h>

#include "mp_capable.h"
#include "stats.h"

/**
 * struct mptcp_bflag_rule - what a front end asks for
 * @mark: what to mark
 * @front_end: the column of the counters, &enum mptcp_bflag_front_end
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
 * The quick look.  Nearly every packet ends here, so it is inline, calls nothing, and has
 * no buffer on the stack, which some kernels would zero for each packet.
 *
 * Return: 0 only if mptcp_bflag_set() would change and count nothing.  Otherwise the
 * offset in the TCP header at which mpc_walk() may begin, in bytes; MPC_TCP_HDR_MIN if
 * the header is nonlinear.
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
 * mptcp_bflag_match - would mptcp_bflag_set() change or count anything?
 * @skb: the packet; TCP, unfragmented or a first fragment
 * @nhoff: offset of the IP header from skb->data, in bytes
 * @thoff: offset of the TCP header from skb->data, in bytes
 * @mark: what to mark
 *
 * Return: true if it would.
 */
bool mptcp_bflag_match(const struct sk_buff *skb, unsigned int nhoff,
		       unsigned int thoff, const struct mpc_rule *mark);

/**
 * mptcp_bflag_set - set the flag in the MP_CAPABLE option of a TCP segment
 * @net: namespace of the counters
 * @skb: the packet; TCP, unfragmented or a first fragment
 * @nhoff: offset of the IP header from skb->data, in bytes
 * @thoff: offset of the TCP header from skb->data, in bytes
 * @from: what mptcp_bflag_look() returned, not 0
 * @rule: what to mark, and the column of the counters
 *
 * Changes one bit of MP_CAPABLE, and updates the TCP checksum (RFC 1624) unless it is
 * CHECKSUM_PARTIAL.  Leaves the segment alone if it does not match @rule or cannot be
 * written.  May reallocate skb->head, so pointers into it are invalid afterwards.
 *
 * Return: true if the segment was changed.
 */
bool mptcp_bflag_set(struct net *net, struct sk_buff *skb, unsigned int nhoff,
		     unsigned int thoff, unsigned int from,
		     const struct mptcp_bflag_rule *rule);

#endif /* MPTCP_BFLAG_REWRITE_H */
