/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of "enable" as text for nft, for gateway_script() */
#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <stdio.h>

#include "gateway.h"

/* The comment of the base chain with --helper */
#define GATEWAY_FIRST_PACKETS "first packets"

/* Source sets exist only with --source, the device set unless devices are bound. */
bool gateway_has_set(const struct gateway *gateway, size_t set);

/* The comment of the chain with "set" or, with @match, "match"; to free */
char *gateway_comment(const struct gateway *gateway, bool match);

/*
 * Write the table with its sets, without elements.  @all: with the chains that
 * have our rules.  @is_new: with its comment.
 */
void gateway_write_table(const struct gateway *gateway, bool all, bool is_new,
			 FILE *script);

/* Flush and fill a set; "flush" or "delete" a set */
void gateway_write_elements(const struct gateway *gateway, size_t set,
			    FILE *script);
void gateway_write_command(const struct gateway *gateway, size_t set,
			   const char *command, FILE *script);

#endif /* GATEWAY_TEXT_H */
