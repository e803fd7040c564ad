// SPDX-License-Identifier: GPL-2.0-only
/* The skb layer: fetch the TCP header, let the core decide, write, count. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "rewrite.h"

/* Counters for the verdicts that leave a segment alone */
static const u8 bflag_left_alone[] = {
	[MPC_ALREADY]		= BFLAG_ALREADY,
	[MPC_EXTENSIBILITY]	= BFLAG_EXTENSIBILITY,
	[MPC_LENGTH]		= BFLAG_LENGTH,
	[MPC_VERSION]		= BFLAG_VERSION,
	[MPC_OPTIONS]		= BFLAG_OPTIONS,
	[MPC_TCP_AO]		= BFLAG_TCP_AO,
};

/* Counters for what was marked are in the order of the segments' bits. */
static enum mptcp_bflag_counter bflag_marked(unsigned int segment)
{
	static_assert(MPTCP_BFLAG_SYN / 2 == (int)BFLAG_SYN &&
		      MPTCP_BFLAG_SYNACK / 2 == (int)BFLAG_SYNACK &&
		      MPTCP_BFLAG_ACK / 2 == (int)BFLAG_ACK);

	return segment / 2;
}

static void bflag_count_left(struct net *net,
			     enum mptcp_bflag_front_end front_end,
			     enum mptcp_bflag_counter reason,
			     unsigned int segment)
{
	mptcp_bflag_count(net, front_end, reason);
	if (segment != MPTCP_BFLAG_ACK)
		return;

	switch (reason) {
	case BFLAG_EXTENSIBILITY:
	case BFLAG_LENGTH:
	case BFLAG_TCP_AO:
	case BFLAG_NOT_WRITABLE:
		mptcp_bflag_count(net, front_end, BFLAG_ACK_UNMARKED);
		break;
	default:
		break;
	}
}

/*
 * How many bytes of the IP packet there are from the TCP header on; negative if the
 * IP header says so.  Bridge and netdev hooks see the padding of short frames,
 * which is not part of it.
 */
static __always_inline int
bflag_tcp_room(const struct sk_buff *skb, const struct iphdr *iph,
	       unsigned int nhoff, unsigned int thoff)
{
	unsigned int len;

	if (iph->version == 4) {
		len = ntohs(iph->tot_len);
	} else {
		len = ntohs(((const struct ipv6hdr *)iph)->payload_len);
		if (len)
			len += sizeof(struct ipv6hdr);
	}
	/* GSO of more than 64 KiB leaves the field empty, and has no padding */
	if (unlikely(!len) && skb_is_gso(skb))
		len = skb->len - nhoff;

	return len - (thoff - nhoff);
}

/*
 * GRO can join segments to a list (rx-gro-list) in which each has a header of
 * its own and leaves with that one.  Their options are alike, or they were not
 * joined: make one big segment of them, as GRO does without that feature.
 */
static noinline void bflag_unlist(struct sk_buff *skb, unsigned int nhoff,
				  unsigned int thoff)
{
	struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	const void *ip = skb->data + nhoff;
	unsigned int len = skb->len - thoff;
	const struct ipv6hdr *ip6 = ip;
	const struct iphdr *iph = ip;

	if (iph->version == 4)
		th->check = ~tcp_v4_check(len, iph->saddr, iph->daddr, 0);
	else
		th->check = ~tcp_v6_check(len, &ip6->saddr, &ip6->daddr, 0);
	skb->csum_start = skb_headroom(skb) + thoff;
	skb->csum_offset = MPC_TCP_CHECK;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_FRAGLIST;
}

/* Set the flag in a header that is ours to write. */
static void bflag_set(struct sk_buff *skb, unsigned int nhoff,
		      unsigned int thoff, unsigned int at, u8 flag)
{
	u8 *h = skb->data + thoff;

	h[at] |= flag;
	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		__sum16 *check = (__sum16 *)(h + MPC_TCP_CHECK);

		*check = ~csum16_add(~*check, htons(mpc_delta(at, flag)));
	}
	if (unlikely(skb_is_gso(skb) &&
		     (skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST)))
		bflag_unlist(skb, nhoff, thoff);
}

