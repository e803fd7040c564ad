/* SPDX-License-Identifier: GPL-2.0-only */
/* Are the kernel modules there, and which ones? */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

/* What both front ends share, the expression, and the conntrack helpers */
#define MODULES 3

struct module {
	const char *name;
	bool	available;		/* for the running kernel */
	char	*path;			/* NULL: not known */
	char	*available_version;
	bool	loaded;
	char	*loaded_version;
};

void modules_find(struct module modules[MODULES]);
void modules_free(struct module modules[MODULES]);

#endif /* MODULE_H */
