/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading netlink attributes without trusting their lengths. */
#ifndef ATTR_H
#define ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* A run of attributes: what is behind a message's header, or in a nest. */
struct attrs {
	const void	*data;
	size_t		len;
};

struct attrs attrs_of_message(const struct nlmsghdr *nlh);
struct attrs attrs_of_nest(const struct nlattr *nest);	/* NULL: none */

#define attrs_for_each(attr, attrs)					\
	for ((attr) = (attrs).data;					\
	     (attr) && mnl_attr_ok((attr), (const char *)(attrs).data +	\
				   (attrs).len - (const char *)(attr));	\
	     (attr) = mnl_attr_next(attr))

/* The first attribute of this type, or NULL */
const struct nlattr *attr_find(struct attrs attrs, uint16_t type);

/* NULL, or the fallback, if it is not there or too short */
const char *attr_string(struct attrs attrs, uint16_t type);
uint32_t attr_be32(struct attrs attrs, uint16_t type, uint32_t fallback);
uint64_t attr_be64(struct attrs attrs, uint16_t type, uint64_t fallback);

#endif /* ATTR_H */
