/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of iptables that give connections a helper: -j CT --helper, which
 * exists in the tables "raw" only.
 */
#ifndef IPTABLES_H
#define IPTABLES_H

#include "ruleset.h"

/* iptables-nft: the helper that this rule of a table "raw" gives, or NULL */
const char *iptables_helper(const struct rule *rule);

/*
 * iptables-legacy: call @found for each rule of the table "raw" that gives a helper.
 * @reached: packets of a hook can come to the rule.
 * 0 or a negative errno; without the table, 0.
 */
int legacy_helpers(uint8_t family,
		   void (*found)(const char *helper, bool reached, void *data),
		   void *data);

#endif /* IPTABLES_H */
