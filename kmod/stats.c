// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters per network namespace and CPU, and /proc/net/mptcp_bflag; and, because
 * nothing else in mptcp_bflag.ko has to be begun or ended, its init and exit.
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

/* Of each processor, column by column; NULL: there was no memory for them */
struct mptcp_bflag_net {
	unsigned long __percpu *counters;
};

static unsigned int mptcp_bflag_net_id __read_mostly;
static bool mptcp_bflag_counting __read_mostly;	/* in every namespace */

/* Names are ABI: scripts and the tool look rows and columns up by them. */
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
	unsigned int row, column, i;
	unsigned long sum;
	int cpu;

	seq_puts(seq, "counter");
	for (column = 0; column < MPTCP_BFLAG_FRONT_ENDS; column++)
		seq_printf(seq, " %s", mptcp_bflag_columns[column]);
	seq_putc(seq, '\n');

	for (row = 0; row < MPTCP_BFLAG_COUNTERS; row++) {
		seq_puts(seq, mptcp_bflag_rows[row]);
		for (column = 0; column < MPTCP_BFLAG_FRONT_ENDS; column++) {
			i = column * MPTCP_BFLAG_COUNTERS + row;
			sum = 0;
			for_each_possible_cpu(cpu)
				sum += *per_cpu_ptr(bn->counters + i, cpu);
			seq_printf(seq, " %lu", sum);
		}
		seq_putc(seq, '\n');
	}
	return 0;
}

/*
 * A namespace without memory for its counters goes without, and without the file:
 * an error here would take the counters of all others, or the namespace itself.
 * Neither of the two is __net_init or __net_exit: they may run when init is over.
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
 * Lock order.  nf_conntrack loads the module of a "ct helper" with the commit mutex
 * of the namespace held, and modprobe runs our init, and that of what we depend on,
 * while it waits:
 *
 *	commit_mutex(netns) -> modprobe -> init
 *	nfnl_lock(NFNL_SUBSYS_NFTABLES) -> commit_mutex(netns)	(any nft)
 *	pernet_ops_rwsem -> commit_mutex(netns)	(cleanup of a namespace: a device goes)
 *
 * So neither the init of mptcp_bflag and nf_conntrack_mptcp_bflag, nor the way out of
 * it if it fails, may take nfnl_lock() or pernet_ops_rwsem, or wait for one who
 * does: registering a pernet subsystem does, and so does unregistering one or a
 * conntrack helper (net_ns_barrier()).  Hence a work item registers the counters, and
 * nf_conntrack_mptcp_bflag never unregisters a helper in its init.
 *
 * nft_mptcp_bflag is loaded with no lock held (nf_tables lets go of them first): its
 * init may wait.  So may every exit: nobody waits for an unload with a lock held; a
 * modprobe that finds a module going is told EBUSY.
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
MODULE_DESCRIPTION("Set the MPTCP flag that asks for no joins to this address: core and counters");
