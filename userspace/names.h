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

/* Of several names for one value the first is the one printed. */
extern const struct name operation_names[];
extern const struct name segment_names[];
extern const struct name version_names[];
extern const struct name flag_names[];
extern const struct name family_names[];

/* The conntrack helpers, and the segments that they mark */
#define HELPER_NAMES 2
extern const struct name helper_names[HELPER_NAMES + 1];

/* NULL if there is no name for the value */
const char *name_of(const struct name *names, uint32_t value);

bool name_value(const struct name *names, const char *name, uint32_t *value);

/* A comma separated list of names as a bit mask; false if one is unknown. */
bool name_mask(const struct name *names, const char *list, uint32_t *mask);

/* The same backwards, unknown bits as numbers; the caller frees it. */
char *mask_text(const struct name *names, uint32_t mask);

/* Hook numbers mean different hooks in different families. */
const char *hook_name(uint8_t family, uint32_t hook);

#endif /* NAMES_H */
