// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many MPTCP connections at once, one process on each side.
 *
 *   crowd server [-6] PORT COUNT
 *   crowd client [-6] [-b FIRST-SOURCE-PORT] ADDRESS PORT COUNT
 *
 * The client opens COUNT connections as fast as the answers come.  On each it sends one byte, which
 * the server sends back.  When all are open it prints "open COUNT mptcp N seconds S" and keeps them
 * open until its standard input ends.  N are those that did not fall back to TCP.  When all are
 * closed, both print "closed COUNT mptcp N".  An error on any connection ends the process.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "mptcp.h"

#define WINDOW	16	/* connections of the client that are not open, or not closed, yet */
#define QUEUE	4096	/* connections that the server has not accepted yet */

struct crowd {
	int family, epoll;
	const char *address;
	uint16_t port, first_source;
	unsigned int count;
	unsigned int begun, open, closed, mptcp;
	int *fds;	/* of the client */
};

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int new_socket(const struct crowd *c, uint16_t port)
{
	int fd = socket(c->family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_MPTCP), one = 1;
	struct sockaddr_storage ss;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (port && bind(fd, (struct sockaddr *)&ss, fill(&ss, c->family, NULL, port)))
		die("bind");
	return fd;
}

static void watch(const struct crowd *c, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(c->epoll, operation, fd, &event))
		die("epoll_ctl");
}

static void send_byte(int fd)
{
	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
		die("send");
}

/* Is there a byte?  Else the peer has closed. */
static bool receive_byte(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	if (n < 0)
		die("recv");
	return n == 1;
}

static void accept_all(const struct crowd *c, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(c, EPOLL_CTL_ADD, fd, EPOLLIN);
	if (errno != EAGAIN)
		die("accept");
}

static void serve(struct crowd *c, int fd)
{
	if (receive_byte(fd)) {
		c->mptcp += is_mptcp(fd);
		send_byte(fd);
	} else {
		close(fd);
		c->closed++;
	}
}

static void server(struct crowd *c)
{
	/* Linux does not join a client if its worker runs before the connection is accepted. */
	struct sched_param first = { .sched_priority = 1 };
	struct epoll_event events[WINDOW];
	int listener, n;

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("sched_setscheduler");
	listener = new_socket(c, c->port);
	if (listen(listener, QUEUE))
		die("listen");
	watch(c, EPOLL_CTL_ADD, listener, EPOLLIN);
	while (c->closed < c->count) {
		n = epoll_wait(c->epoll, events, WINDOW, -1);
		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(c, listener);
			else
				serve(c, events[i].data.fd);
		}
	}
}

static void begin(struct crowd *c)
{
	int fd = new_socket(c, c->first_source ? c->first_source + c->begun : 0);
	struct sockaddr_storage ss;
	socklen_t length = fill(&ss, c->family, c->address, c->port);

	if (connect(fd, (struct sockaddr *)&ss, length) && errno != EINPROGRESS)
		die("connect");
	watch(c, EPOLL_CTL_ADD, fd, EPOLLOUT);
	c->fds[c->begun++] = fd;
}

/* A connection of the client is established, has its byte back, or was closed by the server. */
static void go_on(struct crowd *c, const struct epoll_event *event)
{
	int fd = event->data.fd, error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) || error) {
		errno = error;
		die("connection");
	}
	if (event->events & EPOLLOUT) {
		send_byte(fd);
		watch(c, EPOLL_CTL_MOD, fd, EPOLLIN);
	} else if (receive_byte(fd)) {
		c->open++;
		c->mptcp += is_mptcp(fd);
	} else {
		close(fd);
		c->closed++;
	}
}

static void end(struct crowd *c)
{
	int fd = c->fds[c->begun++];

	c->mptcp += is_mptcp(fd);
	if (shutdown(fd, SHUT_WR))
		die("shutdown");
}

/* Begin something for each connection, until this number of them is finished. */
static void for_all(struct crowd *c, void (*start)(struct crowd *), const unsigned int *finished)
{
	struct epoll_event events[WINDOW];
	int n;

	c->begun = 0;
	c->mptcp = 0;
	while (*finished < c->count) {
		while (c->begun < c->count && c->begun - *finished < WINDOW)
			start(c);
		n = epoll_wait(c->epoll, events, WINDOW, -1);
		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < n; i++)
			go_on(c, &events[i]);
	}
}

static void client(struct crowd *c)
{
	struct timespec from, to;
	char byte;

	c->fds = calloc(c->count, sizeof(*c->fds));
	if (!c->fds)
		die("calloc");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for_all(c, begin, &c->open);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("open %u mptcp %u seconds %.3f\n", c->open, c->mptcp,
	       to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	for_all(c, end, &c->closed);
}

int main(int argc, char **argv)
{
	struct crowd c = { .family = AF_INET };
	int option;

	if (argc < 2)
		goto usage;
	optind = 2;
	while ((option = getopt(argc, argv, "6b:")) != -1) {
		switch (option) {
		case '6': c.family = AF_INET6; break;
		case 'b': c.first_source = strtoul(optarg, NULL, 0); break;
		default: goto usage;
		}
	}
	c.epoll = epoll_create1(0);
	if (c.epoll < 0)
		die("epoll_create1");
	if (argc - optind == 2 && !strcmp(argv[1], "server")) {
		c.port = strtoul(argv[optind], NULL, 0);
		c.count = strtoul(argv[optind + 1], NULL, 0);
		server(&c);
	} else if (argc - optind == 3 && !strcmp(argv[1], "client")) {
		c.address = argv[optind];
		c.port = strtoul(argv[optind + 1], NULL, 0);
		c.count = strtoul(argv[optind + 2], NULL, 0);
		client(&c);
	} else {
		goto usage;
	}
	printf("closed %u mptcp %u\n", c.closed, c.mptcp);
	return 0;
usage:
	fprintf(stderr, "usage: crowd server|client ..., see the source\n");
	return 2;
}
