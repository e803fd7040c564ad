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
static unsigned int bflag_tcp_room(const struct sk_buff *skb,
				   unsigned int nhoff, unsigned int thoff)
{
	unsigned int len;
	const struct iphdr *iph;
	struct iphdr _iph;

	iph = skb_header_pointer(skb, nhoff, sizeof(_iph), &_iph);
	if (!iph)
		return 0;

	if (iph->version == 4) {
		len = ntohs(iph->tot_len);
	} else {
		len = ntohs(((const struct ipv6hdr *)iph)->payload_len);
		if (len)
			len += sizeof(struct ipv6hdr);
	}
	/* GSO of more than 64 KiB leaves the field empty, and has no padding */
	if (!len && skb_is_gso(skb))
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

/*
 * Set the flag in a header that skb_ensure_writable() made ours.  Somebody
 * who shares the pages (a socket that sends with MSG_ZEROCOPY) may have
 * changed the bytes since they were first looked at, so look again.
 */
static struct mpc_look bflag_set(u8 *h, unsigned int len, struct sk_buff *skb,
				 const struct mpc_rule *rule)
{
	struct mpc_look look = { .verdict = MPC_OPTIONS };
	unsigned int old;

	if (mpc_hdr_len(h) != len)
		return look;
	look = mpc_look(h, len, rule);
	if (look.verdict != MPC_SET)
		return look;

	old = mpc_word(h, look.at);
	h[look.at] |= rule->flag;
	inet_proto_csum_replace2((__sum16 *)(h + MPC_TCP_CHECK), skb,
				 htons(old), htons(mpc_word(h, look.at)),
				 false);
	return look;
}

bool mptcp_bflag_rewrite(struct net *net, struct sk_buff *skb,
			 unsigned int nhoff, unsigned int thoff,
			 const struct mpc_rule *rule,
			 enum mptcp_bflag_front_end front_end)
{
	unsigned int room = bflag_tcp_room(skb, nhoff, thoff), len;
	u8 buf[MPC_TCP_HDR_MAX];
	struct mpc_look look;
	const u8 *h;

	if (room < MPC_TCP_HDR_MIN)
		return false;
	h = skb_header_pointer(skb, thoff, MPC_TCP_HDR_MIN, buf);
	if (!h)
		return false;

	len = mpc_hdr_len(h);
	if (len < MPC_TCP_HDR_MIN || !mpc_roomy(h, len) ||
	    !(mpc_segment(h[MPC_TCP_FLAGS]) & rule->segments))
		return false;

	h = len <= room ? skb_header_pointer(skb, thoff, len, buf) : NULL;
	if (!h) {
		mptcp_bflag_count(net, front_end, BFLAG_OPTIONS);
		return false;
	}

	look = mpc_look(h, len, rule);
	if (look.verdict == MPC_SET) {
		/* a shared skb must not be reallocated: others point to it */
		if (skb_shared(skb) || skb_ensure_writable(skb, thoff + len)) {
			bflag_count_left(net, front_end, BFLAG_NOT_WRITABLE,
					 look.segment);
			return false;
		}
		look = bflag_set(skb->data + thoff, len, skb, rule);
		if (look.verdict == MPC_SET)
			bflag_unlist(skb, nhoff, thoff);
	}

	if (look.verdict == MPC_SET)
		mptcp_bflag_count(net, front_end, bflag_marked(look.segment));
	else if (look.verdict != MPC_NONE)
		bflag_count_left(net, front_end, bflag_left_alone[look.verdict],
				 look.segment);
	return look.verdict == MPC_SET;
}
