// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters per network namespace and CPU, and /proc/net/mptcp_bflag.  Init and exit of
 * mptcp_bflag.ko are here, because only the counters need them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "stats.h"

/* One column after the other; NULL if there was no memory */
struct mptcp_bflag_net {
	unsigned long __percpu *counters;
};

static unsigned int mptcp_bflag_net_id __read_mostly;
static bool mptcp_bflag_counting __read_mostly;	/* registered in all namespaces */

/* These names are ABI: scripts and the tool search for them. */
static const char * const mptcp_bflag_rows[MPTCP_BFLAG_COUNTERS] = {
	[MPTCP_BFLAG_COUNT_SYN]			= "syn_marked",
	[MPTCP_BFLAG_COUNT_SYNACK]		= "synack_marked",
	[MPTCP_BFLAG_COUNT_ACK]			= "ack_marked",
	[MPTCP_BFLAG_COUNT_ALREADY]		= "already_set",
	[MPTCP_BFLAG_COUNT_EXTENSIBILITY]	= "extensibility_set",
	[MPTCP_BFLAG_COUNT_LENGTH]		= "wrong_length",
	[MPTCP_BFLAG_COUNT_VERSION]		= "other_version",
	[MPTCP_BFLAG_COUNT_OPTIONS]		= "broken_options",
	[MPTCP_BFLAG_COUNT_TCP_AO]		= "tcp_ao",
	[MPTCP_BFLAG_COUNT_FRAGMENT]		= "fragment",
	[MPTCP_BFLAG_COUNT_NOT_WRITABLE]	= "not_writable",
	[MPTCP_BFLAG_COUNT_ACK_UNMARKED]	= "ack_unmarked",
};

static const char * const mptcp_bflag_columns[MPTCP_BFLAG_FRONT_ENDS] = {
	[MPTCP_BFLAG_EXPRESSION]	= "expression",
	[MPTCP_BFLAG_HELPER]		= "helper",
};

void mptcp_bflag_count(struct net *net, enum mptcp_bflag_front_end front_end,
		       enum mptcp_bflag_counter counter)
{
	const struct mptcp_bflag_net *bn;

	/* pairs with the release in mptcp_bflag_register() */
	if (!smp_load_acquire(&mptcp_bflag_counting))
		return;
	bn = net_generic(net, mptcp_bflag_net_id);
	if (bn->counters)
		this_cpu_inc(bn->counters[front_end * MPTCP_BFLAG_COUNTERS +
					  counter]);
}

static int mptcp_bflag_show(struct seq_file *seq, void *v)
{
	const struct mptcp_bflag_net *bn = net_generic(seq_file_single_net(seq),
						       mptcp_bflag_net_id);
	const unsigned long __percpu *counter;
	unsigned int row, column;
	unsigned long sum;
	int cpu;

	seq_puts(seq, "counter");
	for (column = 0; column < MPTCP_BFLAG_FRONT_ENDS; column++)
		seq_printf(seq, " %s", mptcp_bflag_columns[column]);
	seq_putc(seq, '\n');

	for (row = 0; row < MPTCP_BFLAG_COUNTERS; row++) {
		seq_puts(seq, mptcp_bflag_rows[row]);
		for (column = 0; column < MPTCP_BFLAG_FRONT_ENDS; column++) {
			counter = bn->counters +
				  column * MPTCP_BFLAG_COUNTERS + row;
			sum = 0;
			for_each_possible_cpu(cpu)
				sum += READ_ONCE(*per_cpu_ptr(counter, cpu));
			seq_printf(seq, " %lu", sum);
		}
		seq_putc(seq, '\n');
	}
	return 0;
}

/*
 * Without memory, the namespace has no counters and no file: an error would fail the
 * creation of the namespace, or the registration of all counters.
 * Not __net_init: the work item may run after the module's init.
 */
static int mptcp_bflag_net_init(struct net *net)
{
	struct mptcp_bflag_net *bn = net_generic(net, mptcp_bflag_net_id);

	bn->counters = __alloc_percpu(MPTCP_BFLAG_FRONT_ENDS *
				      MPTCP_BFLAG_COUNTERS *
				      sizeof(unsigned long),
				      __alignof__(unsigned long));
	if (bn->counters && IS_ENABLED(CONFIG_PROC_FS) &&
	    !proc_create_net_single("mptcp_bflag", 0444, net->proc_net,
				    mptcp_bflag_show, NULL)) {
		free_percpu(bn->counters);
		bn->counters = NULL;
	}
	if (!bn->counters)
		pr_warn_ratelimited("no memory for the counters of a network namespace\n");
	return 0;
}

static void mptcp_bflag_net_exit(struct net *net)
{
	struct mptcp_bflag_net *bn = net_generic(net, mptcp_bflag_net_id);

	if (bn->counters)
		remove_proc_entry("mptcp_bflag", net->proc_net);
	free_percpu(bn->counters);
}

static struct pernet_operations mptcp_bflag_net_ops = {
	.init	= mptcp_bflag_net_init,
	.exit	= mptcp_bflag_net_exit,
	.id	= &mptcp_bflag_net_id,
	.size	= sizeof(struct mptcp_bflag_net),
};

static void mptcp_bflag_register(struct work_struct *work)
{
	int err = register_pernet_subsys(&mptcp_bflag_net_ops);

	if (err)
		pr_warn("no counters: error %d\n", err);
	else	/* pairs with the acquire in mptcp_bflag_count() */
		smp_store_release(&mptcp_bflag_counting, true);
}

static DECLARE_WORK(mptcp_bflag_register_work, mptcp_bflag_register);

/*
 * Lock order:
 *
 *	nfnl_lock(NFNL_SUBSYS_NFTABLES) -> commit_mutex(netns)	any nft
 *	pernet_ops_rwsem -> commit_mutex(netns)			a namespace exits
 *	commit_mutex(netns) -> modprobe -> init			nft "ct helper"
 *
 * Rule: init of mptcp_bflag and nf_conntrack_mptcp_bflag, and its error paths, must not
 * take nfnl_lock() or pernet_ops_rwsem, nor wait for a task that does.
 *
 * Therefore a work item calls register_pernet_subsys(), and a failed init does not call
 * nf_conntrack_helper_unregister() (net_ns_barrier()).  Exceptions: init of
 * nft_mptcp_bflag, because nf_tables drops its locks before it loads an expression's
 * module, and every exit, because modprobe does not wait for a module that is going.
 */
static int __init mptcp_bflag_init(void)
{
	schedule_work(&mptcp_bflag_register_work);
	return 0;
}

void mptcp_bflag_stats_wait(void)
{
	flush_work(&mptcp_bflag_register_work);
}
EXPORT_SYMBOL_GPL(mptcp_bflag_stats_wait);

static void __exit mptcp_bflag_exit(void)
{
	cancel_work_sync(&mptcp_bflag_register_work);
	if (mptcp_bflag_counting)
		unregister_pernet_subsys(&mptcp_bflag_net_ops);
}

module_init(mptcp_bflag_init);
module_exit(mptcp_bflag_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(MPTCP_BFLAG_VERSION);
MODULE_DESCRIPTION("Core that sets the MPTCP flag \"do not join this address\", and its counters");
