/* SPDX-License-Identifier: GPL-2.0-only */
/* Run nft(8) to load and list stock rules. */
#ifndef NFT_H
#define NFT_H

#include <stdbool.h>

/*
 * Load a file or a text; @check: only see whether it would load.  Return 0, or -1
 * after the messages of nft, which @quiet suppresses, or after a message that nft
 * cannot run.  nft_load() kills nft if @interrupt becomes readable, or after a minute.
 */
int nft_load(const char *file, bool quiet, int interrupt);
int nft_load_text(const char *text, bool check);

/* A table without the values of its counters; to free, or NULL after messages */
char *nft_list(const char *family, const char *table);

#endif /* NFT_H */
