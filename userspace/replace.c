// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file replaced as one step: written next to it under another name, brought
 * to the disk, and renamed.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "replace.h"

static int failed(const char *file, const char *what)
{
	complain("cannot write %s: %s: %s; nothing has changed", file, what,
		 strerror(errno));
	return EXIT_FAILED;
}

/* Like the one that it replaces (NULL: there is none) */
static bool like(int fd, const struct stat *existing)
{
	mode_t mask;

	if (!existing) {
		mask = umask(0);
		umask(mask);
		return !fchmod(fd, 0644 & ~mask);
	}
	/* who may not give it away keeps it; chown() would clear mode bits */
	if (fchown(fd, existing->st_uid, existing->st_gid) < 0 &&
	    errno != EPERM)
		return false;
	return !fchmod(fd, existing->st_mode & 0777);
}

static bool write_all(int fd, const char *text, size_t len)
{
	ssize_t written;

	while (len) {
		written = write(fd, text, len);
		if (written < 0 && errno != EINTR)
			return false;
		if (written < 0)
			continue;
		text += written;
		len -= written;
	}
	return true;
}

static bool fill(int fd, const struct stat *existing, const char *text,
		 size_t len)
{
	return like(fd, existing) && write_all(fd, text, len) && !fsync(fd);
}

/* So that the new name outlives a loss of power; not every file system can. */
static void sync_directory(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

static int replace(const char *file, const char *path,
		   const struct stat *existing, const char *text, size_t len)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC), status;
	bool written;

	if (fd < 0) {
		status = failed(file, "no file can be made next to it");
		free(temporary);
		return status;
	}
	written = fill(fd, existing, text, len);
	if (close(fd) < 0)
		written = false;
	if (!written || rename(temporary, path) < 0) {
		status = failed(file, "the new one cannot be completed");
		unlink(temporary);
	} else {
		sync_directory(path);
		status = EXIT_OK;
	}
	free(temporary);
	return status;
}

int replace_file(const char *file, const char *text, size_t len)
{
	struct stat existing;
	char *path;
	int status;

	if (stat(file, &existing) < 0) {
		if (errno != ENOENT)
			return failed(file, "it cannot be reached");
		if (lstat(file, &existing) < 0)
			return replace(file, file, NULL, text, len);
		/* somebody else has made the file just now */
		if (!S_ISLNK(existing.st_mode))
			return replace_file(file, text, len);
		complain("%s is a symbolic link to a file that is not there; make the file, or remove the link",
			 file);
		return EXIT_FAILED;
	}
	if (!S_ISREG(existing.st_mode)) {
		complain("%s is not a regular file; without FILE, 'save' writes to standard output",
			 file);
		return EXIT_FAILED;
	}
	/* behind a symbolic link it is the file that is replaced */
	path = realpath(file, NULL);
	if (!path)
		return failed(file, "it cannot be reached");
	status = replace(file, path, &existing, text, len);
	free(path);
	return status;
}
