/* SPDX-License-Identifier: GPL-2.0-only */
/* Name tables, used in both directions: options in, listings out. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct name {
	const char	*name;
	uint32_t	value;
};

extern const struct name family_names[];

/* The conntrack helpers and the segments that they mark */
extern const struct name helper_names[];

/* The first name with this value, or NULL */
const char *name_of(const struct name *names, uint32_t value);

bool name_value(const struct name *names, const char *name, uint32_t *value);

/* The same number is another hook in another family. */
const char *hook_name(uint8_t family, uint32_t hook);

#endif /* NAMES_H */
