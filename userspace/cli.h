/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb shares: exit statuses, messages, options, strings that grow. */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
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

/* One verb of the command line */
struct verb {
	const char *name;
	const char *summary;	/* its line in "mptcp-bflag help" */
	const char *usage;	/* its part of the man page's synopsis */
	const char *options;	/* a line each; may be empty */
	int (*run)(int argc, char **argv);	/* an exit status */
};

extern const struct verb verb_enable, verb_disable, verb_sync, verb_list,
			 verb_status;

/*
 * EXIT_OK, or EXIT_USAGE after a message; no other arguments are taken.  What
 * @options say is done to their flags; @take gets the value of those without
 * one, by their .val, and returns NULL, or what is wrong, to be freed.
 */
int parse_options(int argc, char **argv, const struct option *options,
		  char *(*take)(void *data, int option, const char *value),
		  void *data);

/*
 * printf() for what has names in it, which the kernel allows to be any bytes:
 * control characters, and what is not UTF-8, become '?', but for a newline at
 * the end of @fmt.
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A sentence on stderr, after the name of the program, cleaned as well */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on, what was said once is not said again (the last few sentences, until
 * the next such call).  For who stays, and meets the same error with each commit.
 */
void complain_once(void);

/* The same as complain(), with a pointer to the usage; returns EXIT_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replace what a terminal must not get, in place */
void clean(char *text);

/* The number in a file of one; 0 if it cannot be read */
unsigned long long number_in(const char *path);

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
