// SPDX-License-Identifier: GPL-2.0-only
/* One netlink batch: build it, send it, match the answers to its messages. */
#include <errno.h>
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "attr.h"
#include "batch.h"
#include "cli.h"

/* What an acknowledgment takes of the receive buffer, generously */
#define ACK_TRUESIZE 2048

/* More than one of them; a kernel without NETLINK_CAP_ACK adds the request. */
#define ANSWER_MAX (2 * BATCH_MESSAGE_MAX)

struct answers {
	const struct batch	*batch;
	size_t			acks;
	size_t			group;		/* of the last error */
	bool			no_module;	/* said already */
	int			status;
};

static size_t batch_used(const struct batch *batch)
{
	const struct batch_message *last;
	const struct nlmsghdr *nlh;

	if (!batch->count)
		return 0;
	last = &batch->messages[batch->count - 1];
	nlh = (const struct nlmsghdr *)(batch->buf + last->offset);
	return last->offset + MNL_ALIGN(nlh->nlmsg_len);
}

/* A message's sequence number is its index, from 1 on. */
static char *batch_append(struct batch *batch, enum attempt attempt,
			  char *what)
{
	struct batch_message message = { attempt, what, batch->ngroups,
					 batch_used(batch) };

	if (batch->size < message.offset + BATCH_MESSAGE_MAX) {
		batch->size = 2 * (message.offset + BATCH_MESSAGE_MAX);
		batch->buf = xrealloc(batch->buf, batch->size, 1);
	}
	/* nobody else clears the padding behind attributes */
	memset(batch->buf + message.offset, 0, BATCH_MESSAGE_MAX);
	batch->messages = xrealloc(batch->messages, batch->count + 1,
				   sizeof(message));
	batch->messages[batch->count++] = message;
	return batch->buf + message.offset;
}

void batch_init(struct batch *batch, uint32_t generation)
{
	struct nlmsghdr *nlh;
	char *buf;

	memset(batch, 0, sizeof(*batch));
	buf = batch_append(batch, ATTEMPT_COMMIT,
			   xstrdup("change the ruleset"));
	nlh = nftnl_batch_begin(buf, batch->count);
	mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(generation));
}

void batch_free(struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		free(batch->messages[i].what);
	for (i = 0; i < batch->ngroups; i++)
		free(batch->groups[i]);
	free(batch->groups);
	free(batch->messages);
	free(batch->buf);
}

void batch_group(struct batch *batch, char *where)
{
	batch->groups = xrealloc(batch->groups, batch->ngroups + 1,
				 sizeof(*batch->groups));
	batch->groups[batch->ngroups++] = where;
}

struct nlmsghdr *batch_add(struct batch *batch, enum attempt attempt,
			   uint16_t type, uint16_t family, uint16_t flags,
			   const char *fmt, ...)
{
	va_list ap;
	char *what, *buf;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = xstrdup("change the ruleset");
	va_end(ap);

	buf = batch_append(batch, attempt, what);
	return nftnl_nlmsg_build_hdr(buf, type, family, flags | NLM_F_ACK,
				     batch->count);
}

size_t batch_length(const struct batch *batch)
{
	return batch->count - 1;
}

const struct nlmsghdr *batch_message(const struct batch *batch, size_t n)
{
	return (const struct nlmsghdr *)(batch->buf +
					 batch->messages[n + 1].offset);
}

static struct attrs extended_ack(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*error), len = mnl_nlmsg_get_payload_len(nlh);
	struct attrs attrs = { NULL, 0 };

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return attrs;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += MNL_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg);
	if (skip < len) {
		attrs.data = (const char *)error + skip;
		attrs.len = len - skip;
	}
	return attrs;
}

/*
 * Is it an element of the rule's expressions that the kernel points at?  If it
 * points at nothing (it did not always), only a missing expression is clear:
 * table and chain were there a moment ago.
 */
static bool points_at_expression(const struct batch_message *message,
				 const struct nlmsghdr *request, int err,
				 struct attrs ack)
{
	const struct nlattr *offset = attr_find(ack, NLMSGERR_ATTR_OFFS);
	const struct nlattr *expressions;
	const char *at;

	if (message->attempt != ATTEMPT_BFLAG_RULE)
		return false;
	if (!offset || mnl_attr_get_payload_len(offset) < sizeof(uint32_t))
		return err == ENOENT;

