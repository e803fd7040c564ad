// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many connections have a conntrack helper of ours: from ctnetlink, which
 * is asked for those with a helper only.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "../cli.h"
#include "../names.h"
#include "attr.h"
#include "connections.h"
#include "dump.h"

/* CTA_STATUS_MASK; the headers of Debian 11 do not have it yet. */
#define STATUS_MASK (CTA_FILTER + 1)

/* Kernels that do not know the filter send all connections. */
static int count(const struct nlmsghdr *nlh, void *data)
{
	unsigned long long *counts = data;
	struct attrs help;
	const char *name;
	size_t i;

	help = attrs_of_nest(attr_find(attrs_of_message(nlh), CTA_HELP));
	name = attr_string(help, CTA_HELP_NAME);
	for (i = 0; name && i < HELPER_NAMES; i++)
		counts[i] += !strcmp(name, helper_names[i].name);
	return MNL_CB_OK;
}

static int count_all(unsigned long long *counts)
{
	struct nlmsghdr *nlh;
	struct dump dump;
	int err = dump_open(&dump);

	if (err)
		return err;
	nlh = dump_begin(&dump, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET,
			 NFPROTO_UNSPEC);
	mnl_attr_put_u32(nlh, CTA_STATUS, htobe32(IPS_HELPER));
	mnl_attr_put_u32(nlh, STATUS_MASK, htobe32(IPS_HELPER));
	err = dump_run(&dump, nlh, count, counts);
	dump_close(&dump);
	return err;
}

json_t *connections_json(void)
{
	unsigned long long counts[HELPER_NAMES] = { 0 };
	int err = count_all(counts);
	json_t *object;
	size_t i;

	if (err == -EINVAL || err == -EOPNOTSUPP)
		complain("connections are not known: this kernel does not tell, or cannot load what tells ('modprobe nf_conntrack_netlink')");
	else if (err)
		complain("connections are not known: %s", strerror(-err));
	if (err)
		return json_null();
	object = json_object();
	for (i = 0; i < HELPER_NAMES; i++)
		json_object_set_new(object, helper_names[i].name,
				    json_integer(counts[i]));
	return object;
}
