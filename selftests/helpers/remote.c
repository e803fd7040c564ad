// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run commands in another machine, over TCP (selftests/vm/pair), like ssh, but without its
 * start-up time and without keys.  For an isolated network only: there is no authentication.
 *
 *   remote serve ADDRESS PORT                 run commands until "quit"
 *   remote run ADDRESS PORT COMMAND [ARG]...  run it there, with this standard input,
 *                                             output, error and exit status
 *   remote quit ADDRESS PORT                  end "serve"
 *
 * Any number of commands can run at the same time.  When "run" dies, its command gets
 * SIGTERM.  "run" exits with 255 if the connection ends before there is a status.
 *
 * A frame is a type, a length (32 bits, big endian) and this number of bytes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum type {
	ARGUMENT = 'a', RUN = 'r', QUIT = 'q',			/* to the server */
	INPUT = 'i',						/* empty: its end */
	OUTPUT = 'o', ERRORS = 'e', STATUS = 'x',		/* from the server */
};

#define CHUNK 65536
#define ARGUMENTS 1000
#define NO_STATUS 255

struct frame {
	enum type type;
	uint32_t length;
	char bytes[CHUNK];
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "remote: %s: %s\n", what, strerror(errno));
	exit(NO_STATUS);
}

static bool write_all(int fd, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t n = write(fd, from, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		length -= n;
	}
	return true;
}

static bool read_all(int fd, void *bytes, size_t length)
{
	char *to = bytes;

	while (length > 0) {
		ssize_t n = read(fd, to, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		length -= n;
	}
	return true;
}

static size_t put_head(char *head, enum type type, size_t length)
{
	uint32_t big_endian = htonl(length);

	head[0] = type;
	memcpy(head + 1, &big_endian, 4);
	return 5;
}

static bool put_frame(int fd, enum type type, const void *bytes, size_t length)
{
	static char packet[5 + CHUNK];	/* head and bytes in one segment */
	size_t head = put_head(packet, type, length);

	memcpy(packet + head, bytes, length);
	return write_all(fd, packet, head + length);
}

static bool get_frame(int fd, struct frame *frame)
{
	char head[5];

	if (!read_all(fd, head, sizeof(head)))
		return false;
	frame->type = head[0];
	memcpy(&frame->length, head + 1, 4);
	frame->length = ntohl(frame->length);
	if (frame->length > sizeof(frame->bytes)) {
		errno = EPROTO;
		return false;
	}
	return read_all(fd, frame->bytes, frame->length);
}

static struct sockaddr_in address_of(char **argv)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };

	if (inet_pton(AF_INET, argv[0], &sa.sin_addr) != 1) {
		fprintf(stderr, "remote: '%s' is not an IPv4 address\n", argv[0]);
		exit(NO_STATUS);
	}
	return sa;
}

static int make_socket(void)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("socket");
	return fd;
}

/* The server's side of one command */
struct job {
	int socket, signals;
	int in, out, err;		/* pipes; -1 when closed */
	pid_t pid;
	struct frame input;		/* not yet written to the command */
	size_t written;
};

