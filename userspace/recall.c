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
static int split(char *command, const char **argv)
{
	char *save, *word = strtok_r(command, " ", &save);
	int argc = 0;

	while (word && (word = strtok_r(NULL, " ", &save)))
		argv[argc++] = word;
	return argc;
}

/* "... and N more": takes that off and returns N, or 0 */
static size_t take_more(const char **argv, int *argc)
{
	size_t more;
	char *end;

	if (*argc < 3 || strcmp(argv[*argc - 3], "and") ||
	    strcmp(argv[*argc - 1], GATEWAY_COMMAND_MORE))
		return 0;
	more = strtoul(argv[*argc - 2], &end, 10);
	if (*end || *argv[*argc - 2] == '-' || !more || more >= DEVICES_MAX)
		return 0;
	*argc -= 3;
	return more;
}

static bool read_command(struct gateway *gateway, int argc, const char **argv)
{
	const struct gateway fresh = GATEWAY_DEFAULT;
	const char *words[WORDS_MAX + 2 * DEVICES_MAX + 1];
	bool help = false, ok;
	char *wrong;

	/* parsing moves them around */
	memcpy(words, argv, argc * sizeof(*argv));
	words[argc] = NULL;
	free(gateway->devices);
	*gateway = fresh;
	wrong = options_parse(gateway, argc, (char **)words, &help);
	ok = !wrong && !help;
	free(wrong);
	return ok;
}

/*
 * The devices besides the first are not in the comment: but the kernel has
 * them.  If that is not as many as there were, the command is not known.
 */
static bool read_devices(struct gateway *gateway, const struct ruleset *set,
			 int argc, const char **argv, size_t more)
{
	const char *devices[DEVICES_MAX], *first = gateway->devices[0];
	size_t i, count;

	if (gateway->ndevices != 1)
		return false;
	count = gateway_devices(gateway, set, devices, DEVICES_MAX);
	if (count != more + 1 || strcmp(devices[0], first))
		return false;
	for (i = 1; i < count; i++) {
		argv[argc++] = "--device";
		argv[argc++] = devices[i];
	}
	return read_command(gateway, argc, argv) &&
	       gateway->ndevices == count;
}

static bool made_here(const struct gateway *gateway, const struct table *table)
{
	return gateway->hook->family == table->family &&
	       !strcmp(gateway_table(gateway), table->name);
}

struct recall recall_table(const struct ruleset *set,
			   const struct table *table)
{
	const char *argv[WORDS_MAX + 2 * DEVICES_MAX];
	struct gateway gateway = GATEWAY_DEFAULT;
	struct recall recall = { .differs = true };
	char *command = xstrdup(table->comment);
	size_t more;
	int argc;

	command[strcspn(command, ";")] = '\0';
	argc = split(command, argv);
	more = take_more(argv, &argc);
	if (read_command(&gateway, argc, argv) && made_here(&gateway, table) &&
	    (!more || read_devices(&gateway, set, argc, argv, more))) {
		recall.command = gateway_command(&gateway);
		recall.differs = !gateway_in_place(&gateway, set);
	}
	free(gateway.devices);
	free(command);
	return recall;
}
