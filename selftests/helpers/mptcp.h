/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What some libc headers lack for MPTCP sockets, and the question whether a connection still is
 * MPTCP.
 */
#ifndef HELPERS_MPTCP_H
#define HELPERS_MPTCP_H

#include <stdbool.h>
#include <stdint.h>
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

#endif
