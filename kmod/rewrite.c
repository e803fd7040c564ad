// SPDX-License-Identifier: GPL-2.0-only
/*
 * The skb layer: fetch the TCP header, ask the core, count, and write the flag and the
 * TCP checksum.
 */
#include <linux/export.h>
#include <linux/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "rewrite.h"

/*
 * Bytes from the TCP header to the end of the IP packet; may be negative.  skb->len
 * includes the padding of short frames at bridge and netdev hooks.
 */
static __always_inline int
mptcp_bflag_room(const struct sk_buff *skb, unsigned int nhoff,
		 unsigned int thoff)
{
	const struct ipv6hdr *ip6 = (void *)(skb->data + nhoff);
	const struct iphdr *iph = (void *)(skb->data + nhoff);
	unsigned int len;

	if (iph->version == 4) {
		len = ntohs(iph->tot_len);
	} else {
		len = ntohs(ip6->payload_len);
		if (len)
			len += sizeof(*ip6);
	}
	/* BIG TCP: more than 64 KiB do not fit the field; it has no padding */
	if (unlikely(!len) && skb_is_gso(skb))
		len = skb->len - nhoff;

	return len - (thoff - nhoff);
}

/* Is the whole TCP header in the linear part of the skb? */
static bool mptcp_bflag_linear(const struct sk_buff *skb, unsigned int thoff)
{
	int left = skb_headlen(skb) - thoff;

	return left >= MPC_TCP_HDR_MIN &&
	       left >= (int)mpc_hdr_len(skb->data + thoff);
}

/* Is it a first fragment?  An atomic fragment of IPv6 counts as one. */
static bool mptcp_bflag_fragmented(const struct sk_buff *skb,
				   unsigned int nhoff)
{
	const struct iphdr *iph;
	struct iphdr _iph;

	iph = skb_header_pointer(skb, nhoff, sizeof(_iph), &_iph);
	if (!iph)
		return false;
	if (iph->version == 4)
		return iph->frag_off & htons(IP_MF);
	return ipv6_find_hdr(skb, &nhoff, NEXTHDR_FRAGMENT, NULL, NULL) ==
	       NEXTHDR_FRAGMENT;
}

bool mptcp_bflag_match(const struct sk_buff *skb, unsigned int nhoff,
		       unsigned int thoff, const struct mpc_rule *mark)
{
	u8 buf[MPC_TCP_HDR_MAX];
	unsigned int len;
	const u8 *h;

	h = skb_header_pointer(skb, thoff, MPC_TCP_HDR_MIN, buf);
	if (!h || !mpc_roomy(h) || !(mpc_segment(h) & mark->segments))
		return false;

	len = mpc_hdr_len(h);
	h = skb_header_pointer(skb, thoff, len, buf);
	return h ? mpc_walk(h, len, MPC_TCP_HDR_MIN).at :
		   mptcp_bflag_fragmented(skb, nhoff);
}
EXPORT_SYMBOL_GPL(mptcp_bflag_match);

/*
 * In a GRO list (rx-gro-list), each segment keeps its own header, so a write would mark
 * the first one only.  All have equal options, so make it one GSO skb, as GRO does
 * without rx-gro-list.
 */
static noinline void mptcp_bflag_unlist(struct sk_buff *skb, unsigned int nhoff,
					unsigned int thoff)
{
	const void *ip = skb->data + nhoff;
	unsigned int len = skb->len - thoff;
	const struct ipv6hdr *ip6 = ip;
	const struct iphdr *iph = ip;
	__sum16 check;

	if (iph->version == 4)
		check = ~tcp_v4_check(len, iph->saddr, iph->daddr, 0);
	else
		check = ~tcp_v6_check(len, &ip6->saddr, &ip6->daddr, 0);
	/* the TCP header may be unaligned */
	memcpy(skb->data + thoff + MPC_TCP_CHECK, &check, sizeof(check));
	skb->csum_start = skb_headroom(skb) + thoff;
	skb->csum_offset = MPC_TCP_CHECK;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_FRAGLIST;
}

static void mptcp_bflag_write(struct sk_buff *skb, unsigned int nhoff,
			      unsigned int thoff, unsigned int at, u8 flag)
{
	mpc_mark(skb->data + thoff, at, flag,
		 skb->ip_summed != CHECKSUM_PARTIAL);
	if (unlikely(skb_is_gso(skb) &&
		     (skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST)))
		mptcp_bflag_unlist(skb, nhoff, thoff);
}

/* No default: the compiler warns about a missing verdict. */
static enum mptcp_bflag_counter mptcp_bflag_reason(enum mpc_verdict verdict)
{
	switch (verdict) {
	case MPC_VERDICT_ALREADY:
		return MPTCP_BFLAG_COUNT_ALREADY;
	case MPC_VERDICT_EXTENSIBILITY:
		return MPTCP_BFLAG_COUNT_EXTENSIBILITY;
	case MPC_VERDICT_LENGTH:
		return MPTCP_BFLAG_COUNT_LENGTH;
	case MPC_VERDICT_VERSION:
		return MPTCP_BFLAG_COUNT_VERSION;
	case MPC_VERDICT_OPTIONS:
		return MPTCP_BFLAG_COUNT_OPTIONS;
	case MPC_VERDICT_TCP_AO:
		return MPTCP_BFLAG_COUNT_TCP_AO;
	case MPC_VERDICT_SET:
	case MPC_VERDICT_NONE:	/* never counted */
		break;
	}
	return MPTCP_BFLAG_COUNT_NOT_WRITABLE;
}

