// SPDX-License-Identifier: GPL-2.0-only
/* The tables of "enable": what they are configured to do, what they have counted. */
#include <arpa/inet.h>
#include <stdlib.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../cli.h"
#include "../gateway.h"
#include "../names.h"
#include "../nf/reach.h"
#include "report.h"

static json_t *devices_json(const struct words *devices)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < devices->count; i++)
		json_array_append_new(array,
				      json_pack("{s:o, s:b}", "name",
						json_text(devices->list[i]),
						"exists",
						device_exists(devices->list[i])));
	return array;
}

static json_t *addresses_json(const struct words *ipv4,
			      const struct words *ipv6)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < ipv4->count; i++)
		json_array_append_new(array, json_string(ipv4->list[i]));
	for (i = 0; i < ipv6->count; i++)
		json_array_append_new(array, json_string(ipv6->list[i]));
	return array;
}

static int take_counter(const struct nlmsghdr *nlh, void *data)
{
	struct attrs attrs = attrs_of_message(nlh);
	const char *name = attr_string(attrs, NFTA_OBJ_NAME);
	struct attrs counter = attrs_of_nest(attr_find(attrs, NFTA_OBJ_DATA));

	/* older kernels do not pick them for us */
	if (name && attr_be32(attrs, NFTA_OBJ_TYPE, 0) == NFT_OBJECT_COUNTER)
		json_object_set_new(data, name,
				    json_integer(attr_be64(counter,
							   NFTA_COUNTER_PACKETS,
							   0)));
	return MNL_CB_OK;
}

static int counters_of(struct ruleset *set, const struct table *table,
		       json_t *counters)
{
	struct nlmsghdr *nlh = dump_begin(&set->dump, NFNL_SUBSYS_NFTABLES,
					  NFT_MSG_GETOBJ, table->family);

	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, table->name);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return dump_run(&set->dump, nlh, take_counter, counters);
}

static json_t *table_json(const struct gateway *gateway,
			  const struct table *table, json_t *counters)
{
	const struct words *sets = gateway->sets;
	json_t *object;

	object = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:o, s:o, s:I, s:o}",
			   "family", name_of(family_names, table->family),
			   "table", table->name,
			   "hook", gateway->hook->chain,
			   "load_balancer", gateway->load_balancer,
			   "helper", gateway->helper,
			   "connections", gateway->edited ? "edited" :
			   gateway->all ? "all" : "source_nat",
			   "devices", devices_json(&sets[GATEWAY_DEVICES]),
			   "exempt", addresses_json(&sets[GATEWAY_EXEMPT4],
						    &sets[GATEWAY_EXEMPT6]),
			   "sources", addresses_json(&sets[GATEWAY_SOURCE4],
						     &sets[GATEWAY_SOURCE6]),
			   "packets",
			   (json_int_t)gateway_packets(gateway, table),
			   "counters", counters);
	bflag_json(&gateway->bflag, object);
	json_object_del(object, "operation");
	return object;
}

int model_enabled(struct ruleset *set, json_t *model)
{
	json_t *enabled = json_array(), *counters;
	struct gateway gateway;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < set->ntables; i++) {
		if (!gateway_made(&set->tables[i]))
			continue;
		counters = json_object();
		err = gateway_recognise(&gateway, set, &set->tables[i]);
		if (!err)
			err = counters_of(set, &set->tables[i], counters);
		json_array_append_new(enabled,
				      table_json(&gateway, &set->tables[i],
						 counters));
		gateway_free(&gateway);
	}
	json_object_set_new(model, "enabled", enabled);
	return err;
}
