// SPDX-License-Identifier: GPL-2.0-only
/* FAMILY TABLE CHAIN on the command line of "attach" and "detach" */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "names.h"
#include "place.h"

char *place_parse(struct place *place, int argc, char **argv)
{
	if (argc - optind != 3)
		return xasprintf("%s: takes FAMILY TABLE CHAIN", argv[0]);
	place->family_name = argv[optind];
	place->table = argv[optind + 1];
	place->chain = argv[optind + 2];

	if (!name_value(family_names, place->family_name, &place->family))
		return xasprintf("%s: there is no family '%s'", argv[0],
				 place->family_name);
	if (strlen(place->table) >= NFT_TABLE_MAXNAMELEN ||
	    strlen(place->chain) >= NFT_CHAIN_MAXNAMELEN)
		return xasprintf("%s: a name is too long", argv[0]);
	return NULL;
}

char *place_find(const struct place *place, const struct ruleset *set,
		 size_t *chain)
{
	*chain = ruleset_chain(set, place->family, place->table, place->chain);
	if (*chain != NONE)
		return NULL;

	if (ruleset_table(set, place->family, place->table) == NONE)
		return xasprintf("there is no table %s %s; 'nft list tables' shows them",
				 place->family_name, place->table);
	return xasprintf("there is no chain %s %s %s; 'nft list chains' shows them",
			 place->family_name, place->table, place->chain);
}

void place_put(struct nlmsghdr *nlh, const struct place *place)
{
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, place->table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, place->chain);
}

void place_delete(struct batch *batch, const struct place *place,
		  uint64_t handle)
{
	struct nlmsghdr *nlh;

	nlh = batch_add(batch, ATTEMPT_DELETE, NFT_MSG_DELRULE, place->family,
			0, "delete rule %s %s %s handle %" PRIu64,
			place->family_name, place->table, place->chain,
			handle);
	place_put(nlh, place);
	mnl_attr_put_u64(nlh, NFTA_RULE_HANDLE, htobe64(handle));
}