static void job_exec(char **argv, int in, int out, int err)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		die("dup2");
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	fprintf(stderr, "remote: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void job_start(struct job *job, char **argv)
{
	int in[2], out[2], err[2];
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGCHLD, SIG_DFL);
	job->signals = signalfd(-1, &child, SFD_CLOEXEC);
	if (job->signals < 0 || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("pipe");
	job->pid = fork();
	if (job->pid < 0)
		die("fork");
	if (job->pid == 0)
		job_exec(argv, in[0], out[1], err[1]);
	setpgid(job->pid, job->pid);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	job->in = in[1];
	job->out = out[0];
	job->err = err[0];
	fcntl(job->in, F_SETFL, O_NONBLOCK);
	fcntl(job->out, F_SETFL, O_NONBLOCK);
	fcntl(job->err, F_SETFL, O_NONBLOCK);
}

static void job_close_input(struct job *job)
{
	if (job->in >= 0)
		close(job->in);
	job->in = -1;
	job->input.length = job->written = 0;
}

/* The client is gone. */
static void job_abandon(struct job *job)
{
	kill(-job->pid, SIGTERM);
	exit(NO_STATUS);
}

static void job_frame(struct job *job)
{
	if (!get_frame(job->socket, &job->input) || job->input.type != INPUT)
		job_abandon(job);
	job->written = 0;
	if (job->input.length == 0 || job->in < 0)
		job_close_input(job);
}

static void job_feed(struct job *job)
{
	ssize_t n = write(job->in, job->input.bytes + job->written, job->input.length - job->written);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		job_close_input(job);
	if (n > 0)
		job->written += n;
	if (job->written == job->input.length)
		job->input.length = job->written = 0;
}

/* Relay the bytes that can be read now; false if there are none. */
static bool job_relay(struct job *job, int *fd, enum type type)
{
	char bytes[CHUNK];
	ssize_t n = *fd < 0 ? -1 : read(*fd, bytes, sizeof(bytes));

	if (n > 0 && !put_frame(job->socket, type, bytes, n))
		job_abandon(job);
	if (n == 0) {
		close(*fd);
		*fd = -1;
	}
	return n > 0;
}

/* The command has exited: the rest of its output is in the pipes. */
static void job_end(struct job *job)
{
	int status;
	unsigned char code;

	if (waitpid(job->pid, &status, 0) != job->pid)
		die("waitpid");
	while (job_relay(job, &job->out, OUTPUT))
		;
	while (job_relay(job, &job->err, ERRORS))
		;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	exit(put_frame(job->socket, STATUS, &code, 1) ? 0 : NO_STATUS);
}

static void job_run(struct job *job, char **argv)
{
	job_start(job, argv);
	for (;;) {
		bool full = job->input.length > 0;
		struct pollfd fds[] = {
			{ .fd = job->socket, .events = full ? POLLRDHUP : POLLIN },
			{ .fd = full ? job->in : -1, .events = POLLOUT },
			{ .fd = job->out, .events = POLLIN },
			{ .fd = job->err, .events = POLLIN },
			{ .fd = job->signals, .events = POLLIN },
		};

		if (poll(fds, 5, -1) < 0 && errno != EINTR)
			die("poll");
		if (full && fds[0].revents)
			job_abandon(job);
		if (fds[0].revents)
			job_frame(job);
		if (fds[1].revents)
			job_feed(job);
		if (fds[2].revents)
			job_relay(job, &job->out, OUTPUT);
		if (fds[3].revents)
			job_relay(job, &job->err, ERRORS);
		if (fds[4].revents)
			job_end(job);
	}
}

/* A connection carries the arguments of one command, then the order to run it. */
static void serve_one(int fd)
{
	static struct job job;
	char *argv[ARGUMENTS + 1];
	int argc = 0;

	while (get_frame(fd, &job.input)) {
		switch (job.input.type) {
		case QUIT:
			kill(getppid(), SIGTERM);
			exit(0);
		case ARGUMENT:
			if (argc == ARGUMENTS)
				exit(NO_STATUS);
			argv[argc] = strndup(job.input.bytes, job.input.length);
			if (!argv[argc++])
				die("strndup");
			break;
		case RUN:
			if (argc == 0)
				exit(NO_STATUS);
			argv[argc] = NULL;
			job.socket = fd;
			job.input.length = 0;
			job_run(&job, argv);
			break;
		default:
			exit(NO_STATUS);
		}
	}
}

static void quit(int signal)
{
	(void)signal;
	_exit(0);
}

static int serve(char **argv)
{
	struct sockaddr_in sa = address_of(argv);
	int listener = make_socket(), fd;

	if (bind(listener, (struct sockaddr *)&sa, sizeof(sa)) || listen(listener, 64))
		die("listen");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);	/* do not wait for children */
	signal(SIGTERM, quit);
	for (;;) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			die("accept");
		if (fd < 0)
			continue;
		switch (fork()) {
		case -1:
			die("fork");
		case 0:
			signal(SIGTERM, SIG_DFL);
			serve_one(fd);
			exit(NO_STATUS);
		}
		close(fd);
	}
}

static int connect_to(char **argv)
{
	struct sockaddr_in sa = address_of(argv);
	int fd = make_socket();

	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die(argv[0]);
	signal(SIGPIPE, SIG_IGN);
	return fd;
}

/* Handle the next frame from the server; exits when it is the status. */
static void run_answer(int fd, struct frame *frame)
{
	if (!get_frame(fd, frame)) {
		fprintf(stderr, "remote: the other machine closed the connection\n");
		exit(NO_STATUS);
	}
	switch (frame->type) {
	case OUTPUT:
	case ERRORS:
		if (!write_all(frame->type == OUTPUT ? 1 : 2, frame->bytes, frame->length))
			exit(128 + SIGPIPE);
		break;
	case STATUS:
		if (frame->length == 1)
			exit((unsigned char)frame->bytes[0]);
		/* fall through */
	default:
		fprintf(stderr, "remote: unknown frame from the other machine\n");
		exit(NO_STATUS);
	}
}

/*
 * Send input only as fast as the server takes it, and always read answers; otherwise both
 * sides could block in write() forever.
 */
static void run_relay(int fd)
{
	static struct frame answer;
	static char input[5 + CHUNK];
	size_t length = 0, sent = 0;
	bool more = true;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = fd, .events = length ? POLLIN | POLLOUT : POLLIN },
			{ .fd = more && !length ? 0 : -1, .events = POLLIN },
		};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents & ~POLLOUT)
			run_answer(fd, &answer);
		if (fds[0].revents & POLLOUT) {
			ssize_t n = send(fd, input + sent, length - sent, MSG_DONTWAIT);

			sent += n > 0 ? n : 0;
			if (sent == length)
				length = sent = 0;
		}
		if (fds[1].revents) {
			ssize_t n = read(0, input + 5, CHUNK);

			more = n > 0;
			length = put_head(input, INPUT, more ? n : 0) + (more ? n : 0);
		}
	}
}

static int run(char **argv)
{
	int fd = connect_to(argv);
	char **argument;

	for (argument = argv + 2; *argument; argument++) {
		size_t length = strlen(*argument);

		if (length > CHUNK) {
			errno = E2BIG;
			die("argument");
		}
		if (!put_frame(fd, ARGUMENT, *argument, length))
			die("argument");
	}
	if (!put_frame(fd, RUN, "", 0))
		die("run");
	run_relay(fd);
	return NO_STATUS;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "quit"))
		return put_frame(connect_to(argv + 2), QUIT, "", 0) ? 0 : NO_STATUS;
	fprintf(stderr, "usage: remote serve|quit ADDRESS PORT\n       remote run ADDRESS PORT COMMAND [ARG]...\n");
	return 2;
}
