/* SPDX-License-Identifier: GPL-2.0-only */
/* Turn a failed attempt and its errno into a message. */
#ifndef ERRORS_H
#define ERRORS_H

enum attempt {
	ATTEMPT_ANY,
	ATTEMPT_SOCKET,
	ATTEMPT_READ,
	ATTEMPT_COMMIT,
	ATTEMPT_BFLAG_RULE,
	ATTEMPT_EXPRESSION,	/* a rule, while its module is not loaded */
	ATTEMPT_DELETE,
};

/*
 * Print "cannot @what @place: why and what to do (errno)" on stderr; @place may
 * be NULL.  Returns the exit status.
 */
int explain(enum attempt attempt, int err, const char *what,
	    const char *place);

#endif /* ERRORS_H */
