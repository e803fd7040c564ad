// SPDX-License-Identifier: GPL-2.0-only
/*
 * Front end 2: the conntrack helpers "mptcp-bflag" (what the client sends) and
 * "mptcp-bflag-lb" (the answer of a server behind a load balancer).  Stock nft
 * binds them to a connection at its first packet; conntrack then shows them
 * each packet of it at confirm, behind source NAT.  They keep nothing, expect
 * nothing and accept every packet.
 */
#include <linux/ip.h>
#include <linux/module.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>

#include "compat.h"
#include "ct_helper.h"
#include "rewrite.h"

#define BFLAG_CLIENT_NAME	"mptcp-bflag"
#define BFLAG_BALANCER_NAME	"mptcp-bflag-lb"

static const struct mptcp_bflag_rule bflag_client_rule = {
	.mark = {
		.segments	= MPTCP_BFLAG_SYN | MPTCP_BFLAG_ACK,
		.versions	= MPTCP_BFLAG_V1,
		.flag		= MPTCP_BFLAG_FLAG_C,
	},
	.front_end = BFLAG_HELPER,
};

static const struct mptcp_bflag_rule bflag_balancer_rule = {
	.mark = {
		.segments	= MPTCP_BFLAG_SYNACK,
		.versions	= MPTCP_BFLAG_V1,
		.flag		= MPTCP_BFLAG_FLAG_C,
	},
	.front_end = BFLAG_HELPER,
};

/*
 * Conntrack's offset is that of the transport header, whatever it is: ICMP errors
 * about a connection come here, too, and IPv6 segments behind an authentication
 * header, whose signature would break.  Take for TCP what nf_tables does.
 */
static bool bflag_is_tcp(const struct sk_buff *skb, const struct nf_conn *ct)
{
	unsigned int offset = 0;
	int flags = IP6_FH_F_AUTH;

	if (nf_ct_l3num(ct) == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_TCP;
	return ipv6_find_hdr(skb, &offset, -1, NULL, &flags) == IPPROTO_TCP;
}

static noinline int bflag_help(struct sk_buff *skb, unsigned int thoff,
			       unsigned int from, const struct nf_conn *ct,
			       const struct mptcp_bflag_rule *rule)
{
	if (bflag_is_tcp(skb, ct))
		mptcp_bflag_rewrite(nf_ct_net(ct), skb, skb_network_offset(skb),
				    thoff, from, rule);
	return NF_ACCEPT;
}

static int bflag_help_client(struct sk_buff *skb, unsigned int thoff,
			     struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	unsigned int from = 0;

	if (CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL)
		from = mptcp_bflag_candidate(skb, thoff);
	if (from)
		return bflag_help(skb, thoff, from, ct, &bflag_client_rule);
	return NF_ACCEPT;
}

static int bflag_help_balancer(struct sk_buff *skb, unsigned int thoff,
			       struct nf_conn *ct,
			       enum ip_conntrack_info ctinfo)
{
	unsigned int from = 0;

	if (CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY)
		from = mptcp_bflag_candidate(skb, thoff);
	if (from)
		return bflag_help(skb, thoff, from, ct, &bflag_balancer_rule);
	return NF_ACCEPT;
}

/* Asked for by conntrack; no connection is ever expected. */
static const struct nf_conntrack_expect_policy bflag_no_expectations = {
	.max_expected	= 1,
};

static struct nf_conntrack_helper bflag_helpers[2] __read_mostly;
static struct nf_conntrack_helper *bflag_registered[ARRAY_SIZE(bflag_helpers)];

/*
 * Found by name alone.  The address family is none, so that one helper serves
 * IPv4 and IPv6, and no connection gets it by its port on kernels that assign
 * helpers by themselves; the ports only have to differ.
 */
int __init mptcp_bflag_ct_helper_init(void)
{
	bflag_helper_init(&bflag_helpers[0], BFLAG_CLIENT_NAME, 0,
			  &bflag_no_expectations, bflag_help_client,
			  THIS_MODULE);
	bflag_helper_init(&bflag_helpers[1], BFLAG_BALANCER_NAME, 1,
			  &bflag_no_expectations, bflag_help_balancer,
			  THIS_MODULE);
	return bflag_helpers_register(bflag_helpers, bflag_registered,
				      ARRAY_SIZE(bflag_helpers));
}

/* Returns after a grace period: a packet may still be in a helper until then. */
void mptcp_bflag_ct_helper_exit(void)
{
	bflag_helpers_unregister(bflag_helpers, bflag_registered,
				 ARRAY_SIZE(bflag_helpers));
}

MODULE_ALIAS_NFCT_HELPER(BFLAG_CLIENT_NAME);
MODULE_ALIAS_NFCT_HELPER(BFLAG_BALANCER_NAME);
