// SPDX-License-Identifier: GPL-2.0-only
/* Count the connections with each helper, from ctnetlink. */
#include <errno.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "../cli.h"
#include "../names.h"
#include "../nf/attr.h"
#include "../nf/dump.h"
#include "report.h"

/* CTA_STATUS_MASK, which the headers of Debian 11 lack */
#define STATUS_MASK (CTA_FILTER + 1)

/* Old kernels ignore the filter and send all connections. */
static int count(const struct nlmsghdr *nlh, void *data)
{
	struct attrs help = attrs_in(attrs_of_message(nlh), CTA_HELP);
	const char *name = attr_string(help, CTA_HELP_NAME);
	json_t *number = name ? json_object_get(data, name) : NULL;

	if (number)
		json_integer_set(number, json_integer_value(number) + 1);
	return MNL_CB_OK;
}

json_t *connections_json(void)
{
	struct query query = {
		.subsystem = NFNL_SUBSYS_CTNETLINK,
		.type = IPCTNL_MSG_CT_GET,
		.numbers = { { CTA_STATUS, IPS_HELPER },
			     { STATUS_MASK, IPS_HELPER } },
	};
	json_t *counts = json_object();
	const struct name *helper;
	struct dump dump;
	int err = dump_open(&dump);

	for (helper = helper_names; helper->name; helper++)
		json_object_set_new(counts, helper->name, json_integer(0));
	if (!err)
		err = dump_run(&dump, query, count, counts);
	dump_close(&dump);
	if (!err)
		return counts;
	json_decref(counts);
	if (err == -EINVAL || err == -EOPNOTSUPP)
		complain("cannot count connections: this kernel has no nf_conntrack_netlink or cannot load it; try 'modprobe nf_conntrack_netlink'");
	else
		complain("cannot count connections: %s", strerror(-err));
	return json_null();
}
