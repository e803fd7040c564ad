// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the rules and the counters of the model together say is wrong, and what
 * to do about it.  Nothing that is normal may give a hint: who is told of
 * trouble that is none stops reading.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "../cli.h"
#include "report.h"

#define EXPRESSION	"expression"
#define HELPER		"helper"

/* Of so many, one may be expected to go to a server that speaks MPTCP. */
#define SYNS_THAT_TELL 100

/* Of so many packets, one may be expected to be of MPTCP. */
#define PACKETS_THAT_TELL 1000

/* Chains of the same priority may be before or behind it. */
#define CONNTRACK_PRIORITY NF_IP_PRI_CONNTRACK

/* All that has MP_CAPABLE in a handshake, in IPv4 and IPv6 */
#define TCPDUMP								\
	"tcpdump -lnn -i any 'tcp[tcpflags] & tcp-syn != 0 or (ip6[6] == 6 and ip6[53] & 2 != 0)' | grep 'mptcp .*capable'"

static void add(json_t *model, const char *id, const char *front_end,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void add(json_t *model, const char *id, const char *front_end,
		const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		json_array_append_new(json_object_get(model, "hints"),
				      json_pack("{s:s, s:s, s:o}", "id", id,
						"front_end", front_end, "text",
						json_text(text)));
	free(text);
}

static bool has_word(const json_t *array, const char *word)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		if (!strcmp(json_string_value(value), word))
			return true;
	return false;
}

static bool marks(const json_t *rule, const char *segment)
{
	return has_word(json_object_get(rule, "segments"), segment);
}

/* A chain that sets the flag, and that packets come to */
static bool sets(const json_t *chain)
{
	return is_true(chain, "reached") &&
	       !strcmp(text_of(chain, "operation"), "set") &&
	       !strcmp(text_of(chain, "state"), "in_place");
}

static bool is_set(const json_t *helper)
{
	json_t *setter;
	size_t i;

	json_array_foreach(json_object_get(helper, "set_by"), i, setter)
		if (is_true(setter, "reached"))
			return true;
	return false;
}

/* Does a rule of the front end mark such segments?  NULL: any */
static bool front_end_marks(const json_t *model, const char *front_end,
			    const char *segment)
{
	bool helper = !strcmp(front_end, HELPER);
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(model, helper ? "helpers" :
					   "chains"), i, rule)
		if ((helper ? is_set(rule) : sets(rule)) &&
		    (!segment || marks(rule, segment)))
			return true;
	return false;
}

/* Has any segment come of which it is known that it had MP_CAPABLE? */
static bool mp_capable_seen(json_t *counters)
{
	const char *row;
	json_t *value;

	/* a fragment may have it or not */
	json_object_foreach(counters, row, value)
		if (strcmp(row, "fragment") && json_integer_value(value))
			return true;
	return false;
}

/* Of tables of "enable" for this front end */
static json_int_t packets_left(const json_t *model, const char *front_end)
{
	bool helper = !strcmp(front_end, HELPER);
	json_int_t packets = 0;
	json_t *table;
	size_t i;

	json_array_foreach(json_object_get(model, "enabled"), i, table)
		if (is_true(table, "helper") == helper)
			packets += number_of(table, "packets");
	return packets;
}

static void look_at_counters(json_t *model, const char *front_end)
{
	json_t *counters = json_object_get(json_object_get(model, "counters"),
					   front_end);
	json_int_t syns = number_of(counters, "syn_marked");
	json_int_t lost = number_of(counters, "ack_unmarked");
	json_int_t packets = packets_left(model, front_end);

	if (!front_end_marks(model, front_end, NULL) || !counters)
		return;
	if (!mp_capable_seen(counters)) {
		if (packets >= PACKETS_THAT_TELL)
			add(model, "no_mp_capable", front_end,
			    "%lld packets have left through the devices, and no MP_CAPABLE has come to the %s: are there MPTCP clients, and do their packets match the rules (the device, source NAT, the addresses)? To see them: %s",
			    (long long)packets, front_end, TCPDUMP);
		return;
	}
	/*
	 * Those in which the flag was set already may be ACKs, too: they speak
	 * for it if there are many, one for ten SYNs.
	 */
	if (front_end_marks(model, front_end, "ack") &&
	    syns >= SYNS_THAT_TELL && !number_of(counters, "ack_marked") &&
	    !lost && number_of(counters, "already_set") < syns / 10)
		add(model, "no_third_ack", front_end,
		    "this is normal if no server that was contacted speaks MPTCP: %lld SYNs were marked by the %s, but no ACK with MP_CAPABLE followed; otherwise, what clients send after the SYN goes another way (another gateway, a flowtable) or does not match the rules; Linux servers read the flag from the ACK",
		    (long long)syns, front_end);
	if (lost)
		add(model, "ack_unmarked", front_end,
		    "%lld ACK%s with MP_CAPABLE came to the %s and went out without the flag: servers that read it from the ACK, as Linux does, did not see it there; the other numbers of the %s say why",
		    (long long)lost, lost == 1 ? "" : "s", front_end,
		    front_end);
}

static void look_at_segments(json_t *model)
{
	bool syn = front_end_marks(model, EXPRESSION, "syn");
	bool ack = front_end_marks(model, EXPRESSION, "ack");

	if (syn && !ack)
		add(model, "syn_only", EXPRESSION,
		    "rules mark SYN, and none marks ACK: Linux servers read the flag from the ACK; say 'segments syn,ack'");
	if (ack && !syn)
		add(model, "ack_only", EXPRESSION,
		    "rules mark ACK, and none marks SYN: servers with Linux 5.6 to 5.13 fall back to plain TCP late, in the middle of the handshake; say 'segments syn,ack'");
}

