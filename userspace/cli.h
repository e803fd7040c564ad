/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb shares: exit statuses, messages, options, strings that grow. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Documented in mptcp-bflag(8): scripts depend on the numbers. */
enum exit_status {
	EXIT_OK			= 0,
	EXIT_FAILED		= 1,
	EXIT_USAGE		= 2,
	EXIT_PERMISSION		= 3,
	EXIT_NO_MODULE		= 4,
	EXIT_NOT_FOUND		= 5,
	EXIT_REFUSED		= 6,
	EXIT_UNKNOWN		= 7,	/* status, list: could not read */
	EXIT_WOULD_CHANGE	= 8,	/* sync --check */
};

/**
 * struct verb - one verb of the command line
 * @name: what the user types
 * @summary: its line in "mptcp-bflag help"
 * @usage: its part of the synopsis in the man page, with a newline at the end
 * @options: a line for each option, for "mptcp-bflag help VERB"; may be empty
 * @run: returns an exit status; gets the verb as argv[0]
 */
struct verb {
	const char *name;
	const char *summary;
	const char *usage;
	const char *options;
	int (*run)(int argc, char **argv);
};

extern const struct verb verb_enable, verb_disable, verb_sync, verb_list,
			 verb_status, verb_version, verb_help;
extern const struct verb *const verbs[];	/* ends with NULL */

/**
 * struct cli_option - one option of a verb
 * @name: its long name; NULL ends an array
 * @letter: its short name, or 0
 * @flag: set if the option is given; NULL for one with a value
 * @take: takes the value; returns NULL, or what is wrong, to be freed
 */
struct cli_option {
	const char *name;
	char letter;
	bool *flag;
	char *(*take)(void *data, const char *value);
};

/* EXIT_OK, or EXIT_USAGE after a message; no other arguments are taken */
int parse_options(int argc, char **argv, const struct cli_option *options,
		  void *data);

/*
 * printf() for what has names in it, which the kernel allows to be any bytes:
 * control characters, and what is not UTF-8, become '?', but for a newline at
 * the end of @fmt.
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A sentence on stderr, after the name of the program, cleaned as well */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, with a pointer to the usage; returns EXIT_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replace what a terminal must not get, in place */
void clean(char *text);

/* What was printed has to arrive: EXIT_FAILED after a message, or @status */
int flush_output(int status);

/* For what grows: end the program when there is no memory. */
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *string);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Room for one more than @count elements; the array is full at each power of two */
void *grow(void *array, size_t count, size_t size);

/* Append to *@text, which is freed; *@text may be NULL, which is empty */
void append(char **text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* CLI_H */
