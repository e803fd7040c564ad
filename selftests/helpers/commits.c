// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listen to, or make, commits to the ruleset of this network namespace, for suite/watch.sh.
 *
 *   commits listen TABLE CHAIN    print a line at each commit: "MICROSECONDS PROGRAM
 *	present|absent", whether the chain (family inet) now has a rule with mptcp_bflag
 *	(absent at first); "0 - overrun" if events were lost
 *   commits storm SECONDS TABLE CHAIN    flush the chain as often as possible, one
 *	commit each time; print the number of commits
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../kmod/nf_tables_mptcp_bflag.h"

#define NFT(type) (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_##type)

static char buf[1 << 18] __attribute__((aligned(8)));
static struct mnl_socket *nl;

static int failed(const char *what)
{
	fprintf(stderr, "commits: %s: %s\n", what, strerror(errno));
	return 2;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* For attributes of rules and of generations (which number 3, the program's name, fits) */
static int collect(const struct nlattr *attr, void *found)
{
	if (mnl_attr_get_type(attr) <= NFTA_RULE_EXPRESSIONS)
		((const struct nlattr **)found)[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* Newer kernels omit the expressions of a deleted rule: recognize it by its handle. */
static int see(const struct nlmsghdr *nlh, void *chain)
{
	const struct nlattr *a[NFTA_RULE_EXPRESSIONS + 1] = { NULL }, *list;
	const char **names = chain;
	static uint64_t ours;

	mnl_attr_parse(nlh, sizeof(struct nfgenmsg), collect, a);
	if (nlh->nlmsg_type == NFT(NEWGEN)) {
		printf("%lld %s %s\n", now(), mnl_attr_get_str(a[NFTA_GEN_PROC_NAME]),
		       ours ? "present" : "absent");
		fflush(stdout);
	}
	if ((nlh->nlmsg_type != NFT(NEWRULE) && nlh->nlmsg_type != NFT(DELRULE)) ||
	    strcmp(mnl_attr_get_str(a[NFTA_RULE_TABLE]), names[0]) ||
	    strcmp(mnl_attr_get_str(a[NFTA_RULE_CHAIN]), names[1]))
		return MNL_CB_OK;
	list = a[NFTA_RULE_EXPRESSIONS];
	if (nlh->nlmsg_type == NFT(NEWRULE) && list &&
	    memmem(list, list->nla_len, NFT_MPTCP_BFLAG_NAME, sizeof(NFT_MPTCP_BFLAG_NAME)))
		ours = mnl_attr_get_u64(a[NFTA_RULE_HANDLE]);
	else if (mnl_attr_get_u64(a[NFTA_RULE_HANDLE]) == ours)
		ours = 0;
	return MNL_CB_OK;
}

/* As a real-time task, so that other processes do not delay the time stamps. */
static int listening(char **chain)
{
	struct sched_param param = { .sched_priority = 1 };
	int size = 1 << 28, group = NFNLGRP_NFTABLES;
	ssize_t len;

	if (sched_setscheduler(0, SCHED_FIFO, &param) ||
	    setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return failed("listen");
	while ((len = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0 || errno == ENOBUFS) {
		if (len > 0)
			mnl_cb_run(buf, len, 0, 0, see, chain);
		else
			puts("0 - overrun");
	}
	return failed("receive");
}

static void put(struct mnl_nlmsg_batch *batch, int type, int flags, const char *table,
		const char *chain)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(mnl_nlmsg_batch_current(batch));
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg->nfgen_family = table ? NFPROTO_INET : NFPROTO_UNSPEC;
	nfg->res_id = htons(table ? 0 : NFNL_SUBSYS_NFTABLES);
	if (table)	/* NFTA_TABLE_NAME has the same number */
		mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	if (chain)
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	mnl_nlmsg_batch_next(batch);
}

static int storm(double seconds, const char *table, const char *chain)
{
	static char messages[4096] __attribute__((aligned(8)));
	struct mnl_nlmsg_batch *batch = mnl_nlmsg_batch_start(messages, sizeof(messages) / 2);
	long long end = now() + seconds * 1000000;
	int commits;

	put(batch, NFNL_MSG_BATCH_BEGIN, 0, NULL, NULL);
	put(batch, NFT(DELRULE), 0, table, chain);
	put(batch, NFT(NEWTABLE), NLM_F_CREATE, "storm", NULL);
	put(batch, NFT(DELTABLE), NLM_F_ACK, "storm", NULL);
	put(batch, NFNL_MSG_BATCH_END, 0, NULL, NULL);
	for (commits = 0; now() < end; commits++) {
		if (mnl_socket_sendto(nl, messages, mnl_nlmsg_batch_size(batch)) < 0 ||
		    mnl_cb_run(buf, mnl_socket_recvfrom(nl, buf, sizeof(buf)), 0, 0, NULL, NULL) < 0)
			return failed("commit");
	}
	printf("%d\n", commits);
	return 0;
}

int main(int argc, char **argv)
{
	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return failed("netlink");
	if (argc == 4 && !strcmp(argv[1], "listen"))
		return listening(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "storm"))
		return storm(atof(argv[2]), argv[3], argv[4]);
	fprintf(stderr, "commits: see the start of commits.c\n");
	return 2;
}
