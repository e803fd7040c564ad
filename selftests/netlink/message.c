// SPDX-License-Identifier: GPL-2.0-only
/* Random numbers, netlink batches and their answers, for the generator of nf_tables messages. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "message.h"

unsigned long messages_sent;
static struct mnl_socket *sock;
static uint32_t sequence;
static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed;
}

/* splitmix64 */
uint32_t random_below(uint32_t n)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

bool one_in(uint32_t n)
{
	return !random_below(n);
}

static void die(const char *what)
{
	printf("not ok %s: %s\n", what, strerror(errno));
	exit(2);
}

void messages_open(void)
{
	/* no answer for so long is a hang */
	struct timeval limit = { .tv_sec = 120 };

	sock = mnl_socket_open(NETLINK_NETFILTER);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("netlink socket");
}

static struct nlmsghdr *put_header(char *at, uint16_t type, uint16_t flags, uint8_t family,
				   uint16_t resource)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++sequence;
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(resource);
	return nlh;
}

void batch_begin(struct batch *batch)
{
	struct nlmsghdr *nlh = put_header(batch->buf, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC,
					  NFNL_SUBSYS_NFTABLES);

	batch->used = nlh->nlmsg_len;
	batch->n = 0;
}

/* The length of the last message is final when the next one begins. */
static void batch_close(struct batch *batch)
{
	if (batch->n)
		batch->used += NLMSG_ALIGN(batch->nlh[batch->n - 1]->nlmsg_len);
}

struct nlmsghdr *batch_add(struct batch *batch, uint16_t type, uint16_t flags, uint8_t family)
{
	batch_close(batch);
	if (batch->n == BATCH_MAX)
		abort();
	return batch->nlh[batch->n++] = put_header(batch->buf + batch->used,
						   NFNL_SUBSYS_NFTABLES << 8 | type,
						   NLM_F_ACK | flags, family, 0);
}

void batch_send(struct batch *batch, int *errors)
{
	uint32_t first = batch->nlh[0]->nlmsg_seq;
	char answer[65536];
	struct nlmsghdr *nlh;
	int missing = batch->n, left;

	batch_close(batch);
	nlh = put_header(batch->buf + batch->used, NFNL_MSG_BATCH_END, 0, AF_UNSPEC,
			 NFNL_SUBSYS_NFTABLES);
	batch->used += nlh->nlmsg_len;
	if (mnl_socket_sendto(sock, batch->buf, batch->used) < 0)
		die("send a batch");
	messages_sent += batch->n;
	while (missing) {
		left = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (left < 0)
			die("answer to a batch");
		for (nlh = (void *)answer; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type != NLMSG_ERROR ||
			    nlh->nlmsg_seq - first >= (uint32_t)batch->n)
				continue;
			errors[nlh->nlmsg_seq - first] = -err->error;
			missing--;
		}
	}
}

int request(struct nlmsghdr *nlh, mnl_cb_t callback, void *data)
{
	char answer[65536];
	int len, ret;

	nlh->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		die("send a request");
	messages_sent++;
	do {
		len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (len < 0)
			die("answer to a request");
		ret = mnl_cb_run(answer, len, sequence, mnl_socket_get_portid(sock), callback, data);
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? errno : 0;
}
