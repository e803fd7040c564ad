// SPDX-License-Identifier: GPL-2.0-only
/* Messages, options and the few functions that every verb needs. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void no_memory(void)
{
	fputs("mptcp-bflag: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

static char *format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		no_memory();
	return text;
}

/* The bytes of the character at @at, if it is one that may be printed, or 0 */
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
	/* C0, DEL and C1; marks that turn the direction of writing */
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

/* But for the newline at the end of @fmt */
static void print_clean(FILE *stream, const char *fmt, va_list ap)
{
	size_t len = strlen(fmt);
	char *text = format(fmt, ap);
	bool line = len && fmt[len - 1] == '\n';

	if (line)
		text[strlen(text) - 1] = '\0';
	clean(text);
	fprintf(stream, "%s%s", text, line ? "\n" : "");
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

static int take_option(const struct cli_option *option, void *data)
{
	char *wrong;

	if (option->flag) {
		*option->flag = true;
		return EXIT_OK;
	}
	wrong = option->take(data, optarg);
	if (!wrong)
		return EXIT_OK;
	usage_error("%s", wrong);
	free(wrong);
	return EXIT_USAGE;
}

/* As getopt_long() wants it, which finds an option's index in *@which. */
static void long_options(struct option *to, char *letters,
			 const struct cli_option *options, int *which)
{
	*letters++ = ':';
	for (; options->name; options++, to++) {
		*to = (struct option){ options->name,
				       options->flag ? no_argument :
				       required_argument, which,
				       options->letter };
		if (options->letter)
			*letters++ = options->letter;
	}
	*letters = '\0';
	*to = (struct option){ NULL, 0, NULL, 0 };
}

int parse_options(int argc, char **argv, const struct cli_option *options,
		  void *data)
{
	const struct cli_option *option;
	int c, index, which, status = EXIT_OK;
	struct option longs[16];
	char letters[18];

	opterr = 0;
	long_options(longs, letters, options, &which);
	while (status == EXIT_OK) {
		c = getopt_long(argc, argv, letters, longs, &index);
		if (c == -1)
			break;
		if (c == ':')
			return usage_error("%s: option '%s' needs a value",
					   argv[0], argv[optind - 1]);
		if (c == '?')
			return usage_error("%s: no such option, or one that takes no value: '%s'",
					   argv[0], argv[optind - 1]);
		option = options + (c ? 0 : index);
		while (c && option->letter != c)
			option++;
		status = take_option(option, data);
	}
	if (status == EXIT_OK && optind != argc)
		return usage_error("%s: takes no argument '%s'", argv[0],
				   argv[optind]);
	return status;
}

/* What a full disk or a closed pipe swallowed was not said. */
int flush_output(int status)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	complain("cannot write to standard output: %s",
		 errno ? strerror(errno) : "an earlier write failed");
	return status == EXIT_OK ? EXIT_FAILED : status;
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
	char *copy = strdup(string);

	if (!copy)
		no_memory();
	return copy;
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
