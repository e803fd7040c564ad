// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag enable: a gateway, or a load balancer, in one command */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "gateway.h"
#include "options.h"
#include "transact.h"

struct enable {
	struct gateway	gateway;
	const char	*done;		/* what to say in the end */
};

/*
 * A rule for a mistyped device would silently do nothing; nor does one for an
 * alternative name, which finds the device but is not what packets have.
 */
static int check_device(const struct gateway *gateway, const char *device)
{
	unsigned int index = if_nametoindex(device);
	char name[IF_NAMESIZE];

	if (!index || !if_indextoname(index, name)) {
		if (gateway->missing_ok)
			return EXIT_OK;
		complain("there is no device '%s'%s", device,
			 gateway->hook->binds ? "" :
			 "; if it comes later (ppp0), add --missing-ok");
		return EXIT_NOT_FOUND;
	}
	if (!strcmp(name, device))
		return EXIT_OK;
	complain("'%s' is another name of %s; use that", device, name);
	return EXIT_NOT_FOUND;
}

static int check_devices(const struct gateway *gateway)
{
	int status = EXIT_OK;
	size_t i;

	for (i = 0; i < gateway->ndevices && status == EXIT_OK; i++)
		status = check_device(gateway, gateway->devices[i]);
	return status;
}

static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	struct enable *enable = data;
	const struct gateway *gateway = &enable->gateway;
	size_t table = ruleset_table(set, gateway->hook->family,
				     gateway_table(gateway));

	enable->done = "added";
	if (table != NONE && !gateway_made(&set->tables[table])) {
		complain("there is a table %s %s that 'mptcp-bflag enable' has not made; rename or delete it",
			 gateway->hook->family_name, gateway_table(gateway));
		return EXIT_REFUSED;
	}
	if (gateway_in_place(gateway, set)) {
		enable->done = "in place already, nothing to do";
		return EXIT_OK;
	}
	if (table != NONE) {
		gateway_delete(&set->tables[table], batch);
		enable->done = "replaced, its counters start at 0";
	}
	gateway_add(gateway, batch);
	return EXIT_OK;
}

int verb_enable(int argc, char **argv)
{
	struct enable enable = { .gateway = GATEWAY_DEFAULT };
	const struct gateway *gateway = &enable.gateway;
	bool help = false;
	int status = usage_check(options_parse(&enable.gateway, argc, argv,
					       &help));

	if (help) {
		print_usage();
	} else if (status == EXIT_OK) {
		bflag_warn(&gateway->bflag);
		status = check_devices(gateway);
		if (status == EXIT_OK)
			status = transact(plan, &enable);
		if (status == EXIT_OK)
			printf("table %s %s: %s\n", gateway->hook->family_name,
			       gateway_table(gateway), enable.done);
	}
	free(enable.gateway.devices);
	return status;
}
