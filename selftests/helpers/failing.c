// SPDX-License-Identifier: GPL-2.0-only
/*
 * failing load FILE NAME     load the module, and unload it if that succeeded
 * failing namespace          make a network namespace, in a child process
 * failing rule set|match     add a table with a chain and a rule of our expression, in one batch
 * failing helper NAME        add a table with a "ct helper" object, in one batch
 *
 * Do it once for each memory allocation that it makes, and let this one fail (fail-nth of
 * CONFIG_FAULT_INJECTION), until all succeed.  After each, everything must be there, or nothing and
 * an error of lack of memory.  Prints how often it failed and succeeded; exits with 0, or with 1 and what
 * was wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "batch.h"

#define MANY 1000000

static int fail_fd;
static struct mnl_socket *nl;

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "failing: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The @nth allocation of this task fails; 0: none.  Returns what was left of the number before. */
static int fail_nth(int nth)
{
	char text[16];
	ssize_t len = pread(fail_fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		die("read fail-nth");
	text[len] = '\0';
	if (dprintf(fail_fd, "%d", nth) <= 0)
		die("write fail-nth");
	return atoi(text);
}

static void open_fail_nth(void)
{
	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_fd < 0)
		die("/proc/thread-self/fail-nth");
}

struct result {
	int left;	/* of the number: 0 if an allocation failed */
	int error;	/* 0: all is there */
};

static struct result load(int nth, char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	struct result result = { 0 };

	if (fd < 0)
		die(args[0]);
	fail_nth(nth);
	if (syscall(SYS_finit_module, fd, "", 0))
		result.error = errno;
	result.left = fail_nth(0);
	close(fd);
	if (!result.error && syscall(SYS_delete_module, args[1], 0))
		die("delete_module");
	return result;
}

/* An answer of errno, and of 200 if the namespace is there, but has no counters */
static int make_namespace(int nth, int to)
{
	struct result result = { 0 };

	open_fail_nth();
	fail_nth(nth);
	if (unshare(CLONE_NEWNET))
		result.error = errno;
	result.left = fail_nth(0);
	if (!result.error && access("/proc/thread-self/net/mptcp_bflag", F_OK))
		result.error = 200;
	return write(to, &result, sizeof(result)) != sizeof(result);
}

static struct result namespace(int nth, char **args)
{
	struct result result;
	int to[2], status;
	pid_t pid;

	(void)args;
	if (pipe(to))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		_exit(make_namespace(nth, to[1]));
	if (waitpid(pid, &status, 0) < 0 || status ||
	    read(to[0], &result, sizeof(result)) != sizeof(result))
		die("a child ended without an answer");
	close(to[0]);
	close(to[1]);
	return result;
}

static void put_chain_and_rule(char **at, bool match)
{
	struct nlmsghdr *nlh = message(at, NFT(NEWCHAIN), NLM_F_CREATE);

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, "failing");
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, "c");
	end(at, nlh);
	put_rule(at, "failing", "c", match ? MPTCP_BFLAG_OP_MATCH : MPTCP_BFLAG_OP_SET,
		 MPTCP_BFLAG_SEGMENT_MASK);
}

static void put_helper(char **at, const char *name)
{
	struct nlmsghdr *nlh = message(at, NFT(NEWOBJ), NLM_F_CREATE);
	struct nlattr *data;

	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, "failing");
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, "h");
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_HELPER));
	data = mnl_attr_nest_start(nlh, NFTA_OBJ_DATA);
	mnl_attr_put_strz(nlh, NFTA_CT_HELPER_NAME, name);
	mnl_attr_put_u8(nlh, NFTA_CT_HELPER_L4PROTO, IPPROTO_TCP);
	mnl_attr_nest_end(nlh, data);
	end(at, nlh);
}

