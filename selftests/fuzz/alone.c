// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a target of libFuzzer where libFuzzer is not: on another processor, in an emulator.  "alone COUNT FILE..." gives it
 * the inputs in the files, then COUNT inputs that its own mutator makes of them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX	66

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* called by the target's mutator, which has set the seed */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	(void)max;
	data[random() % size] = random();
	return size;
}

static size_t read_file(const char *name, uint8_t *data)
{
	FILE *f = fopen(name, "rb");
	size_t size = f ? fread(data, 1, MAX, f) : 0;

	if (!size) {
		perror(name);
		exit(2);
	}
	fclose(f);
	return size;
}

int main(int argc, char *argv[])
{
	unsigned int count = argc > 2 ? strtoul(argv[1], NULL, 0) : 0;
	int files = argc - 2;
	uint8_t data[MAX];
	size_t size;

	if (files < 1) {
		fprintf(stderr, "usage: alone COUNT FILE...\n");
		return 2;
	}
	for (unsigned int i = 0; i < files + count; i++) {
		memset(data, 0, sizeof(data));
		size = read_file(argv[2 + i % files], data);
		/* one after another, up to eight */
		for (unsigned int n = i < (unsigned int)files ? 0 : 1 + i % 8; n; n--)
			size = LLVMFuzzerCustomMutator(data, size, MAX, i * 8 + n);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%u inputs: no difference\n", files + count);
	return 0;
}
