// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/mptcp_bflag: a line with the names of the columns, then one for
 * each counter.  Rows and columns that are new to us are shown by their names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "counters.h"

#define COUNTERS_PATH "/proc/net/mptcp_bflag"
#define BLANKS " \t\n"

struct explanation {
	const char *row;
	const char *noun;	/* one of them */
	const char *text;
};

static const struct explanation explanations[] = {
	{ "syn_marked", "SYN", "marked" },
	{ "synack_marked", "SYN+ACK", "marked" },
	{ "ack_marked", "ACK", "marked" },
	{ "already_set", "segment",
	  "left alone: the flag was set already, by the client or by another rule" },
	{ "extensibility_set", "segment",
	  "left alone: 0x40 was set, which changes what the other flags mean" },
	{ "wrong_length", "segment",
	  "left alone: the length of MP_CAPABLE did not fit the segment" },
	{ "other_version", "segment",
	  "left alone: a version of MPTCP that was not asked for" },
	{ "broken_options", "segment",
	  "left alone: MP_CAPABLE twice, TCP options that break behind it, or a header longer than the packet" },
	{ "tcp_ao", "segment",
	  "left alone: signed with TCP-AO, a change would have broken the signature" },
	{ "fragment", "segment",
	  "left alone: a fragment with a part of the TCP header only" },
	{ "not_writable", "segment",
	  "left alone: the kernel could not make the packet writable" },
	{ "ack_unmarked", "ACK",
	  "that Linux servers accept went out without the flag, for a reason that is counted above" },
};

static void print_row(const char *row, unsigned long long n)
{
	const struct explanation *explanation;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(explanations); i++) {
		explanation = &explanations[i];
		if (strcmp(explanation->row, row))
			continue;
		printf("    %llu %s%s %s\n", n, explanation->noun,
		       n == 1 ? "" : "s", explanation->text);
		return;
	}
	printf("    %llu %s\n", n, row);
}

static void read_columns(struct counters *counters, char *line)
{
	char *save, *word = strtok_r(line, BLANKS, &save);

	while (word && (word = strtok_r(NULL, BLANKS, &save))) {
		counters->columns = xrealloc(counters->columns,
					     counters->ncolumns + 1,
					     sizeof(char *));
		counters->columns[counters->ncolumns++] = xstrdup(word);
	}
}

static void read_row(struct counters *counters, char *line)
{
	char *save, *word = strtok_r(line, BLANKS, &save);
	unsigned long long *values;
	size_t i;

	if (!word || !counters->ncolumns)
		return;
	counters->rows = xrealloc(counters->rows, counters->nrows + 1,
				  sizeof(char *));
	counters->values = xrealloc(counters->values, counters->nrows + 1,
				    counters->ncolumns * sizeof(*values));
	values = counters->values + counters->nrows * counters->ncolumns;
	counters->rows[counters->nrows++] = xstrdup(word);
	for (i = 0; i < counters->ncolumns; i++) {
		if (word)
			word = strtok_r(NULL, BLANKS, &save);
		values[i] = word ? strtoull(word, NULL, 10) : 0;
	}
}

struct counters counters_read(void)
{
	struct counters counters = { .nrows = 0 };
	FILE *file = fopen(COUNTERS_PATH, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return counters;
	while (getline(&line, &size, file) > 0) {
		if (counters.ncolumns)
			read_row(&counters, line);
		else
			read_columns(&counters, line);
	}
	free(line);
	fclose(file);
	return counters;
}

void counters_free(struct counters *counters)
{
	size_t i;

	for (i = 0; i < counters->ncolumns; i++)
		free(counters->columns[i]);
	for (i = 0; i < counters->nrows; i++)
		free(counters->rows[i]);
	free(counters->columns);
	free(counters->rows);
	free(counters->values);
}

static unsigned long long value(const struct counters *counters, size_t row,
				size_t column)
{
	return counters->values[row * counters->ncolumns + column];
}

/* ncolumns: there is no such column */
static size_t find_column(const struct counters *counters, const char *name)
{
	size_t i;

	for (i = 0; i < counters->ncolumns; i++)
		if (!strcmp(counters->columns[i], name))
			break;
	return i;
}

unsigned long long counters_get(const struct counters *counters,
				const char *column, const char *row)
{
	size_t i, at = find_column(counters, column);

	for (i = 0; at < counters->ncolumns && i < counters->nrows; i++)
		if (!strcmp(counters->rows[i], row))
			return value(counters, i, at);
	return 0;
}

bool counters_has(const struct counters *counters, const char *column)
{
	return counters->nrows &&
	       find_column(counters, column) < counters->ncolumns;
}

bool counters_any(const struct counters *counters, const char *column)
{
	size_t i, at = find_column(counters, column);

	for (i = 0; at < counters->ncolumns && i < counters->nrows; i++)
		if (value(counters, i, at))
			return true;
	return false;
}

void counters_print(const struct counters *counters, const char *column)
{
	size_t row, at = find_column(counters, column);

	printf("segments looked at by the %s:\n", column);
	for (row = 0; at < counters->ncolumns && row < counters->nrows; row++)
		if (value(counters, row, at))
			print_row(counters->rows[row],
				  value(counters, row, at));
	if (!counters_any(counters, column))
		printf("    none yet\n");
}

json_t *counters_json(const struct counters *counters)
{
	json_t *all = json_object(), *one;
	size_t column, row;

	for (column = 0; column < counters->ncolumns; column++) {
		one = json_object();
		for (row = 0; row < counters->nrows; row++)
			json_object_set_new(one, counters->rows[row],
					    json_integer(value(counters, row,
							       column)));
		json_object_set_new(all, counters->columns[column], one);
	}
	return all;
}
