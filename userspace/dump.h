/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking nf_tables for what it has. */
#ifndef DUMP_H
#define DUMP_H

#include <stdint.h>

#include <libmnl/libmnl.h>

struct dump {
	struct mnl_socket	*socket;
	char			*buf;
	uint32_t		seq;
};

/* 0 or a negative errno; -EINTR: the ruleset changed meanwhile, start again */
int dump_open(struct dump *dump);
int dump_one(struct dump *dump, uint16_t type, mnl_cb_t callback, void *data);
int dump_all(struct dump *dump, uint16_t type, mnl_cb_t callback, void *data);
void dump_close(struct dump *dump);

#endif /* DUMP_H */
