/* SPDX-License-Identifier: GPL-2.0-only */
/* sync --watch */
#ifndef WATCH_H
#define WATCH_H

/* Runs until SIGTERM or SIGINT.  @load: a file for nft, or NULL.  An exit status */
int watch(const char *load);

#endif /* WATCH_H */
