// SPDX-License-Identifier: GPL-2.0-only
/* many rules: add many rules of one expression in one transaction. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "many.h"
#include "../../kmod/nf_tables_mptcp_bflag.h"

static void put_rule(struct nlmsghdr *nlh, char **argv)
{
	static const uint32_t ours[] = { MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK,
					 MPTCP_BFLAG_VERSION_1, MPTCP_BFLAG_FLAG_C,
					 MPTCP_BFLAG_OP_SET };
	struct nlattr *list, *element, *data;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, argv[1]);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, argv[2]);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, argv[3]);
	if (!strcmp(argv[3], NFT_MPTCP_BFLAG_NAME)) {
		data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
		for (unsigned int i = 0; i < NFTA_MPTCP_BFLAG_MAX; i++)
			mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_SEGMENTS + i, htonl(ours[i]));
		mnl_attr_nest_end(nlh, data);
	}
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
}

int many_rules(char **argv)
{
	int family = !strcmp(argv[0], "netdev") ? NFPROTO_NETDEV : NFPROTO_INET;
	unsigned int count = atoi(argv[4]);
	struct many m;

	many_open(&m);
	many_message(&m, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	many_next(&m);
	for (unsigned int i = 1; i <= count; i++) {
		put_rule(many_message(&m, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE,
				      NLM_F_CREATE | NLM_F_APPEND | (i == count ? NLM_F_ACK : 0),
				      family, 0), argv);
		many_next(&m);
	}
	many_message(&m, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	many_next(&m);
	many_send(&m);
	return 0;
}
