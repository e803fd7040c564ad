// SPDX-License-Identifier: GPL-2.0-only
/* mptcp-bflag save: what "enable" and "attach" have made, as their commands */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "cli.h"
#include "dropped.h"
#include "gateway.h"
#include "names.h"
#include "recall.h"
#include "replace.h"
#include "saved.h"

#define HEADER \
	"# What mptcp-bflag(8) has put into nf_tables; 'mptcp-bflag restore FILE' puts it back.\n"

#define PROGRAM "mptcp-bflag "

/* Tables of "enable"; in one of those its own rule may have been seen. */
enum enabled { NOT_ENABLED, ENABLED, RULE_SEEN };

struct save {
	const struct ruleset	*set;
	char			**lines;
	size_t			count;
	enum enabled		*enabled;	/* tables, by index */
	size_t			left_out;
};

static void add_line(struct save *save, char *line)
{
	save->lines = xrealloc(save->lines, save->count + 1,
			       sizeof(*save->lines));
	save->lines[save->count++] = line;
}

static char *table_text(const struct table *table)
{
	const char *family = name_of(family_names, table->family);
	char *quoted = saved_quote(table->name), *text;

	text = xasprintf("%s %s", family ? family : "unknown", quoted);
	free(quoted);
	return text;
}

static char *chain_text(const struct chain *chain)
{
	const char *family = name_of(family_names, chain->family);
	char *table = saved_quote(chain->table);
	char *name = saved_quote(chain->name), *text;

	text = xasprintf("%s%s %s %s",
			 *table == '-' || *name == '-' ? "-- " : "",
			 family ? family : "unknown", table, name);
	free(table);
	free(name);
	return text;
}

/* What was asked for is in its comment, whatever has become of the rest. */
static void save_table(struct save *save, const struct table *table)
{
	struct recall recall = recall_table(save->set, table);
	char *name = table_text(table);

	if (!recall.command) {
		complain("table %s is left out: which command made it, its comment does not say, nor do its rules; give 'mptcp-bflag enable' again",
			 name);
		save->left_out++;
	} else {
		if (recall.differs)
			complain("warning: table %s is not as 'enable' made it ('mptcp-bflag status' tells more); saved is the command that did",
				 name);
		add_line(save, xstrdup(recall.command + strlen(PROGRAM)));
	}
	free(recall.command);
	free(name);
}

static void save_tables(struct save *save)
{
	const struct ruleset *set = save->set;
	size_t i;

	save->enabled = xrealloc(NULL, set->ntables,
				 sizeof(*save->enabled));
	for (i = 0; i < set->ntables; i++) {
		save->enabled[i] = NOT_ENABLED;
		if (!gateway_made(&set->tables[i]))
			continue;
		save->enabled[i] = ENABLED;
		save_table(save, &set->tables[i]);
	}
}

struct neighbours {
	size_t	before;		/* rules of others */
	size_t	others;		/* all of them */
	size_t	attached;	/* rules like this, with it */
};

static struct neighbours find_neighbours(const struct ruleset *set,
					 size_t rule)
{
	struct neighbours found = { .before = 0 };
	size_t i;

	for (i = 0; i < set->nrules; i++) {
		if (set->rules[i].chain != set->rules[rule].chain)
			continue;
		if (attach_made(set, i))
			found.attached++;
		else
			found.others++;
		found.before += i < rule && !attach_made(set, i);
	}
	return found;
}

/* The options, if they are all there is to say; the caller frees them. */
static char *options_text(const struct mark *mark)
{
	struct bflag bflag = bflag_get(mark->data), same = BFLAG_DEFAULT;
	char *segments = mask_text(segment_names, bflag.segments);
	char *versions = mask_text(version_names, bflag.versions);
	const char *flag = name_of(flag_names, bflag.flag);
	char *text = NULL, *wrong;

	wrong = bflag_set_segments(&same, segments);
	if (!wrong)
		wrong = bflag_set_versions(&same, versions);
	if (flag)
		same.flag = bflag.flag;
	if (!wrong && bflag_equal(mark->data, &same))
		text = xasprintf("--segments %s --versions %s --flag %s",
				 segments, versions, flag);
	free(wrong);
	free(segments);
	free(versions);
	return text;
}

