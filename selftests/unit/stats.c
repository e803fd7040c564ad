// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit test of the counters (kmod/stats.c, unmodified), in userspace, with sanitizers:
 * their behaviour if an allocation or their registration fails.  This file implements the
 * kernel functions of stubs/kernel.h for a few network namespaces.  Each test is a process
 * of its own, so it starts with a module that was just loaded.  Prints KTAP.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stubs/kernel.h"
#include "../../kmod/stats.h"

#define NETS	3
#define NET_ID	7

extern int (*stub_module_init)(void);
extern void (*stub_module_exit)(void);

/* The kernel */

struct proc_dir_entry {
	int (*show)(struct seq_file *seq, void *v);
};

struct seq_file {
	struct net *net;
	char text[2048];
	size_t len;
};

static struct proc_dir_entry proc[NETS];
static struct net nets[NETS];
static struct pernet_operations *registered;
static struct work_struct *pending;
static int warnings, percpu_live, files_live;
int stub_cpu;

/* The number of the call that fails, from 1; 0: none */
static int fail_percpu, fail_proc, fail_register;

static bool fails(int *which)
{
	return *which && !--*which;
}

static void die(const char *why)
{
	printf("# %s\n", why);
	fflush(stdout);
	_exit(1);
}

#define must(condition) do { if (!(condition)) die(#condition); } while (0)

void stub_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	printf("# ");
	vprintf(format, ap);
	va_end(ap);
	warnings++;
}

void *__alloc_percpu(size_t size, size_t align)
{
	must(size <= STUB_CPU_SIZE && align == sizeof(long));
	if (fails(&fail_percpu))
		return NULL;
	percpu_live++;
	return calloc(1, (STUB_CPUS - 1) * STUB_CPU_SIZE + size);
}

void free_percpu(void *p)
{
	percpu_live -= !!p;
	free(p);
}

bool schedule_work(struct work_struct *work)
{
	pending = work;
	return true;
}

bool flush_work(struct work_struct *work)
{
	bool was = pending == work;

	pending = NULL;
	if (was)
		work->function(work);
	return was;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was = pending == work;

	pending = NULL;
	return was;
}

static void net_leave(struct net *net)
{
	registered->exit(net);
	free(net->generic);
	net->generic = NULL;
}

static int net_enter(struct net *net)
{
	int err;

	net->generic = calloc(1, registered->size);
	err = registered->init(net);
	if (err) {
		free(net->generic);
		net->generic = NULL;
	}
	return err;
}

/* As in the kernel, an error in one namespace undoes the others. */
int register_pernet_subsys(struct pernet_operations *ops)
{
	int err;

	must(!registered);
	if (fails(&fail_register))
		return -ENOMEM;
	registered = ops;
	*ops->id = NET_ID;
	for (int i = 0; i < NETS; i++) {
		err = net_enter(&nets[i]);
		if (!err)
			continue;
		while (i--)
			net_leave(&nets[i]);
		registered = NULL;
		return err;
	}
	return 0;
}

void unregister_pernet_subsys(struct pernet_operations *ops)
{
	must(registered == ops);
	for (int i = 0; i < NETS; i++)
		net_leave(&nets[i]);
	registered = NULL;
}

void *net_generic(const struct net *net, unsigned int id)
{
	must(id == NET_ID && net->generic);
	return net->generic;
}

struct proc_dir_entry *
proc_create_net_single(const char *name, unsigned short mode,
		       struct proc_dir_entry *parent,
		       int (*show)(struct seq_file *seq, void *v), void *data)
{
	must(!strcmp(name, "mptcp_bflag") && mode == 0444 && !parent->show && !data);
	if (fails(&fail_proc))
		return NULL;
	files_live++;
	parent->show = show;
	return parent;
}

void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
{
	must(!strcmp(name, "mptcp_bflag") && parent->show);
	files_live--;
	parent->show = NULL;
}

struct net *seq_file_single_net(struct seq_file *seq)
{
	return seq->net;
}

void seq_printf(struct seq_file *seq, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	seq->len += vsnprintf(seq->text + seq->len, sizeof(seq->text) - seq->len, format, ap);
	va_end(ap);
	must(seq->len < sizeof(seq->text));
}

