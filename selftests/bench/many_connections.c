// SPDX-License-Identifier: GPL-2.0-only
/* many connections, many answered: add and change conntrack entries by ctnetlink. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "many.h"
#include "source.h"

#define AT_A_TIME	200
#define TIMEOUT_S	100000
#define OPEN		(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED)

struct side {
	const void *address;
	uint16_t port;		/* big endian */
};

static void put_tuple(struct nlmsghdr *nlh, int type, int protocol,
		      struct side from, struct side to)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type), *part;

	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, CTA_IP_V4_SRC, 4, from.address);
	mnl_attr_put(nlh, CTA_IP_V4_DST, 4, to.address);
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, protocol);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, from.port);
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, to.port);
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

static void put_connection(struct nlmsghdr *nlh, unsigned int number,
			   const char *helper)
{
	uint32_t client = htonl(0x0b000000 + number), server = htonl(0x0a000202);
	struct side from = { &client, htons(40000) }, to = { &server, htons(443) };
	bool tcp = number & 1;
	struct nlattr *nest;

	put_tuple(nlh, CTA_TUPLE_ORIG, tcp ? IPPROTO_TCP : IPPROTO_UDP, from, to);
	put_tuple(nlh, CTA_TUPLE_REPLY, tcp ? IPPROTO_TCP : IPPROTO_UDP, to, from);
	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(OPEN));
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(TIMEOUT_S));
	if (!tcp)
		return;
	nest = mnl_attr_nest_start(nlh, CTA_HELP);
	mnl_attr_put_strz(nlh, CTA_HELP_NAME, helper);
	mnl_attr_nest_end(nlh, nest);
}

int many_connections(char **argv)
{
	unsigned int number = atoi(argv[1]), last = atoi(argv[2]), n;
	struct many m;

	many_open(&m);
	while (number <= last) {
		for (n = 0; n < AT_A_TIME && number <= last; n++, number++) {
			bool ends = n + 1 == AT_A_TIME || number == last;

			put_connection(many_message(&m, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
						    NLM_F_CREATE | NLM_F_EXCL | (ends ? NLM_F_ACK : 0),
						    AF_INET, 0), number, argv[0]);
			many_next(&m);
		}
		many_send(&m);
	}
	return 0;
}

int many_answered(char **argv)
{
	static const uint8_t nobody[6];
	struct packet p;
	struct many m;

	many_open(&m);
	for (unsigned int class = 0; class < nclasses; class++) {
		unsigned int protocol;
		struct side from, to;
		struct nlmsghdr *nlh;

		packet_make(&p, class, false, nobody);
		protocol = p.b[14 + 9];
		if (protocol == IPPROTO_TCP && p.b[p.l4 + 13] & 0x02)
			continue;
		packet_port(&p, atoi(argv[0]));
		from = (struct side){ p.b + 14 + 12, htons(get16(p.b + p.l4)) };
		to = (struct side){ p.b + 14 + 16, htons(get16(p.b + p.l4 + 2)) };
		nlh = many_message(&m, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, NLM_F_ACK,
				   AF_INET, 0);
		put_tuple(nlh, CTA_TUPLE_ORIG, protocol, from, to);
		mnl_attr_put_u32(nlh, CTA_STATUS, htonl(OPEN));
		many_next(&m);
		many_send(&m);
	}
	return 0;
}
