// SPDX-License-Identifier: GPL-2.0-only
/* The options of "enable": on the command line, and in a table's comment. */
#include <ctype.h>
#include <getopt.h>
#include <net/if.h>
#include <string.h>

#include "cli.h"
#include "options.h"

/*
 * The command goes into a comment, and from there into a shell: take only what
 * nft does not end a string at, and a shell does not expand.
 */
#define NAME_CHARACTERS "._-@+=,%^"

/* What the kernel takes for a name */
static bool device_name_ok(const char *name)
{
	const char *at;

	if (!*name || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return false;
	for (at = name; *at; at++)
		if (isspace((unsigned char)*at) || strchr("/:", *at))
			return false;
	return true;
}

static bool device_name_safe(const char *name)
{
	const char *at;

	for (at = name; *at; at++)
		if (!isalnum((unsigned char)*at) &&
		    !strchr(NAME_CHARACTERS, *at))
			return false;
	return true;
}

static char *add_device(struct gateway *gateway, const char *name)
{
	size_t i;

	if (!device_name_ok(name))
		return xasprintf("enable: '%s' cannot be the name of a device",
				 name);
	if (!device_name_safe(name))
		return xasprintf("enable: '%s': of names of devices, only letters, digits and %s are taken",
				 name, NAME_CHARACTERS);
	for (i = 0; i < gateway->ndevices; i++)
		if (!strcmp(gateway->devices[i], name))
			return NULL;
	if (gateway->ndevices == DEVICES_MAX)
		return xasprintf("enable: more than %d devices", DEVICES_MAX);

	gateway->devices = xrealloc(gateway->devices, gateway->ndevices + 2,
				    sizeof(*gateway->devices));
	gateway->devices[gateway->ndevices++] = name;
	gateway->devices[gateway->ndevices] = NULL;
	return NULL;
}

static char *set_hook(struct gateway *gateway, const char *name)
{
	for (gateway->hook = gateway_hooks; gateway->hook->option;
	     gateway->hook++)
		if (!strcmp(gateway->hook->option, name))
			return NULL;
	return xasprintf("enable: --hook takes postrouting, egress or bridge, not '%s'",
			 name);
}

static char *parse_option(struct gateway *gateway, int c, char **argv)
{
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
		return NULL;
	case 'a':
		gateway->all = true;
		return NULL;
	case 'l':
		/* its answers belong to connections without source NAT */
		gateway->load_balancer = true;
		gateway->all = true;
		gateway->bflag.segments = MPTCP_BFLAG_SEGMENT_SYNACK;
		return NULL;
	default:
		return option_wrong(argv, c);
	}
}

static char *check_options(const struct gateway *gateway)
{
	if (!gateway->ndevices)
		return xasprintf("enable: name the device that leads out with --device");
	if (!gateway->hook->nat && !gateway->all)
		return xasprintf("enable: --hook %s does not know which connections have source NAT: add --all, to mark each",
				 gateway->hook->option);
	if (gateway->hook->binds && gateway->missing_ok)
		return xasprintf("enable: --hook %s needs devices that exist: no --missing-ok",
				 gateway->hook->option);
	return NULL;
}

char *options_parse(struct gateway *gateway, int argc, char **argv, bool *help)
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
	char *wrong;
	int c;

	optind = 0;	/* anew, whatever was parsed before */
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			*help = true;
			return NULL;
		}
		wrong = parse_option(gateway, c, argv);
		if (wrong)
			return wrong;
	}
	if (optind != argc)
		return xasprintf("enable: takes no argument '%s'",
				 argv[optind]);
	return check_options(gateway);
}
