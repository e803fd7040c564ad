/* SPDX-License-Identifier: GPL-2.0-only */
/* Expressions for the generator: ours, right and wrong, and stock ones. */
#ifndef EXPRESSIONS_H
#define EXPRESSIONS_H

#include <stdbool.h>

#include <libmnl/libmnl.h>

#include "oracle.h"

/* Add our expression with random attributes as @element, and judge it. */
struct verdict put_ours(struct nlmsghdr *nlh, uint16_t element, struct value *value);
/* The same with right attributes */
void put_valid(struct nlmsghdr *nlh, uint16_t element, struct value *value);
/* A stock expression that is right in each family */
void put_stock(struct nlmsghdr *nlh);
void put_jump(struct nlmsghdr *nlh, const char *chain);
/* Load a register; then "dynset" on @set with ours inside */
struct verdict put_dynset(struct nlmsghdr *nlh, const char *set);

#endif /* EXPRESSIONS_H */
