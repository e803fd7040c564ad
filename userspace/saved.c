// SPDX-License-Identifier: GPL-2.0-only
/* The file that "save" writes and "restore" reads, down to its words. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "saved.h"

/* The longest that "save" writes: each device, or two names, all escaped */
#define LINE_MAX_BYTES 16384

/* What stands for itself in a word, and in a shell */
static bool plain(unsigned char c)
{
	return isalnum(c) || strchr("._-/@+=,:%^", c);
}

static bool printable(unsigned char c)
{
	return c > ' ' && c < 0x7f;
}

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

int saved_argument(int argc, char **argv, const char **file, bool *help)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	*help = false;
	*file = NULL;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c != 'h')
			return bad_option(argv, c);
		*help = true;
		print_usage();
		return EXIT_OK;
	}
	if (argc - optind > 1)
		return usage_error("%s: takes one FILE", argv[0]);
	if (argc > optind && !*argv[optind])
		return usage_error("%s: FILE has no name", argv[0]);
	if (argc > optind && strcmp(argv[optind], "-"))
		*file = argv[optind];
	return EXIT_OK;
}

const char *saved_name(const char *file)
{
	return file ? file : "standard input";
}

char *saved_quote(const char *word)
{
	char *text = xrealloc(NULL, 4 * strlen(word) + 1, 1), *out = text;

	for (; *word; word++) {
		if (plain(*word))
			*out++ = *word;
		else if (printable(*word))
			out += sprintf(out, "\\%c", *word);
		else
			out += sprintf(out, "\\%03o", (unsigned char)*word);
	}
	*out = '\0';
	return text;
}

/* What is behind a backslash at @at: NULL, or what is wrong */
static char *unescape(char **at, const char *end, char *byte)
{
	unsigned char c = *at < end ? **at : '\0';

	if (end - *at >= 3 && c <= '3' && octal(c) && octal((*at)[1]) &&
	    octal((*at)[2])) {
		*byte = (c - '0') << 6 | ((*at)[1] - '0') << 3 |
			((*at)[2] - '0');
		*at += 3;
		if (*byte)
			return NULL;
	} else if ((printable(c) || c == ' ') && !isalnum(c)) {
		*byte = c;
		++*at;
		return NULL;
	}
	return xstrdup("a backslash stands before three octal digits (not 000), or before a character that is no letter or digit");
}

/* Decodes in place: the word gets no longer. */
static char *take_word(struct saved_line *line, char **at, const char *end)
{
	char *word = *at, *out = *at, byte, *wrong;

	while (*at < end && **at != ' ' && **at != '\t') {
		byte = *(*at)++;
		if (byte == '\\') {
			wrong = unescape(at, end, &byte);
			if (wrong)
				return wrong;
		} else if ((unsigned char)byte < ' ' || byte == 0x7f) {
			return xasprintf("has a byte 0x%02x: is it a text file?",
					 byte);
		}
		*out++ = byte;
	}
	if (*at < end)
		++*at;
	*out = '\0';

	line->argv = xrealloc(line->argv, line->argc + 2, sizeof(char *));
	line->argv[line->argc++] = word;
	line->argv[line->argc] = NULL;
	return NULL;
}

/* What is at @end may be overwritten. */
static void split(struct saved_line *line, char *at, char *end)
{
	if (end - at > LINE_MAX_BYTES) {
		line->wrong = xasprintf("is longer than %d bytes",
					LINE_MAX_BYTES);
		return;
	}
	if (end > at && end[-1] == '\r')
		end--;
	while (!line->wrong) {
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at == end || *at == '#')
			return;
		line->wrong = take_word(line, &at, end);
	}
}

static void split_all(struct saved *saved, size_t size)
{
	char *at = saved->text, *end = at + size, *newline;
	struct saved_line line;
	size_t number;

	for (number = 1; at < end; number++, at = newline + 1) {
		newline = memchr(at, '\n', end - at);
		if (!newline)
			newline = end;
		memset(&line, 0, sizeof(line));
		line.number = number;
		split(&line, at, newline);
		if (!line.argc && !line.wrong)
			continue;
		saved->lines = xrealloc(saved->lines, saved->count + 1,
					sizeof(line));
		saved->lines[saved->count++] = line;
	}
}

static int read_all(struct saved *saved, FILE *stream, const char *file)
{
	size_t size;

	saved->text = xrealloc(NULL, SAVED_MAX_BYTES + 1, 1);
	errno = 0;
	size = fread(saved->text, 1, SAVED_MAX_BYTES + 1, stream);
	if (ferror(stream)) {
		complain("cannot read %s: %s", saved_name(file),
			 strerror(errno));
		return EXIT_FAILED;
	}
	if (size > SAVED_MAX_BYTES) {
		complain("%s: is longer than %d bytes: nothing that 'mptcp-bflag save' has written",
			 saved_name(file), SAVED_MAX_BYTES);
		return EXIT_USAGE;
	}
	split_all(saved, size);
	return EXIT_OK;
}

int saved_read(struct saved *saved, const char *file)
{
	FILE *stream = stdin;
	int status;

	memset(saved, 0, sizeof(*saved));
	if (file)
		stream = fopen(file, "re");
	if (!stream) {
		complain("cannot open %s: %s", file, strerror(errno));
		return EXIT_FAILED;
	}
	status = read_all(saved, stream, file);
	if (file)
		fclose(stream);
	if (status != EXIT_OK)
		saved_free(saved);
	return status;
}

void saved_free(struct saved *saved)
{
	size_t i;

	for (i = 0; i < saved->count; i++) {
		free(saved->lines[i].argv);
		free(saved->lines[i].wrong);
	}
	free(saved->lines);
	free(saved->text);
	memset(saved, 0, sizeof(*saved));
}
