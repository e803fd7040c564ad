/* SPDX-License-Identifier: GPL-2.0-only */
/* How many connections have a conntrack helper of ours, now */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <jansson.h>

/*
 * {"mptcp-bflag": 12, ...}, or null after a message.  Asks conntrack, which
 * loads nf_conntrack_netlink.
 */
json_t *connections_json(void);

#endif /* CONNECTIONS_H */
