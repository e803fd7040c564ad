// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a file that is to be replaced has, and the new one has not: who saves
 * after the rules are lost is not to lose the file, too.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "dropped.h"
#include "saved.h"

/* What is no command has been saved by nobody. */
static bool is_command(const struct saved_line *line)
{
	return !line->wrong && (!strcmp(line->argv[0], "enable") ||
				!strcmp(line->argv[0], "attach"));
}

/* As "save" writes it, whatever blanks and comments it has */
static char *line_text(const struct saved_line *line)
{
	char *text = xstrdup(line->argv[0]), *word, *longer;
	int i;

	for (i = 1; i < line->argc; i++) {
		word = saved_quote(line->argv[i]);
		longer = xasprintf("%s %s", text, word);
		free(word);
		free(text);
		text = longer;
	}
	return text;
}

static bool is_among(char * const *lines, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(lines[i], text))
			return true;
	return false;
}

static int compare(const struct saved *old, const char *file,
		   char * const *lines, size_t count)
{
	size_t i, commands = 0;
	char *text;

	for (i = 0; i < old->count; i++)
		commands += is_command(&old->lines[i]);
	if (commands && !count) {
		complain("there is nothing to save, and %s has %zu command%s: it is as it was; remove it if that is meant",
			 file, commands, commands == 1 ? "" : "s");
		return EXIT_REFUSED;
	}
	for (i = 0; i < old->count; i++) {
		if (!is_command(&old->lines[i]))
			continue;
		text = line_text(&old->lines[i]);
		if (!is_among(lines, count, text))
			complain("warning: line %zu of the old %s is not in the new one: %s",
				 old->lines[i].number, file, text);
		free(text);
	}
	return EXIT_OK;
}

int dropped_check(const char *file, char * const *lines, size_t count)
{
	struct saved old;
	struct stat existing;
	int status;

	/* what else is wrong with it, who replaces it says */
	if (stat(file, &existing) < 0 || !S_ISREG(existing.st_mode))
		return EXIT_OK;
	status = saved_read(&old, file);
	if (status != EXIT_OK) {
		complain("%s is as it was; remove it if it is not needed",
			 file);
		return status == EXIT_USAGE ? EXIT_REFUSED : status;
	}
	status = compare(&old, file, lines, count);
	saved_free(&old);
	return status;
}
