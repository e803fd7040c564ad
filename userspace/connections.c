// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many connections have a conntrack helper of ours: from ctnetlink, which
 * is asked for those with a helper only.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "attr.h"
#include "cli.h"
#include "connections.h"
#include "dump.h"

#define COUNT_TRIES 5

/* CTA_STATUS_MASK; the headers of Debian 11 do not have it yet. */
#define STATUS_MASK (CTA_FILTER + 1)

/* Kernels that do not know the filter send all connections. */
static int count(const struct nlmsghdr *nlh, void *data)
{
	struct connections *connections = data;
	struct attrs help;
	const char *name;
	size_t i;

	help = attrs_of_nest(attr_find(attrs_of_message(nlh), CTA_HELP));
	name = attr_string(help, CTA_HELP_NAME);
	for (i = 0; name && i < HELPER_NAMES; i++)
		if (!strcmp(name, helper_names[i].name))
			connections->count[i]++;
	return MNL_CB_OK;
}

static int count_once(struct connections *connections)
{
	struct nlmsghdr *nlh;
	struct dump dump;
	int err;

	memset(connections, 0, sizeof(*connections));
	err = dump_open(&dump);
	if (err)
		return err;
	nlh = dump_begin(&dump, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET,
			 NFPROTO_UNSPEC);
	mnl_attr_put_u32(nlh, CTA_STATUS, htobe32(IPS_HELPER));
	mnl_attr_put_u32(nlh, STATUS_MASK, htobe32(IPS_HELPER));
	err = dump_run(&dump, nlh, count, connections);
	dump_close(&dump);
	return err;
}

struct connections connections_count(void)
{
	unsigned int tries = COUNT_TRIES;
	struct connections connections;
	int err;

	do {
		err = count_once(&connections);
	} while (err == -EINTR && --tries);

	switch (err) {
	case 0:
		break;
	case -EINVAL:
	case -EOPNOTSUPP:
		connections.unknown = xstrdup("this kernel does not tell, or cannot load what tells ('modprobe nf_conntrack_netlink')");
		break;
	case -EINTR:
		connections.unknown = xstrdup("the connections change faster than they can be read");
		break;
	default:
		connections.unknown = xasprintf("cannot read the connections: %s",
						strerror(-err));
	}
	return connections;
}

void connections_free(struct connections *connections)
{
	free(connections->unknown);
}

void connections_print(const struct connections *connections)
{
	size_t i;

	printf("connections with a helper of ours now:");
	if (connections->unknown)
		printf(" unknown: %s", connections->unknown);
	else
		for (i = 0; i < HELPER_NAMES; i++)
			printf("%s %llu %s", i ? "," : "",
			       connections->count[i], helper_names[i].name);
	printf("\n");
}

json_t *connections_json(const struct connections *connections)
{
	json_t *object;
	size_t i;

	if (connections->unknown)
		return json_null();
	object = json_object();
	for (i = 0; i < HELPER_NAMES; i++)
		json_object_set_new(object, helper_names[i].name,
				    json_integer(connections->count[i]));
	return object;
}
