/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the kernel's headers that kmod/stats.c needs to be compiled unmodified in
 * userspace.  The other files here have the names of kernel headers and include this one.
 * The kernel's functions are in the test.
 */
#ifndef STUBS_KERNEL_H
#define STUBS_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* the kernel is compiled like this */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* A module: pointers to its two functions, for the test */
#define __init
#define __exit
#define __read_mostly
#define module_init(function) int (*stub_module_init)(void) = function
#define module_exit(function) void (*stub_module_exit)(void) = function
#define EXPORT_SYMBOL_GPL(symbol) extern int stub_ignored
#define MODULE_LICENSE(text) extern int stub_ignored
#define MODULE_VERSION(text) extern int stub_ignored
#define MODULE_AUTHOR(text) extern int stub_ignored
#define MODULE_DESCRIPTION(text) extern int stub_ignored
#define IS_ENABLED(option) 1

__attribute__((format(printf, 1, 2))) void stub_warn(const char *format, ...);
#define pr_warn(format, ...) stub_warn(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn_ratelimited pr_warn
#define KBUILD_MODNAME "test"

#define READ_ONCE(x) (x)
#define smp_load_acquire(from) (*(from))
#define smp_store_release(to, value) (*(to) = (value))

/* Per-CPU memory: STUB_CPU_SIZE bytes for each processor */
#define __percpu
#define STUB_CPUS 3
#define STUB_CPU_SIZE 4096
extern int stub_cpu;		/* the current one */
void *__alloc_percpu(size_t size, size_t align);
void free_percpu(void *p);
#define per_cpu_ptr(p, cpu) \
	((__typeof__(p))((char *)(p) + (cpu) * STUB_CPU_SIZE))
#define this_cpu_inc(v) (++*per_cpu_ptr(&(v), stub_cpu))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < STUB_CPUS; (cpu)++)

struct work_struct {
	void (*function)(struct work_struct *work);
};

#define DECLARE_WORK(name, f) struct work_struct name = { .function = f }
bool schedule_work(struct work_struct *work);
bool flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);

struct proc_dir_entry;

struct net {
	struct proc_dir_entry *proc_net;
	void *generic;
};

struct pernet_operations {
	int (*init)(struct net *net);
	void (*exit)(struct net *net);
	unsigned int *id;
	size_t size;
};

int register_pernet_subsys(struct pernet_operations *ops);
void unregister_pernet_subsys(struct pernet_operations *ops);
void *net_generic(const struct net *net, unsigned int id);

struct seq_file;

struct proc_dir_entry *
proc_create_net_single(const char *name, unsigned short mode,
		       struct proc_dir_entry *parent,
		       int (*show)(struct seq_file *seq, void *v), void *data);
void remove_proc_entry(const char *name, struct proc_dir_entry *parent);
struct net *seq_file_single_net(struct seq_file *seq);
void seq_puts(struct seq_file *seq, const char *s);
void seq_putc(struct seq_file *seq, char c);
__attribute__((format(printf, 2, 3)))
void seq_printf(struct seq_file *seq, const char *format, ...);

#endif /* STUBS_KERNEL_H */
