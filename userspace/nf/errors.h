/* SPDX-License-Identifier: GPL-2.0-only */
/* From what was attempted and the errno that came back to a sentence. */
#ifndef ERRORS_H
#define ERRORS_H

enum attempt {
	ATTEMPT_ANY,
	ATTEMPT_SOCKET,
	ATTEMPT_READ,
	ATTEMPT_COMMIT,
	ATTEMPT_BFLAG_RULE,
	ATTEMPT_EXPRESSION,	/* ... without its module */
	ATTEMPT_DELETE,
};

/*
 * "cannot @what @place: sentence (errno)" on stderr; @place may be NULL.
 * Returns the exit status that goes with it.
 */
int explain(enum attempt attempt, int err, const char *what,
	    const char *place);

#endif /* ERRORS_H */
