/* SPDX-License-Identifier: GPL-2.0-only */
/* Run nft(8), for tables of stock rules */
#ifndef NFT_H
#define NFT_H

#include <stdbool.h>

/*
 * Load a file; a text.  0, or -1 after messages: nft's own, or one that it could
 * not be run.  @quiet: without messages.
 */
int nft_load(const char *file, bool quiet);
int nft_load_text(const char *text);

#endif /* NFT_H */
