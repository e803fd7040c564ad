// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag disable: remove the tables that "enable" made */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../cli.h"
#include "../gateway.h"
#include "../names.h"
#include "../nf/events.h"
#include "../save.h"

struct disable {
	const struct gateway_hook	*hook;		/* NULL: each */
	int				load_balancer;
	int				helper;
	int				save;
	char				*removed;	/* lines "FAMILY NAME" */
};

static char *take_hook(void *data, int option, const char *value)
{
	struct disable *disable = data;

	(void)option;
	return gateway_take_hook(&disable->hook, value);
}

static bool is_meant(const struct disable *disable, const struct table *table)
{
	return gateway_made(table) &&
	       (!disable->hook || disable->hook->family == table->family) &&
	       (!disable->load_balancer || strstr(table->name, "_lb")) &&
	       (!disable->helper || strstr(table->name, "_helper"));
}

static int plan(struct ruleset *set, struct batch *batch, void *data)
{
	struct disable *disable = data;
	size_t i;

	free(disable->removed);
	disable->removed = NULL;
	for (i = 0; i < set->ntables; i++) {
		if (!is_meant(disable, &set->tables[i]))
			continue;
		gateway_delete(&set->tables[i], batch);
		append(&disable->removed, "%s %s\n",
		       name_of(family_names, set->tables[i].family),
		       set->tables[i].name);
	}
	return EXIT_OK;
}

static void print_removed(const char *lines)
{
	int len;

	if (!lines)
		puts("unchanged: no table made by 'mptcp-bflag enable'");
	for (; lines && *lines; lines += len + 1) {
		len = strcspn(lines, "\n");
		printf("changed: table %.*s removed\n", len, lines);
	}
}

static int disable_now(struct disable *disable)
{
	int status;

	/* tells "sync --watch" not to load its file again */
	prctl(PR_SET_NAME, EVENTS_NAME_DISABLE);
	status = transact(plan, disable, false);
	if (status == EXIT_OK)
		print_removed(disable->removed);
	return status;
}

static int disable_and_save(struct disable *disable)
{
	bool all = !disable->hook && !disable->load_balancer && !disable->helper;
	int fd = gateway_lock(), status = save_check();

	if (status == EXIT_OK)
		status = disable_now(disable);
	if (status == EXIT_OK)
		status = save_tables(disable->removed ? disable->removed : "",
				     all);
	if (fd >= 0)
		close(fd);
	return status;
}

static int run(int argc, char **argv)
{
	struct disable disable = { .hook = NULL };
	const struct option known[] = {
		{ "hook", required_argument, NULL, 'h' },
		{ "load-balancer", no_argument, &disable.load_balancer, true },
		{ "helper", no_argument, &disable.helper, true },
		{ "save", no_argument, &disable.save, true },
		{ .name = NULL }
	};
	int status = parse_options(argc, argv, known, take_hook, &disable);

	if (status == EXIT_OK)
		status = disable.save ? disable_and_save(&disable) :
			 disable_now(&disable);
	free(disable.removed);
	return status;
}

const struct verb verb_disable = {
	.name = "disable",
	.summary = "remove the tables that enable made",
	.usage =
"mptcp-bflag disable [--hook postrouting|egress|bridge] [--load-balancer] [--helper]\n"
"        [--save]\n",
	.options =
"  --hook HOOK      remove only the tables at this hook\n"
"  --load-balancer  remove only the tables made with --load-balancer\n"
"  --helper         remove only the tables made with --helper\n"
"  --save           also remove them from " SAVE_FILE "\n",
	.run = run,
};
