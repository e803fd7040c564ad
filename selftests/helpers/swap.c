// SPDX-License-Identifier: GPL-2.0-only
/*
 * swap SECONDS
 *
 * Replace the rules of the chains "open" and "closed" of table "ip t" as fast as possible, both in
 * one transaction: in "open" set, match, none or set for SYNs only, in "closed" match or none.
 * Leaves both chains empty.  Prints the number of transactions; exits with 0, or with 1 and the
 * kernel's error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"

#define NONE (-1)
#define STATES 5

static const struct state {
	int open, segments, closed;	/* operations */
} states[STATES] = {
	{ MPTCP_BFLAG_OP_SET, 7, MPTCP_BFLAG_OP_MATCH },
	{ MPTCP_BFLAG_OP_MATCH, 7, NONE },
	{ MPTCP_BFLAG_OP_SET, 1, MPTCP_BFLAG_OP_MATCH },
	{ NONE, 7, MPTCP_BFLAG_OP_MATCH },
	{ NONE, 7, NONE },
};

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "swap: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Flush the chain and add a rule. */
static void replace(char **at, const char *chain, int operation, int segments, int flags)
{
	struct nlmsghdr *nlh = message(at, NFT(DELRULE), flags);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, "t");
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	end(at, nlh);
	if (operation != NONE)
		put_rule(at, "t", chain, operation, segments);
}

static void commit(struct mnl_socket *nl, const struct state *state)
{
	static char buf[8192], answer[8192];
	char *at = buf;
	ssize_t len;

	end(&at, message(&at, NFNL_MSG_BATCH_BEGIN, 0));
	replace(&at, "open", state->open, state->segments, 0);
	replace(&at, "closed", state->closed, 7, NLM_F_ACK);
	end(&at, message(&at, NFNL_MSG_BATCH_END, 0));
	if (mnl_socket_sendto(nl, buf, at - buf) < 0)
		die("send");
	len = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (len < 0 || mnl_cb_run(answer, len, 0, 0, NULL, NULL) < 0)
		die("commit");
}

int main(int argc, char **argv)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	unsigned long commits = 0;
	struct timespec now;
	double until;

	if (argc != 2) {
		fprintf(stderr, "usage: swap SECONDS\n");
		return 2;
	}
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_sec + atof(argv[1]);
	do {
		commit(nl, &states[commits++ % STATES]);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < until);
	commit(nl, &states[STATES - 1]);
	printf("%lu\n", commits);
	return 0;
}
