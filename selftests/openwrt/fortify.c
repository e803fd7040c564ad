// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of glibc that Debian's libmnl and libjansson call and musl does not
 * have: the checked variants of _FORTIFY_SOURCE, without the check.  With them, the tool
 * runs with musl and Debian's libraries.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int __fprintf_chk(FILE *file, int flag, const char *format, ...);
int __snprintf_chk(char *to, size_t len, int flag, size_t size, const char *format, ...);
int __vsnprintf_chk(char *to, size_t len, int flag, size_t size, const char *format, va_list args);
char *__strncpy_chk(char *to, const char *from, size_t len, size_t size);

int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list args;
	int len;

	(void)flag;
	va_start(args, format);
	len = vfprintf(file, format, args);
	va_end(args);
	return len;
}

int __vsnprintf_chk(char *to, size_t len, int flag, size_t size, const char *format, va_list args)
{
	(void)flag;
	(void)size;
	return vsnprintf(to, len, format, args);
}

int __snprintf_chk(char *to, size_t len, int flag, size_t size, const char *format, ...)
{
	va_list args;
	int printed;

	va_start(args, format);
	printed = __vsnprintf_chk(to, len, flag, size, format, args);
	va_end(args);
	return printed;
}

char *__strncpy_chk(char *to, const char *from, size_t len, size_t size)
{
	(void)size;
	return strncpy(to, from, len);
}
