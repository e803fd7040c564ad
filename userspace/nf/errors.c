// SPDX-License-Identifier: GPL-2.0-only
/* Turn a failed attempt and its errno into a message. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../cli.h"
#include "errors.h"
#include "module.h"

#define MODULE "nft_mptcp_bflag"

struct sentence {
	enum attempt		attempt;
	int			err;
	enum exit_status	status;
	const char		*text;
};

#define NO_NF_TABLES							\
	"this kernel has no nf_tables or cannot load it; try 'modprobe nf_tables'"

#define NOT_REWRITABLE							\
	"packets cannot be rewritten there; use a chain of family ip, ip6, " \
	"inet, bridge or netdev that is not of type nat and that no nat " \
	"chain jumps to"

#define RUN_AS_ROOT "run as root (CAP_NET_ADMIN in this network namespace)"

/* The first match wins. */
static const struct sentence sentences[] = {
	{ ATTEMPT_SOCKET, EPROTONOSUPPORT, EXIT_FAILED,
	  "this kernel has no nfnetlink; it needs CONFIG_NETFILTER_NETLINK" },
	{ ATTEMPT_SOCKET, EPERM, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_READ, EPERM, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_READ, EINVAL, EXIT_FAILED, NO_NF_TABLES },
	{ ATTEMPT_READ, EOPNOTSUPP, EXIT_FAILED,
	  "this kernel has no nf_tables; it needs CONFIG_NF_TABLES" },
	{ ATTEMPT_COMMIT, EPERM, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_COMMIT, ERESTART, EXIT_FAILED,
	  "other programs keep changing the ruleset; try again" },
	{ ATTEMPT_COMMIT, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_COMMIT, EINVAL, EXIT_FAILED, NO_NF_TABLES },
	{ ATTEMPT_COMMIT, EMSGSIZE, EXIT_FAILED,
	  "the change does not fit into one transaction; raise net.core.wmem_max" },
	/* at a table or rule only; EPERM for all of it has ATTEMPT_COMMIT */
	{ ATTEMPT_ANY, EPERM, EXIT_REFUSED,
	  "the table belongs to a running program (flag owner), and nobody else can change it; use another table" },
	{ ATTEMPT_ANY, EACCES, EXIT_PERMISSION, RUN_AS_ROOT },
	{ ATTEMPT_ANY, ENOMEM, EXIT_FAILED, "the kernel is out of memory" },
	{ ATTEMPT_ANY, ENOBUFS, EXIT_FAILED,
	  "the kernel's answer did not fit the socket buffer and is lost; run 'mptcp-bflag status' to see what is in place" },
	{ ATTEMPT_EXPRESSION, ENOENT, EXIT_NO_MODULE,
	  NULL },	/* module_trouble() knows */
	{ ATTEMPT_BFLAG_RULE, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_BFLAG_RULE, EINVAL, EXIT_REFUSED,
	  "the kernel refuses the rule in this chain; use another chain" },
	{ ATTEMPT_BFLAG_RULE, ENOENT, EXIT_NOT_FOUND,
	  "the chain that it jumps to does not exist; add it" },
	{ ATTEMPT_BFLAG_RULE, ELOOP, EXIT_REFUSED,
	  "the jump would lead back to this chain; jump to another one" },
	{ ATTEMPT_BFLAG_RULE, EMLINK, EXIT_REFUSED,
	  "the chain has too many references, or jumps are nested too deeply; remove some" },
	{ ATTEMPT_DELETE, EBUSY, EXIT_REFUSED, "it is in use; remove the references to it" },
	{ ATTEMPT_DELETE, ENOENT, EXIT_NOT_FOUND, "it does not exist any more; try again" },
};

int explain(enum attempt attempt, int err, const char *what,
	    const char *place)
{
	const struct sentence *sentence = sentences;
	size_t left = ARRAY_SIZE(sentences);
	char *trouble = NULL;
	const char *text;

	while (left && (sentence->err != err ||
			(sentence->attempt != attempt &&
			 sentence->attempt != ATTEMPT_ANY))) {
		sentence++;
		left--;
	}
	if (left && !sentence->text)
		trouble = module_trouble(MODULE, module_installed(MODULE, NULL));
	text = trouble ? trouble : left ? sentence->text : "";
	complain("cannot %s%s%s: %s%s%s%s", what, place ? " " : "",
		 place ? place : "", text, left ? " (" : "", strerror(err),
		 left ? ")" : "");
	free(trouble);
	return left ? (int)sentence->status : EXIT_FAILED;
}
