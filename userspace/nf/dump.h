/* SPDX-License-Identifier: GPL-2.0-only */
/* Query nf_tables and other nfnetlink subsystems. */
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

struct query {
	uint8_t		type;		/* NFT_MSG_GET*, or one of @subsystem */
	uint8_t		family;		/* 0: all */
	bool		one;		/* one answer, no dump */
	const char	*table;		/* NULL: all */
	const char	*name;		/* of a chain or set; NULL: all */
	struct {
		uint16_t type;
		uint32_t value;
	} numbers[2];			/* more attributes; type 0: none */
	uint8_t		subsystem;	/* NFNL_SUBSYS_*; 0: nf_tables */
};

/*
 * Return 0 or a negative errno.  If a commit interrupts the dump, objects may be
 * missing or come twice.
 */
int dump_open(struct dump *dump);
int dump_run(struct dump *dump, struct query query, mnl_cb_t callback,
	     void *data);
int dump_all(struct dump *dump, uint8_t type, mnl_cb_t callback, void *data);
void dump_close(struct dump *dump);

#endif /* DUMP_H */
