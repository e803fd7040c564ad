// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag enable: make or change the table of a gateway or load balancer */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../cli.h"
#include "../gateway.h"
#include "../nf/module.h"
#include "../nf/nft.h"
#include "../save.h"
#include "../sync.h"

#define HELPER_MODULE "nf_conntrack_mptcp_bflag"

#define READ_TRIES 200

/* nf_tables takes fewer than NFT_NETDEVICE_MAX devices for one chain. */
#define BOUND_MAX 255

struct enable {
	struct gateway	gateway;
	bool		described;	/* --versions or --flag given */
	int		save;
	char		*changes;
};

/* nft rejects ranges that overlap: keep the wider one. */
static void drop_covered(struct words *words)
{
	struct words kept = { .count = 0 };
	size_t i, j;

	for (i = 0; i < words->count; i++) {
		for (j = 0; j < words->count; j++)
			if (word_covers(words->list[j], words->list[i]))
				break;
		if (j == words->count)
			words_add(&kept, xstrdup(words->list[i]));
	}
	words_free(words);
	*words = kept;
}

static char *take(void *data, int option, const char *value)
{
	struct enable *enable = data;
	struct gateway *gateway = &enable->gateway;
	struct words *sets = gateway->sets;

	switch (option) {
	case 'd':
		return device_words(&sets[GATEWAY_DEVICES], value);
	case 'e':
		return address_words(&sets[GATEWAY_EXEMPT4],
				     &sets[GATEWAY_EXEMPT6], value);
	case 's':
		return address_words(&sets[GATEWAY_SOURCE4],
				     &sets[GATEWAY_SOURCE6], value);
	case 'h':
		return gateway_take_hook(&gateway->hook, value);
	default:
		enable->described = true;
		return bflag_set(&gateway->bflag, option == 'v' ?
				 BFLAG_VERSIONS : BFLAG_FLAG, value);
	}
}

/* Refuse options that exclude each other, and set what options imply. */
static int check_options(struct enable *enable)
{
	struct gateway *gateway = &enable->gateway;
	struct words *devices = &gateway->sets[GATEWAY_DEVICES];
	size_t i;

	for (i = 0; i < GATEWAY_SETS; i++)
		drop_covered(&gateway->sets[i]);
	if (!devices->count)
		return usage_error("enable: no device given; name the outgoing device with --device");
	if (gateway->load_balancer) {
		/* connections to servers have no source NAT */
		gateway->all = true;
		gateway->bflag.at[BFLAG_SEGMENTS] = MPTCP_BFLAG_SEGMENT_SYNACK;
	}
	if (!gateway->hook->nat && !gateway->all)
		return usage_error("enable: --hook %s cannot see source NAT; add --all to mark all connections",
				   gateway->hook->option);
	if (gateway->helper && !gateway->hook->nat)
		return usage_error("enable: --helper works only with --hook postrouting");
	if (gateway->helper && enable->described)
		return usage_error("enable: --helper always marks version 1 with flag 0x20; omit --versions and --flag");
	for (i = 0; i < devices->count; i++)
		gateway->ranges |= !!strchr(devices->list[i], '*');
	if (gateway->hook->binds && gateway->ranges)
		return usage_error("enable: --hook egress takes no wildcard; name each device");
	if (gateway->hook->binds && devices->count > BOUND_MAX)
		return usage_error("enable: --hook egress takes at most %d devices",
				   BOUND_MAX);
	if (gateway->helper && gateway->load_balancer)
		gateway->hook = &gateway_hooks[GATEWAY_PREROUTING];
	return EXIT_OK;
}

/* A missing device may be created later, or its name is mistyped. */
static void check_devices(const struct words *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (!device_exists(devices->list[i]))
			complain("warning: device '%s' does not exist; check the name, or create it later",
				 devices->list[i]);
}

/* The name of a chain that nft would read as something else, or NULL */
static const char *odd_chain(const struct ruleset *set, size_t table)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
	const struct chain *chain = set->chains, *end = chain + set->nchains;

	for (; chain < end; chain++)
		if (chain->table_index == table && !chain->anonymous &&
		    (chain->name[strspn(chain->name, good)] ||
		     strchr("0123456789/-", *chain->name)))
			return chain->name;
	return NULL;
}