	expressions = attr_find(attrs_of_message(request),
				NFTA_RULE_EXPRESSIONS);
	at = (const char *)request + mnl_attr_get_u32(offset);
	return expressions && at >= (const char *)expressions &&
	       at < (const char *)expressions + expressions->nla_len;
}

/* The exit status is that of the first one. */
static void take_error(struct answers *answers, const struct nlmsghdr *nlh,
		       int err)
{
	const struct batch *batch = answers->batch;
	const struct batch_message *message;
	struct attrs ack = extended_ack(nlh);
	enum attempt attempt;
	char *what;
	int status;

	message = &batch->messages[nlh->nlmsg_seq - 1];
	/* what follows from the first error says nothing new */
	if (answers->status && message->group == answers->group)
		return;
	answers->group = message->group;

	attempt = message->attempt;
	if (points_at_expression(message,
				 (void *)(batch->buf + message->offset),
				 err, ack))
		attempt = ATTEMPT_EXPRESSION;
	if (answers->no_module && attempt == ATTEMPT_EXPRESSION &&
	    err == ENOENT)
		return;

	what = message->group ? xasprintf("%s (%s)", message->what,
					  batch->groups[message->group - 1]) :
	       xstrdup(message->what);
	status = explain(attempt, err, what,
			 attr_string(ack, NLMSGERR_ATTR_MSG));
	free(what);
	answers->no_module |= status == EXIT_NO_MODULE;
	if (!answers->status)
		answers->status = status;
}

static void take_answer(struct answers *answers, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != NLMSG_ERROR || !nlh->nlmsg_seq ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) ||
	    nlh->nlmsg_seq > answers->batch->count)
		return;
	if (!error->error) {
		answers->acks++;
		return;
	}
	if (-error->error == ERESTART) {
		answers->status = BATCH_STALE;
		return;
	}
	if (answers->status != BATCH_STALE)
		take_error(answers, nlh, -error->error);
}

/* The kernel has answered when sending returns: read until nothing is left. */
static int read_answers(struct mnl_socket *socket, struct answers *answers)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	ssize_t received;
	int left;

	for (;;) {
		received = mnl_socket_recvfrom(socket, buf, sizeof(buf));
		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0 && errno == EAGAIN)
			return 0;
		if (received < 0)
			return -errno;
		left = received;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			take_answer(answers, nlh);
	}
}

/* Without CAP_NET_ADMIN the sizes stay as they are; sending then says why. */
static void size_buffers(struct mnl_socket *socket, size_t bytes,
			 size_t messages)
{
	int fd = mnl_socket_get_fd(socket);
	int send = bytes + BATCH_MESSAGE_MAX;
	int receive = (messages + 64) * ACK_TRUESIZE;
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof(send));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive));
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &one, sizeof(one));
}

static int batch_exchange(struct batch *batch, struct mnl_socket *socket)
{
	struct answers answers = { .batch = batch };
	int err;

	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return explain(ATTEMPT_SOCKET, errno, "bind a netlink socket",
			       NULL);
	size_buffers(socket, batch_used(batch), batch->count);

	if (mnl_socket_sendto(socket, batch->buf, batch_used(batch)) < 0)
		return explain(ATTEMPT_COMMIT, errno, "send the change", NULL);
	err = read_answers(socket, &answers);
	if (answers.status)
		return answers.status;
	if (err)
		return explain(ATTEMPT_COMMIT, -err, "read the kernel's answer",
			       NULL);
	/* all but the messages that begin and end the batch ask for one */
	if (answers.acks < batch->count - 2)
		return explain(ATTEMPT_COMMIT, ENOBUFS,
			       "read the kernel's answer", NULL);
	return EXIT_OK;
}

int batch_send(struct batch *batch)
{
	struct mnl_socket *socket;
	char *buf;
	int status;

	buf = batch_append(batch, ATTEMPT_COMMIT,
			   xstrdup("change the ruleset"));
	batch->messages[batch->count - 1].group = 0;
	nftnl_batch_end(buf, batch->count);

	socket = mnl_socket_open2(NETLINK_NETFILTER,
				  SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!socket)
		return explain(ATTEMPT_SOCKET, errno, "open a netlink socket",
			       NULL);
	status = batch_exchange(batch, socket);
	mnl_socket_close(socket);
	return status;
}
