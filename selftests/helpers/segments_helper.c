// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conntrack helpers in the test program "segments".  Each row is the first packet of a
 * new connection, or, for mptcp-bflag-lb, the first answer to a SYN in the other direction.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "segments.h"

static int conntrack = -1;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* In the current namespace */
void helper_open(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	conntrack = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (conntrack < 0 ||
	    connect(conntrack, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("segments: netlink");
}

static void conntrack_flush(void)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfg;
	} ask = {
		.nlh = {
			.nlmsg_len = sizeof(ask),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
				      IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.nfg.version = NFNETLINK_V0,
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr error;
		char rest[256];
	} answer;

	if (send(conntrack, &ask, sizeof(ask), 0) != sizeof(ask) ||
	    recv(conntrack, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)))
		die("segments: conntrack flush");
	errno = -answer.error.error;
	if (answer.nlh.nlmsg_type != NLMSG_ERROR || errno)
		die("segments: conntrack flush");
}

static void swap(uint8_t *a, uint8_t *b, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++) {
		uint8_t byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

/* Send a SYN that the row's segment can answer; swapping keeps its checksum right. */
static void prime(struct run *run)
{
	static const struct row row = { .tcp_flags = S, .doff = -1 };
	struct offload o = { };
	static struct frame f;
	unsigned int len = run->v6 ? 16 : 4;
	uint8_t *ip;

	frames_make(&f, &row, &run->back, run->v6, 0);
	ip = f.b + f.l3;
	if (run->v6)
		swap(ip + 8, ip + 24, len);
	else
		swap(ip + 12, ip + 16, len);
	swap(f.b + f.l4, f.b + f.l4 + 2, 2);
	port_send(&run->back_from, &f, run->v6, &o, NULL);
}

void helper_prepare(struct run *run)
{
	conntrack_flush();
	if (run->helper != CLIENT)
		prime(run);
}

/* Does the helper see this segment? */
bool helper_sees(const struct run *run, const struct row *row)
{
	unsigned int len = 20 + row->optlen +
			   (run->path.data ? run->path.data : row->data);
	unsigned int hdr = row->doff < 0 ? 20 + row->optlen : row->doff * 4U;

	if (row->truncate)
		len = row->truncate;
	if (hdr < 20 || hdr > len)
		return false;
	switch (row->tcp_flags & (F | S | R | A | U)) {
	case S:
	case S | U:
	case A:
	case A | U:
		return run->helper == CLIENT;
	case S | A:
		return run->helper == BALANCER;
	default:
		return false;
	}
}

static void icmp_error(struct frame *f, const uint8_t *about, bool v6)
{
	unsigned int quote = v6 ? 48 : 28, len = 8 + quote;
	uint8_t *ip = f->b + f->l3, *icmp = ip + (v6 ? 40 : 20);
	uint32_t sum;

	memset(icmp, 0, len);
	icmp[0] = v6 ? 1 : 3;		/* unreachable ... */
	icmp[1] = v6 ? 4 : 3;		/* port */
	memcpy(icmp + 8, about, quote);
	f->l4 = icmp - f->b;
	f->l4len = len;
	f->l3len = icmp - ip + len;
	f->len = f->l3 + f->l3len;
	if (v6) {
		put16(ip + 4, len);
		ip[6] = IPPROTO_ICMPV6;
		sum = sum_pseudo(ip + 8, ip + 24, true, len) - IPPROTO_TCP + IPPROTO_ICMPV6;
	} else {
		put16(ip + 2, f->l3len);
		ip[9] = IPPROTO_ICMP;
		put16(ip + 10, 0);
		put16(ip + 10, ~sum_fold(sum_add(0, ip, 20)));
		sum = 0;
	}
	put16(icmp + 2, ~sum_fold(sum_add(sum, icmp, len)));
}

/*
 * An ICMP error of the client about a connection that has the helper must leave
 * unchanged.  If it is parsed as TCP, it is a SYN with MP_CAPABLE: it quotes a packet
 * from 30.4.1.1 (1e 04 01 01) with a suitable ID.
 */
bool helper_related(struct run *run)
{
	static const struct row row = { .tcp_flags = S, .doff = -1 };
	static struct frame syn, error, got;
	unsigned long before[COUNTERS], after[COUNTERS];
	struct offload o = { };
	uint8_t *quote;

	conntrack_flush();
	frames_make(&syn, &row, &run->path, false, 1);
	port_send(&run->from, &syn, false, &o, NULL);
	if (!port_receive(&run->to, &got, false, &o, 3000))
		return false;

	error = syn;
	quote = syn.b + syn.l3;
	swap(quote + 12, quote + 16, 4);
	swap(syn.b + syn.l4, syn.b + syn.l4 + 2, 2);
	put16(quote + 4, 0x6002);	/* parsed as TCP: a header of 24 bytes, SYN */
	put16(quote + 10, 0);
	put16(quote + 10, ~sum_fold(sum_add(0, quote, 20)));
	icmp_error(&error, quote, false);

	counters_read(run->counters, 2, before);
	port_send(&run->from, &error, false, &o, NULL);
	do {
		if (!port_receive(&run->to, &got, false, &o, 3000))
			return false;
	} while (!frame_parse(&got, false) || got.b[got.l3 + 9] != IPPROTO_ICMP);
	counters_read(run->counters, 2, after);
	frame_dump("sent", &error);
	frame_dump("arrived", &got);
	return !memcmp(before, after, sizeof(before)) && got.len == error.len &&
	       !memcmp(got.b + error.l4, error.b + error.l4, error.l4len);
}
