// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the ruleset, decide, and change it, as one step.  A change is a netlink
 * batch.  The kernel answers each error, but of the other messages only the last
 * one: more answers would not fit the socket buffer of an unprivileged user.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "../names.h"
#include "attr.h"
#include "transact.h"

#define TRIES 200

/* One message: names, a few numbers, two expressions */
#define MESSAGE_MAX 4096

/* Without NETLINK_CAP_ACK, an answer contains the request. */
#define ANSWER_MAX (2 * MESSAGE_MAX)

#define MODULE "/sys/module/nft_mptcp_bflag"

struct answers {
	const struct batch	*batch;
	bool			done;
	int			status;
};

static size_t batch_used(const struct batch *batch)
{
	const void *last;

	if (!batch->count)
		return 0;
	last = batch->buf + batch->last;
	return batch->last +
	       MNL_ALIGN(((const struct nlmsghdr *)last)->nlmsg_len);
}

/* The sequence number of a message is its index, from 1. */
static struct nlmsghdr *append_message(struct batch *batch, uint16_t type,
				       uint16_t flags, uint8_t family)
{
	batch->last = batch_used(batch);
	if (batch->size < batch->last + MESSAGE_MAX) {
		batch->size = 2 * (batch->last + MESSAGE_MAX);
		batch->buf = xrealloc(batch->buf, batch->size, 1);
	}
	/* libmnl does not clear the padding of attributes */
	memset(batch->buf + batch->last, 0, MESSAGE_MAX);
	return message_begin(batch->buf + batch->last, type, flags, family,
			     ++batch->count);
}

static struct nlmsghdr *append_mark(struct batch *batch, uint16_t type)
{
	struct nlmsghdr *nlh = append_message(batch, type, 0, AF_UNSPEC);
	struct nfgenmsg *nfmsg = mnl_nlmsg_get_payload(nlh);

	nfmsg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	return nlh;
}

static void batch_init(struct batch *batch, uint32_t generation)
{
	memset(batch, 0, sizeof(*batch));
	mnl_attr_put_u32(append_mark(batch, NFNL_MSG_BATCH_BEGIN),
			 NFNL_BATCH_GENID, htonl(generation));
}

/* NFTA_*_TABLE has the same number in all messages, and so has the chain. */
struct nlmsghdr *batch_add(struct batch *batch, uint8_t type, uint16_t flags,
			   uint8_t family, const char *table,
			   const char *chain)
{
	struct nlmsghdr *nlh = append_message(batch, NFNL_SUBSYS_NFTABLES << 8 |
					      type, flags, family);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	if (chain)
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	return nlh;
}

static int explain_message(const struct nlmsghdr *nlh, int err)
{
	const struct nfgenmsg *nfmsg = mnl_nlmsg_get_payload(nlh);
	const char *chain = attr_string(attrs_of_message(nlh), NFTA_RULE_CHAIN);
	enum attempt attempt = ATTEMPT_DELETE;
	const char *what = "remove a rule from chain";
	char *place;
	int status;

	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return explain(ATTEMPT_COMMIT, err, "change the ruleset", NULL);
	place = xasprintf("%s %s%s%s",
			  name_of(family_names, nfmsg->nfgen_family),
			  attr_string(attrs_of_message(nlh), NFTA_RULE_TABLE),
			  chain ? " " : "", chain ? chain : "");
	if ((nlh->nlmsg_type & 0xff) == NFT_MSG_NEWRULE) {
		what = "add the rule to chain";
		attempt = err == ENOENT && access(MODULE, F_OK) ?
			  ATTEMPT_EXPRESSION : ATTEMPT_BFLAG_RULE;
	} else if (!chain) {
		what = "delete table";
	}
	status = explain(attempt, err, what, place);
	free(place);
	return status;
}

/* Later errors follow from the first one. */
static void take_answer(struct answers *answers, const struct nlmsghdr *answer)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);
	const struct nlmsghdr *nlh = (void *)answers->batch->buf;
	int left = batch_used(answers->batch);

	if (answer->nlmsg_type != NLMSG_ERROR ||
	    mnl_nlmsg_get_payload_len(answer) < sizeof(*error))
		return;
	while (mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_seq != answer->nlmsg_seq)
		nlh = mnl_nlmsg_next(nlh, &left);
	if (!error->error)
		answers->done = true;
	else if (error->error == -ERESTART)
		answers->status = BATCH_STALE;
	else if (!answers->status && mnl_nlmsg_ok(nlh, left))
		answers->status = explain_message(nlh,
						  answer_errno(error->error));
}

/* The answers are there when send returns: read until none is left. */
static int read_answers(int fd, struct answers *answers)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	ssize_t received;
	int left, err = 0;

	for (;;) {
		received = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (received < 0 && errno == EAGAIN)
			return err;
		if (received < 0 && errno == ENOBUFS)
			err = -ENOBUFS;	/* some are lost: read the others */
		else if (received < 0 && errno != EINTR)
			return -errno;
		left = received;
		for (nlh = (void *)buf; received > 0 && mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			take_answer(answers, nlh);
	}
}

static int batch_send(struct batch *batch, struct mnl_socket *socket)
{
	struct nlmsghdr *last = (void *)(batch->buf + batch->last);
	int fd = mnl_socket_get_fd(socket), one = 1, size, err;
	struct answers answers = { .batch = batch };

	last->nlmsg_flags |= NLM_F_ACK;
	append_mark(batch, NFNL_MSG_BATCH_END);
	/* sending fails if the limit is too low */
	size = batch_used(batch) + MESSAGE_MAX;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &one, sizeof(one));

	if (mnl_socket_sendto(socket, batch->buf, batch_used(batch)) < 0)
		return explain(ATTEMPT_COMMIT, errno, "send the change", NULL);
	err = read_answers(fd, &answers);
	if (answers.status)
		return answers.status;
	if (!err && !answers.done)
		err = -ENOBUFS;
	if (err)
		return explain(ATTEMPT_COMMIT, -err, "read the kernel's answer",
			       NULL);
	return EXIT_OK;
}

/* "Nothing to do" is valid only if no commit interrupted the dump. */
static int act(transact_plan plan, void *data, bool check, struct ruleset *set)
{
	struct batch batch;
	int status;

	batch_init(&batch, set->generation);
	status = plan(set, &batch, data);
	if (status == EXIT_OK && batch.count > 1 && !check)
		status = batch_send(&batch, set->dump.socket);
	else if (status == EXIT_OK && !ruleset_unchanged(set))
		status = BATCH_STALE;
	free(batch.buf);
	return status;
}

int transact_try(transact_plan plan, void *data, bool check,
		 unsigned int tries)
{
	struct ruleset set;
	int err, status;

	do {
		err = ruleset_read(&set);
		status = err ? explain(ATTEMPT_READ, -err, "read the ruleset",
				       NULL) : act(plan, data, check, &set);
		ruleset_free(&set);
	} while (status == BATCH_STALE && --tries);
	return status;
}

int transact(transact_plan plan, void *data, bool check)
{
	int status = transact_try(plan, data, check, TRIES);

	if (status == BATCH_STALE)
		return explain(ATTEMPT_COMMIT, ERESTART, "change the ruleset",
			       NULL);
	return status;
}
