// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check the benchmark's packets when they leave the gateway: each must arrive, and nothing
 * may differ except the flag and the fields that a router (and NAT) changes.
 */
#include <errno.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "source.h"

#define PATIENCE_MS	2000

int capture_open(unsigned int ifindex)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || bind(fd, (void *)&address, sizeof(address))) {
		fprintf(stderr, "source: AF_PACKET: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

/* Receive the next frame of ours; false if there is none. */
static bool next(int fd, const struct packet *p, struct packet *got)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	unsigned int port = p->l4 + 2;
	ssize_t len;

	while (poll(&wait, 1, PATIENCE_MS) > 0) {
		len = recv(fd, got->b, sizeof(got->b), MSG_TRUNC);
		if (len < (ssize_t)port + 2 || memcmp(got->b + 12, p->b + 12, 2) ||
		    memcmp(got->b + port, p->b + port, 2))
			continue;
		got->len = len;
		got->l4 = p->l4;
		got->v6 = p->v6;
		return true;
	}
	return false;
}

/* Restore the fields that a router changes; nothing else may differ. */
static void unroute(struct packet *got, const struct packet *p, bool nat)
{
	unsigned int ttl = p->v6 ? 14 + 7 : 14 + 8, source = p->v6 ? 14 + 8 : 14 + 12;

	memcpy(got->b, p->b, 12);
	got->b[ttl]++;
	if (!p->v6)
		memcpy(got->b + 14 + 10, p->b + 14 + 10, 2);
	if (nat) {
		memcpy(got->b + source, p->b + source, p->v6 ? 16 : 4);
		memcpy(got->b + p->l4, p->b + p->l4, 2);
	}
}

static const char *judge(struct packet *got, const struct packet *p, bool nat)
{
	unsigned int sum = p->l4 + (p->b[p->v6 ? 20 : 23] == 17 ? 6 : 16);
	bool right = packet_sum(got) == 0xffff;
	const char *verdict = "plain";

	unroute(got, p, nat);
	if (p->flag && got->b[p->flag] == (p->b[p->flag] | 0x20)) {
		got->b[p->flag] = p->b[p->flag];
		verdict = "marked";
	}
	memcpy(got->b + sum, p->b + sum, 2);
	if (got->len != p->len || memcmp(got->b, p->b, p->len))
		return "changed";
	return right ? verdict : "checksum";
}

/*
 * Returns "marked" or "plain", or the fault of a packet: "lost", "changed" (other bytes),
 * "checksum" (it is wrong), "mixed" (only some are marked).
 */
const char *capture_judge(int fd, const struct packet *p, unsigned int count,
			  bool nat)
{
	const char *all = NULL, *one;
	struct packet got;

	while (count--) {
		if (!next(fd, p, &got))
			return "lost";
		one = judge(&got, p, nat);
		if (all && strcmp(all, one))
			return "mixed";
		all = one;
	}
	return all;
}
