/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of "enable" in the language of nft; for gateway_script() */
#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <stdio.h>

#include "gateway.h"

/* The comment of the base chain of a helper's table */
#define GATEWAY_FIRST_PACKETS "first packets"

/* Sources are a set only if there are some, devices only in a set of their own. */
bool gateway_has_set(const struct gateway *gateway, size_t set);

/* Of the chain that sets the flag, or of the one with @match; to be freed */
char *gateway_comment(const struct gateway *gateway, bool match);

/*
 * The table with its sets, without elements.  @all: with the chains that have our
 * rules; @is_new: with its comment
 */
void gateway_write_table(const struct gateway *gateway, bool all, bool is_new,
			 FILE *script);

/* A set is emptied and filled; "flush" or "delete" for one */
void gateway_write_elements(const struct gateway *gateway, size_t set,
			    FILE *script);
void gateway_write_command(const struct gateway *gateway, size_t set,
			   const char *command, FILE *script);

#endif /* GATEWAY_TEXT_H */
