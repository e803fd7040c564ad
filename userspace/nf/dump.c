// SPDX-License-Identifier: GPL-2.0-only
/* Query nf_tables and other nfnetlink subsystems. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "attr.h"
#include "dump.h"

/* The kernel fills at most 32 KiB of it in one read. */
#define DUMP_BUFFER 65536

void dump_close(struct dump *dump)
{
	if (dump->socket)
		mnl_socket_close(dump->socket);
	free(dump->buf);
	memset(dump, 0, sizeof(*dump));
}

int dump_open(struct dump *dump)
{
	int err;

	memset(dump, 0, sizeof(*dump));
	dump->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!dump->socket)
		return -errno;
	if (mnl_socket_bind(dump->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		dump_close(dump);
		return err;
	}
	dump->buf = xrealloc(NULL, DUMP_BUFFER, 1);
	return 0;
}

/* mnl_cb_run() would drop the messages of a dump that a commit interrupts. */
static void accept_all(struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
}

static int dump_answer(struct dump *dump, mnl_cb_t callback, void *data)
{
	unsigned int port = mnl_socket_get_portid(dump->socket);
	ssize_t len;
	int ret;

	do {
		len = mnl_socket_recvfrom(dump->socket, dump->buf,
					  DUMP_BUFFER);
		if (len < 0)
			return -errno;
		accept_all((struct nlmsghdr *)dump->buf, len);
		ret = mnl_cb_run(dump->buf, len, dump->seq, port, callback,
				 data);
		if (ret < 0)
			return -answer_errno(errno);
	} while (ret > MNL_CB_STOP);
	return 0;
}

/* NFTA_*_TABLE and NFTA_*_NAME have the same numbers in all nf_tables messages. */
int dump_run(struct dump *dump, struct query query, mnl_cb_t callback,
	     void *data)
{
	uint8_t subsystem = query.subsystem ? query.subsystem :
			    NFNL_SUBSYS_NFTABLES;
	struct nlmsghdr *nlh;
	size_t i;

	/* one answer is not a dump: its end is the acknowledgment */
	nlh = message_begin(dump->buf, subsystem << 8 | query.type,
			    query.one ? NLM_F_ACK : NLM_F_DUMP, query.family,
			    ++dump->seq);
	if (query.table)
		mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, query.table);
	if (query.name)
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, query.name);
	for (i = 0; i < ARRAY_SIZE(query.numbers) && query.numbers[i].type; i++)
		mnl_attr_put_u32(nlh, query.numbers[i].type,
				 htonl(query.numbers[i].value));
	if (mnl_socket_sendto(dump->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return dump_answer(dump, callback, data);
}

int dump_all(struct dump *dump, uint8_t type, mnl_cb_t callback, void *data)
{
	return dump_run(dump, (struct query){ .type = type }, callback, data);
}
