// SPDX-License-Identifier: GPL-2.0-only
/*
 * cthelper add NAME
 * cthelper delete NAME
 *
 * Register a conntrack helper in userspace (nfnetlink_cthelper) for TCP and every address
 * family, so that no other helper can have its name.  No program serves it.  Exits with 0,
 * or with 1 and the kernel's error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_cthelper.h>

static struct nlmsghdr *message(char *buf, int type, int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_CTHELPER << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

static void put_tuple(struct nlmsghdr *nlh)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, NFCTH_TUPLE);

	mnl_attr_put_u16(nlh, NFCTH_TUPLE_L3PROTONUM, htons(NFPROTO_UNSPEC));
	mnl_attr_put_u8(nlh, NFCTH_TUPLE_L4PROTONUM, IPPROTO_TCP);
	mnl_attr_nest_end(nlh, tuple);
}

/* Conntrack requires a policy; the tests expect no connection. */
static void put_policy(struct nlmsghdr *nlh)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, NFCTH_POLICY), *policy;

	mnl_attr_put_u32(nlh, NFCTH_POLICY_SET_NUM, htonl(1));
	policy = mnl_attr_nest_start(nlh, NFCTH_POLICY_SET);
	mnl_attr_put_strz(nlh, NFCTH_POLICY_NAME, "none");
	mnl_attr_put_u32(nlh, NFCTH_POLICY_EXPECT_MAX, htonl(1));
	mnl_attr_put_u32(nlh, NFCTH_POLICY_EXPECT_TIMEOUT, htonl(1));
	mnl_attr_nest_end(nlh, policy);
	mnl_attr_nest_end(nlh, list);
}

static struct nlmsghdr *request(char *buf, const char *verb, const char *name)
{
	struct nlmsghdr *nlh;

	if (!strcmp(verb, "delete")) {
		nlh = message(buf, NFNL_MSG_CTHELPER_DEL, 0);
		mnl_attr_put_strz(nlh, NFCTH_NAME, name);
		put_tuple(nlh);
		return nlh;
	}
	nlh = message(buf, NFNL_MSG_CTHELPER_NEW, NLM_F_CREATE | NLM_F_EXCL);
	mnl_attr_put_strz(nlh, NFCTH_NAME, name);
	put_tuple(nlh);
	mnl_attr_put_u32(nlh, NFCTH_PRIV_DATA_LEN, 0);
	put_policy(nlh);
	return nlh;
}

int main(int argc, char **argv)
{
	char buf[4096] __attribute__((aligned(8)));
	struct mnl_socket *nl;
	struct nlmsghdr *nlh;
	ssize_t len;

	if (argc != 3 || (strcmp(argv[1], "add") && strcmp(argv[1], "delete"))) {
		fprintf(stderr, "usage: cthelper add|delete NAME\n");
		return 2;
	}
	nlh = request(buf, argv[1], argv[2]);

	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0) {
		perror("cthelper: netlink");
		return 1;
	}
	len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len < 0 || mnl_cb_run(buf, len, 0, mnl_socket_get_portid(nl), NULL, NULL) < 0) {
		fprintf(stderr, "cthelper: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
