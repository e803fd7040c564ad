// SPDX-License-Identifier: GPL-2.0-only
/* A sorted list of words, each of them once */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "words.h"

void words_add(struct words *words, char *word)
{
	size_t i = 0;

	while (i < words->count && strcmp(words->list[i], word) < 0)
		i++;
	if (i < words->count && !strcmp(words->list[i], word)) {
		free(word);
		return;
	}
	words->list = grow(words->list, words->count, sizeof(char *));
	memmove(words->list + i + 1, words->list + i,
		(words->count++ - i) * sizeof(char *));
	words->list[i] = word;
}

void words_free(struct words *words)
{
	while (words->count)
		free(words->list[--words->count]);
	free(words->list);
	words->list = NULL;
}

bool words_equal(const struct words *a, const struct words *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->list[i], b->list[i]))
			return false;
	return a->count == b->count;
}
