/* SPDX-License-Identifier: GPL-2.0-only */
/* A mutator for inputs that are @front bytes and a TCP header. */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

size_t mutate_header(uint8_t *data, size_t size, size_t max, unsigned int seed, size_t front);

#endif /* MUTATE_H */
