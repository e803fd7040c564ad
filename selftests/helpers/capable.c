// SPDX-License-Identifier: GPL-2.0-only
/*
 * capable [-6] [-a] [-b PORT] [-f FLAGS] [-n COUNT] [-o HEX] ADDRESS PORT: send a SYN with
 * MP_CAPABLE to ADDRESS, or, with -a, a third ACK; ignore the answer.  -n: send COUNT
 * segments, each from the next port.  FLAGS is MP_CAPABLE's flags byte (default 0x01); HEX
 * are options to send instead of MP_CAPABLE.
 *
 * For kernels without MPTCP, and for segments that Linux does not send.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct segment {
	struct tcphdr tcp;
	uint8_t options[40];
};

/* The addresses of the pseudo header: 4 or 16 bytes each */
struct ends {
	uint8_t bytes[32];
	size_t length;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t add(const void *data, size_t length, uint32_t sum)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	return sum;
}

/* In both families, the pseudo header's length and protocol have the same sum. */
static uint16_t checksum(const struct ends *ends, const struct segment *segment, size_t length)
{
	uint32_t sum = add(ends->bytes, ends->length, IPPROTO_TCP + length);

	sum = add(segment, length, sum);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* Open a socket that sends to ADDRESS; set ENDS to the addresses. */
static int open_to(int family, const char *address, struct ends *ends)
{
	struct sockaddr_storage from, to = { .ss_family = family };
	const size_t size = family == AF_INET ? 4 : 16;
	socklen_t length = sizeof(from);
	const size_t at = family == AF_INET ? offsetof(struct sockaddr_in, sin_addr) :
					      offsetof(struct sockaddr_in6, sin6_addr);
	int fd = socket(family, SOCK_RAW, IPPROTO_TCP);

	if (fd < 0)
		die("capable: socket");
	if (inet_pton(family, address, (uint8_t *)&to + at) != 1) {
		fprintf(stderr, "capable: not an address: %s\n", address);
		exit(2);
	}
	if (connect(fd, (struct sockaddr *)&to,
		    family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) ||
	    getsockname(fd, (struct sockaddr *)&from, &length))
		die("capable: connect");
	memcpy(ends->bytes, (uint8_t *)&from + at, size);
	memcpy(ends->bytes + size, (uint8_t *)&to + at, size);
	ends->length = 2 * size;
	return fd;
}

/* Fill in the options; returns their length. */
static size_t fill_options(uint8_t *options, const char *hex, bool ack, uint8_t flags)
{
	size_t length = 0;

	if (!hex) {
		length = ack ? 20 : 4;
		memset(options, 0x5a, length);	/* the keys */
		memcpy(options, (uint8_t[]){ 30, length, 0x01, flags }, 4);
		return length;
	}
	for (; length < 40 && sscanf(hex, "%2hhx", &options[length]) == 1; hex += 2)
		length++;
	if (*hex || length % 4) {
		fprintf(stderr, "capable: not a multiple of 4 bytes, 40 at most: %s\n", hex);
		exit(2);
	}
	return length;
}

int main(int argc, char *argv[])
{
	struct segment segment = { .tcp = { .syn = 1, .window = htons(65535) } };
	unsigned int port = 40000 + getpid() % 20000, count = 1;
	const char *hex = NULL;
	int family = AF_INET, opt, fd;
	uint8_t flags = 0x01;
	struct ends ends;
	size_t length;

	while ((opt = getopt(argc, argv, "6ab:f:n:o:")) != -1) {
		switch (opt) {
		case '6': family = AF_INET6; break;
		case 'a': segment.tcp.syn = 0; segment.tcp.ack = 1; break;
		case 'b': port = strtoul(optarg, NULL, 0); break;
		case 'f': flags = strtoul(optarg, NULL, 0); break;
		case 'n': count = strtoul(optarg, NULL, 0); break;
		case 'o': hex = optarg; break;
		default: return 2;
		}
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: capable [-6] [-a] [-b PORT] [-f FLAGS] [-n COUNT] [-o HEX] ADDRESS PORT\n");
		return 2;
	}
	fd = open_to(family, argv[optind], &ends);
	length = sizeof(segment.tcp) + fill_options(segment.options, hex, segment.tcp.ack, flags);
	segment.tcp.doff = length / 4;
	segment.tcp.dest = htons(strtoul(argv[optind + 1], NULL, 0));
	segment.tcp.seq = htonl(1);
	for (; count; count--) {
		segment.tcp.source = htons(port++);
		segment.tcp.check = 0;
		segment.tcp.check = checksum(&ends, &segment, length);
		if (send(fd, &segment, length, 0) < 0)
			die("capable: send");
	}
	return 0;
}
