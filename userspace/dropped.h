/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file that is to be replaced has, and the new one has not */
#ifndef DROPPED_H
#define DROPPED_H

#include <stddef.h>

/*
 * Says which commands of @file are not among the @count new @lines.  If there
 * are no new ones at all, that is refused.  EXIT_OK, or an exit status after a
 * message.
 */
int dropped_check(const char *file, char * const *lines, size_t count);

#endif /* DROPPED_H */
