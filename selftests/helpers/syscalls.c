// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that the tests need and that no command makes.
 *
 *   syscalls delete-module NAME   the call alone; rmmod reads /proc first
 *   syscalls namespaces COUNT     make COUNT network namespaces; each is deleted
 *                                 when the next one is made
 *   syscalls notified PATH        print the datagrams to this unix socket
 *
 * If a call fails, prints the error on standard output and exits with 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int failed(void)
{
	printf("%s\n", strerror(errno));
	return 1;
}

static int notified(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[4096];
	ssize_t len;

	strncpy(at.sun_path, path, sizeof(at.sun_path) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return failed();
	while ((len = recv(fd, buf, sizeof(buf), 0)) >= 0) {
		printf("%.*s\n", (int)len, buf);
		fflush(stdout);
	}
	return failed();
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

	if (argc == 3 && !strcmp(argv[1], "notified"))
		return notified(argv[2]);

	fprintf(stderr, "usage: syscalls delete-module NAME | namespaces COUNT | notified PATH\n");
	return 2;
}
