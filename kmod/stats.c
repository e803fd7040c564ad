// SPDX-License-Identifier: GPL-2.0-only
/* Counters per network namespace and CPU, and /proc/net/mptcp_bflag. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "stats.h"

#define BFLAG_PROC_NAME "mptcp_bflag"

/* Of each processor, one after the other: bflag_index() */
struct bflag_net {
	unsigned long __percpu *counters;
};

static unsigned int bflag_net_id __read_mostly;
static bool bflag_counting __read_mostly;	/* in every namespace */

/* Names are ABI: scripts and the tool look rows and columns up by them. */
static const char * const bflag_row[BFLAG_COUNTERS] = {
	[BFLAG_SYN]		= "syn_marked",
	[BFLAG_SYNACK]		= "synack_marked",
	[BFLAG_ACK]		= "ack_marked",
	[BFLAG_ALREADY]		= "already_set",
	[BFLAG_EXTENSIBILITY]	= "extensibility_set",
	[BFLAG_LENGTH]		= "wrong_length",
	[BFLAG_VERSION]		= "other_version",
	[BFLAG_OPTIONS]		= "broken_options",
	[BFLAG_TCP_AO]		= "tcp_ao",
	[BFLAG_FRAGMENT]	= "fragment",
	[BFLAG_NOT_WRITABLE]	= "not_writable",
	[BFLAG_ACK_UNMARKED]	= "ack_unmarked",
};

static const char * const bflag_column[BFLAG_FRONT_ENDS] = {
	[BFLAG_EXPRESSION]	= "expression",
	[BFLAG_HELPER]		= "helper",
};

/* No array of arrays: that is looked at for its bounds, with a stack frame. */
static unsigned int bflag_index(unsigned int column, unsigned int row)
{
	return column * BFLAG_COUNTERS + row;
}

void mptcp_bflag_count(struct net *net, enum mptcp_bflag_front_end front_end,
		       enum mptcp_bflag_counter counter)
{
	const struct bflag_net *bn;

	/* pairs with the release in bflag_register(): counters are there */
	if (!smp_load_acquire(&bflag_counting))
		return;
	/* net_generic() without the read lock that its caller has already */
	bn = rcu_dereference(net->gen)->ptr[bflag_net_id];
	this_cpu_inc(bn->counters[bflag_index(front_end, counter)]);
}

static unsigned long bflag_sum(const struct bflag_net *bn, unsigned int column,
			       unsigned int row)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(bn->counters + bflag_index(column, row),
				    cpu);
	return sum;
}

static int bflag_stats_show(struct seq_file *seq, void *v)
{
	const struct bflag_net *bn = net_generic(seq_file_single_net(seq),
						 bflag_net_id);
	unsigned int row, column;

	seq_puts(seq, "counter");
	for (column = 0; column < BFLAG_FRONT_ENDS; column++)
		seq_printf(seq, " %s", bflag_column[column]);
	seq_putc(seq, '\n');

	for (row = 0; row < BFLAG_COUNTERS; row++) {
		seq_puts(seq, bflag_row[row]);
		for (column = 0; column < BFLAG_FRONT_ENDS; column++)
			seq_printf(seq, " %lu", bflag_sum(bn, column, row));
		seq_putc(seq, '\n');
	}
	return 0;
}

/* Neither is __net_init or __net_exit: they may run when init is over. */
static int bflag_net_init(struct net *net)
{
	struct bflag_net *bn = net_generic(net, bflag_net_id);

	bn->counters = __alloc_percpu(BFLAG_FRONT_ENDS * BFLAG_COUNTERS *
				      sizeof(unsigned long),
				      __alignof__(unsigned long));
	if (!bn->counters)
		return -ENOMEM;

	if (IS_ENABLED(CONFIG_PROC_FS) &&
	    !proc_create_net_single(BFLAG_PROC_NAME, 0444, net->proc_net,
				    bflag_stats_show, NULL)) {
		free_percpu(bn->counters);
		return -ENOMEM;
	}
	return 0;
}

static void bflag_net_exit(struct net *net)
{
	struct bflag_net *bn = net_generic(net, bflag_net_id);

	remove_proc_entry(BFLAG_PROC_NAME, net->proc_net);
	free_percpu(bn->counters);
}

static struct pernet_operations bflag_net_ops = {
	.init	= bflag_net_init,
	.exit	= bflag_net_exit,
	.id	= &bflag_net_id,
	.size	= sizeof(struct bflag_net),
};

static DECLARE_COMPLETION(bflag_registered);

static void bflag_register(struct work_struct *work)
{
	int err = register_pernet_subsys(&bflag_net_ops);

	if (err)
		pr_warn("no counters: error %d\n", err);
	else	/* pairs with the acquire in mptcp_bflag_count() */
		smp_store_release(&bflag_counting, true);
	complete_all(&bflag_registered);
}

static DECLARE_WORK(bflag_register_work, bflag_register);

/*
 * When "ct helper" loads the module, nf_tables waits for modprobe with the
 * commit mutex of a namespace held.  A namespace that dies at that moment may
 * wait for that mutex, to take a veth away, and hold pernet_ops_rwsem, which
 * registering takes: all three would wait for ever.  So somebody else
 * registers.  Nearly always that is done at once, and counting begins with the
 * first packet; where it is not, loading goes on without.
 */
void __init mptcp_bflag_stats_init(void)
{
	schedule_work(&bflag_register_work);
	wait_for_completion_timeout(&bflag_registered, HZ / 2);
}

/* Not __exit: a failing module init unwinds through it, too. */
void mptcp_bflag_stats_exit(void)
{
	cancel_work_sync(&bflag_register_work);
	if (bflag_counting)
		unregister_pernet_subsys(&bflag_net_ops);
}
