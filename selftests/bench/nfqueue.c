// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfqueue QUEUE [COUNT]
 *
 * An alternative to the module: a program that receives packets from an nf_tables "queue"
 * rule, sets 0x20 in MP_CAPABLE of version 1, in SYNs and ACKs, like the default rule, and
 * returns them.  "make bench" compares the module with it, so it is optimized as far as we
 * can: one thread, many packets in one system call, one verdict for all unchanged packets.
 * It does not parse IPv6 extension headers and has no counters.
 *
 * Prints "ready" when it has the queue.  With COUNT, it ends after the verdicts on COUNT
 * packets, and prints the time: nanoseconds of CLOCK_MONOTONIC.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "../../kmod/mp_capable.h"
#include "../helpers/bytes.h"

#define BATCH		64		/* packets in one system call */
#define MESSAGE_MAX	(0xffff + 4096)	/* a packet and its attributes */
#define QUEUE_MAX	65536		/* packets that wait */
#define BUFFER_MAX	(128 << 20)	/* bytes that wait, with the kernel's overhead */

struct queue {
	struct mnl_socket *nl;
	uint16_t number;
	uint32_t unchanged;		/* last packet without a verdict, or 0 */
	unsigned long seen;
	size_t used;			/* of the messages to send */
	uint8_t out[MESSAGE_MAX + 4096];
	uint8_t in[BATCH][MESSAGE_MAX];
};

/* A packet, from the kernel's message */
struct packet {
	uint32_t id;
	uint32_t info;			/* NFQA_SKB_... */
	uint8_t *ip;
	unsigned int len;
};

static const struct mpc_rule rule = {
	.segments = MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK,
	.versions = MPTCP_BFLAG_VERSION_1,
	.flag = MPTCP_BFLAG_FLAG_C,
};

static void die(const char *what)
{
	fprintf(stderr, "nfqueue: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned int fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t add(uint32_t sum, const uint8_t *b, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		sum += i & 1 ? b[i] : b[i] << 8;
	return sum;
}

/* The kernel does not complete a partial checksum afterwards: compute it in full. */
static void sum_all(const struct packet *p, uint8_t *tcp)
{
	bool v6 = p->ip[0] >> 4 == 6;
	unsigned int len = p->ip + p->len - tcp;
	uint32_t sum = IPPROTO_TCP + len;

	put16(tcp + MPC_TCP_CHECK, 0);
	sum = add(sum, p->ip + (v6 ? 8 : 12), v6 ? 32 : 8);
	put16(tcp + MPC_TCP_CHECK, ~fold(add(sum, tcp, len)));
}

/* RFC 1624: @old and @new are the word that holds the flag */
static void sum_update(uint8_t *tcp, unsigned int old, unsigned int new)
{
	uint32_t sum = (~get16(tcp + MPC_TCP_CHECK) & 0xffff) + (~old & 0xffff) + new;

	put16(tcp + MPC_TCP_CHECK, ~fold(sum));
}

/* Returns the TCP header if it is complete, and in *@len its length. */
static uint8_t *tcp_header(struct packet *p, unsigned int *len)
{
	unsigned int hdr = 40, total;

	if (p->len < MPC_TCP_HDR_MIN + 20)
		return NULL;
	if (p->ip[0] >> 4 == 4) {
		hdr = (p->ip[0] & 0x0f) * 4;
		total = get16(p->ip + 2);
		if (p->ip[9] != IPPROTO_TCP || get16(p->ip + 6) & 0x1fff)
			return NULL;
	} else {
		total = get16(p->ip + 4) + 40;
		if (p->ip[6] != IPPROTO_TCP)
			return NULL;
	}
	if (total < p->len)
		p->len = total;
	if (hdr + MPC_TCP_HDR_MIN > p->len)
		return NULL;
	*len = mpc_hdr_len(p->ip + hdr);
	return *len >= MPC_TCP_HDR_MIN && *len <= p->len - hdr ? p->ip + hdr : NULL;
}

/* Returns whether the packet was changed. */
static bool mark(struct packet *p)
{
	unsigned int len, old, segment, at, from = 0;
	uint8_t *tcp = tcp_header(p, &len), *word;
	struct mpc_options found;

	if (tcp && mpc_roomy(tcp))
		from = mpc_look(tcp, len);
	if (!from)
		return false;
	segment = mpc_segment(tcp) & rule.segments;
	if (!segment)
		return false;
	found = mpc_walk(tcp, len, from);
	if (mpc_judge(tcp, found, segment, &rule) != MPC_VERDICT_SET)
		return false;
	at = found.at + MPC_CAPABLE_FLAGS;
	word = tcp + (at & ~1U);
	old = get16(word);
	tcp[at] |= rule.flag;
	if (p->info & NFQA_SKB_CSUMNOTREADY)
		sum_all(p, tcp);
	else
		sum_update(tcp, old, get16(word));
	return true;
}

static struct nlmsghdr *message(struct queue *q, uint8_t *where, int type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(where);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(q->number);
	return nlh;
}

static void flush(struct queue *q)
{
	if (q->used && mnl_socket_sendto(q->nl, q->out, q->used) < 0)
		die("verdict");
	q->used = 0;
}

/* Accept packet @id, changed to @p if not NULL, or all packets up to it (@type). */
static void verdict(struct queue *q, int type, uint32_t id, const struct packet *p)
{
	struct nfqnl_msg_verdict_hdr accept = { htonl(NF_ACCEPT), htonl(id) };
	struct nlmsghdr *nlh;

	if (q->used + (p ? p->len : 0) + 256 > sizeof(q->out))
		flush(q);
	nlh = message(q, q->out + q->used, type);
	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(accept), &accept);
	if (p)
		mnl_attr_put(nlh, NFQA_PAYLOAD, p->len, p->ip);
	q->used += MNL_ALIGN(nlh->nlmsg_len);
}

