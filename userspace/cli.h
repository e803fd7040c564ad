/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb shares: exit statuses, messages, options, growing strings. */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* An interface, see mptcp-bflag(8). */
enum exit_status {
	EXIT_OK			= 0,
	EXIT_FAILED		= 1,
	EXIT_USAGE		= 2,
	EXIT_PERMISSION		= 3,
	EXIT_NO_MODULE		= 4,
	EXIT_NOT_FOUND		= 5,
	EXIT_REFUSED		= 6,
	EXIT_UNKNOWN		= 7,	/* status, list: read failed */
	EXIT_WOULD_CHANGE	= 8,	/* sync --check */
};

/* One verb of the command line */
struct verb {
	const char *name;
	const char *summary;	/* its line in "mptcp-bflag help" */
	const char *usage;	/* its part of the man page's synopsis */
	const char *options;	/* one a line; may be empty */
	int (*run)(int argc, char **argv);	/* an exit status */
};

extern const struct verb verb_enable, verb_disable, verb_sync, verb_list,
			 verb_status;

/*
 * Returns EXIT_OK, or EXIT_USAGE after a message.  Options with a flag set it.
 * The others go to @take, by their .val; it returns NULL, or an error text that
 * the caller frees.
 */
int parse_options(int argc, char **argv, const struct option *options,
		  char *(*take)(void *data, int option, const char *value),
		  void *data);

/*
 * printf() for names, which may be any bytes to the kernel: control characters
 * and invalid UTF-8 become '?', except for a newline at the end of @fmt.
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A message on stderr, after the name of the program, cleaned in the same way */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on, do not repeat the last few messages, until the next such call.
 * The watcher meets the same error at each commit.
 */
void complain_once(void);

/* complain() with a pointer to the usage; returns EXIT_USAGE */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replace what must not reach a terminal, in place */
void clean(char *text);

/* The number that a file contains; 0 if it cannot be read */
unsigned long long number_in(const char *path);

/* Returns @status, or @failed after a message if stdout was not written */
int flush_output(int status, int failed);

/* These end the program if there is no memory. */
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *string);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Room for one more element; the array is full at each power of two */
void *grow(void *array, size_t count, size_t size);

/* Append to *@text and move it; NULL is an empty text */
void append(char **text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* CLI_H */
