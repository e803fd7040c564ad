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

static enum mptcp_bflag_counter bflag_marked(u8 segment)
{
	switch (segment) {
	case MPTCP_BFLAG_SYN:
		return BFLAG_SYN;
	case MPTCP_BFLAG_SYNACK:
		return BFLAG_SYNACK;
	default:
		return BFLAG_ACK;
	}
}

static void bflag_count_left(struct net *net,
			     enum mptcp_bflag_front_end front_end,
			     enum mptcp_bflag_counter reason, u8 segment)
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
 * How many bytes of the IP packet there are from the TCP header on.  Bridge and
 * netdev hooks see the padding of short frames, which is not part of it.
 */
static __always_inline unsigned int
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

	return len > thoff - nhoff ? len - (thoff - nhoff) : 0;
}

/*
 * GRO can join segments to a list (rx-gro-list) in which each has a header of
 * its own and leaves with that one.  Their options are alike, or they were not
 * joined: make one big segment of them, as GRO does without that feature.
 */
static void bflag_unlist(struct sk_buff *skb, unsigned int nhoff,
			 unsigned int thoff)
{
	struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	const void *ip = skb->data + nhoff;
	unsigned int len = skb->len - thoff;
	const struct ipv6hdr *ip6 = ip;
	const struct iphdr *iph = ip;

	if (!skb_is_gso(skb) ||
	    !(skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST))
		return;

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
	bflag_unlist(skb, nhoff, thoff);
}

/*
 * The header is in pieces: look at a copy.  If the flag is to be set, put the
 * pieces together.  Whoever shares them (a socket that sends with MSG_ZEROCOPY)
 * may have changed them then: the caller has to look at what it has now.
 */
static noinline bool bflag_assemble(struct net *net, struct sk_buff *skb,
				    unsigned int nhoff, unsigned int thoff,
				    const struct mpc_rule *rule,
				    enum mptcp_bflag_front_end front_end)
{
	enum mptcp_bflag_counter reason;
	const struct iphdr *iph;
	u8 buf[MPC_TCP_HDR_MAX];
	struct mpc_look look;
	unsigned int room, len;
	struct iphdr _iph;
	const u8 *h;

	iph = skb_header_pointer(skb, nhoff, sizeof(_iph), &_iph);
	if (!iph)
		return false;
	room = bflag_tcp_room(skb, iph, nhoff, thoff);
	if (room < MPC_TCP_HDR_MIN)
		return false;

	h = skb_header_pointer(skb, thoff, MPC_TCP_HDR_MIN, buf);
	if (!h || !mpc_roomy(h) ||
	    !(mpc_segment(h[MPC_TCP_FLAGS]) & rule->segments))
		return false;

	len = mpc_hdr_len(h);
	h = len <= room ? skb_header_pointer(skb, thoff, len, buf) : NULL;
	if (!h) {
		mptcp_bflag_count(net, front_end, BFLAG_OPTIONS);
		return false;
	}

	look = mpc_look(h, len, MPC_TCP_HDR_MIN, rule);
	if (look.verdict == MPC_NONE)
		return false;
	reason = bflag_left_alone[look.verdict];
	if (look.verdict == MPC_SET) {
		/* a shared skb must not be reallocated: others point to it */
		if (!skb_shared(skb) && pskb_may_pull(skb, thoff + len))
			return true;
		reason = BFLAG_NOT_WRITABLE;
	}
	bflag_count_left(net, front_end, reason, look.segment);
	return false;
}

/* The length of a header that is, as long as it says, in one piece; or 0. */
static unsigned int bflag_whole(const struct sk_buff *skb, unsigned int thoff)
{
	unsigned int left = skb_headlen(skb) - thoff, len;

	if (unlikely((int)left < MPC_TCP_HDR_MIN))
		return 0;
	len = mpc_hdr_len(skb->data + thoff);
	return likely(len <= left) ? len : 0;
}

bool mptcp_bflag_rewrite(struct net *net, struct sk_buff *skb,
			 unsigned int nhoff, unsigned int thoff,
			 unsigned int from, const struct mpc_rule *rule,
			 enum mptcp_bflag_front_end front_end)
{
	enum mptcp_bflag_counter reason;
	struct mpc_look look;
	unsigned int room, len;

	len = bflag_whole(skb, thoff);
	if (!len) {
		if (!bflag_assemble(net, skb, nhoff, thoff, rule, front_end))
			return false;
		len = bflag_whole(skb, thoff);
		if (!len)
			return false;
	}

	look = mpc_look(skb->data + thoff, len, from, rule);
	if (look.verdict == MPC_NONE)
		return false;

	room = bflag_tcp_room(skb, (void *)skb->data + nhoff, nhoff, thoff);
	if (room < MPC_TCP_HDR_MIN)
		return false;

	reason = bflag_left_alone[look.verdict];
	if (room < len) {
		reason = BFLAG_OPTIONS;
	} else if (look.verdict == MPC_SET) {
		if (!skb_shared(skb) &&
		    (!skb_cloned(skb) ||
		     !skb_ensure_writable(skb, thoff + len))) {
			bflag_set(skb, nhoff, thoff, look.at, rule->flag);
			mptcp_bflag_count(net, front_end,
					  bflag_marked(look.segment));
			return true;
		}
		reason = BFLAG_NOT_WRITABLE;
	}
	bflag_count_left(net, front_end, reason, look.segment);
	return false;
}