static void verdict_unchanged(struct queue *q)
{
	if (q->unchanged)
		verdict(q, NFQNL_MSG_VERDICT_BATCH, q->unchanged, NULL);
	q->unchanged = 0;
}

static int on_packet(const struct nlmsghdr *nlh, void *data)
{
	struct packet p = { .info = 0 };
	const struct nlattr *attr;
	struct queue *q = data;
	bool cut = false;
	unsigned int whole;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		const struct nfqnl_msg_packet_hdr *hdr = mnl_attr_get_payload(attr);

		switch (mnl_attr_get_type(attr)) {
		case NFQA_PACKET_HDR:
			p.id = ntohl(hdr->packet_id);
			break;
		case NFQA_SKB_INFO:
			p.info = ntohl(mnl_attr_get_u32(attr));
			break;
		case NFQA_PAYLOAD:
			p.ip = mnl_attr_get_payload(attr);
			p.len = mnl_attr_get_payload_len(attr);
			break;
		case NFQA_CAP_LEN:	/* too long for an attribute */
			cut = true;
			break;
		}
	}
	whole = p.len;
	if (p.ip && !cut && mark(&p)) {
		p.len = whole;		/* with padding, if there is any */
		verdict_unchanged(q);
		verdict(q, NFQNL_MSG_VERDICT, p.id, &p);
	} else {
		q->unchanged = p.id;
	}
	q->seen++;
	return MNL_CB_OK;
}

/* Wait for packets, and give the verdicts on all that can be received. */
static void serve(struct queue *q)
{
	struct mmsghdr messages[BATCH];
	struct iovec iov[BATCH];
	int n;

	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ q->in[i], MESSAGE_MAX };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	n = recvmmsg(mnl_socket_get_fd(q->nl), messages, BATCH, MSG_WAITFORONE, NULL);
	/* the socket was full, and the kernel accepted some packets (fail-open) */
	if (n < 0 && (errno == ENOBUFS || errno == EINTR))
		return;
	if (n < 0)
		die("receive");
	for (int i = 0; i < n; i++)
		if (mnl_cb_run(q->in[i], messages[i].msg_len, 0, 0, on_packet, q) < 0)
			die("what the kernel says");
	verdict_unchanged(q);
	flush(q);
}

static void configure(struct queue *q, struct nlmsghdr *nlh)
{
	uint8_t answer[4096];
	ssize_t len;

	nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(q->nl, nlh, nlh->nlmsg_len) < 0)
		die("configure");
	len = mnl_socket_recvfrom(q->nl, answer, sizeof(answer));
	if (len < 0 || mnl_cb_run(answer, len, 0, 0, NULL, NULL) < 0)
		die("configure");
}

static void queue_open(struct queue *q)
{
	struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params copy = { htonl(0xffff), NFQNL_COPY_PACKET };
	uint32_t flags = NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN;
	int size = BUFFER_MAX, on = 1;
	struct nlmsghdr *nlh;

	q->nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!q->nl || mnl_socket_bind(q->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	if (setsockopt(mnl_socket_get_fd(q->nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		die("receive buffer");
	mnl_socket_setsockopt(q->nl, NETLINK_NO_ENOBUFS, &on, sizeof(on));

	/* configure all in one message: later, a packet could be taken for its answer */
	nlh = message(q, q->out, NFQNL_MSG_CONFIG);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(bind), &bind);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(copy), &copy);
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(QUEUE_MAX));
	configure(q, nlh);
}

int main(int argc, char **argv)
{
	static struct queue q;
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	struct timespec now;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: nfqueue QUEUE [COUNT]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	q.number = atoi(argv[1]);
	queue_open(&q);
	puts("ready");
	while (!count || q.seen < count)
		serve(&q);
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	return 0;
}
