/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stock expressions, in the order and encoding that nft gives them: so it can
 * print the rules and read them back.  Each call is a match or a statement.
 */
#ifndef STOCK_H
#define STOCK_H

#include <stdint.h>

#include <linux/netlink.h>

/* oifname "DEVICE" */
void stock_oifname(struct nlmsghdr *nlh, const char *device);

/* ct status snat */
void stock_ct_snat(struct nlmsghdr *nlh);

/* tcp flags & (syn | ack) == FLAGS */
void stock_tcp_syn_ack(struct nlmsghdr *nlh, uint8_t flags);

/* counter name "NAME" */
void stock_counter(struct nlmsghdr *nlh, const char *name);

/* jump CHAIN (NFT_JUMP), goto CHAIN (NFT_GOTO) */
void stock_verdict(struct nlmsghdr *nlh, int verdict, const char *chain);

#endif /* STOCK_H */
