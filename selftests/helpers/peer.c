// SPDX-License-Identifier: GPL-2.0-only
/*
 * An MPTCP client and server for the tests: send and receive bytes with the kernel's
 * stack, and report the result.
 *
 *   peer server [-6] [-f] [-t] [-n COUNT] PORT
 *   peer client [-6] [-f] [-t] [-b SOURCE-PORT] [-s BYTES] [-w] ADDRESS PORT
 *
 * The client sends BYTES of a known pattern; the server checks them and sends as many
 * back; the client checks these.  -n: serve COUNT connections; -f: TCP Fast Open; -t: plain
 * TCP; -w: keep the connection open until standard input ends.  Both print one line:
 * "peer ADDRESS PORT bytes N mptcp yes|no".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mptcp.h"

#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

struct options {
	int family;
	bool fastopen;
	int protocol;
	bool wait;
	unsigned int count;
	uint16_t source_port;
	size_t bytes;
};

struct peer {
	char address[INET6_ADDRSTRLEN];
	uint16_t port;
	bool mptcp;
};

static void die(const char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Byte number @at of the pattern; it has no period, so a lost segment is noticed. */
static uint8_t pattern(size_t at)
{
	uint64_t x = at * 0x9e3779b97f4a7c15ULL;

	return (x >> 56) ^ (x >> 29);
}

static void send_pattern(int fd, size_t from, size_t bytes)
{
	uint8_t buf[65536];

	while (from < bytes) {
		size_t n = bytes - from < sizeof(buf) ? bytes - from : sizeof(buf);
		ssize_t sent;

		for (size_t i = 0; i < n; i++)
			buf[i] = pattern(from + i);
		sent = send(fd, buf, n, MSG_NOSIGNAL);
		if (sent < 0)
			die("send");
		from += sent;
	}
}

static size_t check_pattern(int fd)
{
	uint8_t buf[65536];
	size_t at = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != pattern(at + i)) {
				fprintf(stderr, "peer: byte %zu is wrong\n", at + i);
				exit(1);
			}
		}
		at += n;
	}
	if (n < 0)
		die("recv");
	return at;
}

/* Read this before both sides have closed the connection. */
static void get_peer(int fd, struct peer *p)
{
	struct sockaddr_in6 sa;
	socklen_t len = sizeof(sa);
	const void *address = &((struct sockaddr_in *)&sa)->sin_addr;

	if (getpeername(fd, (struct sockaddr *)&sa, &len))
		die("getpeername");
	if (sa.sin6_family == AF_INET6)
		address = &sa.sin6_addr;
	inet_ntop(sa.sin6_family, address, p->address, sizeof(p->address));
	p->port = ntohs(sa.sin6_port);
	p->mptcp = is_mptcp(fd);
}

static void report(const struct peer *p, size_t bytes)
{
	printf("peer %s %u bytes %zu mptcp %s\n", p->address, p->port, bytes,
	       p->mptcp ? "yes" : "no");
	fflush(stdout);
}

static int server(const struct options *o, uint16_t port)
{
	struct sockaddr_storage ss;
	struct sched_param first = { .sched_priority = 1 };
	int one = 1, queue = 16, fd, listener;
	struct peer p;

	/*
	 * Linux's path manager does not join a client if its worker runs before the
	 * connection is accepted: be faster than the worker.
	 */
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("sched_setscheduler");

	listener = socket(o->family, SOCK_STREAM, o->protocol);
	if (listener < 0)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (o->fastopen && setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN,
				      &queue, sizeof(queue)))
		die("TCP_FASTOPEN");
	if (bind(listener, (struct sockaddr *)&ss,
		 fill(&ss, o->family, NULL, port)) || listen(listener, 16))
		die("bind");

	for (unsigned int i = 0; i < o->count; i++) {
		size_t bytes;

		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			die("accept");
		bytes = check_pattern(fd);
		get_peer(fd, &p);
		report(&p, bytes);
		send_pattern(fd, 0, bytes);
		close(fd);
	}
	return 0;
}

static int client(const struct options *o, const char *address, uint16_t port)
{
	struct sockaddr_storage ss;
	int one = 1, fd;
	struct peer p;
	size_t got;
	char c;

	fd = socket(o->family, SOCK_STREAM, o->protocol);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (o->source_port &&
	    bind(fd, (struct sockaddr *)&ss,
		 fill(&ss, o->family, NULL, o->source_port)))
		die("bind");
	if (o->fastopen && setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT,
				      &one, sizeof(one)))
		die("TCP_FASTOPEN_CONNECT");
	if (connect(fd, (struct sockaddr *)&ss,
		    fill(&ss, o->family, address, port)))
		die("connect");

	send_pattern(fd, 0, o->bytes);
	if (o->wait)
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
	get_peer(fd, &p);
	shutdown(fd, SHUT_WR);
	got = check_pattern(fd);
	if (got != o->bytes) {
		fprintf(stderr, "peer: %zu bytes came back, not %zu\n", got, o->bytes);
		return 1;
	}
	report(&p, got);
	close(fd);
	return 0;
}

int main(int argc, char *argv[])
{
	struct options o = {
		.family = AF_INET,
		.protocol = IPPROTO_MPTCP,
		.count = 1,
		.bytes = 4 << 20,
	};
	int opt;

	if (argc < 2)
		goto usage;
	optind = 2;
	while ((opt = getopt(argc, argv, "6ftwn:b:s:")) != -1) {
		switch (opt) {
		case '6': o.family = AF_INET6; break;
		case 'f': o.fastopen = true; break;
		case 't': o.protocol = IPPROTO_TCP; break;
		case 'w': o.wait = true; break;
		case 'n': o.count = strtoul(optarg, NULL, 0); break;
		case 'b': o.source_port = strtoul(optarg, NULL, 0); break;
		case 's': o.bytes = strtoul(optarg, NULL, 0); break;
		default: goto usage;
		}
	}
	if (!strcmp(argv[1], "server") && argc - optind == 1)
		return server(&o, strtoul(argv[optind], NULL, 0));
	if (!strcmp(argv[1], "client") && argc - optind == 2)
		return client(&o, argv[optind], strtoul(argv[optind + 1], NULL, 0));
usage:
	fprintf(stderr, "usage: peer server|client ..., see the source\n");
	return 2;
}
