/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that "save" writes and "restore" reads: command lines, without the
 * name of the program.
 *
 * A line is split into words at blanks and tabs.  A word that begins with '#'
 * begins a comment.  In a word, a backslash before three octal digits is that
 * byte, before another character that is no letter or digit, that character.
 * A CR before the end of a line is no part of it.
 */
#ifndef SAVED_H
#define SAVED_H

#include <stdbool.h>
#include <stddef.h>

/* Nobody has so many rules: it is another file. */
#define SAVED_MAX_BYTES (1024 * 1024)

struct saved_line {
	size_t	number;
	int	argc;
	char	**argv;		/* ends with NULL */
	char	*wrong;		/* a sentence, or NULL */
};

struct saved {
	char			*text;		/* the words point into it */
	struct saved_line	*lines;		/* those with words */
	size_t			count;
};

/* [FILE], and nothing else; NULL: standard input or output */
int saved_argument(int argc, char **argv, const char **file, bool *help);

/* Its name in messages */
const char *saved_name(const char *file);

/* EXIT_OK, or an exit status after a message; bad lines are no failure here. */
int saved_read(struct saved *saved, const char *file);
void saved_free(struct saved *saved);

/* A word as it goes into the file, all of it ASCII; the caller frees it. */
char *saved_quote(const char *word);

#endif /* SAVED_H */
