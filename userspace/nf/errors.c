// SPDX-License-Identifier: GPL-2.0-only
/* From what was attempted and the errno that came back to a sentence. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "../cli.h"
#include "errors.h"

struct sentence {
	enum attempt		attempt;
	int			err;
	enum exit_status	status;
	const char		*text;
};

#define NO_NF_TABLES							\
	"this kernel has no nf_tables, or it cannot be loaded ('modprobe nf_tables')"

#define NOT_REWRITABLE							\
	"packets cannot be rewritten there; the rule works in families ip, " \
	"ip6, inet, bridge and netdev, in chains of type filter and route, " \
	"and in regular chains that no nat chain jumps to"

#define RUN_AS_ROOT "run as root (CAP_NET_ADMIN in this network namespace)"

/* The first that fits is taken. */
static const struct sentence sentences[] = {
	{ ATTEMPT_SOCKET, EPROTONOSUPPORT, EXIT_FAILED,
	  "this kernel has no nfnetlink (CONFIG_NETFILTER_NETLINK)" },
	{ ATTEMPT_READ, EPERM, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_READ, EINVAL, EXIT_FAILED, NO_NF_TABLES },
	{ ATTEMPT_READ, EOPNOTSUPP, EXIT_FAILED,
	  "this kernel has no nf_tables (CONFIG_NF_TABLES)" },
	{ ATTEMPT_COMMIT, EPERM, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_COMMIT, ERESTART, EXIT_FAILED,
	  "other programs keep changing the ruleset; try again" },
	{ ATTEMPT_COMMIT, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_COMMIT, EINVAL, EXIT_FAILED, NO_NF_TABLES },
	{ ATTEMPT_COMMIT, EMSGSIZE, EXIT_FAILED,
	  "it is more than fits into one transaction; raise net.core.wmem_max" },
	/* the kernel has let us change other tables */
	{ ATTEMPT_ANY, EPERM, EXIT_REFUSED,
	  "the table belongs to a running program (flag owner), which alone can change it" },
	{ ATTEMPT_ANY, EACCES, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_ANY, ENOMEM, EXIT_FAILED, "the kernel has no memory for it" },
	{ ATTEMPT_ANY, ENOBUFS, EXIT_FAILED,
	  "the kernel's answer did not fit the socket buffer and is lost; 'mptcp-bflag status' tells what is in place" },
	{ ATTEMPT_EXPRESSION, ENOENT, EXIT_NO_MODULE,
	  "the module nft_mptcp_bflag is not installed for the running kernel; run 'make install' in the source of mptcp-bflag, on this kernel, with its headers installed" },
	{ ATTEMPT_BFLAG_RULE, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_BFLAG_RULE, EINVAL, EXIT_REFUSED,
	  "the kernel refuses the rule at this place" },
	{ ATTEMPT_BFLAG_RULE, ENOENT, EXIT_NOT_FOUND,
	  "there is no chain of the name that it leads to" },
	{ ATTEMPT_BFLAG_RULE, ELOOP, EXIT_REFUSED,
	  "it would lead back to itself" },
	{ ATTEMPT_BFLAG_RULE, EMLINK, EXIT_REFUSED,
	  "the chain has too many references, or jumps are nested too deeply" },
	{ ATTEMPT_DELETE, EBUSY, EXIT_REFUSED, "something else refers to it" },
	{ ATTEMPT_DELETE, ENOENT, EXIT_NOT_FOUND, "it is not there" },
};

int explain(enum attempt attempt, int err, const char *what,
	    const char *place)
{
	const struct sentence *sentence = sentences;
	size_t left = ARRAY_SIZE(sentences);

	while (left && (sentence->err != err ||
			(sentence->attempt != attempt &&
			 sentence->attempt != ATTEMPT_ANY))) {
		sentence++;
		left--;
	}
	/* an errno without a sentence has the kernel's own word for it */
	complain("cannot %s%s%s: %s%s%s%s", what, place ? " " : "",
		 place ? place : "", left ? sentence->text : "",
		 left ? " (" : "", strerror(err), left ? ")" : "");
	return left ? (int)sentence->status : EXIT_FAILED;
}
