// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag restore: what "save" has written, in one transaction */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "cli.h"
#include "enable.h"
#include "options.h"
#include "saved.h"

/* Who feeds it a picture is told so often that it is none. */
#define COMPLAINTS_MAX 20

struct command {
	size_t		line;
	bool		enable;		/* or attach */
	struct gateway	gateway;
	struct attach	attach;
	struct outcome	outcome;
};

struct restore {
	const char	*file;
	struct command	*commands;
	size_t		count;
};

static void complain_line(const struct restore *restore, size_t line,
			  const char *wrong)
{
	complain("%s:%zu: %s", saved_name(restore->file), line, wrong);
}

static char *parse_command(struct command *command,
			   const struct saved_line *line)
{
	const struct command fresh = {
		.line = line->number,
		.gateway = GATEWAY_DEFAULT,
		.attach = { .bflag = BFLAG_DEFAULT },
	};
	bool help = false;
	char *wrong;

	*command = fresh;
	command->enable = !strcmp(line->argv[0], "enable");
	if (command->enable)
		wrong = options_parse(&command->gateway, line->argc,
				      line->argv, &help);
	else if (!strcmp(line->argv[0], "attach"))
		wrong = attach_parse(&command->attach, line->argc, line->argv,
				     &help);
	else
		return xasprintf("there is no '%s' in such a file, only enable and attach",
				 line->argv[0]);
	if (!wrong && help)
		wrong = xasprintf("%s: --help in a file helps nobody",
				  line->argv[0]);
	if (!wrong && (command->attach.position == BEFORE ||
		       command->attach.position == AFTER))
		wrong = xstrdup("attach: a handle is another one after the ruleset is loaded again: use --index instead of --before and --after");
	return wrong;
}

static uint32_t family_of(const struct command *command)
{
	return command->enable ? command->gateway.hook->family :
	       command->attach.place.family;
}

static const char *table_of(const struct command *command)
{
	return command->enable ? gateway_table(&command->gateway) :
	       command->attach.place.table;
}

/* Both are about the same table of enable, or about the same chain. */
static bool clash(const struct command *one, const struct command *other)
{
	return family_of(one) == family_of(other) &&
	       !strcmp(table_of(one), table_of(other)) &&
	       (one->enable || other->enable ||
		!strcmp(one->attach.place.chain, other->attach.place.chain));
}

static char *check_clash(const struct restore *restore,
			 const struct command *command)
{
	const struct command *other;

	for (other = restore->commands; other < command; other++)
		if (clash(other, command))
			return xasprintf("line %zu is about the same %s already",
					 other->line, other->enable ||
					 command->enable ? "table" : "chain");
	return NULL;
}

/* All bad lines are told; false if there is one. */
static bool parse_all(struct restore *restore, struct saved *saved)
{
	size_t i, bad = 0;
	char *wrong;

	restore->commands = xrealloc(NULL, saved->count,
				     sizeof(*restore->commands));
	for (i = 0; i < saved->count; i++) {
		struct command *command = &restore->commands[restore->count];

		wrong = saved->lines[i].wrong;
		saved->lines[i].wrong = NULL;
		if (!wrong) {
			wrong = parse_command(command, &saved->lines[i]);
			if (!wrong)
				wrong = check_clash(restore, command);
			if (wrong)
				free(command->gateway.devices);
			else
				restore->count++;
		}
		if (wrong && bad++ < COMPLAINTS_MAX)
			complain_line(restore, saved->lines[i].number, wrong);
		free(wrong);
	}
	if (bad > COMPLAINTS_MAX)
		complain("%s: and %zu more bad lines",
			 saved_name(restore->file), bad - COMPLAINTS_MAX);
	if (bad)
		complain("nothing is restored");
	return !bad;
}

/* What cannot be done is left out: the rest is better than nothing. */
static int plan(const struct ruleset *set, struct batch *batch, void *data)
{
	struct restore *restore = data;
	struct command *command;
	size_t i;

	for (i = 0; i < restore->count; i++) {
		command = &restore->commands[i];
		free(command->outcome.wrong);
		batch_group(batch, xasprintf("%s:%zu",
					     saved_name(restore->file),
					     command->line));
		if (command->enable)
			command->outcome = enable_plan(&command->gateway, set,
						       batch);
		else
			command->outcome = attach_plan(&command->attach, set,
						       batch);
	}
	return EXIT_OK;
}

/*
 * @status is that of the transaction; the worse of that and the commands'.
 * EXIT_NOT_FOUND is kept for "the rest is done".
 */
static int report(const struct restore *restore, int status)
{
	const struct command *command;
	bool done = status == EXIT_OK;
	size_t i;

	if (status == EXIT_NOT_FOUND)
		status = EXIT_FAILED;
	for (i = 0; i < restore->count; i++) {
		command = &restore->commands[i];
		if (command->outcome.wrong)
			complain_line(restore, command->line,
				      command->outcome.wrong);
		if (done && command->outcome.status > status)
			status = command->outcome.status;
		if (!done || command->outcome.status != EXIT_OK)
			continue;
		if (command->enable)
			enable_say(&command->gateway, command->outcome.done);
		else
			attach_say(&command->attach, command->outcome.done);
	}
	if (!done)
		complain("nothing is restored");
	return status;
}

static void free_commands(struct restore *restore)
{
	size_t i;

	for (i = 0; i < restore->count; i++) {
		free(restore->commands[i].gateway.devices);
		free(restore->commands[i].outcome.wrong);
	}
	free(restore->commands);
}

int verb_restore(int argc, char **argv)
{
	struct restore restore = { .count = 0 };
	struct saved saved;
	bool help;
	int status = saved_argument(argc, argv, &restore.file, &help);

	if (status != EXIT_OK || help)
		return status;
	status = saved_read(&saved, restore.file);
	if (status != EXIT_OK)
		return status;

	if (!parse_all(&restore, &saved))
		status = EXIT_USAGE;
	else if (restore.count)
		status = report(&restore, transact(plan, &restore));
	else
		say("nothing to restore in %s\n", saved_name(restore.file));
	free_commands(&restore);
	saved_free(&saved);
	return status;
}
