/* SPDX-License-Identifier: GPL-2.0-only */
/* Is the kernel module there, and which one? */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

#define MODULE_NAME "nft_mptcp_bflag"

struct module {
	bool	available;		/* for the running kernel */
	char	*path;			/* NULL: not known */
	char	*available_version;
	bool	loaded;
	char	*loaded_version;
};

struct module module_find(void);
void module_free(struct module *module);

#endif /* MODULE_H */
