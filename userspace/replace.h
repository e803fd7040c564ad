/* SPDX-License-Identifier: GPL-2.0-only */
/* A file replaced as one step: all of the new content is there, or the old. */
#ifndef REPLACE_H
#define REPLACE_H

#include <stddef.h>

/*
 * EXIT_OK, or an exit status after a message: then @file is as it was.  A new
 * file gets mode 0644 less the umask, an existing one keeps owner, group and mode.
 */
int replace_file(const char *file, const char *text, size_t len);

#endif /* REPLACE_H */
