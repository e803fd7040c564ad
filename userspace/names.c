// SPDX-License-Identifier: GPL-2.0-only
/* Name tables, used in both directions: options in, listings out. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>

#include "../kmod/nf_tables_mptcp_bflag.h"
#include "cli.h"
#include "names.h"

const struct name operation_names[] = {
	{ "set",	MPTCP_BFLAG_OP_SET },
	{ "match",	MPTCP_BFLAG_OP_MATCH },
	{ NULL, 0 }
};

const struct name segment_names[] = {
	{ "syn",	MPTCP_BFLAG_SEGMENT_SYN },
	{ "synack",	MPTCP_BFLAG_SEGMENT_SYNACK },
	{ "ack",	MPTCP_BFLAG_SEGMENT_ACK },
	{ NULL, 0 }
};

const struct name version_names[] = {
	{ "0",	MPTCP_BFLAG_VERSION_0 },
	{ "1",	MPTCP_BFLAG_VERSION_1 },
	{ "v0",	MPTCP_BFLAG_VERSION_0 },
	{ "v1",	MPTCP_BFLAG_VERSION_1 },
	{ NULL, 0 }
};

const struct name flag_names[] = {
	{ "0x20",	MPTCP_BFLAG_FLAG_C },
	{ "0x40",	MPTCP_BFLAG_FLAG_B },
	{ "c",		MPTCP_BFLAG_FLAG_C },
	{ "C",		MPTCP_BFLAG_FLAG_C },
	{ "b",		MPTCP_BFLAG_FLAG_B },
	{ "B",		MPTCP_BFLAG_FLAG_B },
	{ NULL, 0 }
};

const struct name family_names[] = {
	{ "ip",		NFPROTO_IPV4 },
	{ "ip6",	NFPROTO_IPV6 },
	{ "inet",	NFPROTO_INET },
	{ "arp",	NFPROTO_ARP },
	{ "bridge",	NFPROTO_BRIDGE },
	{ "netdev",	NFPROTO_NETDEV },
	{ NULL, 0 }
};

const struct name helper_names[HELPER_NAMES + 1] = {
	{ "mptcp-bflag",	MPTCP_BFLAG_SEGMENT_SYN | MPTCP_BFLAG_SEGMENT_ACK },
	{ "mptcp-bflag-lb",	MPTCP_BFLAG_SEGMENT_SYNACK },
	{ NULL, 0 }
};

/* NF_BR_* has the same numbers, and its header does not stand alone. */
static const struct name inet_hooks[] = {
	{ "prerouting",		NF_INET_PRE_ROUTING },
	{ "input",		NF_INET_LOCAL_IN },
	{ "forward",		NF_INET_FORWARD },
	{ "output",		NF_INET_LOCAL_OUT },
	{ "postrouting",	NF_INET_POST_ROUTING },
	{ "ingress",		NF_INET_INGRESS },
	{ NULL, 0 }
};

static const struct name arp_hooks[] = {
	{ "input",	NF_ARP_IN },
	{ "output",	NF_ARP_OUT },
	{ "forward",	NF_ARP_FORWARD },
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

bool name_mask(const struct name *names, const char *list, uint32_t *mask)
{
	char *copy = xstrdup(list), *rest = copy, *word;
	uint32_t bit;
	bool ok = true;

	*mask = 0;
	while (ok && (word = strsep(&rest, ","))) {
		ok = name_value(names, word, &bit);
		if (ok)
			*mask |= bit;
	}
	free(copy);
	return ok;
}

char *mask_text(const struct name *names, uint32_t mask)
{
	char *text = xstrdup(""), *longer;

	for (; names->name && mask; names++) {
		if ((mask & names->value) != names->value)
			continue;
		mask &= ~names->value;
		longer = xasprintf("%s%s%s", text, *text ? "," : "",
				   names->name);
		free(text);
		text = longer;
	}
	if (!mask)
		return text;

	longer = xasprintf("%s%s0x%x", text, *text ? "," : "", mask);
	free(text);
	return longer;
}

const char *hook_name(uint8_t family, uint32_t hook)
{
	const struct name *names = inet_hooks;
	const char *name;

	if (family == NFPROTO_NETDEV)
		names = netdev_hooks;
	else if (family == NFPROTO_ARP)
		names = arp_hooks;

	name = name_of(names, hook);
	return name ? name : "unknown";
}