/* What has to change; a table of another origin gets no script. */
static int read_once(struct enable *enable, struct ruleset *set,
		     const struct table **have, char **script)
{
	struct gateway *gateway = &enable->gateway;
	int err = ruleset_read(set);
	size_t table = ruleset_table(set, gateway->hook->family,
				     gateway_table(gateway));

	*have = err || table == NONE ? NULL : &set->tables[table];
	*script = NULL;
	if (!err && (!*have || (gateway_made(*have) && !odd_chain(set, table))))
		err = gateway_script(gateway, set, script, &enable->changes);
	return err;
}

static int refuse(const struct gateway *gateway, const struct ruleset *set,
		  const struct table *have)
{
	if (have && gateway_made(have))
		complain("cannot enable: nft cannot write the name of chain '%s' in table %s %s; remove the table with 'mptcp-bflag disable'",
			 odd_chain(set, have - set->tables),
			 gateway_family(gateway), gateway_table(gateway));
	else
		complain("cannot enable: table %s %s exists and was not made by 'mptcp-bflag enable'; rename or delete it",
			 gateway_family(gateway), gateway_table(gateway));
	return EXIT_REFUSED;
}

/* A commit between two reads shows a state that never existed: read again. */
static int read_table(struct enable *enable, char **script, bool *is_new)
{
	unsigned int tries = READ_TRIES;
	const struct table *have;
	struct ruleset set;
	int err, status = EXIT_OK;

	for (;;) {
		err = read_once(enable, &set, &have, script);
		if (err || ruleset_unchanged(&set))
			break;
		free(*script);
		free(enable->changes);
		*script = enable->changes = NULL;
		if (!--tries) {
			err = -ERESTART;
			break;
		}
		ruleset_free(&set);
	}
	*is_new = !err && !have;
	if (!err && !*script)
		status = refuse(&enable->gateway, &set, have);
	ruleset_free(&set);
	if (err)
		status = explain(err == -ERESTART ? ATTEMPT_COMMIT :
				 ATTEMPT_READ, -err, "read the table", NULL);
	return status;
}

static int plan_removal(struct ruleset *set, struct batch *batch, void *data)
{
	const struct gateway *gateway = data;
	size_t table = ruleset_table(set, gateway->hook->family,
				     gateway_table(gateway));

	if (table != NONE && gateway_made(&set->tables[table]))
		gateway_delete(&set->tables[table], batch);
	return EXIT_OK;
}

/* nft has printed what failed, but not why. */
static int explain_nft(const struct gateway *gateway)
{
	const struct words *devices = &gateway->sets[GATEWAY_DEVICES];
	char *trouble;
	size_t i;

	if (gateway->helper && access("/sys/module/" HELPER_MODULE, F_OK)) {
		trouble = module_trouble(HELPER_MODULE,
					 module_installed(HELPER_MODULE, NULL));
		complain("cannot enable: %s", trouble);
		free(trouble);
		return EXIT_NO_MODULE;
	}
	for (i = 0; gateway->hook->binds && i < devices->count; i++) {
		if (device_exists(devices->list[i]))
			continue;
		complain("cannot enable: device '%s' does not exist, and --hook egress on this kernel needs it; create it first",
			 devices->list[i]);
		return EXIT_NOT_FOUND;
	}
	complain("cannot enable: nft failed and table %s %s is unchanged%s", gateway_family(gateway),
		 gateway_table(gateway), gateway->hook->binds ?
		 "; --hook egress needs Linux 5.16 and nft 1.0.1" : "");
	return EXIT_REFUSED;
}

/* nft 0.9.8 may crash after its commit: is there anything left to do? */
static int look_again(struct enable *enable)
{
	char *changes = enable->changes, *left;
	bool is_new;
	int status;

	enable->changes = NULL;
	status = read_table(enable, &left, &is_new);
	if (status == EXIT_OK && (is_new || *left))
		status = explain_nft(&enable->gateway);
	free(left);
	free(enable->changes);
	enable->changes = changes;
	return status;
}

