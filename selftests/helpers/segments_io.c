// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets of the test program "segments": send and receive frames at devices of other
 * network namespaces, and read the module's counters there.
 */
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "segments.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

static const char * const counter_names[COUNTERS] = {
	[C_SYN]			= "syn_marked",
	[C_SYNACK]		= "synack_marked",
	[C_ACK]			= "ack_marked",
	[C_ALREADY]		= "already_set",
	[C_EXTENSIBILITY]	= "extensibility_set",
	[C_LENGTH]		= "wrong_length",
	[C_VERSION]		= "other_version",
	[C_OPTIONS]		= "broken_options",
	[C_TCP_AO]		= "tcp_ao",
	[C_FRAGMENT]		= "fragment",
	[C_NOT_WRITABLE]	= "not_writable",
	[C_ACK_UNMARKED]	= "ack_unmarked",
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

const char *counter_name(enum counter counter)
{
	return counter_names[counter];
}

/* "" if there is no DEVICE */
const char *enter(const char *where)
{
	const char *colon = strchrnul(where, ':');
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%.*s", (int)(colon - where), where);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path);
	close(fd);
	return *colon ? colon + 1 : colon;
}

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		die("segments: setsockopt");
}

void port_mac(uint8_t *mac, const char *where)
{
	struct ifreq ifr = { };
	int fd;

	strncpy(ifr.ifr_name, enter(where), IFNAMSIZ - 1);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		die(where);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(fd);
}

static void open_packet(struct port *p, const char *device, bool receive)
{
	struct sockaddr_ll sll = {
		.sll_family	= AF_PACKET,
		.sll_protocol	= receive ? htons(ETH_P_ALL) : 0,
		.sll_ifindex	= if_nametoindex(device),
	};

	p->fd[0] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->fd[0] < 0)
		die("segments: AF_PACKET");
	if (receive) {
		option(p->fd[0], SOL_PACKET, PACKET_AUXDATA, 1);
		option(p->fd[0], SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
		option(p->fd[0], SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	}
	if (p->kind == PORT_VNET)
		option(p->fd[0], SOL_PACKET, PACKET_VNET_HDR, 1);
	if (!sll.sll_ifindex ||
	    bind(p->fd[0], (struct sockaddr *)&sll, sizeof(sll)) < 0)
		die(device);
}

/* Attach to an existing device, so that each piece of a frame becomes a page fragment. */
static void open_tap(struct port *p, const char *device)
{
	struct ifreq ifr = {
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_NAPI | IFF_NAPI_FRAGS,
	};

	strncpy(ifr.ifr_name, device, IFNAMSIZ - 1);
	p->fd[0] = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (p->fd[0] < 0 || ioctl(p->fd[0], TUNSETIFF, &ifr) < 0)
		die("segments: tap device");
}

static void open_raw(struct port *p, bool receive)
{
	p->fd[0] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	p->fd[1] = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	if (p->fd[0] < 0 || p->fd[1] < 0)
		die("segments: raw socket");
	if (receive)
		return;
	option(p->fd[0], IPPROTO_IP, IP_HDRINCL, 1);
	option(p->fd[1], IPPROTO_IPV6, IPV6_HDRINCL, 1);
}

void port_open(struct port *p, enum port_kind kind, const char *where,
	       bool receive)
{
	const char *device = enter(where);

	p->kind = kind;
	if (kind == PORT_RAW)
		open_raw(p, receive);
	else if (kind == PORT_TAP)
		open_tap(p, device);
	else
		open_packet(p, device, receive);
	if (*device)
		port_mac(p->mac, where);
}

static void send_raw(const struct port *p, const struct frame *f, bool v6)
{
	const uint8_t *ip = f->b + f->l3;
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	ssize_t sent;

	if (v6) {
		memcpy(&sin6.sin6_addr, ip + 24, 16);
		sent = sendto(p->fd[1], ip, f->l3len, 0,
			      (struct sockaddr *)&sin6, sizeof(sin6));
	} else {
		memcpy(&sin.sin_addr, ip + 16, 4);
		sent = sendto(p->fd[0], ip, f->l3len, 0,
			      (struct sockaddr *)&sin, sizeof(sin));
	}
	if (sent != (ssize_t)f->l3len)
		die("segments: send, raw");
}

void port_send(const struct port *p, const struct frame *f, bool v6,
	       const struct offload *o, const struct pieces *pieces)
{
	struct virtio_net_hdr hdr = { };
	struct iovec iov[18] = { };
	unsigned int n = 0, start = 0;

	if (p->kind == PORT_RAW) {
		send_raw(p, f, v6);
		return;
	}
	if (p->kind == PORT_VNET) {
		hdr.hdr_len = pieces ? pieces->at[0] : 0;
		if (o->partial) {
			hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
			hdr.csum_start = f->l4;
			hdr.csum_offset = 16;
		}
		if (o->gso_size) {
			hdr.gso_type = v6 ? VIRTIO_NET_HDR_GSO_TCPV6 :
					    VIRTIO_NET_HDR_GSO_TCPV4;
			hdr.gso_size = o->gso_size;
			hdr.hdr_len = f->l4 + (f->b[f->l4 + 12] >> 4) * 4;
		}
		iov[n++] = (struct iovec){ &hdr, sizeof(hdr) };
	}
	for (unsigned int i = 0; p->kind == PORT_TAP && i < pieces->n; i++) {
		if (pieces->at[i] >= f->len)
			break;
		iov[n++] = (struct iovec){ (void *)(f->b + start),
					   pieces->at[i] - start };
		start = pieces->at[i];
	}
	iov[n++] = (struct iovec){ (void *)(f->b + start), f->len - start };
	if (writev(p->fd[0], iov, n) < 0)
		die("segments: send");
}

/* The kernel removes the VLAN tag from the frame: put it back. */
static void put_tag(struct frame *f, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			continue;
		memmove(f->b + 16, f->b + 12, f->len - 12);
		put16(f->b + 12, (aux.tp_status & TP_STATUS_VLAN_TPID_VALID) ?
				 aux.tp_vlan_tpid : ETH_P_8021Q);
		put16(f->b + 14, aux.tp_vlan_tci);
		f->len += 4;
	}
}

