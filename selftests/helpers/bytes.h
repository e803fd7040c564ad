/* SPDX-License-Identifier: GPL-2.0-only */
/* 16-bit numbers in packets: network byte order, at any address */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline unsigned int get16(const uint8_t *b)
{
	return b[0] << 8 | b[1];
}

static inline void put16(uint8_t *b, unsigned int value)
{
	b[0] = value >> 8;
	b[1] = value;
}

#endif /* BYTES_H */
