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
	bool			interrupted;
};

/*
 * 0 or a negative errno.  If the ruleset changes during a dump, @interrupted is
 * set, and what came is taken: some may be missing, or come twice.
 */
int dump_open(struct dump *dump);
int dump_one(struct dump *dump, uint16_t type, mnl_cb_t callback, void *data);
int dump_all(struct dump *dump, uint16_t type, mnl_cb_t callback, void *data);
void dump_close(struct dump *dump);

/*
 * A dump of @family only (0: all), of a subsystem (NFNL_SUBSYS_*), that takes
 * attributes: put them between these two.
 */
struct nlmsghdr *dump_begin(struct dump *dump, uint8_t subsystem,
			    uint8_t type, uint8_t family);
int dump_run(struct dump *dump, struct nlmsghdr *nlh, mnl_cb_t callback,
	     void *data);

#endif /* DUMP_H */