/* NULL, or why it cannot be said as an attach command */
static const char *attach_line(const struct ruleset *set,
			       const struct mark *mark, const char *place,
			       char **line)
{
	const struct rule *rule = &set->rules[mark->rule];
	struct neighbours near;
	char *options;

	if (!attach_made(set, mark->rule))
		return "it has other expressions, too, and 'attach' makes no such rule";
	if (!name_of(family_names, set->chains[rule->chain].family))
		return "this tool does not know the family";
	if (!*set->chains[rule->chain].table || !*set->chains[rule->chain].name)
		return "its table or its chain has an empty name";
	near = find_neighbours(set, mark->rule);
	if (near.attached > 1)
		return "there is more than one in the chain, and 'attach' leaves one";
	options = options_text(mark);
	if (!options)
		return "it has options that this version of the tool does not know";

	if (near.others)
		*line = xasprintf("attach %s --index %zu %s", options,
				  near.before, place);
	else
		*line = xasprintf("attach %s %s", options, place);
	free(options);
	return NULL;
}

/* The one rule that "enable" makes; the command of its table stands for it. */
static bool is_enables(struct save *save, const struct chain *chain)
{
	if (save->enabled[chain->table_index] != ENABLED ||
	    strcmp(chain->name, GATEWAY_MARK_CHAIN))
		return false;
	save->enabled[chain->table_index] = RULE_SEEN;
	return true;
}

static void save_rule(struct save *save, const struct mark *mark)
{
	const struct rule *rule = &save->set->rules[mark->rule];
	const struct chain *chain = &save->set->chains[rule->chain];
	char *place, *line;
	const char *why;

	if (chain->table_index != NONE && is_enables(save, chain))
		return;
	place = chain_text(chain);
	if (chain->table_index != NONE &&
	    save->enabled[chain->table_index] != NOT_ENABLED)
		why = "it is in a table of 'enable', of which only the command is saved; attach it to a chain of your own";
	else
		why = attach_line(save->set, mark, place, &line);
	if (why) {
		complain("rule %s handle %llu is left out: %s", place,
			 (unsigned long long)rule->handle, why);
		save->left_out++;
	} else {
		add_line(save, line);
	}
	free(place);
}

/* Whatever order the kernel has: the same rules, the same file. */
static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

static char *whole_text(const struct save *save, size_t *len)
{
	FILE *stream;
	char *text;
	size_t i;

	stream = open_memstream(&text, len);
	if (stream) {
		fputs(HEADER, stream);
		for (i = 0; i < save->count; i++)
			fprintf(stream, "%s\n", save->lines[i]);
	}
	if (!stream || fclose(stream)) {
		complain("out of memory");
		exit(EXIT_FAILED);
	}
	return text;
}

static int write_out(struct save *save, const char *file)
{
	int status = EXIT_OK;
	char *text;
	size_t len;

	if (save->left_out && file) {
		complain("%s is as it was; without FILE, 'save' prints what can be saved",
			 file);
		return EXIT_REFUSED;
	}
	if (save->count)
		qsort(save->lines, save->count, sizeof(*save->lines),
		      compare_lines);
	text = whole_text(save, &len);
	if (len > SAVED_MAX_BYTES) {
		complain("nothing is saved: it would be %zu bytes, and 'restore' takes no more than %d",
			 len, SAVED_MAX_BYTES);
		status = EXIT_REFUSED;
	} else if (!file) {
		fputs(text, stdout);
	} else {
		status = dropped_check(file, save->lines, save->count);
		if (status == EXIT_OK)
			status = replace_file(file, text, len);
	}
	if (file && status == EXIT_OK)
		say("%s: %zu command%s saved\n", file, save->count,
		    save->count == 1 ? "" : "s");
	free(text);
	return save->left_out ? EXIT_REFUSED : status;
}

int verb_save(int argc, char **argv)
{
	struct save save = { .count = 0 };
	struct ruleset set;
	const char *file;
	bool help;
	int status = saved_argument(argc, argv, &file, &help);
	size_t i;

	if (status != EXIT_OK || help)
		return status;
	status = ruleset_read(&set);
	if (status != EXIT_OK)
		return status;

	save.set = &set;
	save_tables(&save);
	for (i = 0; i < set.nmarks; i++)
		save_rule(&save, &set.marks[i]);
	status = write_out(&save, file);

	for (i = 0; i < save.count; i++)
		free(save.lines[i]);
	free(save.lines);
	free(save.enabled);
	ruleset_free(&set);
	return status;
}