/* Send the batch between its marks; returns the first error of the answers. */
static int send_batch(char *buf, char *at, int nth, int *left)
{
	char answer[4096];
	int error = 0;
	ssize_t len;

	end(&at, message(&at, NFNL_MSG_BATCH_END, NLM_F_ACK));
	fail_nth(nth);
	if (mnl_socket_sendto(nl, buf, at - buf) < 0)
		error = errno;
	*left = fail_nth(0);
	while ((len = recv(mnl_socket_get_fd(nl), answer, sizeof(answer), MSG_DONTWAIT))) {
		const struct nlmsghdr *nlh = (void *)answer;
		const struct nlmsgerr *said = mnl_nlmsg_get_payload(nlh);

		if (len < 0 && errno == EAGAIN)
			break;
		if (!error)
			error = len < 0 ? errno : nlh->nlmsg_type == NLMSG_ERROR ? -said->error : 0;
	}
	return error;
}

/* Is the table there?  Delete it. */
static int delete_table(void)
{
	char buf[4096], *at = buf;
	struct nlmsghdr *nlh;
	int left;

	end(&at, message(&at, NFNL_MSG_BATCH_BEGIN, 0));
	nlh = message(&at, NFT(DELTABLE), 0);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, "failing");
	end(&at, nlh);
	return send_batch(buf, at, 0, &left);
}

static struct result batch(int nth, char **args)
{
	char buf[8192], *at = buf;
	struct result result;
	struct nlmsghdr *nlh;
	int there;

	end(&at, message(&at, NFNL_MSG_BATCH_BEGIN, 0));
	nlh = message(&at, NFT(NEWTABLE), NLM_F_CREATE);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, "failing");
	end(&at, nlh);
	if (!strcmp(args[-1], "rule"))
		put_chain_and_rule(&at, !strcmp(args[0], "match"));
	else
		put_helper(&at, args[0]);
	result.error = send_batch(buf, at, nth, &result.left);

	there = delete_table();
	if (there && there != ENOENT) {
		errno = there;
		die("delete the table");
	}
	/* an answer may be lost (ENOBUFS), although the batch is done */
	if (!there != !result.error && result.error != ENOBUFS) {
		fprintf(stderr, "failing: allocation %d: answer %d, but the table is%s there\n",
			nth, result.error, there ? " not" : "");
		exit(1);
	}
	return result;
}

static bool expected(int error)
{
	return !error || error == ENOMEM || error == ENOBUFS || error == 200;
}

static const struct {
	const char *name;
	int args;
	struct result (*function)(int nth, char **args);
} operations[] = {
	{ "load", 2, load }, { "namespace", 0, namespace },
	{ "rule", 1, batch }, { "helper", 1, batch },
};

int main(int argc, char **argv)
{
	unsigned int i, failed = 0, succeeded = 0, bare = 0;
	struct result result;
	int nth, total;

	for (i = 0; i < 4; i++)
		if (argc > 1 && !strcmp(argv[1], operations[i].name) && argc == 2 + operations[i].args)
			break;
	if (i == 4) {
		fprintf(stderr, "usage: failing load FILE NAME | namespace | rule set|match | helper NAME\n");
		return 2;
	}
	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	open_fail_nth();
	result = operations[i].function(MANY, argv + 2);
	if (result.error) {
		errno = result.error;
		die("without a failure");
	}
	total = MANY - result.left;
	for (nth = 1; ; nth++) {
		/* of a namespace, which makes thousands: ours are the last */
		if (!strcmp(argv[1], "namespace") && nth % 50 && nth < total - 60)
			continue;
		result = operations[i].function(nth, argv + 2);
		/* a namespace is made by all of the kernel, which has more errors */
		if (strcmp(argv[1], "namespace") && !expected(result.error)) {
			fprintf(stderr, "failing: allocation %d: %s\n", nth, strerror(result.error));
			return 1;
		}
		failed += result.error && result.error != 200;
		succeeded += !result.error;
		bare += result.error == 200;
		if (result.left)
			break;
	}
	printf("%d allocations: %u errors, %u successes, %u without counters\n", total, failed,
	       succeeded, bare);
	return 0;
}
