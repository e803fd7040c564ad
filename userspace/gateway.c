// SPDX-License-Identifier: GPL-2.0-only
/* The tables of "enable": which there are, and what they do. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "description.h"
#include "gateway.h"
#include "names.h"

/* Headers know NF_NETDEV_EGRESS since 5.16; NF_BR_* do not stand alone. */
#define HOOK_NETDEV_EGRESS	1
#define HOOK_BR_POST_ROUTING	4

/*
 * Whether a connection has source NAT is decided at srcnat; at mangle, conntrack
 * has seen the packet.
 */
const struct gateway_hook gateway_hooks[GATEWAY_HOOKS] = {
	[GATEWAY_POSTROUTING] = { "postrouting", NFPROTO_INET, "postrouting",
		NF_INET_POST_ROUTING, "srcnat + 10", .nat = true },
	[GATEWAY_EGRESS] = { "egress", NFPROTO_NETDEV, "egress",
		HOOK_NETDEV_EGRESS, "0", .binds = true },
	[GATEWAY_BRIDGE] = { "bridge", NFPROTO_BRIDGE, "postrouting",
		HOOK_BR_POST_ROUTING, "0" },
	[GATEWAY_PREROUTING] = { NULL, NFPROTO_INET, "prerouting",
		NF_INET_PRE_ROUTING, "mangle", .incoming = true },
};

const struct gateway_set gateway_sets[GATEWAY_SETS] = {
	[GATEWAY_DEVICES] = { "out_devices", "ifname", SET_DEVICES },
	[GATEWAY_EXEMPT4] = { "exempt_ipv4", "ipv4_addr", SET_IPV4 },
	[GATEWAY_EXEMPT6] = { "exempt_ipv6", "ipv6_addr", SET_IPV6 },
	[GATEWAY_SOURCE4] = { "source_ipv4", "ipv4_addr", SET_IPV4 },
	[GATEWAY_SOURCE6] = { "source_ipv6", "ipv6_addr", SET_IPV6 },
};

const struct gateway_hook *gateway_hook(const char *option)
{
	size_t i;

	for (i = 0; i < GATEWAY_HOOKS; i++)
		if (gateway_hooks[i].option &&
		    !strcmp(gateway_hooks[i].option, option))
			return &gateway_hooks[i];
	return NULL;
}

void gateway_init(struct gateway *gateway)
{
	static const struct bflag usual = BFLAG_DEFAULT;

	memset(gateway, 0, sizeof(*gateway));
	gateway->hook = &gateway_hooks[GATEWAY_POSTROUTING];
	gateway->bflag = usual;
}

void gateway_free(struct gateway *gateway)
{
	size_t i;

	for (i = 0; i < GATEWAY_SETS; i++)
		words_free(&gateway->sets[i]);
}

const char *gateway_table(const struct gateway *gateway)
{
	if (gateway->helper)
		return gateway->load_balancer ? "mptcp_bflag_lb_helper" :
		       "mptcp_bflag_helper";
	return gateway->load_balancer ? "mptcp_bflag_lb" : "mptcp_bflag";
}

const char *gateway_family(const struct gateway *gateway)
{
	return name_of(family_names, gateway->hook->family);
}

/* By its name and family; NULL if "enable" gives no table such a name */
static const struct gateway_hook *hook_of(const struct table *table)
{
	static const struct {
		const char *name;
		bool helper, load_balancer;
	} names[] = {
		{ "mptcp_bflag", false, false },
		{ "mptcp_bflag_lb", false, true },
		{ "mptcp_bflag_helper", true, false },
		{ "mptcp_bflag_lb_helper", true, true },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, table->name))
			break;
	if (i == ARRAY_SIZE(names))
		return NULL;
	if (names[i].helper && names[i].load_balancer)
		return table->family == NFPROTO_INET ?
		       &gateway_hooks[GATEWAY_PREROUTING] : NULL;
	for (j = 0; j < GATEWAY_PREROUTING; j++)
		if (gateway_hooks[j].family == table->family &&
		    (!names[i].helper || gateway_hooks[j].nat))
			return &gateway_hooks[j];
	return NULL;
}

bool gateway_made(const struct table *table)
{
	return table->comment && hook_of(table) &&
	       !strncmp(table->comment, GATEWAY_MADE, strlen(GATEWAY_MADE));
}

