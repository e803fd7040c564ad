// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel must answer, from the documentation in kmod/nf_tables_mptcp_bflag.h, and from how
 * nf_tables reads attributes: it ends at an attribute whose length is impossible, ignores the two
 * flag bits of a type, takes the last of several, and skips type 0 and types above 16.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "oracle.h"

#define HEADER 4
#define TYPE_BITS 0x3fff
#define TYPES_SEEN 16

static uint32_t be32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static bool known(const struct value *value, unsigned int found)
{
	const uint32_t *at = value->at;

	return found == 0x1e && at[1] - 1 < 7 && at[2] - 1 < 3 &&
	       (at[3] == 0x20 || at[3] == 0x40) && at[4] < 2;
}

struct verdict judge(const void *data, size_t len, struct value *value)
{
	const unsigned char *at = data;
	unsigned int found = 0;

	memset(value, 0, sizeof(*value));
	while (len >= HEADER) {
		uint16_t size, type;
		size_t step;

		memcpy(&size, at, 2);
		memcpy(&type, at + 2, 2);
		type &= TYPE_BITS;
		if (size < HEADER || size > len)
			break;
		if (type && type <= TYPES_SEEN) {
			if (type > NFTA_MPTCP_BFLAG_MAX)
				return (struct verdict){ .parse = EINVAL };
			if (size != HEADER + 4)
				return (struct verdict){ .parse = ERANGE };
			value->at[type] = be32(at + HEADER);
			found |= 1 << type;
		}
		step = (size + 3U) & ~3U;
		if (step >= len)
			break;
		at += step;
		len -= step;
	}
	return (struct verdict){ .init = known(value, found) ? 0 : EINVAL };
}