/* One that no rule sends connections to forwards nothing. */
static int count_flowtable(const struct nlmsghdr *nlh, void *data)
{
	*(size_t *)data += attr_be32(attrs_of_message(nlh),
				     NFTA_FLOWTABLE_USE, 0) > 0;
	return MNL_CB_OK;
}

/* Is each hook that leads there one that forwarded packets may not come to? */
static bool only_bypassed(const json_t *chain)
{
	static const char * const hooks[] = { "prerouting", "forward",
					      "postrouting" };
	json_t *bases = json_object_get(chain, "reached_from"), *base;
	const char *family = text_of(chain, "family");
	bool bypassed;
	size_t i, j;

	if (!strcmp(family, "netdev") || !strcmp(family, "bridge"))
		return false;
	json_array_foreach(bases, i, base) {
		bypassed = false;
		for (j = 0; j < ARRAY_SIZE(hooks); j++)
			bypassed |= !strcmp(text_of(base, "hook"), hooks[j]);
		if (!bypassed)
			return false;
	}
	return json_array_size(bases);
}

/*
 * Connections with a helper are not offloaded.  Which ones have it is not
 * known, but who uses it has taken care.
 */
static void look_at_flowtables(struct ruleset *set, json_t *model)
{
	size_t i, flowtables = 0;
	json_t *chain;

	if (front_end_marks(model, HELPER, "ack") ||
	    !front_end_marks(model, EXPRESSION, "ack") ||
	    dump_all(&set->dump, NFT_MSG_GETFLOWTABLE, count_flowtable,
		     &flowtables) || !flowtables)
		return;
	json_array_foreach(json_object_get(model, "chains"), i, chain)
		if (sets(chain) && marks(chain, "ack") &&
		    !only_bypassed(chain))
			return;
	add(model, "flowtable", EXPRESSION,
	    "there is a flowtable, and all rules with the expression that mark ACK are at hooks that it bypasses: what repeats MP_CAPABLE after the connection is offloaded leaves unmarked; use 'mptcp-bflag enable --hook egress', or a ct helper of type mptcp-bflag, with which a connection is not offloaded");
}

/* A helper is set on a connection that conntrack has just begun to follow. */
static bool no_new_connection(const char *family, const json_t *base)
{
	const char *hook = text_of(base, "hook");

	if (!strcmp(family, "netdev"))
		return true;
	if (!strcmp(family, "bridge"))
		return false;
	if (!strcmp(hook, "prerouting") || !strcmp(hook, "output"))
		return number_of(base, "priority") < CONNTRACK_PRIORITY;
	return !strcmp(hook, "ingress") || !strcmp(hook, "egress");
}

static void look_at_setter(json_t *model, const json_t *helper,
			   const json_t *setter)
{
	json_t *bases = json_object_get(setter, "reached_from"), *base;
	size_t i;

	if (!json_array_size(bases) || is_true(setter, "verdict_map"))
		return;
	json_array_foreach(bases, i, base)
		if (!no_new_connection(text_of(helper, "family"), base))
			return;
	add(model, "helper_too_early", HELPER,
	    "chain %s of table %s %s sets ct helper %s where connection tracking does not see new connections (before priority %d, or at a device), which does nothing; set it in a chain at hook forward",
	    text_of(setter, "chain"), text_of(helper, "family"),
	    text_of(helper, "table"), text_of(helper, "name"),
	    CONNTRACK_PRIORITY);
}

static void look_at_helpers(json_t *model)
{
	json_t *helpers = json_object_get(model, "helpers"), *helper, *setter;
	json_int_t connections = 0;
	const char *name;
	json_t *value;
	size_t i, j;

	json_array_foreach(helpers, i, helper) {
		if (!json_array_size(json_object_get(helper, "set_by")) &&
		    !is_true(helper, "by_map"))
			add(model, "helper_unused", HELPER,
			    "no rule sets ct helper %s of table %s %s: end a rule for the connections that are to have it with: ct helper set \"%s\"",
			    text_of(helper, "name"), text_of(helper, "family"),
			    text_of(helper, "table"), text_of(helper, "name"));
		json_array_foreach(json_object_get(helper, "set_by"), j, setter)
			look_at_setter(model, helper, setter);
	}
	json_object_foreach(json_object_get(model, "connections"), name, value)
		connections += json_integer_value(value);
	if (connections && !json_array_size(helpers))
		add(model, "iptables", HELPER,
		    "%lld connection%s a helper of ours, and no rule of nf_tables sets it: rules of iptables do (-j CT --helper), which are not looked at here, or somebody has removed the rule",
		    (long long)connections, connections == 1 ? " has" :
		    "s have");
}

static void look_at_versions(json_t *model)
{
	json_t *module;
	size_t i;

	json_array_foreach(json_object_get(model, "modules"), i, module)
		if (is_true(module, "version_mismatch"))
			add(model, "version", EXPRESSION,
			    "this tool has version " VERSION ", the module %s another; install both from one source",
			    text_of(module, "name"));
}

void model_hints(struct ruleset *set, json_t *model)
{
	json_t *stray;
	size_t i;

	json_object_set_new(model, "hints", json_array());
	look_at_counters(model, EXPRESSION);
	look_at_counters(model, HELPER);
	look_at_segments(model);
	look_at_flowtables(set, model);
	look_at_helpers(model);
	look_at_versions(model);
	json_array_foreach(json_object_get(model, "strays"), i, stray)
		add(model, "stray", EXPRESSION,
		    "chain %s %s %s has a rule of ours that its comment does not describe; 'mptcp-bflag sync' removes it",
		    text_of(stray, "family"), text_of(stray, "table"),
		    text_of(stray, "chain"));
}
