/* SPDX-License-Identifier: GPL-2.0-only */
/* The file with the tables of "enable", which mptcp-bflag.service loads. */
#ifndef SAVE_H
#define SAVE_H

#include <stdbool.h>

#define SAVE_FILE SYSCONFDIR "/mptcp-bflag.nft"

/*
 * Can and may the file be written?  Ask before the ruleset is changed.  Returns an
 * exit status, after a message.
 */
int save_check(void);

/*
 * Write the tables of "enable" that exist now into the file, and print whether it has
 * changed.  Without a table: remove the file, or fail.  A failure leaves the file as it
 * was.  Call it with gateway_lock().  Returns an exit status, after a message.
 */
int save_tables(bool may_remove);

#endif /* SAVE_H */
