/* SPDX-License-Identifier: GPL-2.0-only */
/* sync --watch */
#ifndef WATCH_H
#define WATCH_H

/* Returns when told to end, an exit status.  @load: a file for nft, or NULL */
int watch(const char *load);

#endif /* WATCH_H */
