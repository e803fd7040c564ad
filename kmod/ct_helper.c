// SPDX-License-Identifier: GPL-2.0-only
/*
 * nf_conntrack_mptcp_bflag.ko, front end 2: the conntrack helpers "mptcp-bflag" (what
 * the client sends) and "mptcp-bflag-lb" (the answer of a server behind a load
 * balancer).  Stock nft binds them to a connection at its first packet; conntrack then
 * shows them each packet of it at confirm, behind source NAT.  They keep nothing,
 * expect nothing and accept every packet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ip.h>
#include <linux/module.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>

#include "compat.h"
#include "rewrite.h"

#define BFLAG_HELP_CLIENT_NAME		"mptcp-bflag"
#define BFLAG_HELP_BALANCER_NAME	"mptcp-bflag-lb"

static const struct mptcp_bflag_rule bflag_help_client_rule = {
	.mark.segments	= MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK,
	.mark.versions	= MPTCP_BFLAG_VERSION_1,
	.mark.flag	= MPTCP_BFLAG_FLAG_C,
	.front_end	= MPTCP_BFLAG_HELPER,
};

static const struct mptcp_bflag_rule bflag_help_balancer_rule = {
	.mark.segments	= MPTCP_BFLAG_SEGMENT_SYNACK,
	.mark.versions	= MPTCP_BFLAG_VERSION_1,
	.mark.flag	= MPTCP_BFLAG_FLAG_C,
	.front_end	= MPTCP_BFLAG_HELPER,
};

/*
 * Conntrack's offset is that of the transport header, whatever it is: ICMP errors
 * about a connection come here, too, and IPv6 segments behind an authentication
 * header, whose signature would break.  Take for TCP what nf_tables does.
 */
static bool bflag_help_is_tcp(const struct sk_buff *skb,
			      const struct nf_conn *ct)
{
	unsigned int offset = 0;
	int flags = IP6_FH_F_AUTH;

	if (nf_ct_l3num(ct) == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_TCP;
	return ipv6_find_hdr(skb, &offset, -1, NULL, &flags) == IPPROTO_TCP;
}

/* All that needs a stack frame is kept out of what conntrack calls. */
static noinline int bflag_help_set(struct sk_buff *skb, unsigned int thoff,
				   unsigned int from,
				   const struct nf_conn *ct,
				   const struct mptcp_bflag_rule *rule)
{
	if (bflag_help_is_tcp(skb, ct))
		mptcp_bflag_set(nf_ct_net(ct), skb, skb_network_offset(skb),
				thoff, from, rule);
	return NF_ACCEPT;
}

static __always_inline int
bflag_help(struct sk_buff *skb, unsigned int thoff, const struct nf_conn *ct,
	   bool direction, const struct mptcp_bflag_rule *rule)
{
	unsigned int from = direction ? mptcp_bflag_look(skb, thoff) : 0;

	if (from)
		return bflag_help_set(skb, thoff, from, ct, rule);
	return NF_ACCEPT;
}

static int bflag_help_client(struct sk_buff *skb, unsigned int thoff,
			     struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	return bflag_help(skb, thoff, ct,
			  CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL,
			  &bflag_help_client_rule);
}

static int bflag_help_balancer(struct sk_buff *skb, unsigned int thoff,
			       struct nf_conn *ct,
			       enum ip_conntrack_info ctinfo)
{
	return bflag_help(skb, thoff, ct,
			  CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY,
			  &bflag_help_balancer_rule);
}

/* Asked for by conntrack; no connection is ever expected. */
static const struct nf_conntrack_expect_policy bflag_help_expects_none = {
	.max_expected	= 1,
};

static struct bflag_helper bflag_help_helpers[2];

/*
 * Found by name alone.  The address family is none, so that one helper serves
 * IPv4 and IPv6, and no connection gets it by its port on kernels that assign
 * helpers by themselves.  The ports only have to differ from each other, and from the
 * 0 of helpers in userspace.
 */
static int __init bflag_help_register(int i, const char *name,
				      bflag_help_fn *help)
{
	int err = bflag_helper_register(&bflag_help_helpers[i], name, i + 1,
					&bflag_help_expects_none, help,
					THIS_MODULE);

	if (err)
		pr_warn("helper %s: not registered, error %d\n", name, err);
	return err;
}

/*
 * A name that another helper has is left to that one.  Giving the other name back
 * then, to fail as a whole, would wait for pernet_ops_rwsem: see the lock order in
 * stats.c.
 */
static int __init bflag_help_init(void)
{
	int client = bflag_help_register(0, BFLAG_HELP_CLIENT_NAME,
					 bflag_help_client);
	int balancer = bflag_help_register(1, BFLAG_HELP_BALANCER_NAME,
					   bflag_help_balancer);

	return client ? balancer : 0;
}

/* Returns after a grace period: a packet may still be in a helper until then. */
static void __exit bflag_help_exit(void)
{
	bflag_helper_unregister(&bflag_help_helpers[0]);
	bflag_helper_unregister(&bflag_help_helpers[1]);
}

module_init(bflag_help_init);
module_exit(bflag_help_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(MPTCP_BFLAG_VERSION);
MODULE_DESCRIPTION("conntrack: helpers that set the MPTCP flag that asks for no joins to this address");
MODULE_ALIAS_NFCT_HELPER(BFLAG_HELP_CLIENT_NAME);
MODULE_ALIAS_NFCT_HELPER(BFLAG_HELP_BALANCER_NAME);
