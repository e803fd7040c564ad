// SPDX-License-Identifier: GPL-2.0-only
/* Write the changes from the table that exists to the table that "enable" wants. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "gateway_text.h"
#include "report/report.h"

static size_t chain_of(const struct ruleset *set, const struct table *table,
		       const char *name)
{
	return ruleset_chain(set, table->family, table->name, name);
}

/* Compare comments, not rules: rules that a user edited stay. */
static bool same_described(const struct gateway *gateway,
			   const struct gateway *have,
			   const struct ruleset *set,
			   const struct table *table)
{
	const char *base = gateway->hook->chain;

	if (gateway->hook->binds &&
	    !words_equal(&gateway->sets[GATEWAY_DEVICES],
			 &have->sets[GATEWAY_DEVICES]))
		return false;
	if (gateway->helper)
		return gateway_has_comment(set, table, base, xstrdup(GATEWAY_FIRST_PACKETS)) &&
		       chain_of(set, table, "set_bflag") != NONE;
	return gateway_has_comment(set, table, base,
			    gateway_comment(gateway, true)) &&
	       gateway_has_comment(set, table, "set_bflag",
				   gateway_comment(gateway, false));
}

/* Rules that a user edited stay only while packets reach the chain that marks. */
static bool same_stock(const struct gateway *gateway, struct ruleset *set,
		       size_t table)
{
	size_t chain = chain_of(set, &set->tables[table], "set_bflag");
	json_t *reach = json_object();
	bool reached = false;

	if (!ruleset_read_table(set, table)) {
		reach_json(set, chain, reach);
		reached = json_array_size(json_object_get(reach,
							  "reached_from"));
	}
	json_decref(reach);
	return reached && gateway_has_comment(set, &set->tables[table], "choice",
				       gateway_choice(gateway));
}

/* Remove chains of an existing table before they are written again. */
static void write_removal(const struct gateway *gateway,
			  const struct ruleset *set, const struct table *table,
			  bool all, FILE *script)
{
	static const char * const stock[] = { "candidates", "choice",
					      "exemptions", "marked" };
	const char *family = gateway_family(gateway);
	size_t i;

	if (all)
		fprintf(script, "flush table %s %s\n", family, table->name);
	for (i = 0; !all && i < ARRAY_SIZE(stock); i++)
		if (chain_of(set, table, stock[i]) != NONE)
			fprintf(script, "flush chain %s %s %s\n", family,
				table->name, stock[i]);
	for (i = 0; i < set->nchains; i++)
		if (&set->tables[set->chains[i].table_index] == table &&
		    !set->chains[i].anonymous && (all || !strcmp(set->chains[i].name, "choice")))
			fprintf(script, "delete chain %s %s %s\n", family,
				table->name, set->chains[i].name);
}

static void write_sets(const struct gateway *gateway,
		       const struct gateway *have, FILE *script, char **changes)
{
	size_t i;

	for (i = 0; i < GATEWAY_SETS; i++) {
		if (!gateway_has_set(gateway, i) ||
		    words_equal(&gateway->sets[i], &have->sets[i]))
			continue;
		gateway_write_elements(gateway, i, script);
		append(changes, "%s%s", *changes ? ", " : "",
		       gateway_sets[i].name);
	}
}

/* A set without ranges cannot get wildcards; one with ranges takes any device. */
static void write_changes(struct gateway *gateway,
			  const struct gateway *have, struct ruleset *set,
			  size_t index, FILE *script, char **changes)
{
	const struct table *table = &set->tables[index];
	bool described = same_described(gateway, have, set, table);
	bool kind = !gateway->ranges || have->ranges;
	size_t i;

	gateway->ranges |= have->ranges;
	if (!described || !kind || !same_stock(gateway, set, index)) {
		write_removal(gateway, set, table, !described, script);
		if (!kind)
			gateway_write_command(gateway, GATEWAY_DEVICES,
					      "delete", script);
		for (i = GATEWAY_SOURCE4; i < GATEWAY_SETS; i++)
			if (gateway_has_set(have, i) && !gateway_has_set(gateway, i))
				gateway_write_command(gateway, i, "delete",
						      script);
		gateway_write_table(gateway, !described, false, script);
		append(changes, "chains");
	} else if (table->dormant) {
		fprintf(script, "add table %s %s\n", gateway_family(gateway),
			table->name);
		append(changes, "no longer dormant");
	}
	write_sets(gateway, have, script, changes);
}

int gateway_script(struct gateway *gateway, struct ruleset *set,
		   char **text, char **changes)
{
	size_t size, index = ruleset_table(set, gateway->hook->family,
					   gateway_table(gateway));
	FILE *script = open_memstream(text, &size);
	struct gateway have;
	int err = 0;

	*changes = NULL;
	gateway_init(&have);
	if (!script)
		return -ENOMEM;
	if (index == NONE) {
		gateway_write_table(gateway, true, true, script);
		write_sets(gateway, &have, script, changes);
		free(*changes);
		*changes = xstrdup("added");
	} else {
		err = gateway_recognise(&have, set, &set->tables[index]);
		if (!err)
			write_changes(gateway, &have, set, index, script,
				      changes);
	}
	gateway_free(&have);
	fclose(script);
	return err;
}
