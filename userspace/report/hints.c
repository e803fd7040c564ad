// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hints: what rules and counters together show, what it means, what to do.
 * A normal state must not give a hint, or users stop reading them.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "../cli.h"
#include "report.h"

#define EXPRESSION	"expression"
#define HELPER		"helper"

/* Among this many, one likely goes to a server with MPTCP. */
#define SYNS_THAT_TELL 100

/* Among this many, one likely belongs to MPTCP. */
#define PACKETS_THAT_TELL 1000

/* A chain of the same priority may run before or after conntrack. */
#define CONNTRACK_PRIORITY NF_IP_PRI_CONNTRACK

/* Shows MP_CAPABLE of IPv4 and IPv6. */
#define TCPDUMP								\
	"tcpdump -lnn -i any 'tcp[tcpflags] & tcp-syn != 0 or (ip6[6] == 6 and ip6[53] & 2 != 0)' | grep 'mptcp .*capable'"

/* Frees @text. */
static void add(json_t *model, const char *id, const char *front_end,
		char *text)
{
	json_array_append_new(json_object_get(model, "hints"),
			      json_pack("{s:s, s:s, s:o}", "id", id,
					"front_end", front_end, "text",
					json_taken(text)));
}

/* @segment: NULL for any */
static bool marks(const json_t *rule, const char *segment)
{
	json_t *marked;
	size_t i;

	for_each_in(rule, "segments", i, marked)
		if (!segment || !strcmp(json_string_value(marked), segment))
			return true;
	return false;
}

/* Does the chain set the flag, and can packets reach it? */
static bool sets(const json_t *chain)
{
	return is_true(chain, "reached") &&
	       is_text(chain, "operation", "set") &&
	       is_text(chain, "state", "in_place");
}

/* Does a rule of the front end mark this segment? */
static bool front_end_marks(const json_t *model, const char *front_end,
			    const char *segment)
{
	bool helper = !strcmp(front_end, HELPER);
	json_t *rule;
	size_t i;

	for_each_in(model, "iptables", i, rule)
		if (helper && is_true(rule, "reached") && marks(rule, segment))
			return true;
	for_each_in(model, helper ? "helpers" : "chains", i, rule)
		if (marks(rule, segment) &&
		    (helper ? any_true(rule, "set_by", "reached") : sets(rule)))
			return true;
	return false;
}

static void look_at_counters(json_t *model, const char *front_end)
{
	json_t *counters = json_object_get(json_object_get(model, "counters"),
					   front_end);
	json_int_t syns = number_of(counters, "syn_marked");
	json_int_t lost = number_of(counters, "ack_unmarked");
	json_int_t packets = 0;
	json_t *table;
	size_t i;

	for_each_in(model, "enabled", i, table)
		if (is_true(table, "helper") == !strcmp(front_end, HELPER))
			packets += number_of(table, "packets");
	if (!front_end_marks(model, front_end, NULL) || !counters)
		return;
	/* a fragment may be one without MP_CAPABLE */
	if (sum_of(counters) == number_of(counters, "fragment")) {
		if (packets >= PACKETS_THAT_TELL)
			add(model, "no_mp_capable", front_end,
			    xasprintf("%lld packets left through the devices, and none with MP_CAPABLE reached the %s. Either no client speaks MPTCP, or its packets do not match the rules (device, source NAT, addresses). To see them: %s",
				      (long long)packets, front_end, TCPDUMP));
		return;
	}
	/* segments with the flag already set may be ACKs, if there are many */
	if (front_end_marks(model, front_end, "ack") &&
	    syns >= SYNS_THAT_TELL && !number_of(counters, "ack_marked") &&
	    !lost && number_of(counters, "already_set") < syns / 10)
		add(model, "no_third_ack", front_end,
		    xasprintf("%lld SYNs were marked by the %s, and no ACK with MP_CAPABLE followed, which is normal if no server speaks MPTCP. Otherwise the ACKs take another way (another gateway, a flowtable) or do not match the rules: mark them too, because Linux servers read the flag from the ACK.",
			      (long long)syns, front_end));
	if (lost)
		add(model, "ack_unmarked", front_end,
		    xasprintf("%lld ACK%s with MP_CAPABLE left the %s without the flag, so Linux servers, which read it from the ACK, did not see it. The other counters of the %s say why.",
			      (long long)lost, lost == 1 ? "" : "s", front_end,
			      front_end));
}

static void look_at_segments(json_t *model)
{
	bool syn = front_end_marks(model, EXPRESSION, "syn");
	bool ack = front_end_marks(model, EXPRESSION, "ack");

	if (syn && !ack)
		add(model, "syn_only", EXPRESSION,
		    xstrdup("rules mark the SYN, but none marks the ACK, from which Linux servers read the flag. Write 'segments syn,ack' in the comment of the chain."));
	if (ack && !syn)
		add(model, "ack_only", EXPRESSION,
		    xstrdup("rules mark the ACK, but none marks the SYN, so servers with Linux 5.6 to 5.13 fall back to plain TCP in the middle of the handshake. Write 'segments syn,ack' in the comment of the chain."));
}

