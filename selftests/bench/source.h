/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations shared by the files of the benchmark's packet source: classes of packets,
 * sending them, and checking those that leave the gateway.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "../helpers/bytes.h"

#define PACKET_MAX	2048

struct packet {
	uint8_t b[PACKET_MAX];
	unsigned int len;	/* of the frame */
	unsigned int l4;	/* offset of TCP or UDP */
	unsigned int headers;	/* bytes up to the end of this header */
	unsigned int flag;	/* offset of MP_CAPABLE's flags byte; 0: none */
	bool v6;
};

/* source_packets.c */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
extern const unsigned int nclasses;
const char *class_name(unsigned int class);
unsigned int class_named(const char *name);
void packet_make(struct packet *p, unsigned int class, bool v6,
		 const uint8_t *dmac);
void packet_port(struct packet *p, unsigned int port);
uint16_t packet_sum(const struct packet *p);

/* source_xdp.c */
struct source {
	int prog, map;
	unsigned int ifindex;
};

void source_mac(const char *device, uint8_t *mac);
void source_open(struct source *s, unsigned int ifindex, unsigned int headers);
void source_close(const struct source *s);
/* Return nanoseconds a packet, as the kernel measures them */
unsigned int source_send(const struct source *s, const struct packet *p,
			 unsigned int count);

/* source_check.c */
int capture_open(unsigned int ifindex);
const char *capture_judge(int fd, const struct packet *p, unsigned int count,
			  bool nat);

#endif /* SOURCE_H */
