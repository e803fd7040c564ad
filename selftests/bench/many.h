/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations shared by the verbs of "many" */
#ifndef MANY_H
#define MANY_H

#include <libmnl/libmnl.h>

/* many_netlink.c */
struct many {
	struct mnl_socket *nl;
	struct mnl_nlmsg_batch *batch;
	unsigned int seq;
	char *buf;
};

void many_open(struct many *m);
struct nlmsghdr *many_message(struct many *m, int type, int flags, int family,
			      int res_id);
void many_next(struct many *m);
void many_send(struct many *m);

/* The verbs: many_rules.c, many_connections.c, many_packets.c */
int many_rules(char **argv);
int many_connections(char **argv);
int many_answered(char **argv);
int many_packets(char **argv);

#endif /* MANY_H */
