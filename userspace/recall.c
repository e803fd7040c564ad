// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "enable" was told when it made a table.  The comment may be anybody's by
 * now: it is believed only as far as it is a command that makes such a table,
 * and printed only as that command is written here.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "recall.h"

/* More than a comment can have: its length is one byte. */
#define WORDS_MAX 256

/* Split the command off, in place; returns argc without the program's name. */
static int split(char *command, char **argv)
{
	char *save, *word = strtok_r(command, " ", &save);
	int argc = 0;

	while (word && (word = strtok_r(NULL, " ", &save)))
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

static bool is_brief(const char *command)
{
	size_t len = strlen(command), end = strlen(GATEWAY_COMMAND_BRIEF);

	return len > end && !strcmp(command + len - end, GATEWAY_COMMAND_BRIEF);
}

static bool read_command(struct gateway *gateway, char *command)
{
	char *argv[WORDS_MAX];
	int argc = split(command, argv);
	bool help = false, ok;
	char *wrong;

	wrong = options_parse(gateway, argc, argv, &help);
	ok = !wrong && !help;
	free(wrong);
	return ok;
}

struct recall recall_table(const struct ruleset *set,
			   const struct table *table)
{
	struct gateway gateway = GATEWAY_DEFAULT;
	struct recall recall = { .command = NULL };
	char *command = xstrdup(table->comment);
	bool brief;

	command[strcspn(command, ";")] = '\0';
	brief = is_brief(command);
	if (read_command(&gateway, command) &&
	    gateway.hook->family == table->family &&
	    !strcmp(gateway_table(&gateway), table->name)) {
		recall.command = gateway_command(&gateway);
		recall.differs = !gateway_in_place(&gateway, set);
	} else {
		/* without all of the devices it cannot be told */
		recall.differs = !brief;
	}
	free(gateway.devices);
	free(command);
	return recall;
}
