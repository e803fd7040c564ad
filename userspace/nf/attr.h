/* SPDX-License-Identifier: GPL-2.0-only */
/* Build netlink messages, and read attributes without trusting their lengths. */
#ifndef ATTR_H
#define ATTR_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* The attributes of a message or of a nest */
struct attrs {
	const void	*data;
	size_t		len;
};

/* Begin a message of any nfnetlink subsystem */
struct nlmsghdr *message_begin(void *buf, uint16_t type, uint16_t flags,
			       uint8_t family, uint32_t seq);

/*
 * The errno of an answer.  The kernel sends -1 to -4095, libmnl turns the sign of
 * whatever is sent; anything else is EPROTO.
 */
static inline int answer_errno(int number)
{
	if (number < 0 && number >= -4095)
		return -number;
	return number > 0 && number <= 4095 ? number : EPROTO;
}

struct attrs attrs_of_message(const struct nlmsghdr *nlh);
struct attrs attrs_of_nest(const struct nlattr *nest);	/* may be NULL */

/* The attributes in the first attribute of this type */
struct attrs attrs_in(struct attrs attrs, uint16_t type);

#define attrs_for_each(attr, attrs)					\
	for ((attr) = (attrs).data;					\
	     (attr) && mnl_attr_ok((attr), (const char *)(attrs).data +	\
				   (attrs).len - (const char *)(attr));	\
	     (attr) = mnl_attr_next(attr))

/* The first attribute of this type, or NULL */
const struct nlattr *attr_find(struct attrs attrs, uint16_t type);

/* NULL, or @fallback, if the attribute is missing or too short */
const char *attr_text(const struct nlattr *attr);
const char *attr_string(struct attrs attrs, uint16_t type);
uint32_t attr_be32(struct attrs attrs, uint16_t type, uint32_t fallback);
uint64_t attr_be64(struct attrs attrs, uint16_t type, uint64_t fallback);

#endif /* ATTR_H */
