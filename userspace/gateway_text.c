// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of "enable", as text for nft.  Each version of nft can list it and
 * load the listing:
 *
 *	table inet mptcp_bflag {
 *		comment "made by mptcp-bflag enable; 0 packets had left"
 *		counter syn_marked, ack_marked, candidates, exempt
 *		set out_devices, exempt_ipv4, exempt_ipv6
 *		chain marked {
 *			tcp flags syn / syn,ack counter name "syn_marked"
 *			tcp flags ack / syn,ack counter name "ack_marked"
 *		}
 *		chain set_bflag {
 *			comment "mptcp_bflag set segments syn,ack goto marked"
 *		}
 *		chain exemptions {
 *			ip daddr @exempt_ipv4 counter name "exempt" return
 *			ip6 daddr @exempt_ipv6 counter name "exempt" return
 *			goto set_bflag
 *		}
 *		chain choice {
 *			comment "connections with source NAT"
 *			oifname @out_devices ct status snat goto exemptions
 *		}
 *		chain candidates {
 *			counter name "candidates" goto choice
 *		}
 *		chain postrouting {
 *			comment "mptcp_bflag match segments syn,ack: jump candidates"
 *			type filter hook postrouting priority srcnat + 10
 *		}
 *	}
 *
 * Each packet pays for one quick look, and only MPTCP handshakes pay for the rest.
 * Other options change chain "choice" without the chains that have our rules.
 * No version of nft has these names as keywords.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "description.h"
#include "gateway_text.h"
#include "names.h"

static const struct {
	uint32_t	segment;
	const char	*counter;
	const char	*match;
} marked[] = {
	{ MPTCP_BFLAG_SEGMENT_SYN,	"syn_marked",	 "syn" },
	{ MPTCP_BFLAG_SEGMENT_SYNACK,	"synack_marked", "syn | ack" },
	{ MPTCP_BFLAG_SEGMENT_ACK,	"ack_marked",	 "ack" },
};

bool gateway_has_set(const struct gateway *gateway, size_t set)
{
	if (set == GATEWAY_DEVICES)
		return !gateway->hook->binds;
	return set < GATEWAY_SOURCE4 ||
	       gateway->sets[GATEWAY_SOURCE4].count ||
	       gateway->sets[GATEWAY_SOURCE6].count;
}

char *gateway_choice(const struct gateway *gateway)
{
	return xasprintf("%s%s", gateway->all ? "all connections" :
			 "connections with source NAT",
			 gateway_has_set(gateway, GATEWAY_SOURCE4) ?
			 " of source_ipv4, source_ipv6" : "");
}

char *gateway_comment(const struct gateway *gateway, bool match)
{
	struct description description = { gateway->bflag, NFT_GOTO, NULL };
	char *comment;

	if (match) {
		description.bflag.at[BFLAG_OPERATION] = MPTCP_BFLAG_OP_MATCH;
		description.verdict = NFT_JUMP;
	}
	description.target = xstrdup(match ? "candidates" : "marked");
	comment = description_text(&description, true);
	description_free(&description);
	return comment;
}