/* Count why a segment is left alone.  @data: data follows the header of @len bytes */
static noinline void mptcp_bflag_leave(struct net *net, const u8 *h,
				       unsigned int len, bool data,
				       enum mpc_verdict verdict,
				       const struct mptcp_bflag_rule *rule)
{
	mptcp_bflag_count(net, rule->front_end, mptcp_bflag_reason(verdict));
	if (mpc_segment(h) == MPTCP_BFLAG_SEGMENT_ACK &&
	    mpc_ack_unmarked(h, len, data, rule->mark.flag))
		mptcp_bflag_count(net, rule->front_end,
				  MPTCP_BFLAG_COUNT_ACK_UNMARKED);
}

/* The TCP header ends beyond the packet: a fragment, or a broken header. */
static noinline void mptcp_bflag_leave_cut(struct net *net,
					   const struct sk_buff *skb,
					   unsigned int nhoff, u8 front_end)
{
	mptcp_bflag_count(net, front_end, mptcp_bflag_fragmented(skb, nhoff) ?
			  MPTCP_BFLAG_COUNT_FRAGMENT :
			  MPTCP_BFLAG_COUNT_OPTIONS);
}

/*
 * Pull a nonlinear header into the linear part, if the segment matches.  A process may
 * change shared pages until then (MSG_ZEROCOPY), so read the linear header again.
 */
static noinline bool mptcp_bflag_pull(struct net *net, struct sk_buff *skb,
				      unsigned int nhoff, unsigned int thoff,
				      const struct mptcp_bflag_rule *rule)
{
	u8 buf[MPC_TCP_HDR_MAX];
	unsigned int len;
	const u8 *h;

	if (!mptcp_bflag_match(skb, nhoff, thoff, &rule->mark))
		return false;

	h = skb_header_pointer(skb, thoff, MPC_TCP_HDR_MIN, buf);
	if (!h || !mpc_roomy(h))
		return false;
	len = mpc_hdr_len(h);
	h = skb_header_pointer(skb, thoff, len, buf);
	if (!h) {
		mptcp_bflag_leave_cut(net, skb, nhoff, rule->front_end);
		return false;
	}
	if (skb_shared(skb) || !pskb_may_pull(skb, thoff + len)) {
		mptcp_bflag_leave(net, h, len, skb->len > thoff + len,
				  MPC_VERDICT_SET, rule);
		return false;
	}
	return mptcp_bflag_linear(skb, thoff) && mpc_roomy(skb->data + thoff);
}

bool mptcp_bflag_set(struct net *net, struct sk_buff *skb, unsigned int nhoff,
		     unsigned int thoff, unsigned int from,
		     const struct mptcp_bflag_rule *rule)
{
	unsigned int len, segment;
	struct mpc_options found;
	enum mpc_verdict verdict;
	const u8 *h;
	int room;

	/* mptcp_bflag_look() returns this for a nonlinear header */
	if (from == MPC_TCP_HDR_MIN && !mptcp_bflag_linear(skb, thoff) &&
	    !mptcp_bflag_pull(net, skb, nhoff, thoff, rule))
		return false;

	h = skb->data + thoff;
	segment = mpc_segment(h) & rule->mark.segments;
	if (!segment)
		return false;

	len = mpc_hdr_len(h);
	found = mpc_walk(h, len, from);
	verdict = mpc_judge(h, found, segment, &rule->mark);
	if (verdict == MPC_VERDICT_NONE)
		return false;

	room = mptcp_bflag_room(skb, nhoff, thoff);
	if (unlikely(room < (int)len)) {
		mptcp_bflag_leave_cut(net, skb, nhoff, rule->front_end);
		return false;
	}
	/* pskb_expand_head() does not allow a shared skb */
	if (verdict != MPC_VERDICT_SET || skb_shared(skb) ||
	    (skb_cloned(skb) && skb_ensure_writable(skb, thoff + len))) {
		mptcp_bflag_leave(net, h, len, room > (int)len, verdict, rule);
		return false;
	}

	mptcp_bflag_write(skb, nhoff, thoff, found.at + MPC_CAPABLE_FLAGS,
			  rule->mark.flag);
	mptcp_bflag_count(net, rule->front_end,
			  segment == MPTCP_BFLAG_SEGMENT_SYN ? MPTCP_BFLAG_COUNT_SYN :
			  segment == MPTCP_BFLAG_SEGMENT_ACK ? MPTCP_BFLAG_COUNT_ACK :
			  MPTCP_BFLAG_COUNT_SYNACK);
	return true;
}
EXPORT_SYMBOL_GPL(mptcp_bflag_set);
