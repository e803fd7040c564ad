// SPDX-License-Identifier: GPL-2.0-only
/* Name tables, used in both directions: options in, listings out. */
#include <string.h>

#include <linux/netfilter.h>

#include "../kmod/nf_tables_mptcp_bflag.h"
#include "names.h"

const struct name family_names[] = {
	{ "ip",		NFPROTO_IPV4 },
	{ "ip6",	NFPROTO_IPV6 },
	{ "inet",	NFPROTO_INET },
	{ "arp",	NFPROTO_ARP },
	{ "bridge",	NFPROTO_BRIDGE },
	{ "netdev",	NFPROTO_NETDEV },
	{ NULL, 0 }
};

const struct name helper_names[] = {
	{ "mptcp-bflag",	MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK },
	{ "mptcp-bflag-lb",	MPTCP_BFLAG_SEGMENT_SYNACK },
	{ NULL, 0 }
};

/* NF_BR_* has the same numbers, but its header needs others. */
static const struct name inet_hooks[] = {
	{ "prerouting",		NF_INET_PRE_ROUTING },
	{ "input",		NF_INET_LOCAL_IN },
	{ "forward",		NF_INET_FORWARD },
	{ "output",		NF_INET_LOCAL_OUT },
	{ "postrouting",	NF_INET_POST_ROUTING },
	{ "ingress",		NF_INET_INGRESS },
	{ NULL, 0 }
};

static const struct name netdev_hooks[] = {
	{ "ingress",	NF_NETDEV_INGRESS },
	{ "egress",	1 },	/* NF_NETDEV_EGRESS, in headers since 5.16 */
	{ NULL, 0 }
};

const char *name_of(const struct name *names, uint32_t value)
{
	for (; names->name; names++)
		if (names->value == value)
			return names->name;
	return NULL;
}

bool name_value(const struct name *names, const char *name, uint32_t *value)
{
	for (; names->name; names++) {
		if (strcmp(names->name, name))
			continue;
		*value = names->value;
		return true;
	}
	return false;
}

const char *hook_name(uint8_t family, uint32_t hook)
{
	const char *name = name_of(family == NFPROTO_NETDEV ? netdev_hooks :
				   inet_hooks, hook);

	/* family arp has other hooks, and the expression refuses it */
	return name && family != NFPROTO_ARP ? name : "unknown";
}
