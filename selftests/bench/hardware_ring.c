// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames to a port as fast as it takes them: a ring shared with the kernel
 * (PACKET_TX_RING), filled once, past the queueing disciplines.  What is received
 * by others from its pages is not written to: headers are copied before.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hardware.h"

#define FRAME_SIZE	2048
#define FRAMES		FLOWS_MAX
#define BLOCK_SIZE	65536
#define RING_SIZE	(FRAME_SIZE * FRAMES)
#define DATA_OFFSET	(TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))

static struct tpacket2_hdr *frame(uint8_t *ring, unsigned int slot)
{
	return (struct tpacket2_hdr *)(ring + (size_t)slot * FRAME_SIZE);
}

static void *failed(struct sender *s, const char *what)
{
	s->error = errno;
	s->failed = what;
	return NULL;
}

static uint8_t *ring_open(struct sender *s, int fd)
{
	struct tpacket_req request = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = RING_SIZE / BLOCK_SIZE,
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = FRAMES,
	};
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = s->ifindex,
	};
	int version = TPACKET_V2, one = 1;
	uint8_t *ring;

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &request, sizeof(request)))
		return failed(s, "PACKET_TX_RING");
	ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return failed(s, "mmap");
	if (bind(fd, (void *)&address, sizeof(address)))
		return failed(s, "bind");
	return ring;
}

static void ring_fill(const struct sender *s, uint8_t *ring)
{
	for (unsigned int i = 0; i < FRAMES; i++) {
		const struct packet *p = &s->packets[i % s->npackets];
		struct tpacket2_hdr *header = frame(ring, i);

		header->tp_len = p->len;
		memcpy((uint8_t *)header + DATA_OFFSET, p->b, p->len);
	}
}

/* Offer all frames that are free, from *slot on: how many? */
static unsigned int ring_offer(uint8_t *ring, unsigned int *slot)
{
	unsigned int n;

	for (n = 0; n < FRAMES; n++) {
		struct tpacket2_hdr *header = frame(ring, *slot);

		if (__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) !=
		    TP_STATUS_AVAILABLE)
			break;
		__atomic_store_n(&header->tp_status, TP_STATUS_SEND_REQUEST,
				 __ATOMIC_RELEASE);
		*slot = (*slot + 1) % FRAMES;
	}
	return n;
}

/* A port whose queue is full says ENOBUFS: it is asked again. */
static void ring_run(struct sender *s, int fd, uint8_t *ring)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	unsigned int slot = 0, offered;

	/* once in any case, however long it took to start */
	do {
		offered = ring_offer(ring, &slot);
		if (send(fd, NULL, 0, MSG_DONTWAIT) < 0 && errno != EAGAIN &&
		    errno != ENOBUFS && errno != EINTR) {
			failed(s, "sending");
			return;
		}
		if (!offered)
			poll(&wait, 1, 1);
	} while (!atomic_load_explicit(s->stop, memory_order_relaxed));
}

void *ring_send(void *sender)
{
	struct sender *s = sender;
	uint8_t *ring;
	cpu_set_t set;
	int fd;

	CPU_ZERO(&set);
	CPU_SET(s->cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		return failed(s, "AF_PACKET");
	ring = ring_open(s, fd);
	if (ring) {
		ring_fill(s, ring);
		ring_run(s, fd, ring);
	}
	close(fd);
	return NULL;
}
