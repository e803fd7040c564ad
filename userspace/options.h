/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of "enable": on the command line, and in a table's comment. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "gateway.h"

/* As many as nf_tables takes for one chain (NFT_NETDEVICE_MAX) */
#define DEVICES_MAX 256

#define GATEWAY_DEFAULT {						\
	.hook = gateway_hooks,						\
	.bflag = BFLAG_DEFAULT,						\
}

/*
 * NULL, or what is wrong, to be freed.  The names of the devices stay in @argv,
 * their array is the caller's to free, in both cases.  Nothing is printed for --help.
 */
char *options_parse(struct gateway *gateway, int argc, char **argv,
		    bool *help);

#endif /* OPTIONS_H */
