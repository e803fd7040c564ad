/* SPDX-License-Identifier: GPL-2.0-only */
/* The file with the tables of "enable", which mptcp-bflag.service loads. */
#ifndef SAVE_H
#define SAVE_H

#include <stdbool.h>

#define SAVE_FILE SYSCONFDIR "/mptcp-bflag.nft"

/*
 * Can and may the file be written?  Ask before the ruleset is changed, and with
 * gateway_lock().  Returns an exit status, after a message.
 */
int save_check(void);

/*
 * Write the tables of "enable" that exist now into the file, and print whether it has
 * changed.  @removed: those that "disable" has just removed, a line "FAMILY NAME" each;
 * if none is left, the file is removed.  NULL, for "enable": one must be there.  Tables
 * of the file that are neither in the ruleset nor removed are an error, unless
 * @all_removed.  A failure leaves the file as it was.  Call it with gateway_lock().
 * Returns an exit status, after a message.
 */
int save_tables(const char *removed, bool all_removed);

#endif /* SAVE_H */
