// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what "enable" would install in the kernel already?  Compare message by
 * message: whatever is to be sent must be part of what is read back, and there
 * must be no chain or rule besides.  (Counters need no look: while the rules
 * refer to them they cannot be deleted.)
 */
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "gateway.h"

struct comparison {
	const struct ruleset	*set;
	const struct table	*table;
	size_t			chains;		/* seen so far */
	size_t			rules;
	size_t			chain;		/* of the last rule */
	size_t			next;		/* where to look for one */
};

static bool same_table(struct comparison *cmp, const struct nlmsghdr *want)
{
	return !cmp->table->dormant &&
	       attrs_contain(attrs_of_message(cmp->table->message),
			     attrs_of_message(want));
}

static bool same_chain(struct comparison *cmp, const struct nlmsghdr *want)
{
	struct attrs attrs = attrs_of_message(want);
	size_t chain = ruleset_chain(cmp->set, cmp->table->family,
				     cmp->table->name,
				     attr_string(attrs, NFTA_CHAIN_NAME));

	cmp->chains++;
	return chain != NONE &&
	       attrs_contain(attrs_of_message(cmp->set->chains[chain].message),
			     attrs);
}

/* The rules of a chain follow one another, here and there. */
static bool same_rule(struct comparison *cmp, const struct nlmsghdr *want)
{
	struct attrs attrs = attrs_of_message(want);
	size_t chain = ruleset_chain(cmp->set, cmp->table->family,
				     cmp->table->name,
				     attr_string(attrs, NFTA_RULE_CHAIN));
	const struct rule *rule;

	if (chain == NONE)
		return false;
	if (chain != cmp->chain)
		cmp->next = 0;
	cmp->chain = chain;
	cmp->rules++;
	while (cmp->next < cmp->set->nrules) {
		rule = &cmp->set->rules[cmp->next++];
		if (rule->chain == chain)
			return attrs_contain(attrs_of_message(rule->message),
					     attrs);
	}
	return false;
}

static bool same_message(struct comparison *cmp, const struct nlmsghdr *want)
{
	switch (NFNL_MSG_TYPE(want->nlmsg_type)) {
	case NFT_MSG_NEWTABLE:
		return same_table(cmp, want);
	case NFT_MSG_NEWCHAIN:
		return same_chain(cmp, want);
	case NFT_MSG_NEWRULE:
		return same_rule(cmp, want);
	default:
		return true;
	}
}

static bool nothing_besides(const struct comparison *cmp)
{
	size_t i, chains = 0, rules = 0;
	const struct chain *chain;

	for (i = 0; i < cmp->set->nchains; i++) {
		chain = &cmp->set->chains[i];
		if (chain->family != cmp->table->family ||
		    strcmp(chain->table, cmp->table->name))
			continue;
		chains++;
		rules += chain->rules;
	}
	return chains == cmp->chains && rules == cmp->rules;
}

bool gateway_in_place(const struct gateway *gateway, const struct ruleset *set)
{
	struct comparison cmp = { .set = set, .chain = NONE };
	struct batch batch;
	bool same = true;
	size_t i;

	i = ruleset_table(set, gateway->hook->family, gateway_table(gateway));
	if (i == NONE)
		return false;
	cmp.table = &set->tables[i];

	batch_init(&batch, 0);
	gateway_add(gateway, &batch);
	for (i = 0; same && i < batch_length(&batch); i++)
		same = same_message(&cmp, batch_message(&batch, i));
	batch_free(&batch);
	return same && nothing_besides(&cmp);
}
