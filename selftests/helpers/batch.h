/* SPDX-License-Identifier: GPL-2.0-only */
/* Batches of nf_tables messages for the family ip, with our expression */
#ifndef BATCH_H
#define BATCH_H

#include <arpa/inet.h>
#include <stdbool.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../kmod/nf_tables_mptcp_bflag.h"

#define NFT(type) (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_##type)

/* Begin a message at @at, or one of the two marks of a batch. */
static inline struct nlmsghdr *message(char **at, int type, int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(*at);
	bool mark = type == NFNL_MSG_BATCH_BEGIN || type == NFNL_MSG_BATCH_END;
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg->nfgen_family = mark ? AF_UNSPEC : NFPROTO_IPV4;
	nfg->res_id = mark ? htons(NFNL_SUBSYS_NFTABLES) : 0;
	return nlh;
}

/* End it: @at is behind it. */
static inline void end(char **at, const struct nlmsghdr *nlh)
{
	*at += NLMSG_ALIGN(nlh->nlmsg_len);
}

/* A new rule with our expression alone: version 1, flag "C" */
static inline void put_rule(char **at, const char *table, const char *chain, int operation,
			    int segments)
{
	struct nlmsghdr *nlh = message(at, NFT(NEWRULE), NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list, *element, *data;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, NFT_MPTCP_BFLAG_NAME);
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_SEGMENTS, htonl(segments));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_VERSIONS, htonl(MPTCP_BFLAG_VERSION_1));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_FLAG, htonl(MPTCP_BFLAG_FLAG_C));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_OPERATION, htonl(operation));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
	end(at, nlh);
}

#endif /* BATCH_H */