/* nft loads what it can write, then sync_plan() adds the rest; if that fails, a new table goes. */
static int change(struct enable *enable)
{
	struct sync sync = { .family = enable->gateway.hook->family,
			     .table = gateway_table(&enable->gateway) };
	bool is_new;
	char *script;
	int status = read_table(enable, &script, &is_new);

	if (status == EXIT_OK && *script && nft_load_text(script, false)) {
		is_new = false;
		transact(sync_plan, &sync, false);
		status = look_again(enable);
	}
	if (status == EXIT_OK)
		status = transact(sync_plan, &sync, false);
	/* "sync --watch" takes this commit for one of another program */
	if (status != EXIT_OK && is_new && !prctl(PR_SET_NAME, "enable"))
		transact(plan_removal, &enable->gateway, false);
	else if (status == EXIT_OK && !*script && sync.count)
		append(&enable->changes, "rules");
	sync_free(&sync);
	free(script);
	return status;
}

static int enable_now(struct enable *enable)
{
	struct gateway *gateway = &enable->gateway;
	int status;

	check_devices(&gateway->sets[GATEWAY_DEVICES]);
	if (gateway->bflag.at[BFLAG_FLAG] == MPTCP_BFLAG_FLAG_B)
		complain("warning: servers that do not know flag 0x40 fall back to plain TCP");
	status = change(enable);
	if (status == EXIT_OK)
		printf("%s: table %s %s%s%s\n",
		       enable->changes ? "changed" : "unchanged",
		       gateway_family(gateway), gateway_table(gateway),
		       !enable->changes ? "" :
		       !strcmp(enable->changes, "added") ? " " : ": ",
		       enable->changes ? enable->changes : "");
	return status;
}

/*
 * One instance of this program after the other: none may add its rules to a table that
 * another one has just made, or save before a later change and after the other.
 */
static int enable_and_save(struct enable *enable, bool only_save)
{
	int fd = gateway_lock();
	int status = enable->save ? save_check() : EXIT_OK;

	if (status == EXIT_OK && !only_save)
		status = enable_now(enable);
	if (status == EXIT_OK && enable->save)
		status = save_tables(NULL, false);
	if (fd >= 0)
		close(fd);
	return status;
}

static int run(int argc, char **argv)
{
	struct enable enable = { .changes = NULL };
	const struct option known[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "exempt", required_argument, NULL, 'e' },
		{ "source", required_argument, NULL, 's' },
		{ "all", no_argument, &enable.gateway.all, true },
		{ "hook", required_argument, NULL, 'h' },
		{ "load-balancer", no_argument, &enable.gateway.load_balancer,
		  true },
		{ "helper", no_argument, &enable.gateway.helper, true },
		{ "versions", required_argument, NULL, 'v' },
		{ "flag", required_argument, NULL, 'f' },
		{ "save", no_argument, &enable.save, true },
		{ .name = NULL }
	};
	bool only_save;
	int status;

	gateway_init(&enable.gateway);
	status = parse_options(argc, argv, known, take, &enable);
	only_save = enable.save && argc == 2;
	if (status == EXIT_OK && !only_save)
		status = check_options(&enable);
	if (status == EXIT_OK)
		status = enable_and_save(&enable, only_save);
	gateway_free(&enable.gateway);
	free(enable.changes);
	return status;
}

const struct verb verb_enable = {
	.name = "enable",
	.summary = "set the flag: add or change the table of a gateway or load balancer",
	.usage =
"mptcp-bflag enable --device DEV... [--exempt ADDR[/LEN]]...\n"
"        [--source ADDR[/LEN]]... [--all] [--hook postrouting|egress|bridge]\n"
"        [--load-balancer] [--helper] [--versions LIST] [--flag FLAG] [--save]\n"
"mptcp-bflag enable --save\n",
	.options =
"  --device DEV         outgoing device; 'ppp*' matches names that begin with ppp\n"
"  --exempt ADDR[/LEN]  do not mark connections to this server or network\n"
"  --source ADDR[/LEN]  mark only connections from this client or network\n"
"  --all                mark connections without source NAT, too\n"
"  --hook HOOK          postrouting (default), egress (also sees flowtables), bridge\n"
"  --load-balancer      mark the servers' SYN+ACK; DEV leads to the clients,\n"
"                       --exempt names clients, --source names servers\n"
"  --helper             mark by conntrack helper; nft can print the whole table\n"
"  --versions LIST      MPTCP versions to mark: 1 (default), 0 or 0,1\n"
"  --flag FLAG          flag to set: 0x20 or c (default), 0x40 or b\n"
"  --save               also write all tables of enable, as they are now, to\n"
"                       " SAVE_FILE ", which mptcp-bflag.service\n"
"                       loads at boot; alone: change nothing else\n",
	.run = run,
};
