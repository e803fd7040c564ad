// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that no command makes as the tests need them.
 *
 *   syscalls delete-module NAME   the call alone; rmmod looks into /proc first
 *   syscalls namespaces COUNT     that many network namespaces, each gone when
 *                                 the next one comes
 *
 * Exits with 1 and the error's text on standard output if a call fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(void)
{
	printf("%s\n", strerror(errno));
	return 1;
}

int main(int argc, char *argv[])
{
	if (argc == 3 && !strcmp(argv[1], "delete-module"))
		return syscall(SYS_delete_module, argv[2], O_NONBLOCK) ? failed() : 0;

	if (argc == 3 && !strcmp(argv[1], "namespaces")) {
		for (int i = atoi(argv[2]); i > 0; i--)
			if (unshare(CLONE_NEWNET))
				return failed();
		return 0;
	}

	fprintf(stderr, "usage: syscalls delete-module NAME | namespaces COUNT\n");
	return 2;
}
