// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/mptcp_bflag has a line with the names of the columns, and a line for
 * each counter.  Rows and columns of a newer module appear by their names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli.h"
#include "report.h"

#define COUNTERS_PATH "/proc/net/mptcp_bflag"
#define BLANKS " \t\n"

static const struct explanation {
	const char *row;
	const char *noun;	/* singular */
	const char *text;
} explanations[] = {
	{ "syn_marked", "SYN", "marked" },
	{ "synack_marked", "SYN+ACK", "marked" },
	{ "ack_marked", "ACK", "marked" },
	{ "already_set", "segment",
	  "left alone: the sender or another rule had set the flag" },
	{ "extensibility_set", "segment",
	  "left alone: 0x40 was set, which changes the meaning of the other flags" },
	{ "wrong_length", "segment",
	  "left alone: the length of MP_CAPABLE does not fit the segment" },
	{ "other_version", "segment",
	  "left alone: a version of MPTCP that the rule does not mark" },
	{ "broken_options", "segment",
	  "left alone: MP_CAPABLE twice, broken options after it, or a header longer than the packet" },
	{ "tcp_ao", "segment",
	  "left alone: TCP-AO signs the options" },
	{ "fragment", "segment",
	  "left alone: a first fragment with only a part of the TCP header" },
	{ "not_writable", "segment",
	  "left alone: the kernel could not make the packet writable" },
	{ "ack_unmarked", "ACK",
	  "that Linux servers accept left without the flag, for a reason counted above" },
};

void text_print_counter(const char *row, json_int_t n)
{
	const struct explanation *explanation;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(explanations); i++) {
		explanation = &explanations[i];
		if (strcmp(explanation->row, row))
			continue;
		printf("    %lld %s%s %s\n", (long long)n, explanation->noun,
		       n == 1 ? "" : "s", explanation->text);
		return;
	}
	say("    %lld %s\n", (long long)n, row);
}

/* The first word names the row. */
static void take_line(json_t *counters, json_t *columns, char *line)
{
	char *save, *row = strtok_r(line, BLANKS, &save), *word;
	bool is_head = !json_array_size(columns);
	size_t i = 0;

	while (row && (word = strtok_r(NULL, BLANKS, &save))) {
		if (is_head) {
			json_array_append_new(columns, json_object());
			json_object_set(counters, word,
					json_array_get(columns, i));
		} else {
			json_object_set_new(json_array_get(columns, i), row,
					    json_integer(strtoll(word, NULL,
								 10)));
		}
		i++;
	}
}

void model_counters(json_t *model)
{
	json_t *counters = json_object(), *columns = json_array();
	FILE *file = fopen(COUNTERS_PATH, "re");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		take_line(counters, columns, line);
	free(line);
	if (file)
		fclose(file);
	json_decref(columns);
	json_object_set_new(model, "counters", counters);
}