static int receive_packet(const struct port *p, struct frame *f,
			  struct offload *o)
{
	char control[256] __attribute__((aligned(8)));
	struct virtio_net_hdr hdr = { };
	struct iovec iov[2] = { { &hdr, sizeof(hdr) },
				{ f->b, FRAME_MAX - 4 } };
	struct msghdr msg = {
		.msg_iov = p->kind == PORT_VNET ? iov : iov + 1,
		.msg_iovlen = p->kind == PORT_VNET ? 2 : 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(p->fd[0], &msg, MSG_DONTWAIT);

	if (len < 0)
		return -1;
	f->len = len - (p->kind == PORT_VNET ? sizeof(hdr) : 0);
	*o = (struct offload){ .partial = hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM };
	if (hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		o->gso_size = hdr.gso_size;
	put_tag(f, &msg);
	return 0;
}

/* A raw IPv6 socket delivers no IP header: leave room for it. */
static int receive_raw(const struct port *p, struct frame *f, bool v6)
{
	unsigned int hdr = v6 ? 54 : 14;
	ssize_t len = recv(p->fd[v6], f->b + hdr, FRAME_MAX - hdr, MSG_DONTWAIT);

	if (len < 0)
		return -1;
	f->len = len + hdr;
	return 0;
}

bool port_receive(const struct port *p, struct frame *f, bool v6,
		  struct offload *o, int timeout_ms)
{
	struct pollfd pfd = {
		.fd = p->fd[p->kind == PORT_RAW && v6],
		.events = POLLIN,
	};

	for (;;) {
		if ((p->kind == PORT_RAW ? receive_raw(p, f, v6) :
					   receive_packet(p, f, o)) == 0)
			return true;
		if (poll(&pfd, 1, timeout_ms) <= 0)
			return false;
	}
}

int counters_open(const char *netns)
{
	int fd;

	enter(netns);
	fd = open("/proc/thread-self/net/mptcp_bflag", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("/proc/net/mptcp_bflag");
	return fd;
}

/* @column: 1 for the expression, 2 for the helpers */
void counters_read(int fd, unsigned int column, unsigned long *count)
{
	char text[1024], name[40], *line;
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	unsigned long value[2];

	if (len <= 0)
		die("/proc/net/mptcp_bflag");
	text[len] = '\0';
	memset(count, 0, COUNTERS * sizeof(*count));
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%39s %lu %lu", name, &value[0], &value[1]) != 3)
			continue;
		for (int i = 1; i < COUNTERS; i++)
			if (!strcmp(name, counter_names[i]))
				count[i] = value[column - 1];
	}
}
