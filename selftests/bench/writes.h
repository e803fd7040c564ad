/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of QEMU's plugin interface, version 1 (since QEMU 4.2), that bench/writes.c
 * uses.  QEMU's own header is in no Debian package.
 */
#ifndef WRITES_H
#define WRITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_MEM_W = 2 };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*fn)(uint64_t id,
						      struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*fn)(unsigned int cpu, uint32_t info,
						 uint64_t address, void *data),
				      int flags, int rw, void *data);
bool qemu_plugin_mem_is_store(uint32_t info);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*fn)(uint64_t id, void *data),
				    void *data);
/* a plugin must define this */
int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv);

#endif /* WRITES_H */
