// SPDX-License-Identifier: GPL-2.0-only
/* From what was attempted and the errno that came back to a sentence. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "errors.h"

struct sentence {
	enum attempt		attempt;
	int			err;
	enum exit_status	status;
	const char		*text;
};

#define NO_MODULE							\
	"the module nft_mptcp_bflag is not available for the running kernel; " \
	"build and install it for this kernel ('make install' in its "	\
	"source), then try 'modprobe nft_mptcp_bflag'"

#define NOT_REWRITABLE							\
	"packets cannot be rewritten there; the rule works in families ip, " \
	"ip6, inet, bridge and netdev, in chains of type filter and route, " \
	"and in regular chains that no nat chain jumps to"

/* The first that fits is taken. */
static const struct sentence sentences[] = {
	{ ATTEMPT_ANY, EPERM, EXIT_PERMISSION,
	  "run as root (CAP_NET_ADMIN in this network namespace)" },
	{ ATTEMPT_ANY, EACCES, EXIT_PERMISSION,
	  "run as root (CAP_NET_ADMIN in this network namespace)" },
	{ ATTEMPT_ANY, ENOMEM, EXIT_FAILED,
	  "the kernel has no memory for it" },
	{ ATTEMPT_ANY, ENOBUFS, EXIT_FAILED,
	  "the kernel's answer did not fit the socket buffer and is lost; 'mptcp-bflag status' tells what is in place" },
	{ ATTEMPT_SOCKET, EPROTONOSUPPORT, EXIT_FAILED,
	  "this kernel has no nfnetlink (CONFIG_NETFILTER_NETLINK)" },
	{ ATTEMPT_READ, EINVAL, EXIT_FAILED,
	  "this kernel has no nf_tables, or it cannot be loaded ('modprobe nf_tables')" },
	{ ATTEMPT_READ, EOPNOTSUPP, EXIT_FAILED,
	  "this kernel has no nf_tables (CONFIG_NF_TABLES)" },
	{ ATTEMPT_READ, EINTR, EXIT_FAILED,
	  "the ruleset changes faster than it can be read; try again" },
	{ ATTEMPT_COMMIT, ERESTART, EXIT_FAILED,
	  "other programs keep changing the ruleset; try again" },
	{ ATTEMPT_COMMIT, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_COMMIT, EINVAL, EXIT_FAILED,
	  "this kernel has no nf_tables, or it cannot be loaded ('modprobe nf_tables')" },
	{ ATTEMPT_TABLE, EOPNOTSUPP, EXIT_REFUSED,
	  "this kernel's nf_tables does not know the family" },
	{ ATTEMPT_TABLE, EAFNOSUPPORT, EXIT_REFUSED,
	  "this kernel's nf_tables does not know the family" },
	{ ATTEMPT_COUNTER, ENOENT, EXIT_REFUSED,
	  "this kernel has no named counters (nft_counter)" },
	{ ATTEMPT_HOOK, EOPNOTSUPP, EXIT_REFUSED,
	  "this kernel does not have the hook; netdev egress needs Linux 5.16 with CONFIG_NETFILTER_EGRESS" },
	{ ATTEMPT_HOOK, EINVAL, EXIT_REFUSED,
	  "this kernel does not have the hook; netdev egress needs Linux 5.16 with CONFIG_NETFILTER_EGRESS" },
	{ ATTEMPT_HOOK, ENOENT, EXIT_NOT_FOUND,
	  "a device is not there, or this kernel has no filter chains in the family" },
	{ ATTEMPT_HOOK, ENODEV, EXIT_NOT_FOUND, "a device is not there" },
	{ ATTEMPT_HOOK, EBUSY, EXIT_REFUSED,
	  "the hook is taken by something that does not share it" },
	{ ATTEMPT_RULE, ENOENT, EXIT_REFUSED,
	  "this kernel lacks an expression that the rule needs (nft_ct, nft_objref)" },
	{ ATTEMPT_RULE, EPROTO, EXIT_REFUSED,
	  "there is no connection tracking in the family" },
	{ ATTEMPT_EXPRESSION, ENOENT, EXIT_NO_MODULE, NO_MODULE },
	{ ATTEMPT_EXPRESSION, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_EXPRESSION, EINVAL, EXIT_REFUSED,
	  "the module does not understand this tool; see 'mptcp-bflag status' for their versions" },
	{ ATTEMPT_EXPRESSION, ERANGE, EXIT_REFUSED,
	  "the module does not understand this tool; see 'mptcp-bflag status' for their versions" },
	{ ATTEMPT_BFLAG_RULE, EOPNOTSUPP, EXIT_REFUSED, NOT_REWRITABLE },
	{ ATTEMPT_BFLAG_RULE, EINVAL, EXIT_REFUSED,
	  "the kernel refuses the rule at this place" },
	{ ATTEMPT_BFLAG_RULE, ENOENT, EXIT_NOT_FOUND,
	  "the table, the chain or the handle is not there" },
	{ ATTEMPT_BFLAG_RULE, EMLINK, EXIT_REFUSED,
	  "the chain has too many references, or jumps are nested too deeply" },
	{ ATTEMPT_DELETE, EBUSY, EXIT_REFUSED,
	  "something else refers to it" },
	{ ATTEMPT_DELETE, ENOENT, EXIT_NOT_FOUND, "it is not there" },
};

static const struct sentence *find_sentence(enum attempt attempt, int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sentences); i++)
		if ((sentences[i].attempt == attempt ||
		     sentences[i].attempt == ATTEMPT_ANY) &&
		    sentences[i].err == err)
			return &sentences[i];
	return NULL;
}

int explain(enum attempt attempt, int err, const char *what,
	    const char *kernel)
{
	const struct sentence *sentence = find_sentence(attempt, err);
	struct utsname name;

	/* an errno without a sentence has the kernel's own word for it */
	complain("cannot %s: %s%s%s%s%s%s", what,
		 sentence ? sentence->text : "",
		 sentence ? " (" : "", strerror(err),
		 kernel ? "; kernel: " : "", kernel ? kernel : "",
		 sentence ? ")" : "");

	if (sentence && sentence->status == EXIT_NO_MODULE && !uname(&name))
		complain("the running kernel is %s", name.release);
	return sentence ? (int)sentence->status : EXIT_FAILED;
}
