// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU (-plugin writes.so,range=FILE,out=FILE): record which memory a part of
 * the guest's code writes, and by which processor.  The guest makes the FILE "range",
 * atomically, before this code runs for the first time.  It has a line
 *	FROM TO BASE
 * for each part of the code (TO is not included; all numbers except counts are hexadecimal).
 * When the machine ends, the FILE "out" has a line
 *	OFFSET LINE WRITES-OF-0 WRITES-OF-1 HANDOVERS
 * for each instruction (its OFFSET is BASE at FROM) and each LINE of 64 bytes that it wrote:
 * how often each processor wrote it, and how often the last writer was the other one.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writes.h"

/* QEMU requires this symbol. */
__attribute__((visibility("default"))) int qemu_plugin_version = 1;

#define LINE_SHIFT	6
#define SLOTS		1048576U
#define RANGES		8

struct written {
	uint64_t pc, line;
	unsigned long by[2], handovers;
	unsigned char last;
};

/* Code of the guest, and the offset of its first byte */
struct range {
	unsigned long long from, to, base;
};

/* Global, because QEMU passes user data only to the callback for stores. */
struct record {
	pthread_mutex_t lock;
	struct written *slots;
	unsigned long dropped;
	struct range ranges[RANGES];
	unsigned int known;
	char range[4096], out[4096];
};

static struct record record = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct written *find(uint64_t pc, uint64_t line)
{
	uint64_t hash = (pc * 31 + line) * 0x9e3779b97f4a7c15ULL;
	unsigned int slot = hash >> 44;

	for (unsigned int tries = 0; tries < 64; tries++) {
		struct written *w = &record.slots[(slot + tries) % SLOTS];

		if (!w->pc) {
			w->pc = pc;
			w->line = line;
			w->last = 0xff;
		}
		if (w->pc == pc && w->line == line)
			return w;
	}
	return NULL;
}

static void store(unsigned int cpu, uint32_t info, uint64_t address, void *data)
{
	struct written *w;

	/* QEMU 7.2 calls this for loads, too */
	if (!qemu_plugin_mem_is_store(info))
		return;
	pthread_mutex_lock(&record.lock);
	w = find((uintptr_t)data, address >> LINE_SHIFT);
	if (w) {
		w->by[cpu & 1]++;
		w->handovers += w->last != 0xff && w->last != cpu;
		w->last = cpu;
	} else {
		record.dropped++;
	}
	pthread_mutex_unlock(&record.lock);
}

static bool ranges_known(void)
{
	struct range *r = record.ranges;
	FILE *file;

	if (record.known)
		return true;
	file = fopen(record.range, "r");
	if (!file)
		return false;
	while (record.known < RANGES &&
	       fscanf(file, "%llx %llx %llx", &r->from, &r->to, &r->base) == 3) {
		record.known++;
		r++;
	}
	fclose(file);
	return record.known;
}

static const struct range *range_of(uint64_t pc)
{
	for (unsigned int i = 0; i < record.known; i++)
		if (pc >= record.ranges[i].from && pc < record.ranges[i].to)
			return &record.ranges[i];
	return NULL;
}

/* QEMU calls this for one translation at a time. */
static void translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (!ranges_known())
		return;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);

		if (range_of(pc))
			qemu_plugin_register_vcpu_mem_cb(insn, store, QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_W, (void *)(uintptr_t)pc);
	}
}

static void write_out(uint64_t id, void *data)
{
	FILE *out = fopen(record.out, "w");

	(void)id;
	(void)data;
	if (!out)
		return;
	for (unsigned int i = 0; i < SLOTS; i++) {
		struct written *w = &record.slots[i];
		const struct range *r = range_of(w->pc);

		if (r)
			fprintf(out, "%llx %llx %lu %lu %lu\n", w->pc - r->from + r->base,
				(unsigned long long)w->line << LINE_SHIFT, w->by[0], w->by[1],
				w->handovers);
	}
	fprintf(out, "end %lu\n", record.dropped);
	fclose(out);
}

__attribute__((visibility("default")))
int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	(void)info;
	if (argc != 2 || strncmp(argv[0], "range=", 6) || strncmp(argv[1], "out=", 4)) {
		fprintf(stderr, "writes: -plugin writes.so,range=FILE,out=FILE\n");
		return -1;
	}
	snprintf(record.range, sizeof(record.range), "%s", argv[0] + 6);
	snprintf(record.out, sizeof(record.out), "%s", argv[1] + 4);
	record.slots = calloc(SLOTS, sizeof(*record.slots));
	if (!record.slots)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, write_out, NULL);
	return 0;
}
