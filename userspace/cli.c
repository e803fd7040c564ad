// SPDX-License-Identifier: GPL-2.0-only
/* Messages, options and the functions that every verb needs. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void no_memory(void)
{
	fputs("mptcp-bflag: out of memory\n", stderr);
	exit(EXIT_UNKNOWN);
}

static char *format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		no_memory();
	return text;
}

/* The length in bytes of the character at @at; 0 if it must not be printed */
static size_t printable(const unsigned char *at)
{
	size_t i, len = *at < 0x80 ? 1 : *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
	uint32_t c = len == 1 ? *at : *at & (0x7f >> len);
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if ((*at & 0xc0) == 0x80 || *at > 0xf4)
		return 0;
	for (i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	/* C0, DEL, C1, and marks that change the writing direction */
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c < least[len] ||
	    (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0;
	return len;
}

void clean(char *text)
{
	size_t len;

	for (; *text; text += len) {
		len = printable((unsigned char *)text);
		if (len)
			continue;
		*text = '?';
		len = 1;
	}
}

void say(const char *fmt, ...)
{
	size_t len = strlen(fmt);
	bool line = len && fmt[len - 1] == '\n';
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (line)
		text[strlen(text) - 1] = '\0';
	clean(text);
	printf("%s%s", text, line ? "\n" : "");
	free(text);
}

/* The last messages, for complain_once() */
static struct {
	bool	on;
	char	*last[8];
	size_t	next;
} said;

void complain_once(void)
{
	size_t i;

	said.on = true;
	for (i = 0; i < ARRAY_SIZE(said.last); i++) {
		free(said.last[i]);
		said.last[i] = NULL;
	}
}

/* Takes ownership of @text */
static bool is_said(char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(said.last); i++) {
		if (said.last[i] && !strcmp(said.last[i], text)) {
			free(text);
			return true;
		}
	}
	free(said.last[said.next]);
	said.last[said.next] = text;
	said.next = (said.next + 1) % ARRAY_SIZE(said.last);
	return false;
}

void complain(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	clean(text);
	if (!said.on || !is_said(xstrdup(text)))
		fprintf(stderr, "mptcp-bflag: %s\n", text);
	free(text);
}

int usage_error(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	complain("%s", text);
	free(text);
	fputs("Try 'mptcp-bflag help'.\n", stderr);
	return EXIT_USAGE;
}

int parse_options(int argc, char **argv, const struct option *options,
		  char *(*take)(void *data, int option, const char *value),
		  void *data)
{
	/* the only short option; verbs with --json list it first */
	const char *letters = options->val == 'j' ? ":j" : ":";
	char *wrong = NULL;
	int c;

	opterr = 0;
	while (!wrong) {
		c = getopt_long(argc, argv, letters, options, NULL);
		if (c == -1)
			break;
		if (c == ':')
			wrong = xasprintf("%s: option '%s' needs a value",
					  argv[0], argv[optind - 1]);
		else if (c == '?')
			wrong = xasprintf("%s: option '%s' is unknown or takes no value",
					  argv[0], argv[optind - 1]);
		else if (c == 'j')
			*options->flag = true;
		else if (c)
			wrong = take(data, c, optarg);
	}
	if (!wrong && optind != argc)
		wrong = xasprintf("%s: unexpected argument '%s'", argv[0],
				  argv[optind]);
	if (!wrong)
		return EXIT_OK;
	usage_error("%s", wrong);
	free(wrong);
	return EXIT_USAGE;
}

unsigned long long number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = 0;

	if (file && fscanf(file, "%llu", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

int flush_output(int status, int failed)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	complain("cannot write to standard output: %s",
		 errno ? strerror(errno) : "an earlier write failed");
	return status == EXIT_OK || status == EXIT_FAILED ? failed : status;
}

void *xrealloc(void *old, size_t count, size_t size)
{
	void *new = reallocarray(old, count ? count : 1, size);

	if (!new)
		no_memory();
	return new;
}

void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return xrealloc(array, count ? 2 * count : 1, size);
}

char *xstrdup(const char *string)
{
	return xasprintf("%s", string);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	return text;
}

void append(char **text, const char *fmt, ...)
{
	char *old = *text, *more;
	va_list ap;

	va_start(ap, fmt);
	more = format(fmt, ap);
	va_end(ap);
	*text = old ? xasprintf("%s%s", old, more) : xstrdup(more);
	free(more);
	free(old);
}
