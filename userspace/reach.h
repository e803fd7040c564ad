/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets come to a chain: the base chains that lead to it, and how. */
#ifndef REACH_H
#define REACH_H

#include "ruleset.h"

/* Who searches has one of these for all searches in a ruleset. */
struct reach_search {
	const struct ruleset	*set;
	size_t			*stamp;		/* per chain: search number */
	size_t			*towards;	/* per chain: the next one */
	size_t			*queue;
	size_t			number;
};

struct reach {
	size_t		*bases;		/* base chains that lead here */
	size_t		nbases;
	bool		verdict_map;	/* so do verdict maps */
	bool		no_device;	/* so does a chain without a device */
	bool		dormant;	/* the table is switched off */
	const size_t	*towards;	/* until the next search */
};

void reach_init(struct reach_search *search, const struct ruleset *set);
void reach_done(struct reach_search *search);

/* The way from a base chain: follow @towards until @chain. */
struct reach reach_find(struct reach_search *search, size_t chain);
void reach_free(struct reach *reach);

/* Do packets come?  A verdict map is taken to lead them here. */
bool reach_any(const struct reach *reach);

/*
 * Of each rule with a mark, and of each rule that sets a helper; @towards is
 * not valid in these.
 */
struct reached {
	struct reach	*marks;
	struct reach	*setters;
	size_t		nmarks;
	size_t		nsetters;
};

struct reached reached_find(const struct ruleset *set);
void reached_free(struct reached *reached);

/* Can packets come to a rule that sets this helper? */
bool reached_helper(const struct ruleset *set, const struct reached *reached,
		    size_t helper);

#endif /* REACH_H */