static uint64_t packets_of(const char *device)
{
	char *path = xasprintf("/sys/class/net/%s/statistics/tx_packets",
			       device);
	FILE *file = fopen(path, "re");
	unsigned long long packets = 0;

	free(path);
	if (file && fscanf(file, "%llu", &packets) != 1)
		packets = 0;
	if (file)
		fclose(file);
	return packets;
}

static bool is_among(const struct words *devices, const char *name)
{
	size_t i, len;

	for (i = 0; i < devices->count; i++) {
		len = strcspn(devices->list[i], "*");
		if (!strncmp(devices->list[i], name, len) &&
		    (devices->list[i][len] || !name[len]))
			return true;
	}
	return false;
}

static uint64_t packets_now(const struct gateway *gateway)
{
	struct if_nameindex *all = if_nameindex(), *at;
	uint64_t packets = 0;

	for (at = all; at && at->if_name; at++)
		if (is_among(&gateway->sets[GATEWAY_DEVICES], at->if_name))
			packets += packets_of(at->if_name);
	if (all)
		if_freenameindex(all);
	return packets;
}

/* Devices that were made anew since begin at 0. */
uint64_t gateway_packets(const struct gateway *gateway,
			 const struct table *table)
{
	uint64_t now = packets_now(gateway);
	unsigned long long before;

	if (!table || sscanf(table->comment, GATEWAY_MADE "; %llu", &before) != 1 || before > now)
		return now;
	return now - before;
}

/* The devices that the base chain is bound to */
static void bound_devices(struct gateway *gateway, const struct ruleset *set,
			  const struct table *table)
{
	size_t chain = ruleset_chain(set, table->family, table->name,
				     gateway->hook->chain);
	const struct nlattr *device;

	if (chain == NONE)
		return;
	attrs_for_each(device, set->chains[chain].devices)
		if (mnl_attr_validate(device, MNL_TYPE_NUL_STRING) >= 0)
			words_add(&gateway->sets[GATEWAY_DEVICES],
				  xstrdup(mnl_attr_get_str(device)));
}

/* What the comment of the chain that sets the flag says */
static void take_bflag(struct gateway *gateway, const struct ruleset *set,
		       const struct table *table)
{
	size_t chain = ruleset_chain(set, table->family, table->name,
				     "set_bflag");
	struct description description;
	char *wrong;

	if (chain == NONE || !description_is(set->chains[chain].comment))
		return;
	wrong = description_parse(&description, set->chains[chain].comment);
	if (!wrong)
		gateway->bflag = description.bflag;
	free(wrong);
	description_free(&description);
}

static bool has_choice(const struct gateway *gateway,
		       const struct ruleset *set, const struct table *table)
{
	char *comment = gateway_choice(gateway);
	size_t chain = ruleset_chain(set, table->family, table->name,
				     "choice");
	bool has = chain != NONE && set->chains[chain].comment &&
		   !strcmp(set->chains[chain].comment, comment);

	free(comment);
	return has;
}

int gateway_recognise(struct gateway *gateway, struct ruleset *set,
		      const struct table *table)
{
	bool ranges;
	size_t i;
	int err = 0;

	gateway_init(gateway);
	gateway->hook = hook_of(table);
	gateway->load_balancer = strstr(table->name, "_lb");
	gateway->helper = strstr(table->name, "_helper");
	if (gateway->load_balancer)
		gateway->bflag.segments = MPTCP_BFLAG_SEGMENT_SYNACK;
	if (gateway->hook->binds)
		bound_devices(gateway, set, table);
	for (i = gateway->hook->binds; !err && i < GATEWAY_SETS; i++) {
		err = set_read(set, table, gateway_sets[i].name,
			       gateway_sets[i].kind, &gateway->sets[i],
			       i == GATEWAY_DEVICES ? &gateway->ranges : &ranges);
		if (err == -ENOENT)
			err = 0;
	}
	take_bflag(gateway, set, table);
	gateway->all = !has_choice(gateway, set, table);
	gateway->edited = gateway->all && !has_choice(gateway, set, table);
	return err;
}

void gateway_delete(const struct table *table, struct batch *batch)
{
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, ATTEMPT_DELETE, NFT_MSG_DELTABLE,
			table->family, 0, "delete table %s %s",
			name_of(family_names, table->family), table->name);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, table->name);
}
