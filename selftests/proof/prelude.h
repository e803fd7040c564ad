/* SPDX-License-Identifier: GPL-2.0-only */
/* For proof/run: what stands in front of kmod/mp_capable.h when Frama-C reads it. */
#include <stdbool.h>

#include "spec.h"

#define __always_inline inline

/* mpc_look() compares four bytes. */
/*@ requires four: n == 4;
    requires readable: \valid_read(a + (0 .. 3)) && \valid_read(b + (0 .. 3));
    assigns \nothing;
    ensures \result == 0 <==>
	(a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3]);
*/
int proof_memcmp(const unsigned char *a, const char *b, unsigned int n);
#define __builtin_memcmp(a, b, n) proof_memcmp(a, b, n)
