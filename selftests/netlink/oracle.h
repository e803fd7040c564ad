/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel must answer, from the documentation in kmod/nf_tables_mptcp_bflag.h */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "../../kmod/nf_tables_mptcp_bflag.h"

/* Values in host byte order, by attribute */
struct value {
	uint32_t at[NFTA_MPTCP_BFLAG_MAX + 1];
};

/* The two moments at which nf_tables refuses an expression.  0 or a positive errno. */
struct verdict {
	int parse;	/* attributes: before any expression of the rule is made */
	int init;	/* values */
};

/* Judge the @len bytes of attributes at @data.  Stores the values of accepted ones. */
struct verdict judge(const void *data, size_t len, struct value *value);

#endif /* ORACLE_H */
