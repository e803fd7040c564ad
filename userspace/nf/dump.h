/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking nf_tables, and others behind nfnetlink, for what they have. */
#ifndef DUMP_H
#define DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

struct dump {
	struct mnl_socket	*socket;
	char			*buf;
	uint32_t		seq;
};

/* What to ask for */
struct query {
	uint8_t		type;		/* NFT_MSG_GET*, or of @subsystem */
	uint8_t		family;		/* 0: all of them */
	bool		one;		/* there is one answer, not a list */
	const char	*table;		/* what is in it only; NULL: in all */
	const char	*name;		/* of the chain or set; NULL: all */
	struct {
		uint16_t type;
		uint32_t value;
	} numbers[2];			/* further attributes; type 0: none */
	uint8_t		subsystem;	/* NFNL_SUBSYS_*; 0: nf_tables */
};

/*
 * 0 or a negative errno.  If the ruleset changes during a dump, what came is
 * taken: some may be missing, or come twice.
 */
int dump_open(struct dump *dump);
int dump_run(struct dump *dump, struct query query, mnl_cb_t callback,
	     void *data);
int dump_all(struct dump *dump, uint8_t type, mnl_cb_t callback, void *data);
void dump_close(struct dump *dump);

#endif /* DUMP_H */