/* "add WHAT FAMILY TABLE " and the rest, with its newline */
static void add(const struct gateway *gateway, FILE *script, const char *what,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void add(const struct gateway *gateway, FILE *script, const char *what,
		const char *fmt, ...)
{
	va_list ap;

	fprintf(script, "add %s %s %s ", what, gateway_family(gateway),
		gateway_table(gateway));
	va_start(ap, fmt);
	vfprintf(script, fmt, ap);
	va_end(ap);
}

static void add_base_chain(const struct gateway *gateway, FILE *script)
{
	const struct gateway_hook *hook = gateway->hook;
	const struct words *devices = &gateway->sets[GATEWAY_DEVICES];
	char *comment = gateway->helper ? xstrdup(GATEWAY_FIRST_PACKETS) :
			gateway_comment(gateway, true);
	size_t i;

	add(gateway, script, "chain",
	    "%s { comment \"%s\"; type filter hook %s ", hook->chain, comment,
	    hook->chain);
	for (i = 0; hook->binds && i < devices->count; i++)
		fprintf(script, "%s\"%s\"", i ? ", " : "devices = { ",
			devices->list[i]);
	fprintf(script, "%spriority %s; policy accept; }\n",
		hook->binds ? " } " : "", hook->priority);
	free(comment);
}

static void add_marked(const struct gateway *gateway, FILE *script)
{
	size_t i;

	add(gateway, script, "chain", "marked\n");
	for (i = 0; i < ARRAY_SIZE(marked); i++)
		if (gateway->bflag.at[BFLAG_SEGMENTS] & marked[i].segment)
			add(gateway, script, "rule",
			    "marked tcp flags & (syn | ack) == %s counter name \"%s\"\n",
			    marked[i].match, marked[i].counter);
}

/* The exempt addresses belong to the other end of the connection. */
static void add_exemptions(const struct gateway *gateway, FILE *script)
{
	const char *side = gateway->hook->incoming ? "saddr" : "daddr";

	add(gateway, script, "chain", "exemptions\n");
	add(gateway, script, "rule",
	    "exemptions ip %s @exempt_ipv4 counter name \"exempt\" return\n",
	    side);
	add(gateway, script, "rule",
	    "exemptions ip6 %s @exempt_ipv6 counter name \"exempt\" return\n",
	    side);
	add(gateway, script, "rule", "exemptions goto set_bflag\n");
}

/* After source NAT, only conntrack knows the client's address. */
static void add_choice(const struct gateway *gateway, FILE *script)
{
	static const char * const families[] = { "ip", "ip6" };
	const struct gateway_hook *hook = gateway->hook;
	bool sources = gateway_has_set(gateway, GATEWAY_SOURCE4);
	char *comment = gateway_choice(gateway);
	size_t i;

	add(gateway, script, "chain", "choice { comment \"%s\"; }\n", comment);
	for (i = 0; i < (sources ? ARRAY_SIZE(families) : 1); i++) {
		add(gateway, script, "rule", "choice %s%s", hook->binds ? "" :
		    hook->incoming ? "iifname @out_devices " :
		    "oifname @out_devices ",
		    gateway->all ? "" : "ct status snat ");
		if (sources)
			fprintf(script, "%s%s %s @%s ",
				gateway->all ? "" : "ct original ",
				families[i],
				hook->incoming ? "daddr" : "saddr",
				gateway_sets[GATEWAY_SOURCE4 + i].name);
		fputs("goto exemptions\n", script);
	}
	free(comment);
}

/* nft needs a chain before a rule that jumps to it. */
static void add_stock_chains(const struct gateway *gateway, FILE *script)
{
	if (!gateway->helper)
		add_marked(gateway, script);
	add_exemptions(gateway, script);
	add_choice(gateway, script);
	add(gateway, script, "chain", "candidates\n");
	add(gateway, script, "rule",
	    "candidates counter name \"candidates\" goto choice\n");
}

/* The rule of the expression comes later, from sync_plan(). */
static void add_set_chain(const struct gateway *gateway, FILE *script)
{
	char *comment;

	if (gateway->helper) {
		add(gateway, script, "chain", "set_bflag\n");
		add(gateway, script, "rule",
		    "set_bflag counter name \"helped\" ct helper set \"bflag\"\n");
		return;
	}
	comment = gateway_comment(gateway, false);
	add(gateway, script, "chain", "set_bflag { comment \"%s\"; }\n",
	    comment);
	free(comment);
}

static void add_objects(const struct gateway *gateway, FILE *script)
{
	size_t i;

	add(gateway, script, "counter", "candidates\n");
	add(gateway, script, "counter", "exempt\n");
	for (i = 0; !gateway->helper && i < ARRAY_SIZE(marked); i++)
		if (gateway->bflag.at[BFLAG_SEGMENTS] & marked[i].segment)
			add(gateway, script, "counter", "%s\n",
			    marked[i].counter);
	if (!gateway->helper)
		return;
	add(gateway, script, "counter", "helped\n");
	add(gateway, script, "ct helper",
	    "bflag { type \"%s\" protocol tcp; }\n",
	    helper_names[gateway->load_balancer].name);
}

void gateway_write_table(const struct gateway *gateway, bool all, bool is_new,
			 FILE *script)
{
	size_t i;

	/* this also wakes a dormant table */
	fprintf(script, "add table %s %s", gateway_family(gateway),
		gateway_table(gateway));
	if (is_new)
		fprintf(script, " { comment \"" GATEWAY_MADE "; %llu packets had left\"; }",
			(unsigned long long)gateway_packets(gateway, NULL));
	fputs("\n", script);
	add_objects(gateway, script);
	for (i = 0; i < GATEWAY_SETS; i++)
		if (gateway_has_set(gateway, i))
			add(gateway, script, "set", "%s { type %s; %s}\n",
			    gateway_sets[i].name, gateway_sets[i].type,
			    i != GATEWAY_DEVICES || gateway->ranges ?
			    "flags interval; " : "");
	if (all)
		add_set_chain(gateway, script);
	add_stock_chains(gateway, script);
	if (all)
		add_base_chain(gateway, script);
	/* nft before 0.9.9 does not know "mptcp subtype 0" */
	if (all && gateway->helper)
		add(gateway, script, "rule",
		    "%s ct state new tcp option @30,16,4 0 jump candidates\n",
		    gateway->hook->chain);
}

void gateway_write_command(const struct gateway *gateway, size_t set,
			   const char *command, FILE *script)
{
	fprintf(script, "%s set %s %s %s\n", command, gateway_family(gateway),
		gateway_table(gateway), gateway_sets[set].name);
}

void gateway_write_elements(const struct gateway *gateway, size_t set,
			    FILE *script)
{
	const struct words *words = &gateway->sets[set];
	const char *quote = set == GATEWAY_DEVICES ? "\"" : "";
	size_t i;

	gateway_write_command(gateway, set, "flush", script);
	if (!words->count)
		return;
	add(gateway, script, "element", "%s { ", gateway_sets[set].name);
	for (i = 0; i < words->count; i++)
		fprintf(script, "%s%s%s%s", i ? ", " : "", quote,
			words->list[i], quote);
	fputs(" }\n", script);
}
