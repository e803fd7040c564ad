// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule [-r] FAMILY TABLE CHAIN [[match] SEGMENTS VERSIONS FLAG | nop]
 *
 * Add a rule with just the expression "mptcp_bflag" to a chain, by netlink, so that tests of
 * the module do not depend on our tool.  Its operation is "set", or "match"; "nop" adds the
 * expression "bench_nop" (bench/nop) instead.  -r: flush the chain first, in the same
 * transaction.  Without the three numbers or "nop", no rule is added.  Exits with 0, or with 1
 * and the kernel's error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../kmod/nf_tables_mptcp_bflag.h"

static const struct {
	const char *name;
	unsigned char number;
} families[] = {
	{ "ip", NFPROTO_IPV4 },		{ "ip6", NFPROTO_IPV6 },
	{ "inet", NFPROTO_INET },	{ "bridge", NFPROTO_BRIDGE },
	{ "netdev", NFPROTO_NETDEV },	{ "arp", NFPROTO_ARP },
};

static int family_number(const char *name)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!strcmp(families[i].name, name))
			return families[i].number;
	fprintf(stderr, "rule: no family '%s'\n", name);
	exit(2);
}

static struct nlmsghdr *message(struct mnl_nlmsg_batch *batch, int type,
				int flags, int family, int res_id)
{
	static unsigned int seq;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(mnl_nlmsg_batch_current(batch));
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
	return nlh;
}

/* @what: the arguments after CHAIN */
static void put_data(struct nlmsghdr *nlh, char **what)
{
	struct nlattr *data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	int match = !strcmp(what[0], "match");

	for (int i = 0; i < 3; i++)
		mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_SEGMENTS + i,
				 htonl(strtoul(what[match + i], NULL, 0)));
	mnl_attr_put_u32(nlh, NFTA_MPTCP_BFLAG_OPERATION,
			 htonl(match ? MPTCP_BFLAG_OP_MATCH : MPTCP_BFLAG_OP_SET));
	mnl_attr_nest_end(nlh, data);
}

static void put_expression(struct nlmsghdr *nlh, char **what)
{
	int nop = !strcmp(what[0], "nop");
	struct nlattr *list, *element;

	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, nop ? "bench_nop" : NFT_MPTCP_BFLAG_NAME);
	if (!nop)
		put_data(nlh, what);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
}

static void put_chain(struct nlmsghdr *nlh, char **where)
{
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, where[1]);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, where[2]);
}

static size_t fill(char *buf, size_t size, int replace, char **where,
		   char **what)
{
	struct mnl_nlmsg_batch *batch = mnl_nlmsg_batch_start(buf, size);
	int family = family_number(where[0]);
	struct nlmsghdr *nlh;

	message(batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	mnl_nlmsg_batch_next(batch);
	if (replace) {
		nlh = message(batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE,
			      NLM_F_ACK, family, 0);
		put_chain(nlh, where);
		mnl_nlmsg_batch_next(batch);
	}
	if (what) {
		nlh = message(batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE,
			      NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, family, 0);
		put_chain(nlh, where);
		put_expression(nlh, what);
		mnl_nlmsg_batch_next(batch);
	}
	message(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	mnl_nlmsg_batch_next(batch);
	return mnl_nlmsg_batch_size(batch);
}

int main(int argc, char **argv)
{
	int replace = argc > 1 && !strcmp(argv[1], "-r");
	char **where = argv + 1 + replace, buf[4096];
	int left = argc - 1 - replace, adds, answers;
	struct mnl_socket *nl;
	ssize_t len;

	adds = left > 3 && (left == 6 + !strcmp(where[3], "match") ||
			    (left == 4 && !strcmp(where[3], "nop")));
	if (!adds && left != 3) {
		fprintf(stderr, "usage: rule [-r] FAMILY TABLE CHAIN [[match] SEGMENTS VERSIONS FLAG | nop]\n");
		return 2;
	}
	len = fill(buf, sizeof(buf) / 2, replace, where, adds ? where + 3 : NULL);

	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, buf, len) < 0) {
		perror("rule: netlink");
		return 1;
	}
	for (answers = replace + adds; answers; answers--) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0 || mnl_cb_run(buf, len, 0, mnl_socket_get_portid(nl),
					  NULL, NULL) < 0) {
			fprintf(stderr, "rule: %s\n", strerror(errno));
			return 1;
		}
	}
	return 0;
}
