/* SPDX-License-Identifier: GPL-2.0-only */
/* What "enable" was told when it made a table, from the table's comment */
#ifndef RECALL_H
#define RECALL_H

#include "gateway.h"

struct recall {
	char	*command;	/* that makes it again, or NULL; to be freed */
	bool	differs;	/* the table is not what that makes */
};

/* @table is one for which gateway_made() is true. */
struct recall recall_table(const struct ruleset *set,
			   const struct table *table);

#endif /* RECALL_H */
