// SPDX-License-Identifier: GPL-2.0-only
/*
 * nf_conntrack_mptcp_bflag.ko: the conntrack helpers "mptcp-bflag", for SYN and ACK of
 * a client, and "mptcp-bflag-lb", for the SYN+ACK of a server behind a load balancer.
 * Conntrack calls a helper at confirm, behind source NAT, for each packet of a
 * connection that it is assigned to.  Helpers keep no state and accept every packet.
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
 * Conntrack also passes ICMP errors about a connection, and TCP behind an IPv6
 * authentication header, whose ICV covers the segment.  nf_tables takes neither as TCP.
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

/* noinline, so that what conntrack calls has no stack frame */
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

/* Conntrack requires a policy, but no helper here expects connections. */
static const struct nf_conntrack_expect_policy bflag_help_expects_none = {
	.max_expected	= 1,
};

static struct bflag_helper bflag_help_helpers[2];

/*
 * Rules find a helper by name.  Without an address family, it serves IPv4 and IPv6, and
 * no kernel assigns it by port.  Yet the ports must differ from each other, and from 0,
 * which helpers in userspace use.
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
 * If one name is taken, keep the other helper: unregistering it would wait for
 * pernet_ops_rwsem (lock order: stats.c).
 */
static int __init bflag_help_init(void)
{
	int client = bflag_help_register(0, BFLAG_HELP_CLIENT_NAME,
					 bflag_help_client);
	int balancer = bflag_help_register(1, BFLAG_HELP_BALANCER_NAME,
					   bflag_help_balancer);

	return client ? balancer : 0;
}

static void __exit bflag_help_exit(void)
{
	bflag_helper_unregister(&bflag_help_helpers[0]);
	bflag_helper_unregister(&bflag_help_helpers[1]);
}

module_init(bflag_help_init);
module_exit(bflag_help_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(MPTCP_BFLAG_VERSION);
MODULE_DESCRIPTION("Conntrack helpers that set the MPTCP flag \"do not join this address\"");
MODULE_ALIAS_NFCT_HELPER(BFLAG_HELP_CLIENT_NAME);
MODULE_ALIAS_NFCT_HELPER(BFLAG_HELP_BALANCER_NAME);
