// SPDX-License-Identifier: GPL-2.0-only
/*
 * Front end 2: the conntrack helpers "mptcp-bflag" (what the client sends) and
 * "mptcp-bflag-lb" (the answer of a server behind a load balancer).  Stock nft
 * binds them to a connection at its first packet; conntrack then shows them
 * each packet of it at confirm, behind source NAT.  They keep nothing, expect
 * nothing and accept every packet.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "ct_helper.h"
#include "rewrite.h"

#define BFLAG_CLIENT_NAME	"mptcp-bflag"
#define BFLAG_BALANCER_NAME	"mptcp-bflag-lb"

static const struct mpc_rule bflag_client_rule = {
	.segments	= MPTCP_BFLAG_SYN | MPTCP_BFLAG_ACK,
	.versions	= MPTCP_BFLAG_V1,
	.flag		= MPTCP_BFLAG_FLAG_C,
};

static const struct mpc_rule bflag_balancer_rule = {
	.segments	= MPTCP_BFLAG_SYNACK,
	.versions	= MPTCP_BFLAG_V1,
	.flag		= MPTCP_BFLAG_FLAG_C,
};

/*
 * A related packet is either the first of a connection that another one's
 * helper expected, or an ICMP error about this one, which is not TCP at all.
 */
static bool bflag_related_tcp(const struct sk_buff *skb,
			      const struct nf_conn *ct)
{
	u8 protocol;
	__be16 frag_off;

	if (nf_ct_l3num(ct) == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_TCP;

	protocol = ipv6_hdr(skb)->nexthdr;
	return ipv6_skip_exthdr(skb, skb_network_offset(skb) +
				     sizeof(struct ipv6hdr),
				&protocol, &frag_off) >= 0 &&
	       protocol == IPPROTO_TCP;
}

static noinline int bflag_help(struct sk_buff *skb, unsigned int thoff,
			       const struct nf_conn *ct,
			       enum ip_conntrack_info ctinfo,
			       const struct mpc_rule *rule)
{
	if (ctinfo != IP_CT_RELATED || bflag_related_tcp(skb, ct))
		mptcp_bflag_rewrite(nf_ct_net(ct), skb, thoff, rule,
				    BFLAG_HELPER);
	return NF_ACCEPT;
}

static int bflag_help_client(struct sk_buff *skb, unsigned int thoff,
			     struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	if (CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL &&
	    mptcp_bflag_candidate(skb, thoff))
		return bflag_help(skb, thoff, ct, ctinfo, &bflag_client_rule);
	return NF_ACCEPT;
}

/* Of the packets of the reply direction, conntrack leaves out ICMP errors. */
static int bflag_help_balancer(struct sk_buff *skb, unsigned int thoff,
			       struct nf_conn *ct,
			       enum ip_conntrack_info ctinfo)
{
	if (CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY &&
	    mptcp_bflag_candidate(skb, thoff))
		return bflag_help(skb, thoff, ct, ctinfo, &bflag_balancer_rule);
	return NF_ACCEPT;
}

/* Asked for by conntrack; no connection is ever expected. */
static const struct nf_conntrack_expect_policy bflag_no_expectations = {
	.max_expected	= 1,
};

static struct nf_conntrack_helper bflag_helpers[2] __read_mostly;

/*
 * Found by name alone.  The address family is none, so that one helper serves
 * IPv4 and IPv6, and no connection gets it by its port on kernels that assign
 * helpers by themselves; the ports only have to differ.
 */
int __init mptcp_bflag_ct_helper_init(void)
{
	nf_ct_helper_init(&bflag_helpers[0], NFPROTO_UNSPEC, IPPROTO_TCP,
			  BFLAG_CLIENT_NAME, 0, 0, 0, &bflag_no_expectations,
			  0, bflag_help_client, NULL, THIS_MODULE);
	nf_ct_helper_init(&bflag_helpers[1], NFPROTO_UNSPEC, IPPROTO_TCP,
			  BFLAG_BALANCER_NAME, 1, 1, 0, &bflag_no_expectations,
			  0, bflag_help_balancer, NULL, THIS_MODULE);
	return nf_conntrack_helpers_register(bflag_helpers,
					     ARRAY_SIZE(bflag_helpers));
}

/* Returns after a grace period: a packet may still be in a helper until then. */
void mptcp_bflag_ct_helper_exit(void)
{
	nf_conntrack_helpers_unregister(bflag_helpers,
					ARRAY_SIZE(bflag_helpers));
}

MODULE_ALIAS_NFCT_HELPER(BFLAG_CLIENT_NAME);
MODULE_ALIAS_NFCT_HELPER(BFLAG_BALANCER_NAME);
