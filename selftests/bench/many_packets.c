// SPDX-License-Identifier: GPL-2.0-only
/* many packets: send a SYN for each of many connections, on a packet socket. */
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "many.h"
#include "source.h"

#define FIRST_PORT	1024

int many_packets(char **argv)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(argv[1]),
	};
	unsigned int count = atoi(argv[0]);
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	uint8_t mac[6];
	struct packet p;

	if (sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2,
		   mac + 3, mac + 4, mac + 5) != 6 || count > 0xffff - FIRST_PORT) {
		fprintf(stderr, "many: not a MAC address, or too many packets\n");
		return 2;
	}
	for (unsigned int i = 0; i < count; i++) {
		packet_make(&p, class_named("syn"), false, mac);
		packet_port(&p, FIRST_PORT + i);
		if (sendto(fd, p.b, p.len, 0, (void *)&to, sizeof(to)) != (ssize_t)p.len) {
			fprintf(stderr, "many: %s: %s\n", argv[1], strerror(errno));
			return 1;
		}
	}
	return 0;
}
