// SPDX-License-Identifier: GPL-2.0-only
/* Messages, the usage text and the few helpers that every verb needs. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* "make check-usage" compares this with the synopsis in the man page. */
static const char usage_text[] =
"mptcp-bflag enable --device DEV [--device DEV]... [--missing-ok] [--all]\n"
"        [--hook postrouting|egress|bridge] [--load-balancer]\n"
"        [--versions LIST] [--flag FLAG]\n"
"mptcp-bflag disable\n"
"mptcp-bflag attach [--segments LIST] [--versions LIST] [--flag FLAG]\n"
"        [--first | --before HANDLE | --after HANDLE | --index N]\n"
"        FAMILY TABLE CHAIN\n"
"mptcp-bflag detach FAMILY TABLE CHAIN\n"
"mptcp-bflag save [FILE]\n"
"mptcp-bflag restore [FILE]\n"
"mptcp-bflag list [--json]\n"
"mptcp-bflag status [--json]\n"
"mptcp-bflag version\n"
"mptcp-bflag help\n";

static void no_memory(void)
{
	fputs("mptcp-bflag: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

/* But for the newline at the end of @fmt */
static void print_clean(FILE *stream, const char *fmt, va_list ap)
{
	size_t len = strlen(fmt);
	char *text, *at, *end;

	if (vasprintf(&text, fmt, ap) < 0)
		no_memory();
	end = text + strlen(text);
	if (len && fmt[len - 1] == '\n')
		end--;
	for (at = text; at < end; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	fputs(text, stream);
	free(text);
}

static void complain_about(const char *fmt, va_list ap)
{
	fputs("mptcp-bflag: ", stderr);
	print_clean(stderr, fmt, ap);
	fputc('\n', stderr);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_clean(stdout, fmt, ap);
	va_end(ap);
}

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_about(fmt, ap);
	va_end(ap);
}

int usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_about(fmt, ap);
	va_end(ap);
	fputs("Try 'mptcp-bflag help'.\n", stderr);
	return EXIT_USAGE;
}

int usage_check(char *wrong)
{
	if (!wrong)
		return EXIT_OK;
	usage_error("%s", wrong);
	free(wrong);
	return EXIT_USAGE;
}

char *option_wrong(char **argv, int answer)
{
	const char *option = argv[optind - 1];

	if (answer == ':')
		return xasprintf("%s: option '%s' needs a value", argv[0],
				 option);
	return xasprintf("%s: no such option, or one that takes no value: '%s'",
			 argv[0], option);
}

int bad_option(char **argv, int answer)
{
	return usage_check(option_wrong(argv, answer));
}

void print_usage(void)
{
	fputs(usage_text, stdout);
}

int no_arguments(int argc, char **argv, bool *json, bool *help)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	*help = false;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			*help = true;
			print_usage();
			return EXIT_OK;
		}
		if (c != 'j' || !json)
			return bad_option(argv, c);
		*json = true;
	}
	if (optind != argc)
		return usage_error("%s: takes no argument '%s'", argv[0],
				   argv[optind]);
	return EXIT_OK;
}

void *xrealloc(void *old, size_t count, size_t size)
{
	void *new = reallocarray(old, count ? count : 1, size);

	if (!new)
		no_memory();
	return new;
}

char *xstrdup(const char *string)
{
	char *copy = strdup(string);

	if (!copy)
		no_memory();
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		no_memory();
	return text;
}
