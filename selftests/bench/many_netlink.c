// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send many messages to nfnetlink in one write.  Only the last one requests an
 * acknowledgment; for the others, the kernel reports errors only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netfilter/nfnetlink.h>

#include "many.h"

/* Room for one message after a full batch */
#define ROOM	1024
#define SIZE	16777216
#define BUFFER	33554432

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "many: %s: %s\n", what, strerror(errno));
	exit(1);
}

void many_open(struct many *m)
{
	int buffer = BUFFER;

	memset(m, 0, sizeof(*m));
	m->buf = malloc(SIZE + ROOM);
	m->nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!m->buf || !m->nl || mnl_socket_bind(m->nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(m->nl), SOL_SOCKET, SO_SNDBUFFORCE,
		       &buffer, sizeof(buffer)))
		die("netlink");
	m->batch = mnl_nlmsg_batch_start(m->buf, SIZE);
}

struct nlmsghdr *many_message(struct many *m, int type, int flags, int family,
			      int res_id)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(mnl_nlmsg_batch_current(m->batch));
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++m->seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
	return nlh;
}

void many_next(struct many *m)
{
	if (mnl_nlmsg_batch_next(m->batch))
		return;
	fprintf(stderr, "many: too many messages in one write\n");
	exit(1);
}

/* Send the batch, and wait for the acknowledgment. */
void many_send(struct many *m)
{
	char answer[8192];
	ssize_t len;

	if (mnl_socket_sendto(m->nl, mnl_nlmsg_batch_head(m->batch),
			      mnl_nlmsg_batch_size(m->batch)) < 0)
		die("netlink: send");
	len = mnl_socket_recvfrom(m->nl, answer, sizeof(answer));
	if (len < 0 || mnl_cb_run(answer, len, 0, mnl_socket_get_portid(m->nl),
				  NULL, NULL) < 0)
		die("netlink: refused");
	mnl_nlmsg_batch_reset(m->batch);
}