void seq_puts(struct seq_file *seq, const char *s)
{
	seq_printf(seq, "%s", s);
}

void seq_putc(struct seq_file *seq, char c)
{
	seq_printf(seq, "%c", c);
}

/* The tests */

static void count(int net)
{
	for (stub_cpu = 0; stub_cpu < STUB_CPUS; stub_cpu++)
		for (int column = 0; column < MPTCP_BFLAG_FRONT_ENDS; column++)
			for (int row = 0; row < MPTCP_BFLAG_COUNTERS; row++)
				for (int n = 0; n < (net + 1) * (column * 50 + row); n++)
					mptcp_bflag_count(&nets[net], column, row);
}

/* Does the file of this namespace show the result of count()? */
static void must_count(int net)
{
	static const char * const row[] = {
		"syn_marked", "synack_marked", "ack_marked", "already_set",
		"extensibility_set", "wrong_length", "other_version", "broken_options",
		"tcp_ao", "fragment", "not_writable", "ack_unmarked",
	};
	struct seq_file seq = { .net = &nets[net] };
	char expected[2048] = "counter expression helper\n";

	for (int i = 0; i < 12; i++)
		sprintf(expected + strlen(expected), "%s %d %d\n", row[i],
			STUB_CPUS * (net + 1) * i, STUB_CPUS * (net + 1) * (50 + i));
	must(proc[net].show);
	must(!proc[net].show(&seq, NULL));
	must(!strcmp(seq.text, expected));
}

static void load(void)
{
	for (int i = 0; i < NETS; i++)
		nets[i].proc_net = &proc[i];
	must(!stub_module_init());
	must(!registered && pending);	/* registration may need locks of modprobe's caller */
	for (int i = 0; i < NETS; i++)
		count(i);
	mptcp_bflag_stats_wait();
	must(!pending);
}

static void unload(void)
{
	stub_module_exit();
	must(!registered && !pending && !percpu_live && !files_live);
}

/* All namespaces have counters, except this one (-1: no exception). */
static void must_lack(int lacking)
{
	must(registered && files_live == NETS - (lacking >= 0));
	must(percpu_live == files_live && warnings == (lacking >= 0));
	for (int i = 0; i < NETS; i++)
		count(i);
	for (int i = 0; i < NETS; i++) {
		if (i == lacking)
			must(!proc[i].show);
		else
			must_count(i);
	}
}

static void all_well(int net)
{
	(void)net;
	load();
	must_lack(-1);
	unload();
}

static void no_memory(int net)
{
	fail_percpu = net + 1;
	load();
	must_lack(net);
	unload();
}

static void no_file(int net)
{
	fail_proc = net + 1;
	load();
	must_lack(net);
	unload();
}

/* A namespace is deleted, and one is made while there is no memory */
static void later(int net)
{
	load();
	net_leave(&nets[net]);
	must(percpu_live == NETS - 1 && files_live == NETS - 1);
	fail_percpu = 1;
	must(!net_enter(&nets[net]));
	must_lack(net);
	net_leave(&nets[net]);
	fail_proc = 1;
	must(!net_enter(&nets[net]));
	count(net);
	must(!proc[net].show);
	net_leave(&nets[net]);
	must(!net_enter(&nets[net]));
	count(net);
	must_count(net);
	unload();
}

static void not_registered(int net)
{
	fail_register = 1;
	load();
	must(!registered && warnings == 1);
	count(net);
	mptcp_bflag_stats_wait();
	unload();
}

static void ends_at_once(int net)
{
	must(!stub_module_init());
	count(net);
	unload();
}

static int tests, failures;

static void run(const char *name, void (*test)(int net), int net)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		test(net);
		exit(0);	/* this checks for leaks */
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	failures += !!status;
	printf("%s %d %s, namespace %d\n", status ? "not ok" : "ok", ++tests, name, net + 1);
}

int main(void)
{
	for (int net = 0; net < NETS; net++) {
		run("memory for all counters", all_well, net);
		run("no memory for the counters", no_memory, net);
		run("no memory for the file", no_file, net);
		run("deleted, and made again without memory", later, net);
		run("the counters cannot be registered", not_registered, net);
		run("unloaded before the counters are registered", ends_at_once, net);
	}
	printf("1..%d\n", tests);
	return failures != 0;
}
