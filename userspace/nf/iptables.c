// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find "-j CT --helper" in rules of iptables-nft, which are expressions "target" of
 * nf_tables, and of iptables-legacy, which getsockopt() returns as one table.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include "../cli.h"
#include "iptables.h"

#define READ_TRIES 10

/* The beginning of all revisions of the target "CT" */
#define HELPER_AT offsetof(struct xt_ct_target_info, helper)
#define HELPER_SIZE sizeof(((struct xt_ct_target_info *)NULL)->helper)

/* The helper's name, or NULL if there is none */
static const char *helper_in(const void *info, size_t len)
{
	const char *name = (const char *)info + HELPER_AT;

	if (len < HELPER_AT + HELPER_SIZE || !*name ||
	    !memchr(name, 0, HELPER_SIZE))
		return NULL;
	return name;
}

const char *iptables_helper(const struct rule *rule)
{
	const struct nlattr *attr, *info;
	struct attrs target;
	const char *name;

	attrs_for_each(attr, rule->expressions) {
		name = attr_string(attrs_of_nest(attr), NFTA_EXPR_NAME);
		target = attrs_in(attrs_of_nest(attr), NFTA_EXPR_DATA);
		if (!name || strcmp(name, "target"))
			continue;
		name = attr_string(target, NFTA_TARGET_NAME);
		info = attr_find(target, NFTA_TARGET_INFO);
		if (name && !strcmp(name, "CT") && info)
			return helper_in(mnl_attr_get_payload(info),
					 mnl_attr_get_payload_len(info));
	}
	return NULL;
}

/* What differs between the families; the rest of the ABI is the same. */
static const struct abi {
	uint8_t		family;
	const char	*tables;
	int		level;
	size_t		target_offset;	/* where an entry has its two offsets */
	size_t		next_offset;
	size_t		hooks_offset;
	size_t		smallest;
} abis[] = {
	{ NFPROTO_IPV4, "/proc/net/ip_tables_names", IPPROTO_IP,
	  offsetof(struct ipt_entry, target_offset),
	  offsetof(struct ipt_entry, next_offset),
	  offsetof(struct ipt_entry, comefrom), sizeof(struct ipt_entry) },
	{ NFPROTO_IPV6, "/proc/net/ip6_tables_names", IPPROTO_IPV6,
	  offsetof(struct ip6t_entry, target_offset),
	  offsetof(struct ip6t_entry, next_offset),
	  offsetof(struct ip6t_entry, comefrom), sizeof(struct ip6t_entry) },
};

struct legacy {
	const struct abi	*abi;
	struct ipt_getinfo	info;
	struct ipt_get_entries	*entries;	/* IPv6: the same layout */
};

/*
 * To ask for the table of a namespace that has none would make it.  Without the
 * module there is no file; only root may read it.
 */
static int has_raw(const char *path)
{
	FILE *file = fopen(path, "re");
	char text[64];
	int found = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!found && fgets(text, sizeof(text), file))
		found = !strcmp(text, "raw\n");
	fclose(file);
	return found;
}

/* EAGAIN: the table has changed its size since IPT_SO_GET_INFO. */
static int get_table(int fd, struct legacy *legacy)
{
	socklen_t len = sizeof(legacy->info);

	legacy->info = (struct ipt_getinfo){ .name = "raw" };
	if (getsockopt(fd, legacy->abi->level, IPT_SO_GET_INFO, &legacy->info,
		       &len))
		return -errno;
	len = sizeof(*legacy->entries) + legacy->info.size;
	legacy->entries = xrealloc(legacy->entries, len, 1);
	memset(legacy->entries, 0, sizeof(*legacy->entries));
	strcpy(legacy->entries->name, "raw");
	legacy->entries->size = legacy->info.size;
	return getsockopt(fd, legacy->abi->level, IPT_SO_GET_ENTRIES,
			  legacy->entries, &len) ? -errno : 0;
}

static int read_table(struct legacy *legacy)
{
	int fd = socket(legacy->abi->family == NFPROTO_IPV4 ? AF_INET :
			AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int tries = READ_TRIES;
	int err = fd < 0 ? -errno : -EAGAIN;

	while (err == -EAGAIN && tries--)
		err = get_table(fd, legacy);
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * The target of the entry at @at, whose end is set in @end; NULL: no entry fits.
 * @hooks: bits of those from which packets reach it, as the kernel has found out
 */
static const struct xt_entry_target *entry(const struct legacy *legacy,
					   size_t at, size_t *end,
					   unsigned int *hooks)
{
	const char *bytes = (const char *)legacy->entries->entrytable + at;
	size_t left = legacy->info.size - at;
	const struct xt_entry_target *target;
	uint16_t from, to;

	if (at >= legacy->info.size || left < legacy->abi->smallest)
		return NULL;
	memcpy(&from, bytes + legacy->abi->target_offset, sizeof(from));
	memcpy(&to, bytes + legacy->abi->next_offset, sizeof(to));
	memcpy(hooks, bytes + legacy->abi->hooks_offset, sizeof(*hooks));
	if (to > left || from > to || to - from < (int)sizeof(*target))
		return NULL;
	target = (const void *)(bytes + from);
	*end = at + to;
	return target->u.user.target_size <= to - from &&
	       target->u.user.target_size >= sizeof(*target) ? target : NULL;
}

static void search(const struct legacy *legacy,
		   void (*found)(const char *, bool, void *), void *data)
{
	const struct xt_entry_target *target;
	unsigned int hooks;
	const char *helper;
	size_t at, next;

	for (at = 0; (target = entry(legacy, at, &next, &hooks)); at = next) {
		helper = strncmp(target->u.user.name, "CT",
				 sizeof(target->u.user.name)) ? NULL :
			 helper_in(target->data, target->u.user.target_size -
				   sizeof(*target));
		if (helper)
			found(helper, hooks & legacy->info.valid_hooks, data);
	}
}

int legacy_helpers(uint8_t family,
		   void (*found)(const char *helper, bool reached, void *data),
		   void *data)
{
	struct legacy legacy = { .abi = &abis[family == NFPROTO_IPV6] };
	int err = has_raw(legacy.abi->tables);

	if (err <= 0)
		return err;
	err = read_table(&legacy);
	if (!err)
		search(&legacy, found, data);
	free(legacy.entries);
	/* the table went away; this kernel has no IPv6 (ipv6.disable=1) */
	return err == -ENOENT || err == -EAFNOSUPPORT ? 0 : err;
}
