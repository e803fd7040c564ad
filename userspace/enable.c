// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag enable: a gateway, or a load balancer, in one command */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "gateway.h"
#include "transact.h"

/* As many as nf_tables takes for one chain (NFT_NETDEVICE_MAX) */
#define DEVICES_MAX 256

struct enable {
	struct gateway	gateway;
	const char	*done;		/* what to say in the end */
};

/* What the kernel takes for a name, and nft in a string */
static bool device_name_ok(const char *name)
{
	const char *at;

	if (!*name || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return false;
	for (at = name; *at; at++)
		if (!isgraph((unsigned char)*at) || strchr("/:\"\\*", *at))
			return false;
	return true;
}

static int add_device(struct gateway *gateway, const char *name)
{
	size_t i;

	if (!device_name_ok(name))
		return usage_error("enable: '%s' cannot be the name of a device",
				   name);
	for (i = 0; i < gateway->ndevices; i++)
		if (!strcmp(gateway->devices[i], name))
			return EXIT_OK;
	if (gateway->ndevices == DEVICES_MAX)
		return usage_error("enable: more than %d devices", DEVICES_MAX);

	gateway->devices = xrealloc(gateway->devices, gateway->ndevices + 2,
				    sizeof(*gateway->devices));
	gateway->devices[gateway->ndevices++] = name;
	gateway->devices[gateway->ndevices] = NULL;
	return EXIT_OK;
}

static int set_hook(struct gateway *gateway, const char *name)
{
	for (gateway->hook = gateway_hooks; gateway->hook->option;
	     gateway->hook++)
		if (!strcmp(gateway->hook->option, name))
			return EXIT_OK;
	return usage_error("enable: --hook takes postrouting, egress or bridge, not '%s'",
			   name);
}

static int parse_option(struct enable *enable, int c, char **argv)
{
	struct gateway *gateway = &enable->gateway;

	switch (c) {
	case 'd':
		return add_device(gateway, optarg);
	case 'k':
		return set_hook(gateway, optarg);
	case 'v':
		return bflag_set_versions(&gateway->bflag, optarg);
	case 'f':
		return bflag_set_flag(&gateway->bflag, optarg);
	case 'm':
		gateway->missing_ok = true;
		return EXIT_OK;
	case 'a':
		gateway->all = true;
		return EXIT_OK;
	case 'l':
		/* its answers belong to connections without source NAT */
		gateway->load_balancer = true;
		gateway->all = true;
		gateway->bflag.segments = MPTCP_BFLAG_SYNACK;
		return EXIT_OK;
	default:
		return bad_option(argv, c);
	}
}

static int check_options(const struct enable *enable)
{
	const struct gateway *gateway = &enable->gateway;

	if (!gateway->ndevices)
		return usage_error("enable: name the device that leads out with --device");
	if (!gateway->hook->nat && !gateway->all)
		return usage_error("enable: --hook %s does not know which connections have source NAT: add --all, to mark each",
				   gateway->hook->option);
	if (gateway->hook->binds && gateway->missing_ok)
		return usage_error("enable: --hook %s needs devices that exist: no --missing-ok",
				   gateway->hook->option);
	return EXIT_OK;
}

static int parse(struct enable *enable, int argc, char **argv, bool *help)
{
	static const struct option options[] = {
		{ "help",		no_argument,		NULL, 'h' },
		{ "device",		required_argument,	NULL, 'd' },
		{ "missing-ok",		no_argument,		NULL, 'm' },
		{ "all",		no_argument,		NULL, 'a' },
		{ "hook",		required_argument,	NULL, 'k' },
		{ "load-balancer",	no_argument,		NULL, 'l' },
		{ "versions",		required_argument,	NULL, 'v' },
		{ "flag",		required_argument,	NULL, 'f' },
		{ NULL, 0, NULL, 0 }
	};
	int c, status;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			*help = true;
			print_usage();
			return EXIT_OK;
		}
		status = parse_option(enable, c, argv);
		if (status != EXIT_OK)
			return status;
	}
	if (optind != argc)
		return usage_error("enable: takes no argument '%s'",
				   argv[optind]);
	return check_options(enable);
}

/* A rule for a mistyped device would silently do nothing. */
static int check_devices(const struct enable *enable)
{
	const struct gateway *gateway = &enable->gateway;
	size_t i;

	for (i = 0; i < gateway->ndevices && !gateway->missing_ok; i++) {
		if (if_nametoindex(gateway->devices[i]))
			continue;
		complain("there is no device '%s'%s", gateway->devices[i],
			 gateway->hook->binds ? "" :
			 "; if it comes later (ppp0), add --missing-ok");
		return EXIT_NOT_FOUND;
	}
	return EXIT_OK;
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
	struct enable enable = {
		.gateway = { .hook = gateway_hooks, .bflag = BFLAG_DEFAULT },
	};
	const struct gateway *gateway = &enable.gateway;
	bool help = false;
	int status = parse(&enable, argc, argv, &help);

	if (status == EXIT_OK && !help) {
		bflag_warn(&gateway->bflag);
		status = check_devices(&enable);
		if (status == EXIT_OK)
			status = transact(plan, &enable);
		if (status == EXIT_OK)
			printf("table %s %s: %s\n", gateway->hook->family_name,
			       gateway_table(gateway), enable.done);
	}
	free(enable.gateway.devices);
	return status;
}