/* Leave a segment alone that has a header of @len bytes: count why. */
static noinline void bflag_leave(struct net *net, int room, unsigned int len,
				 unsigned int look, unsigned int segment,
				 enum mptcp_bflag_front_end front_end)
{
	enum mptcp_bflag_counter reason = BFLAG_NOT_WRITABLE;

	if (room < MPC_TCP_HDR_MIN || look == MPC_NONE)
		return;
	if (room < (int)len)
		reason = BFLAG_OPTIONS;
	else if (look < ARRAY_SIZE(bflag_left_alone))
		reason = bflag_left_alone[look];
	bflag_count_left(net, front_end, reason, segment);
}

/*
 * The header is in pieces: look at a copy.  If the flag is to be set, put the
 * pieces together.  Whoever shares them (a socket that sends with MSG_ZEROCOPY)
 * may have changed them then: the caller has to look at what it has now.
 */
static noinline bool bflag_assemble(struct net *net, struct sk_buff *skb,
				    unsigned int nhoff, unsigned int thoff,
				    const struct mptcp_bflag_rule *rule)
{
	unsigned int len, segment, look;
	const struct iphdr *iph;
	u8 buf[MPC_TCP_HDR_MAX];
	struct iphdr _iph;
	const u8 *h;
	int room;

	iph = skb_header_pointer(skb, nhoff, sizeof(_iph), &_iph);
	if (!iph)
		return false;
	room = bflag_tcp_room(skb, iph, nhoff, thoff);
	if (room < MPC_TCP_HDR_MIN)
		return false;

	h = skb_header_pointer(skb, thoff, MPC_TCP_HDR_MIN, buf);
	if (!h || !mpc_roomy(h))
		return false;
	segment = mpc_segment(h[MPC_TCP_FLAGS]);
	if (!(segment & rule->mark.segments))
		return false;

	len = mpc_hdr_len(h);
	h = (int)len <= room ? skb_header_pointer(skb, thoff, len, buf) : NULL;
	if (!h) {
		mptcp_bflag_count(net, rule->front_end, BFLAG_OPTIONS);
		return false;
	}

	look = mpc_look(h, len, MPC_TCP_HDR_MIN, segment, &rule->mark);
	/* a shared skb must not be reallocated: others point to it */
	if (look < MPC_TCP_HDR_MIN || skb_shared(skb) ||
	    !pskb_may_pull(skb, thoff + len)) {
		bflag_leave(net, room, len, look, segment, rule->front_end);
		return false;
	}

	h = skb->data + thoff;
	return mpc_roomy(h) && mpc_hdr_len(h) <= skb_headlen(skb) - thoff;
}

/* May the header be written? */
static bool bflag_writable(struct sk_buff *skb, unsigned int len)
{
	return !skb_shared(skb) &&
	       (!skb_cloned(skb) || !skb_ensure_writable(skb, len));
}

bool mptcp_bflag_rewrite(struct net *net, struct sk_buff *skb,
			 unsigned int nhoff, unsigned int thoff,
			 unsigned int from,
			 const struct mptcp_bflag_rule *rule)
{
	unsigned int len, segment, look;
	const u8 *h;
	int room;

	if (unlikely(from == BFLAG_IN_PIECES)) {
		if (!bflag_assemble(net, skb, nhoff, thoff, rule))
			return false;
		from = MPC_TCP_HDR_MIN;
	}

	h = skb->data + thoff;
	segment = mpc_segment(h[MPC_TCP_FLAGS]);
	if (!(segment & rule->mark.segments))
		return false;

	len = mpc_hdr_len(h);
	room = bflag_tcp_room(skb, (void *)skb->data + nhoff, nhoff, thoff);
	look = mpc_look(h, len, from, segment, &rule->mark);
	if (unlikely(look < MPC_TCP_HDR_MIN || room < (int)len ||
		     !bflag_writable(skb, thoff + len))) {
		bflag_leave(net, room, len, look, segment, rule->front_end);
		return false;
	}

	bflag_set(skb, nhoff, thoff, look, rule->mark.flag);
	mptcp_bflag_count(net, rule->front_end, bflag_marked(segment));
	return true;
}
