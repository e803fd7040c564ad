// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operation "match" in the test program "segments": read the counter that follows
 * the expression in a rule of chain "c" of table "t".  Another rule in this chain changes
 * packets; this one has to match the same packets.
 */
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "segments.h"

#define NFT(type) (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_##type)

static int nf_tables = -1;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* In the current namespace */
void match_open(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	nf_tables = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (nf_tables < 0 ||
	    connect(nf_tables, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("segments: netlink");
}

/* Request all rules of the chain */
static void ask(void)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfg;
		struct { struct nlattr nla; char name[4]; } table, chain;
	} dump = {
		.nlh = {
			.nlmsg_len = sizeof(dump),
			.nlmsg_type = NFT(GETRULE),
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.nfg.version = NFNETLINK_V0,
		.table = { { NLA_HDRLEN + 2, NFTA_RULE_TABLE }, "t" },
		.chain = { { NLA_HDRLEN + 2, NFTA_RULE_CHAIN }, "c" },
	};

	if (send(nf_tables, &dump, sizeof(dump), 0) != sizeof(dump))
		die("segments: rules");
}

struct attributes {
	const uint8_t *b;
	size_t len;
};

/* The content of the attribute @number (from 0) of this type; empty if there is none */
static struct attributes inside(struct attributes in, unsigned int type,
				unsigned int number)
{
	while (in.len >= NLA_HDRLEN) {
		const struct nlattr *nla = (const void *)in.b;
		size_t step = NLA_ALIGN(nla->nla_len);

		if ((nla->nla_type & NLA_TYPE_MASK) == type && !number--)
			return (struct attributes){ in.b + NLA_HDRLEN,
						    nla->nla_len - NLA_HDRLEN };
		if (!step || step > in.len)
			break;
		in.b += step;
		in.len -= step;
	}
	return (struct attributes){ NULL, 0 };
}

/* The packets of the counter that is the second expression of a rule, or 0 */
static uint64_t packets(const struct nlmsghdr *nlh)
{
	struct attributes a = {
		(const uint8_t *)nlh + NLMSG_LENGTH(sizeof(struct nfgenmsg)),
		nlh->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg)),
	};
	uint64_t number = 0;

	a = inside(a, NFTA_RULE_EXPRESSIONS, 0);
	a = inside(a, NFTA_LIST_ELEM, 1);
	a = inside(a, NFTA_EXPR_DATA, 0);
	a = inside(a, NFTA_COUNTER_PACKETS, 0);
	if (a.len == sizeof(number))
		memcpy(&number, a.b, sizeof(number));
	return be64toh(number);
}

/* The number of packets that matched */
unsigned long match_read(void)
{
	static char answer[16384] __attribute__((aligned(8)));
	uint64_t sum = 0;

	ask();
	for (;;) {
		ssize_t left = recv(nf_tables, answer, sizeof(answer), 0);
		const struct nlmsghdr *nlh = (const void *)answer;

		if (left < 0)
			die("segments: rules");
		for (; NLMSG_OK(nlh, (size_t)left); nlh = NLMSG_NEXT(nlh, left)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return sum;
			if (nlh->nlmsg_type != NFT(NEWRULE))
				die("segments: unexpected netlink message");
			sum += packets(nlh);
		}
	}
}
