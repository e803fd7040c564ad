/* SPDX-License-Identifier: GPL-2.0-only */
/* A sorted list of words, each of them once */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
	char	**list;
	size_t	count;
};

void words_add(struct words *words, char *word);	/* takes it */
void words_free(struct words *words);
bool words_equal(const struct words *a, const struct words *b);

#endif /* WORDS_H */
