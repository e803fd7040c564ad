/* SPDX-License-Identifier: GPL-2.0-only */
/* What "enable" does, for the command line and for "restore" */
#ifndef ENABLE_H
#define ENABLE_H

#include "gateway.h"
#include "transact.h"

struct outcome enable_plan(const struct gateway *gateway,
			   const struct ruleset *set, struct batch *batch);
void enable_say(const struct gateway *gateway, const char *done);

#endif /* ENABLE_H */
