// SPDX-License-Identifier: GPL-2.0-only
/*
 * What rules and counters together say is wrong, and what to do about it.
 * Nothing that is normal may give a hint: who is told of trouble that is none
 * stops reading.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include "bflag.h"
#include "cli.h"
#include "hints.h"
#include "render.h"

/* Of so many, one may be expected to go to a server that speaks MPTCP. */
#define SYNS_THAT_TELL 100

/* Chains of the same priority may be before or behind it. */
#define CONNTRACK_PRIORITY NF_IP_PRI_CONNTRACK

/* All that has MP_CAPABLE in a handshake, in IPv4 and IPv6 */
#define TCPDUMP								\
	"tcpdump -lnn -i any 'tcp[tcpflags] & tcp-syn != 0 or (ip6[6] == 6 and ip6[53] & 2 != 0)' | grep 'mptcp .*capable'"

struct front_end {
	const char	*name;
	uint32_t	segments;	/* that rules which are reached mark */
	size_t		rules;		/* that are reached */
};

struct situation {
	const struct ruleset	*set;
	const struct reached	*reached;
	const struct counters	*counters;
	struct front_end	expression;
	struct front_end	helper;
	struct hints		hints;
};

static void add(struct situation *now, const char *id, const char *front_end,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void add(struct situation *now, const char *id, const char *front_end,
		const char *fmt, ...)
{
	struct hints *hints = &now->hints;
	struct hint *hint;
	va_list args;

	hints->hints = xrealloc(hints->hints, hints->nhints + 1,
				sizeof(*hint));
	hint = &hints->hints[hints->nhints++];
	hint->id = id;
	hint->front_end = front_end;
	va_start(args, fmt);
	if (vasprintf(&hint->text, fmt, args) < 0)
		hint->text = NULL;
	va_end(args);
	if (!hint->text)
		hint->text = xstrdup("");
}

static void look(struct situation *now)
{
	size_t i;

	now->expression.name = FRONT_END_EXPRESSION;
	for (i = 0; i < now->set->nmarks; i++) {
		if (!bflag_sets(now->set->marks[i].data) ||
		    !reach_any(&now->reached->marks[i]))
			continue;
		now->expression.rules++;
		now->expression.segments |=
			bflag_get(now->set->marks[i].data).segments;
	}

	now->helper.name = FRONT_END_HELPER;
	for (i = 0; i < now->set->nsetters; i++) {
		if (!reach_any(&now->reached->setters[i]))
			continue;
		now->helper.rules++;
		now->helper.segments |=
			now->set->helpers[now->set->setters[i].helper].segments;
	}
}

/* Has any segment come of which it is known that it had MP_CAPABLE? */
static bool mp_capable_seen(const struct counters *counters, const char *name)
{
	/* not: fragment, in which it may or may not be */
	static const char * const rows[] = {
		"syn_marked", "synack_marked", "ack_marked", "ack_unmarked",
		"already_set", "extensibility_set", "wrong_length",
		"other_version", "broken_options", "tcp_ao",
		"not_writable",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (counters_get(counters, name, rows[i]))
			return true;
	return false;
}

static void look_at_counters(struct situation *now,
			     const struct front_end *front_end)
{
	const struct counters *counters = now->counters;
	const char *name = front_end->name;
	unsigned long long syns = counters_get(counters, name, "syn_marked");
	unsigned long long acks = counters_get(counters, name, "ack_marked");
	unsigned long long lost = counters_get(counters, name, "ack_unmarked");

	if (!front_end->rules || !counters_has(counters, name))
		return;
	if (!mp_capable_seen(counters, name)) {
		add(now, "no_mp_capable", name,
		    "no MP_CAPABLE has come to the %s since the modules were loaded: are there MPTCP clients, and do their packets match the rules (the device, the addresses, the place of the rule)? To see them: %s",
		    name, TCPDUMP);
		return;
	}
	/*
	 * Those in which the flag was set already may be ACKs, too: they speak
	 * for it if there are many, one for ten SYNs.
	 */
	if (front_end->segments & MPTCP_BFLAG_SEGMENT_ACK && syns >= SYNS_THAT_TELL &&
	    !acks && !lost &&
	    counters_get(counters, name, "already_set") < syns / 10)
		add(now, "no_third_ack", name,
		    "this is normal if no server that was contacted speaks MPTCP: %llu SYNs were marked by the %s, but no ACK with MP_CAPABLE followed; otherwise, what clients send after the SYN goes another way (another gateway, a flowtable) or does not match the rules; Linux servers read the flag from the ACK",
		    syns, name);
	if (lost)
		add(now, "ack_unmarked", name,
		    "%llu ACK%s with MP_CAPABLE came to the %s and went out without the flag: servers that read it from the ACK, as Linux does, did not see it there; the other numbers of the %s say why",
		    lost, lost == 1 ? "" : "s", name, name);
}

static void look_at_segments(struct situation *now)
{
	bool syn = now->expression.segments & MPTCP_BFLAG_SEGMENT_SYN;
	bool ack = now->expression.segments & MPTCP_BFLAG_SEGMENT_ACK;

	if (syn && !ack)
		add(now, "syn_only", FRONT_END_EXPRESSION,
		    "rules mark SYN, and none marks ACK: Linux servers read the flag from the ACK; use --segments syn,ack");
	if (ack && !syn)
		add(now, "ack_only", FRONT_END_EXPRESSION,
		    "rules mark ACK, and none marks SYN: servers with Linux 5.6 to 5.13 fall back to plain TCP late, in the middle of the handshake; use --segments syn,ack");
}

/* Hooks that forwarded packets do not come to once a flowtable has them */
static bool is_bypassed(const struct chain *chain)
{
	if (chain->family != NFPROTO_IPV4 && chain->family != NFPROTO_IPV6 &&
	    chain->family != NFPROTO_INET)
		return false;
	return chain->hook == NF_INET_PRE_ROUTING ||
	       chain->hook == NF_INET_FORWARD ||
	       chain->hook == NF_INET_POST_ROUTING;
}

/* If only a verdict map leads there, it is not known from where. */
static bool only_bypassed(const struct ruleset *set, const struct reach *reach)
{
	size_t i;

	for (i = 0; i < reach->nbases; i++)
		if (!is_bypassed(&set->chains[reach->bases[i]]))
			return false;
	return reach->nbases;
}

/*
 * Connections with a helper are not offloaded.  Which ones have it is not
 * known, but who uses it has taken care.
 */
static void look_at_flowtables(struct situation *now)
{
	const struct ruleset *set = now->set;
	size_t i;

	if (!set->nflowtables || now->helper.segments & MPTCP_BFLAG_SEGMENT_ACK ||
	    !(now->expression.segments & MPTCP_BFLAG_SEGMENT_ACK))
		return;
	for (i = 0; i < set->nmarks; i++)
		if (bflag_sets(set->marks[i].data) &&
		    bflag_get(set->marks[i].data).segments & MPTCP_BFLAG_SEGMENT_ACK &&
		    reach_any(&now->reached->marks[i]) &&
		    !only_bypassed(set, &now->reached->marks[i]))
			return;

	add(now, "flowtable", FRONT_END_EXPRESSION,
	    "there is a flowtable, and all rules with the expression that mark ACK are at hooks that it bypasses: what repeats MP_CAPABLE after the connection is offloaded leaves unmarked; use 'mptcp-bflag enable --hook egress', or a ct helper of type mptcp-bflag, with which a connection is not offloaded");
}

/* A helper is set on a connection that conntrack has just begun to follow. */
static bool no_new_connection(const struct chain *chain)
{
	switch (chain->family) {
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
	case NFPROTO_INET:
		if (chain->hook == NF_INET_PRE_ROUTING ||
		    chain->hook == NF_INET_LOCAL_OUT)
			return chain->priority < CONNTRACK_PRIORITY;
		/* inet: ingress */
		return chain->hook >= NF_INET_NUMHOOKS;
	case NFPROTO_NETDEV:
		return true;
	default:
		return false;
	}
}

static bool never_sets(const struct ruleset *set, const struct reach *reach)
{
	size_t i;

	for (i = 0; i < reach->nbases; i++)
		if (!no_new_connection(&set->chains[reach->bases[i]]))
			return false;
	return reach->nbases && !reach->verdict_map;
}

static bool has_setter(const struct ruleset *set, size_t helper)
{
	size_t i;

	for (i = 0; i < set->nsetters; i++)
		if (set->setters[i].helper == helper)
			return true;
	return false;
}

static void look_at_helpers(struct situation *now)
{
	const struct ruleset *set = now->set;
	const struct helper *helper;
	const struct chain *chain;
	char family[8];
	size_t i;

	for (i = 0; i < set->nhelpers; i++) {
		helper = &set->helpers[i];
		if (has_setter(set, i))
			continue;
		render_family(helper->family, family, sizeof(family));
		add(now, "helper_unused", FRONT_END_HELPER,
		    "no rule sets ct helper %s of table %s %s: end a rule for the connections that are to have it with: ct helper set \"%s\"",
		    helper->name,
		    render_family(helper->family, family, sizeof(family)),
		    helper->table, helper->name);
	}

	for (i = 0; i < set->nsetters; i++) {
		if (!never_sets(set, &now->reached->setters[i]))
			continue;
		helper = &set->helpers[set->setters[i].helper];
		chain = &set->chains[set->rules[set->setters[i].rule].chain];
		add(now, "helper_too_early", FRONT_END_HELPER,
		    "chain %s of table %s %s sets ct helper %s where connection tracking does not see new connections (before priority %d, or at a device), which does nothing; set it in a chain at hook forward",
		    chain->name,
		    render_family(chain->family, family, sizeof(family)),
		    chain->table, helper->name, CONNTRACK_PRIORITY);
	}
}

struct hints hints_find(const struct ruleset *set,
			const struct reached *reached,
			const struct counters *counters)
{
	struct situation now = {
		.set = set, .reached = reached, .counters = counters,
	};

	look(&now);
	look_at_counters(&now, &now.expression);
	look_at_counters(&now, &now.helper);
	look_at_segments(&now);
	look_at_flowtables(&now);
	look_at_helpers(&now);
	return now.hints;
}

void hints_free(struct hints *hints)
{
	size_t i;

	for (i = 0; i < hints->nhints; i++)
		free(hints->hints[i].text);
	free(hints->hints);
}

void hints_print(const struct hints *hints)
{
	size_t i;

	for (i = 0; i < hints->nhints; i++)
		say("hint: %s\n", hints->hints[i].text);
}

json_t *hints_json(const struct hints *hints)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < hints->nhints; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:o}",
						"id", hints->hints[i].id,
						"front_end",
						hints->hints[i].front_end,
						"text",
						render_text_json(hints->hints[i].text)));
	return array;
}