/* Without a rule that uses it, a flowtable forwards nothing. */
static int count_flowtable(const struct nlmsghdr *nlh, void *data)
{
	*(size_t *)data += attr_be32(attrs_of_message(nlh),
				     NFTA_FLOWTABLE_USE, 0) > 0;
	return MNL_CB_OK;
}

/* Does a flowtable bypass this hook? */
static bool is_bypassed(const json_t *base)
{
	return is_text(base, "hook", "prerouting") ||
	       is_text(base, "hook", "forward") ||
	       is_text(base, "hook", "postrouting");
}

/* Does a flowtable bypass each hook that leads to the chain? */
static bool only_bypassed(const json_t *chain)
{
	json_t *base;
	size_t i;

	if (is_text(chain, "family", "netdev") ||
	    is_text(chain, "family", "bridge"))
		return false;
	for_each_in(chain, "reached_from", i, base)
		if (!is_bypassed(base))
			return false;
	return i;
}

/*
 * Connections with a helper are not offloaded.  A rule that sets the helper is
 * taken to cover all of them.
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
	for_each_in(model, "chains", i, chain)
		if (sets(chain) && marks(chain, "ack") &&
		    !only_bypassed(chain))
			return;
	add(model, "flowtable", EXPRESSION,
	    xstrdup("a flowtable bypasses each rule that marks ACKs, so an MP_CAPABLE that is repeated after the offload leaves without the flag. Use 'mptcp-bflag enable --hook egress --all', or 'mptcp-bflag enable --helper', which keeps connections out of the flowtable."));
}

/* Is @base before conntrack, where no helper can be set? */
static bool no_new_connection(const json_t *helper, const json_t *base)
{
	if (is_text(helper, "family", "netdev"))
		return true;
	if (is_text(helper, "family", "bridge"))
		return false;
	if (is_text(base, "hook", "prerouting") ||
	    is_text(base, "hook", "output"))
		return number_of(base, "priority") < CONNTRACK_PRIORITY;
	return is_text(base, "hook", "ingress") ||
	       is_text(base, "hook", "egress");
}

static void look_at_setter(json_t *model, const json_t *helper,
			   const json_t *setter)
{
	json_t *base;
	char *object;
	size_t i;

	if (is_true(setter, "verdict_map"))
		return;
	for_each_in(setter, "reached_from", i, base)
		if (!no_new_connection(helper, base))
			return;
	if (!i)
		return;
	object = filled("table {family} {table} sets ct helper {name}", helper);
	add(model, "helper_too_early", HELPER,
	    xasprintf("chain %s of %s before connection tracking sees the connection (before priority %d, or at a device), which has no effect. Set it in a chain at hook forward.",
		      text_of(setter, "chain"), object, CONNTRACK_PRIORITY));
	free(object);
}

static void look_at_helpers(json_t *model)
{
	json_int_t connections = sum_of(json_object_get(model, "connections"));
	json_t *helper, *setter;
	size_t i, j;

	for_each_in(model, "helpers", i, helper) {
		for_each_in(helper, "set_by", j, setter)
			look_at_setter(model, helper, setter);
		if (!j && !is_true(helper, "by_map"))
			add(model, "helper_unused", HELPER,
			    filled("no rule sets ct helper {name} of table {family} {table}, so no connection has it. End a rule that matches the connections with: ct helper set \"{name}\"",
				   helper));
	}
	if (connections && !i &&
	    !json_array_size(json_object_get(model, "iptables")))
		add(model, "rule_gone", HELPER,
		    xasprintf("%lld connection%s an mptcp_bflag helper, but no rule of nf_tables or iptables sets one: the rule is gone. These connections keep the helper until they end, new ones do not get it.",
			      (long long)connections, connections == 1 ?
			      " has" : "s have"));
}

void model_hints(struct ruleset *set, json_t *model)
{
	json_t *part;
	size_t i;

	json_object_set_new(model, "hints", json_array());
	look_at_counters(model, EXPRESSION);
	look_at_counters(model, HELPER);
	look_at_segments(model);
	look_at_flowtables(set, model);
	look_at_helpers(model);
	for_each_in(model, "modules", i, part)
		if (is_true(part, "version_mismatch"))
			add(model, "version", EXPRESSION,
			    filled("this tool has version " VERSION ", the loaded module {name} has {loaded_version}. If 'modinfo -F version {name}' says " VERSION ", reboot, or replace the loaded ones: 'mptcp-bflag disable', 'rmmod nft_mptcp_bflag nf_conntrack_mptcp_bflag mptcp_bflag', and 'mptcp-bflag enable' as before. Otherwise install both from one source.",
				   part));
	for_each_in(model, "strays", i, part)
		add(model, "stray", EXPRESSION,
		    filled("chain {family} {table} {chain} has a rule with the expression that its comment does not describe. To remove the rule: mptcp-bflag sync",
			   part));
}
