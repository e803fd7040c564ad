// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table that "enable" installs.  All of it is stock nf_tables, and printed
 * by nft, but for the first expression of the one rule in chain mark_bflag:
 *
 *	table inet mptcp_bflag {
 *		comment "mptcp-bflag enable --device wan0; ..."
 *		counter syn_marked { }
 *		counter ack_marked { }
 *		chain marked {
 *			tcp flags syn / syn,ack counter name "syn_marked"
 *			tcp flags ack / syn,ack counter name "ack_marked"
 *		}
 *		chain mark_bflag {
 *			comment "..."
 *			(mptcp_bflag) goto marked
 *		}
 *		chain postrouting {
 *			type filter hook postrouting priority srcnat + 10
 *			oifname "wan0" ct status snat jump mark_bflag
 *		}
 *	}
 *
 * A chain "mark" would be nicer, but that is a keyword: nft lists it and cannot
 * read the listing.
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/object.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "gateway.h"
#include "stock.h"

#define TABLE_GATEWAY		"mptcp_bflag"
#define TABLE_LOAD_BALANCER	"mptcp_bflag_lb"
#define COMMENT_START		"mptcp-bflag enable "
#define MARK_COMMENT	"has one rule, which nft cannot print, see: mptcp-bflag list"
#define MARKED_CHAIN		"marked"

/* Headers know NF_NETDEV_EGRESS since 5.16; NF_BR_* do not stand alone. */
#define HOOK_NETDEV_EGRESS	1
#define HOOK_BR_POST_ROUTING	4

/* Whether a connection has source NAT is decided at srcnat, 100. */
#define PRIORITY_AFTER_SRCNAT	110

const struct gateway_hook gateway_hooks[] = {
	{
		.option = "postrouting",
		.family_name = "inet",
		.family = NFPROTO_INET,
		.chain = "postrouting",
		.hook = NF_INET_POST_ROUTING,
		.priority = PRIORITY_AFTER_SRCNAT,
		.nat = true,
	}, {
		.option = "egress",
		.family_name = "netdev",
		.family = NFPROTO_NETDEV,
		.chain = "egress",
		.hook = HOOK_NETDEV_EGRESS,
		.binds = true,
	}, {
		.option = "bridge",
		.family_name = "bridge",
		.family = NFPROTO_BRIDGE,
		.chain = "postrouting",
		.hook = HOOK_BR_POST_ROUTING,
	},
	{ .option = NULL }
};

/* What "enable" counts: one stock named counter for each kind of segment */
struct counted {
	uint32_t	segment;
	const char	*counter;
	uint8_t		tcp_flags;
};

static const struct counted counted[] = {
	{ MPTCP_BFLAG_SEGMENT_SYN,	"syn_marked",		TH_SYN },
	{ MPTCP_BFLAG_SEGMENT_SYNACK,	"synack_marked",	TH_SYN | TH_ACK },
	{ MPTCP_BFLAG_SEGMENT_ACK,	"ack_marked",		TH_ACK },
};

const char *gateway_table(const struct gateway *gateway)
{
	return gateway->load_balancer ? TABLE_LOAD_BALANCER : TABLE_GATEWAY;
}

bool gateway_made(const struct table *table)
{
	const struct gateway_hook *hook;

	if (strcmp(table->name, TABLE_GATEWAY) &&
	    strcmp(table->name, TABLE_LOAD_BALANCER))
		return false;
	for (hook = gateway_hooks; hook->option; hook++)
		if (table->family == hook->family)
			return table->comment &&
			       !strncmp(table->comment, COMMENT_START,
					strlen(COMMENT_START));
	return false;
}

/* The command again, without the devices after the first if @brief */
static char *command(const struct gateway *gateway, bool brief)
{
	const struct bflag *bflag = &gateway->bflag;
	char *text, *longer;
	size_t i;

	text = xasprintf(COMMENT_START "%s%s%s%s%s%s%s--device %s",
			 gateway->hook == gateway_hooks ? "" : "--hook ",
			 gateway->hook == gateway_hooks ? "" :
			 gateway->hook->option,
			 gateway->hook == gateway_hooks ? "" : " ",
			 gateway->missing_ok ? "--missing-ok " : "",
			 gateway->load_balancer ? "--load-balancer " :
			 gateway->all ? "--all " : "",
			 bflag->versions == MPTCP_BFLAG_VERSION_1 ? "" :
			 bflag->versions == MPTCP_BFLAG_VERSION_0 ? "--versions 0 " :
			 "--versions 0,1 ",
			 bflag->flag == MPTCP_BFLAG_FLAG_C ? "" :
			 "--flag 0x40 ", gateway->devices[0]);
	for (i = 1; i < gateway->ndevices && !brief; i++) {
		longer = xasprintf("%s --device %s", text,
				   gateway->devices[i]);
		free(text);
		text = longer;
	}
	if (i < gateway->ndevices) {
		longer = xasprintf("%s and %zu %s", text,
				   gateway->ndevices - i, GATEWAY_COMMAND_MORE);
		free(text);
		text = longer;
	}
	return text;
}

