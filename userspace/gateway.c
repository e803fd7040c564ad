// SPDX-License-Identifier: GPL-2.0-only
/* The tables of "enable": recognise one, and read what it does. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "gateway.h"
#include "names.h"

#define LOCK "/run/mptcp-bflag.lock"

/* Source NAT is decided at srcnat; at mangle, conntrack has seen the packet. */
const struct gateway_hook gateway_hooks[GATEWAY_HOOKS] = {
	[GATEWAY_POSTROUTING] = { "postrouting", NFPROTO_INET, "postrouting",
		"srcnat + 10", .nat = true },
	[GATEWAY_EGRESS] = { "egress", NFPROTO_NETDEV, "egress",
		"0", .binds = true },
	[GATEWAY_BRIDGE] = { "bridge", NFPROTO_BRIDGE, "postrouting",
		"0", .nat = false },
	[GATEWAY_PREROUTING] = { NULL, NFPROTO_INET, "prerouting",
		"mangle", .incoming = true },
};

const struct gateway_set gateway_sets[GATEWAY_SETS] = {
	[GATEWAY_DEVICES] = { "out_devices", "ifname", SET_DEVICES },
	[GATEWAY_EXEMPT4] = { "exempt_ipv4", "ipv4_addr", SET_IPV4 },
	[GATEWAY_EXEMPT6] = { "exempt_ipv6", "ipv6_addr", SET_IPV6 },
	[GATEWAY_SOURCE4] = { "source_ipv4", "ipv4_addr", SET_IPV4 },
	[GATEWAY_SOURCE6] = { "source_ipv6", "ipv6_addr", SET_IPV6 },
};

char *gateway_take_hook(const struct gateway_hook **hook, const char *value)
{
	size_t i;

	for (i = 0; i < GATEWAY_PREROUTING; i++) {
		*hook = &gateway_hooks[i];
		if (!strcmp((*hook)->option, value))
			return NULL;
	}
	return xasprintf("--hook takes postrouting, egress or bridge, not '%s'",
			 value);
}

