// SPDX-License-Identifier: GPL-2.0-only
/* Structured changes of a TCP header: see mutate.h. */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* An option as it occurs: TCP's own, MP_CAPABLE in all lengths, other MPTCP, TCP-AO, broken ones */
static unsigned int put_option(uint8_t *to, unsigned int room, unsigned int random)
{
	static const uint8_t options[][4] = {
		{ 1 }, { 1 }, { 0 }, { 2, 4 }, { 3, 3 }, { 4, 2 }, { 8, 10 }, { 5, 10 }, { 29, 4 },
		{ 29, 16 }, { 30, 3, 0x40 }, { 30, 4, 0x40 }, { 30, 12, 0x10 }, { 30, 20, 0x20 },
		{ 30, 4, 0x01, 0x01 }, { 30, 12, 0x01, 0x81 }, { 30, 12, 0x00, 0x81 },
		{ 30, 20, 0x01, 0x01 }, { 30, 20, 0x00, 0x01 }, { 30, 22, 0x01, 0x81 },
		{ 30, 24, 0x01, 0x21 }, { 30, 22, 0x00, 0x81 }, { 30, 24, 0x00, 0x01 },
		{ 30, 20, 0x01, 0x41 }, { 30, 20, 0x02, 0x01 },
		{ 30, 2 }, { 30, 1 }, { 30, 0 }, { 8, 1 }, { 254, 40 },
	};
	const uint8_t *option = options[random % (sizeof(options) / 4)];
	unsigned int len = option[0] < 2 ? 1 : option[1] < 2 ? 2 : option[1];

	for (unsigned int i = 0; i < len && i < room; i++)
		to[i] = i < 4 ? option[i] : (uint8_t)(random >> 8);
	return len;
}

static size_t resize(uint8_t *data, size_t size, size_t front)
{
	size_t wanted = front + 20 + 4 * (random() % 11);

	if (wanted > size)
		memset(data + size, 1, wanted - size);
	return wanted;
}

/* Half of the time the bytes change; otherwise options are written where one begins. */
size_t mutate_header(uint8_t *data, size_t size, size_t max, unsigned int seed, size_t front)
{
	static const uint8_t flags[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0xc2 };
	uint8_t *h = data + front;
	size_t at = 20, len;
	unsigned int n;

	srandom(seed);
	if (random() % 2 || max < front + 60)
		return LLVMFuzzerMutate(data, size, max);
	if (size < front + 24 || random() % 8 == 0)
		size = resize(data, size, front);
	len = size - front;
	h[12] = len / 4 << 4;
	if (random() % 4 == 0)
		h[13] = flags[random() % sizeof(flags)];
	for (n = random() % 4; n && at + 1 < len && h[at]; n--)
		at += h[at] == 1 ? 1 : h[at + 1] < 2 ? 2 : h[at + 1];
	do {
		if (at < len)
			at += put_option(h + at, len - at, random());
	} while (at < len && random() % 4);
	return size;
}