char *gateway_command(const struct gateway *gateway)
{
	return command(gateway, false);
}

/* nft takes 127 characters: give up words first, then devices. */
static char *table_comment(const struct gateway *gateway)
{
	static const char * const ends[] = {
		"; has a rule nft cannot print, see: mptcp-bflag list",
		"; see: mptcp-bflag list",
		"",
	};
	char *text, *comment = NULL;
	int brief;
	size_t i;

	for (brief = 0; brief <= 1; brief++) {
		text = command(gateway, brief);
		for (i = 0; i < ARRAY_SIZE(ends); i++) {
			free(comment);
			comment = xasprintf("%s%s", text, ends[i]);
			if (strlen(comment) < NFTNL_UDATA_COMMENT_MAXLEN) {
				free(text);
				return comment;
			}
		}
		free(text);
	}
	return comment;
}

/* The caller frees it. */
static struct nftnl_udata_buf *comment_udata(uint8_t type, const char *comment)
{
	struct nftnl_udata_buf *udata;

	udata = nftnl_udata_buf_alloc(2 + NFTNL_UDATA_COMMENT_MAXLEN);
	if (!udata || !nftnl_udata_put_strz(udata, type, comment)) {
		complain("cannot encode the comment '%s'", comment);
		exit(EXIT_FAILED);
	}
	return udata;
}

static void *checked(void *allocated)
{
	if (!allocated) {
		complain("out of memory");
		exit(EXIT_FAILED);
	}
	return allocated;
}

static void add_table(const struct gateway *gateway, struct batch *batch)
{
	struct nftnl_table *table = checked(nftnl_table_alloc());
	char *comment = table_comment(gateway);
	struct nftnl_udata_buf *udata;
	struct nlmsghdr *nlh;

	udata = comment_udata(NFTNL_UDATA_TABLE_COMMENT, comment);
	nftnl_table_set_str(table, NFTNL_TABLE_NAME, gateway_table(gateway));
	nftnl_table_set_data(table, NFTNL_TABLE_USERDATA,
			     nftnl_udata_buf_data(udata),
			     nftnl_udata_buf_len(udata));

	nlh = batch_add(batch, ATTEMPT_TABLE, NFT_MSG_NEWTABLE,
			gateway->hook->family, NLM_F_CREATE | NLM_F_EXCL,
			"add table %s %s", gateway->hook->family_name,
			gateway_table(gateway));
	nftnl_table_nlmsg_build_payload(nlh, table);

	nftnl_udata_buf_free(udata);
	nftnl_table_free(table);
	free(comment);
}

static void add_counter(const struct gateway *gateway, struct batch *batch,
			const char *name)
{
	struct nftnl_obj *counter = checked(nftnl_obj_alloc());
	struct nlmsghdr *nlh;

	nftnl_obj_set_str(counter, NFTNL_OBJ_TABLE, gateway_table(gateway));
	nftnl_obj_set_str(counter, NFTNL_OBJ_NAME, name);
	nftnl_obj_set_u32(counter, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);

	nlh = batch_add(batch, ATTEMPT_COUNTER, NFT_MSG_NEWOBJ,
			gateway->hook->family, NLM_F_CREATE,
			"add counter %s to table %s %s", name,
			gateway->hook->family_name, gateway_table(gateway));
	nftnl_obj_nlmsg_build_payload(nlh, counter);
	nftnl_obj_free(counter);
}

static struct nftnl_chain *new_chain(const struct gateway *gateway,
				     const char *name)
{
	struct nftnl_chain *chain = checked(nftnl_chain_alloc());

	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, gateway_table(gateway));
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name);
	return chain;
}

static void add_chain(const struct gateway *gateway, struct batch *batch,
		      struct nftnl_chain *chain, enum attempt attempt)
{
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, attempt, NFT_MSG_NEWCHAIN,
			gateway->hook->family, NLM_F_CREATE,
			"add chain %s %s %s", gateway->hook->family_name,
			gateway_table(gateway),
			nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME));
	nftnl_chain_nlmsg_build_payload(nlh, chain);
	nftnl_chain_free(chain);
}

