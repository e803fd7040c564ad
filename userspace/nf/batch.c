// SPDX-License-Identifier: GPL-2.0-only
/*
 * One netlink batch: build it, send it, match the answers to its messages.  The
 * kernel answers each error, and the last message alone if all went well: an
 * answer to each would not fit the socket buffer that a user may have.
 */
#include <errno.h>
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "attr.h"
#include "batch.h"

/* More than one of them; a kernel without NETLINK_CAP_ACK adds the request. */
#define ANSWER_MAX (2 * BATCH_MESSAGE_MAX)

struct answers {
	const struct batch	*batch;
	bool			done;
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
	struct batch_message message = { attempt, what, batch_used(batch) };

	if (batch->size < message.offset + BATCH_MESSAGE_MAX) {
		batch->size = 2 * (message.offset + BATCH_MESSAGE_MAX);
		batch->buf = xrealloc(batch->buf, batch->size, 1);
	}
	/* nobody else clears the padding behind attributes */
	memset(batch->buf + message.offset, 0, BATCH_MESSAGE_MAX);
	batch->messages = grow(batch->messages, batch->count, sizeof(message));
	batch->messages[batch->count++] = message;
	return batch->buf + message.offset;
}

static struct nlmsghdr *put_header(char *buf, uint16_t type, uint16_t family,
				   uint16_t flags, uint16_t resource,
				   uint32_t seq)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfmsg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	nfmsg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfmsg));
	nfmsg->nfgen_family = family;
	nfmsg->version = NFNETLINK_V0;
	nfmsg->res_id = htons(resource);
	return nlh;
}

void batch_init(struct batch *batch, uint32_t generation)
{
	struct nlmsghdr *nlh;
	char *buf;

	memset(batch, 0, sizeof(*batch));
	buf = batch_append(batch, ATTEMPT_COMMIT,
			   xstrdup("change the ruleset"));
	nlh = put_header(buf, NFNL_MSG_BATCH_BEGIN, AF_UNSPEC, 0,
			 NFNL_SUBSYS_NFTABLES, batch->count);
	mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(generation));
}

void batch_free(struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		free(batch->messages[i].what);
	free(batch->messages);
	free(batch->buf);
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
	return put_header(buf, NFNL_SUBSYS_NFTABLES << 8 | type, family, flags,
			  0, batch->count);
}

size_t batch_length(const struct batch *batch)
{
	return batch->count - 1;
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
 * Is it the first expression of the rule that the kernel points at?  If it
 * points at nothing (it did not always), only a missing expression is clear:
 * table and chain were there a moment ago.
 */
static bool points_at_expression(const struct batch_message *message,
				 const struct nlmsghdr *request, int err,
				 struct attrs ack)
{
	const struct nlattr *offset = attr_find(ack, NLMSGERR_ATTR_OFFS);
	const struct nlattr *expressions, *first;
	const char *at;

	if (message->attempt != ATTEMPT_BFLAG_RULE)
		return false;
	if (!offset || mnl_attr_get_payload_len(offset) < sizeof(uint32_t))
		return err == ENOENT;

	expressions = attr_find(attrs_of_message(request),
				NFTA_RULE_EXPRESSIONS);
	if (!expressions)
		return false;
	first = mnl_attr_get_payload(expressions);
	at = (const char *)request + mnl_attr_get_u32(offset);
	return at >= (const char *)expressions &&
	       at < (const char *)first + first->nla_len;
}

/* What follows from the first error says nothing new. */
static void take_error(struct answers *answers, const struct nlmsghdr *nlh,
		       int err)
{
	const struct batch *batch = answers->batch;
	const struct batch_message *message;
	struct attrs ack = extended_ack(nlh);
	enum attempt attempt;

	if (answers->status)
		return;
	message = &batch->messages[nlh->nlmsg_seq - 1];
	attempt = message->attempt;
	if (points_at_expression(message,
				 (void *)(batch->buf + message->offset),
				 err, ack))
		attempt = ATTEMPT_EXPRESSION;
	answers->status = explain(attempt, err, message->what,
				  attr_string(ack, NLMSGERR_ATTR_MSG));
}

static void take_answer(struct answers *answers, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != NLMSG_ERROR || !nlh->nlmsg_seq ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) ||
	    nlh->nlmsg_seq > answers->batch->count)
		return;
	if (!error->error)
		answers->done = true;
	else if (error->error == -ERESTART)
		answers->status = BATCH_STALE;
	else
		take_error(answers, nlh, -error->error);
}

/* The kernel has answered when sending returns: read until nothing is left. */
static int read_answers(struct mnl_socket *socket, struct answers *answers)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	ssize_t received;
	int left, err = 0;

	for (;;) {
		received = mnl_socket_recvfrom(socket, buf, sizeof(buf));
		if (received < 0 && errno == EAGAIN)
			return err;
		if (received < 0 && errno == ENOBUFS)
			err = -ENOBUFS;	/* some were lost, others are there */
		else if (received < 0 && errno != EINTR)
			return -errno;
		left = received;
		for (nlh = (void *)buf; received > 0 && mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			take_answer(answers, nlh);
	}
}

/* As much as one may have; sending says if it does not fit. */
static void size_buffers(struct mnl_socket *socket, size_t bytes)
{
	int fd = mnl_socket_get_fd(socket), size = bytes + BATCH_MESSAGE_MAX;
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
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
	size_buffers(socket, batch_used(batch));

	if (mnl_socket_sendto(socket, batch->buf, batch_used(batch)) < 0)
		return explain(ATTEMPT_COMMIT, errno, "send the change", NULL);
	err = read_answers(socket, &answers);
	if (answers.status)
		return answers.status;
	if (!err && !answers.done)
		err = -ENOBUFS;
	if (err)
		return explain(ATTEMPT_COMMIT, -err, "read the kernel's answer",
			       NULL);
	return EXIT_OK;
}

int batch_send(struct batch *batch)
{
	struct batch_message *last = &batch->messages[batch->count - 1];
	struct nlmsghdr *nlh = (struct nlmsghdr *)(batch->buf + last->offset);
	struct mnl_socket *socket;
	char *buf;
	int status;

	nlh->nlmsg_flags |= NLM_F_ACK;
	buf = batch_append(batch, ATTEMPT_COMMIT,
			   xstrdup("change the ruleset"));
	put_header(buf, NFNL_MSG_BATCH_END, AF_UNSPEC, 0,
		   NFNL_SUBSYS_NFTABLES, batch->count);

	socket = mnl_socket_open2(NETLINK_NETFILTER,
				  SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!socket)
		return explain(ATTEMPT_SOCKET, errno, "open a netlink socket",
			       NULL);
	status = batch_exchange(batch, socket);
	mnl_socket_close(socket);
	return status;
}
