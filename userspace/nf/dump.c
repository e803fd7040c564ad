// SPDX-License-Identifier: GPL-2.0-only
/* Asking nf_tables, and others behind nfnetlink, for what they have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "dump.h"

/* The kernel fills what it is offered, up to 32 KiB a read. */
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

/* Take note of what would make mnl_cb_run() drop the message */
static void note_interruption(struct dump *dump, int len)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)dump->buf;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (!(nlh->nlmsg_flags & NLM_F_DUMP_INTR))
			continue;
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
		dump->interrupted = true;
	}
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
		note_interruption(dump, len);
		ret = mnl_cb_run(dump->buf, len, dump->seq, port, callback,
				 data);
		if (ret < 0)
			return -errno;
	} while (ret > MNL_CB_STOP);
	return 0;
}

static struct nlmsghdr *dump_header(struct dump *dump, uint8_t subsystem,
				    uint8_t type, uint8_t family,
				    uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(dump->buf);
	struct nfgenmsg *nfmsg;

	nlh->nlmsg_type = subsystem << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++dump->seq;
	nfmsg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfmsg));
	nfmsg->nfgen_family = family;
	nfmsg->version = NFNETLINK_V0;
	return nlh;
}

struct nlmsghdr *dump_begin(struct dump *dump, uint8_t subsystem,
			    uint8_t type, uint8_t family)
{
	return dump_header(dump, subsystem, type, family, NLM_F_DUMP);
}

int dump_run(struct dump *dump, struct nlmsghdr *nlh, mnl_cb_t callback,
	     void *data)
{
	if (mnl_socket_sendto(dump->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return dump_answer(dump, callback, data);
}

/* The acknowledgment after the one answer ends it. */
int dump_one(struct dump *dump, uint16_t type, mnl_cb_t callback, void *data)
{
	return dump_run(dump, dump_header(dump, NFNL_SUBSYS_NFTABLES, type,
					  NFPROTO_UNSPEC, NLM_F_ACK),
			callback, data);
}

int dump_all(struct dump *dump, uint16_t type, mnl_cb_t callback, void *data)
{
	return dump_run(dump, dump_begin(dump, NFNL_SUBSYS_NFTABLES, type,
					 NFPROTO_UNSPEC), callback, data);
}
