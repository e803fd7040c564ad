/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb shares: exit statuses, messages, the usage text. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Documented in mptcp-bflag(8): scripts depend on the numbers. */
enum exit_status {
	EXIT_OK		= 0,
	EXIT_FAILED	= 1,
	EXIT_USAGE	= 2,
	EXIT_PERMISSION	= 3,
	EXIT_NO_MODULE	= 4,
	EXIT_NOT_FOUND	= 5,
	EXIT_REFUSED	= 6,
};

/* The verbs: each gets its own name as argv[0]. */
int verb_enable(int argc, char **argv);
int verb_disable(int argc, char **argv);
int verb_attach(int argc, char **argv);
int verb_detach(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_save(int argc, char **argv);
int verb_restore(int argc, char **argv);
int verb_status(int argc, char **argv);
int verb_version(int argc, char **argv);
int verb_help(int argc, char **argv);

/*
 * printf() for what has names in it, which the kernel allows to be any bytes:
 * control characters become '?', but for a newline at the end of @fmt.
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A sentence on stderr, after the name of the program, cleaned as well */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, with a pointer to the usage; returns EXIT_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Options are not only read from the command line: what parses them returns a
 * sentence that says what is wrong, or NULL.  This one prints it, if there is
 * one, and frees it; EXIT_USAGE or EXIT_OK.
 */
int usage_check(char *wrong);

/* What getopt_long() did not understand: as a sentence, and printed. */
char *option_wrong(char **argv, int answer);
int bad_option(char **argv, int answer);

void print_usage(void);

/* The options of a verb that has none, or only --json. */
int no_arguments(int argc, char **argv, bool *json, bool *help);

/* For lists that grow: ends the program when there is no memory. */
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *string);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* CLI_H */