void gateway_init(struct gateway *gateway)
{
	memset(gateway, 0, sizeof(*gateway));
	gateway->hook = &gateway_hooks[GATEWAY_POSTROUTING];
	gateway->bflag = bflag_default;
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

/* From name and family; false if it cannot be a table of "enable" */
static bool identify(struct gateway *gateway, const struct table *table)
{
	size_t i;

	gateway_init(gateway);
	gateway->load_balancer = !!strstr(table->name, "_lb");
	gateway->helper = !!strstr(table->name, "_helper");
	if (strcmp(gateway_table(gateway), table->name))
		return false;
	if (gateway->helper) {
		gateway->hook = &gateway_hooks[gateway->load_balancer ?
					       GATEWAY_PREROUTING :
					       GATEWAY_POSTROUTING];
		return table->family == gateway->hook->family;
	}
	for (i = 0; i < GATEWAY_PREROUTING; i++) {
		gateway->hook = &gateway_hooks[i];
		if (table->family == gateway->hook->family)
			return true;
	}
	return false;
}

bool gateway_made(const struct table *table)
{
	struct gateway gateway;

	return table->comment && identify(&gateway, table) &&
	       !strncmp(table->comment, GATEWAY_MADE, strlen(GATEWAY_MADE));
}

/* Not from /sys, which may belong to another network namespace. */
static uint64_t packets_now(const struct words *devices)
{
	const struct rtnl_link_stats *stats;
	struct ifaddrs *all, *at;
	uint64_t packets = 0;
	size_t i;

	if (getifaddrs(&all))
		return 0;
	for (at = all; at; at = at->ifa_next) {
		stats = at->ifa_data;
		if (!stats || !at->ifa_addr ||
		    at->ifa_addr->sa_family != AF_PACKET)
			continue;
		for (i = 0; i < devices->count; i++)
			if (device_matches(devices->list[i], at->ifa_name))
				break;
		if (i < devices->count)
			packets += stats->tx_packets;
	}
	freeifaddrs(all);
	return packets;
}

/* A device that was made anew counts from 0. */
uint64_t gateway_packets(const struct gateway *gateway,
			 const struct table *table)
{
	uint64_t now = packets_now(&gateway->sets[GATEWAY_DEVICES]);
	unsigned long long before = 0;

	if (table)
		sscanf(table->comment, GATEWAY_MADE "; %llu", &before);
	return before > now ? now : now - before;
}

static void bound_devices(struct gateway *gateway, const struct ruleset *set,
			  const struct table *table)
{
	size_t chain = ruleset_chain(set, table->family, table->name,
				     gateway->hook->chain);
	const struct nlattr *device;

	if (chain == NONE)
		return;
	attrs_for_each(device, set->chains[chain].devices)
		if (attr_text(device))
			words_add(&gateway->sets[GATEWAY_DEVICES],
				  xstrdup(attr_text(device)));
}

bool gateway_has_comment(const struct ruleset *set, const struct table *table,
			 const char *chain, char *comment)
{
	const char *has = ruleset_comment(set, table, chain);
	bool same = has && !strcmp(has, comment);

	free(comment);
	return same;
}

static void take_bflag(struct gateway *gateway, const struct ruleset *set,
		       const struct table *table)
{
	const char *comment = ruleset_comment(set, table, "set_bflag");
	struct description description;
	char *wrong;

	if (!description_is(comment))
		return;
	wrong = description_parse(&description, comment);
	if (!wrong)
		gateway->bflag = description.bflag;
	free(wrong);
	description_free(&description);
}

static bool has_choice(const struct gateway *gateway,
		       const struct ruleset *set, const struct table *table)
{
	return gateway_has_comment(set, table, "choice",
				   gateway_choice(gateway));
}

/* The names of the expressions of a chain; a semicolon ends a rule */
static char *shape_of(struct ruleset *set, const struct table *table,
		      const char *name)
{
	size_t i, chain = ruleset_chain(set, table->family, table->name, name);
	char *shape = xstrdup("");
	const struct nlattr *attr;

	if (chain == NONE || ruleset_read_chain(set, chain))
		return shape;
	for (i = 0; i < set->nrules; i++) {
		if (set->rules[i].chain != chain)
			continue;
		attrs_for_each(attr, set->rules[i].expressions)
			append(&shape, "%s ", attr_string(attrs_of_nest(attr),
							  NFTA_EXPR_NAME));
		append(&shape, ";");
	}
	return shape;
}

#define ADDRESS "meta cmp payload lookup "

/* Do the rules have expressions that "enable" does not write? */
static bool is_edited(const struct gateway *gateway, struct ruleset *set,
		      const struct table *table)
{
	bool sources = gateway->sets[GATEWAY_SOURCE4].count ||
		       gateway->sets[GATEWAY_SOURCE6].count;
	char *one = xasprintf("%s%s%simmediate ;",
			      gateway->hook->binds ? "" : "meta lookup ",
			      gateway->all ? "" : "ct bitwise cmp ",
			      !sources ? "" : gateway->all ? ADDRESS :
			      "ct lookup ");
	char *want = xasprintf("%s%s", one, sources ? one : "");
	char *choice = shape_of(set, table, "choice");
	char *exemptions = shape_of(set, table, "exemptions");
	bool edited = strcmp(choice, want) ||
		      strcmp(exemptions, ADDRESS "objref immediate ;"
			     ADDRESS "objref immediate ;immediate ;");

	free(one);
	free(want);
	free(choice);
	free(exemptions);
	return edited;
}

int gateway_recognise(struct gateway *gateway, struct ruleset *set,
		      const struct table *table)
{
	bool ranges;
	size_t i;
	int err = 0;

	identify(gateway, table);
	if (gateway->load_balancer)
		gateway->bflag.at[BFLAG_SEGMENTS] = MPTCP_BFLAG_SEGMENT_SYNACK;
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
	gateway->edited = (gateway->all && !has_choice(gateway, set, table)) ||
			  is_edited(gateway, set, table);
	return err;
}

void gateway_delete(const struct table *table, struct batch *batch)
{
	batch_add(batch, NFT_MSG_DELTABLE, 0, table->family, table->name, NULL);
}

int gateway_lock(void)
{
	int fd = open(LOCK, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		complain("waiting for another 'mptcp-bflag enable' or 'disable --save' to end");
		flock(fd, LOCK_EX);
	}
	return fd;
}
