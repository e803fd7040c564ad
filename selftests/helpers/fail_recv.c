// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: call number FAIL_RECV of recvmsg() fails for want of memory, or each
 * call from number FAIL_RECV_FROM on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, struct msghdr *, int);
	static int calls;
	const char *fail = getenv("FAIL_RECV"), *from = getenv("FAIL_RECV_FROM");

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "recvmsg");
	calls++;
	if ((fail && calls == atoi(fail)) || (from && calls >= atoi(from))) {
		errno = ENOMEM;
		return -1;
	}
	return real(fd, message, flags);
}