static void add_mark_chain(const struct gateway *gateway, struct batch *batch)
{
	struct nftnl_chain *chain = new_chain(gateway, GATEWAY_MARK_CHAIN);
	struct nftnl_udata_buf *udata;

	udata = comment_udata(NFTNL_UDATA_CHAIN_COMMENT, MARK_COMMENT);
	nftnl_chain_set_data(chain, NFTNL_CHAIN_USERDATA,
			     nftnl_udata_buf_data(udata),
			     nftnl_udata_buf_len(udata));
	add_chain(gateway, batch, chain, ATTEMPT_CHAIN);
	nftnl_udata_buf_free(udata);
}

static void add_base_chain(const struct gateway *gateway, struct batch *batch)
{
	const struct gateway_hook *hook = gateway->hook;
	struct nftnl_chain *chain = new_chain(gateway, hook->chain);

	nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, hook->hook);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, hook->priority);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	if (hook->binds && gateway->ndevices == 1)
		nftnl_chain_set_str(chain, NFTNL_CHAIN_DEV,
				    gateway->devices[0]);
	else if (hook->binds)
		nftnl_chain_set_array(chain, NFTNL_CHAIN_DEVICES,
				      gateway->devices);
	add_chain(gateway, batch, chain, ATTEMPT_HOOK);
}

static struct nlmsghdr *start_rule(const struct gateway *gateway,
				   struct batch *batch, enum attempt attempt,
				   const char *chain, struct nlattr **elements)
{
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, attempt, NFT_MSG_NEWRULE,
			gateway->hook->family, NLM_F_CREATE | NLM_F_APPEND,
			"add a rule to chain %s %s %s",
			gateway->hook->family_name, gateway_table(gateway),
			chain);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, gateway_table(gateway));
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	*elements = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	return nlh;
}

static void add_count_rules(const struct gateway *gateway,
			    struct batch *batch)
{
	struct nlattr *elements;
	struct nlmsghdr *nlh;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counted); i++) {
		if (!(gateway->bflag.segments & counted[i].segment))
			continue;
		nlh = start_rule(gateway, batch, ATTEMPT_RULE, MARKED_CHAIN,
				 &elements);
		stock_tcp_syn_ack(nlh, counted[i].tcp_flags);
		stock_counter(nlh, counted[i].counter);
		mnl_attr_nest_end(nlh, elements);
	}
}

/* The rule ends at the first expression unless that changed the segment. */
static void add_mark_rule(const struct gateway *gateway, struct batch *batch)
{
	struct nlattr *elements;
	struct nlmsghdr *nlh;

	nlh = start_rule(gateway, batch, ATTEMPT_BFLAG_RULE,
			 GATEWAY_MARK_CHAIN, &elements);
	bflag_put(nlh, &gateway->bflag);
	stock_verdict(nlh, NFT_GOTO, MARKED_CHAIN);
	mnl_attr_nest_end(nlh, elements);
}

/* @device may be NULL: the chain is bound to them */
static void add_jump_rule(const struct gateway *gateway, struct batch *batch,
			  const char *device)
{
	struct nlattr *elements;
	struct nlmsghdr *nlh;

	nlh = start_rule(gateway, batch, ATTEMPT_RULE, gateway->hook->chain,
			 &elements);
	if (device)
		stock_oifname(nlh, device);
	if (!gateway->all)
		stock_ct_snat(nlh);
	stock_verdict(nlh, NFT_JUMP, GATEWAY_MARK_CHAIN);
	mnl_attr_nest_end(nlh, elements);
}

void gateway_add(const struct gateway *gateway, struct batch *batch)
{
	size_t i;

	add_table(gateway, batch);
	for (i = 0; i < ARRAY_SIZE(counted); i++)
		if (gateway->bflag.segments & counted[i].segment)
			add_counter(gateway, batch, counted[i].counter);
	add_chain(gateway, batch, new_chain(gateway, MARKED_CHAIN),
		  ATTEMPT_CHAIN);
	add_mark_chain(gateway, batch);
	add_base_chain(gateway, batch);

	add_count_rules(gateway, batch);
	add_mark_rule(gateway, batch);
	if (gateway->hook->binds) {
		add_jump_rule(gateway, batch, NULL);
		return;
	}
	for (i = 0; i < gateway->ndevices; i++)
		add_jump_rule(gateway, batch, gateway->devices[i]);
}

void gateway_delete(const struct table *table, struct batch *batch)
{
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, ATTEMPT_DELETE, NFT_MSG_DELTABLE,
			table->family, 0, "delete table %s", table->name);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, table->name);
}
