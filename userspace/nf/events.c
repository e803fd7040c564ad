// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listen to the commits of nf_tables.  The kernel reports each rule; a filter on
 * the socket passes only the last message of a commit, NFT_MSG_NEWGEN.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "attr.h"
#include "events.h"

#define NEW_GENERATION (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)

/* BPF loads network byte order; the message has host byte order. */
static int attach_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(NEW_GENERATION),
			 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

int events_open(struct events *events)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTABLES, err;

	memset(events, 0, sizeof(*events));
	events->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
			    SOCK_NONBLOCK, NETLINK_NETFILTER);
	if (events->fd < 0)
		return -errno;
	if (!attach_filter(events->fd) &&
	    !bind(events->fd, (void *)&address, sizeof(address)) &&
	    !setsockopt(events->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			&group, sizeof(group)))
		return 0;
	err = errno;
	close(events->fd);
	errno = err;
	return -err;
}

static void take(struct events *events, const struct nlmsghdr *nlh)
{
	struct attrs attrs = attrs_of_message(nlh);
	const char *name = attr_string(attrs, NFTA_GEN_PROC_NAME);

	if (nlh->nlmsg_type != NEW_GENERATION)
		return;
	events->any = true;
	events->generation = attr_be32(attrs, NFTA_GEN_ID, 0);
	if (name && !strcmp(name, EVENTS_NAME_DISABLE))
		events->disabled = true;
	else if (name && !strcmp(name, EVENTS_NAME))
		events->disabled = false;
}

int events_read(struct events *events)
{
	char buf[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	int len;

	for (;;) {
		len = recv(events->fd, buf, sizeof(buf), 0);
		if (len < 0 && errno == EAGAIN)
			return 0;
		if (len < 0 && errno == ENOBUFS)
			events->lost = true;
		else if (len < 0 && errno != EINTR)
			return -errno;
		for (nlh = (void *)buf; len > 0 && mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			take(events, nlh);
	}
}

void events_close(struct events *events)
{
	close(events->fd);
}
