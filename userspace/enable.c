// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag enable: a gateway, or a load balancer, in one command */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "enable.h"
#include "options.h"

struct enable {
	struct gateway	gateway;
	struct outcome	outcome;
};

/*
 * A rule for a mistyped device would silently do nothing; nor does one for an
 * alternative name, which finds the device but is not what packets have.
 */
static char *check_device(const struct gateway *gateway, const char *device)
{
	unsigned int index = if_nametoindex(device);
	char name[IF_NAMESIZE];

	if (!index || !if_indextoname(index, name)) {
		if (gateway->missing_ok)
			return NULL;
		return xasprintf("there is no device '%s'%s", device,
				 gateway->hook->binds ? "" :
				 "; if it comes later (ppp0), add --missing-ok");
	}
	if (!strcmp(name, device))
		return NULL;
	return xasprintf("'%s' is another name of %s; use that", device, name);
}

static char *check_devices(const struct gateway *gateway)
{
	char *wrong = NULL;
	size_t i;

	for (i = 0; i < gateway->ndevices && !wrong; i++)
		wrong = check_device(gateway, gateway->devices[i]);
	return wrong;
}

struct outcome enable_plan(const struct gateway *gateway,
			   const struct ruleset *set, struct batch *batch)
{
	size_t table = ruleset_table(set, gateway->hook->family,
				     gateway_table(gateway));
	struct outcome outcome = { .done = "added" };

	outcome.wrong = check_devices(gateway);
	if (outcome.wrong) {
		outcome.status = EXIT_NOT_FOUND;
		return outcome;
	}
	if (table != NONE && !gateway_made(&set->tables[table])) {
		outcome.wrong = xasprintf("there is a table %s %s that 'mptcp-bflag enable' has not made; rename or delete it",
					  gateway->hook->family_name,
					  gateway_table(gateway));
		outcome.status = EXIT_REFUSED;
		return outcome;
	}
	if (gateway_in_place(gateway, set)) {
		outcome.done = "in place already, nothing to do";
		return outcome;
	}
	if (table != NONE) {
		gateway_delete(&set->tables[table], batch);
		outcome.done = "replaced, its counters start at 0";
	}
	gateway_add(gateway, batch);
	return outcome;
}

void enable_say(const struct gateway *gateway, const char *done)
{
	printf("table %s %s: %s\n", gateway->hook->family_name,
	       gateway_table(gateway), done);
}

static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	struct enable *enable = data;

	enable->outcome = enable_plan(&enable->gateway, set, batch);
	return outcome_check(&enable->outcome);
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
		status = transact(plan, &enable);
		if (status == EXIT_OK)
			enable_say(gateway, enable.outcome.done);
	}
	free(enable.gateway.devices);
	return status;
}
