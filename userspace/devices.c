// SPDX-License-Identifier: GPL-2.0-only
/* The devices of a table of "enable", from what the kernel has. */
#include <net/if.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "gateway.h"

/* The data of the @n'th expression of a rule, if that has the name */
static struct attrs expression_data(const struct rule *rule, unsigned int n,
				    const char *name)
{
	struct attrs none = { NULL, 0 }, expression;
	const struct nlattr *element;
	const char *has;

	attrs_for_each(element,
		       attrs_of_nest(attr_find(attrs_of_message(rule->message),
					       NFTA_RULE_EXPRESSIONS))) {
		if (n--)
			continue;
		expression = attrs_of_nest(element);
		has = attr_string(expression, NFTA_EXPR_NAME);
		if (!has || strcmp(has, name))
			return none;
		return attrs_of_nest(attr_find(expression, NFTA_EXPR_DATA));
	}
	return none;
}

/* oifname "DEVICE" at the start of the rule; NULL if there is none */
static const char *oifname_of(const struct rule *rule)
{
	struct attrs meta = expression_data(rule, 0, "meta");
	struct attrs cmp = expression_data(rule, 1, "cmp");
	const struct nlattr *value;

	if (attr_be32(meta, NFTA_META_KEY, ~0U) != NFT_META_OIFNAME ||
	    attr_be32(cmp, NFTA_CMP_OP, ~0U) != NFT_CMP_EQ)
		return NULL;
	value = attr_find(attrs_of_nest(attr_find(cmp, NFTA_CMP_DATA)),
			  NFTA_DATA_VALUE);
	/* a shorter one would be the beginning of a name */
	if (!value || mnl_attr_get_payload_len(value) != IFNAMSIZ ||
	    !memchr(mnl_attr_get_payload(value), '\0', IFNAMSIZ))
		return NULL;
	return mnl_attr_get_payload(value);
}

static size_t bound_devices(const struct chain *chain, const char **devices,
			    size_t max)
{
	const struct nlattr *device;
	size_t count = 0;

	attrs_for_each(device, chain->devices)
		if (count < max &&
		    mnl_attr_get_type(device) == NFTA_DEVICE_NAME &&
		    mnl_attr_validate(device, MNL_TYPE_NUL_STRING) >= 0)
			devices[count++] = mnl_attr_get_str(device);
	return count;
}

static size_t matched_devices(const struct ruleset *set, size_t chain,
			      const char **devices, size_t max)
{
	const char *device;
	size_t i, count = 0;

	for (i = 0; i < set->nrules && count < max; i++) {
		if (set->rules[i].chain != chain)
			continue;
		device = oifname_of(&set->rules[i]);
		if (device)
			devices[count++] = device;
	}
	return count;
}

size_t gateway_devices(const struct gateway *gateway,
		       const struct ruleset *set, const char **devices,
		       size_t max)
{
	size_t chain = ruleset_chain(set, gateway->hook->family,
				     gateway_table(gateway),
				     gateway->hook->chain);

	if (chain == NONE)
		return 0;
	if (gateway->hook->binds)
		return bound_devices(&set->chains[chain], devices, max);
	return matched_devices(set, chain, devices, max);
}
