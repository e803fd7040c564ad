/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What some libc headers lack for MPTCP sockets, the question whether a connection still is
 * MPTCP, and addresses of both families.
 */
#ifndef HELPERS_MPTCP_H
#define HELPERS_MPTCP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#define PEER_MPTCP_INFO 1
#define PEER_INFO_FALLBACK (1 << 0)

/* The start of struct mptcp_info */
struct mptcp_info_head {
	uint8_t subflows, add_addr_signal, add_addr_accepted, subflows_max;
	uint8_t add_addr_signal_max, add_addr_accepted_max;
	uint32_t flags;
};

static inline bool is_mptcp(int fd)
{
	struct mptcp_info_head info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_MPTCP, PEER_MPTCP_INFO, &info, &len))
		return false;
	return !(info.flags & PEER_INFO_FALLBACK);
}

/* Returns the length.  @address may be NULL: any */
static inline socklen_t fill(struct sockaddr_storage *ss, int family,
			     const char *address, uint16_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	in->sin_port = htons(port);	/* the same offset in both */
	if (address && inet_pton(family, address, family == AF_INET ?
				 (void *)&in->sin_addr : &in6->sin6_addr) != 1) {
		fprintf(stderr, "not an address: %s\n", address);
		exit(2);
	}
	return family == AF_INET ? sizeof(*in) : sizeof(*in6);
}

#endif
