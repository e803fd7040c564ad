/* SPDX-License-Identifier: GPL-2.0-only */
/* Why has the kernel not loaded a module of ours? */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

enum module_state {
	MODULE_UNKNOWN,		/* no list: a container, or the kernel's modules are gone */
	MODULE_INSTALLED,
	MODULE_MISSING,
};

/* For the running kernel.  *@path: its file, to free, if it is installed; may be NULL */
enum module_state module_installed(const char *name, char **path);

/* Without a signature that the kernel trusts, no module loads. */
bool module_needs_signature(void);

/*
 * "the module NAME is not ...; run ...": why it is not loaded, and what to do; to free.
 * @state: of @names, "A" or "A, B"
 */
char *module_trouble(const char *names, enum module_state state);

#endif /* MODULE_H */
