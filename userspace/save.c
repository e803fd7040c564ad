// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the tables of "enable" into the file that mptcp-bflag.service loads.  A file
 * of an administrator is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "gateway.h"
#include "names.h"
#include "nf/nft.h"
#include "save.h"

/* The first line of our file begins with this. */
#define OURS "# mptcp-bflag enable --save wrote this file"

#define UNIT "mptcp-bflag.service"

/* The file as text, to free; NULL with errno, ENOENT without a file */
static char *read_saved(void)
{
	/* a symbolic link, a pipe: not ours */
	int fd = open(SAVE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file && fd >= 0)
		close(fd);
	if (!file)
		return errno == ELOOP ? xstrdup("") : NULL;
	errno = 0;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = errno ? NULL : xstrdup("");
	}
	fclose(file);
	return text;
}

static int failed(int err)
{
	complain("cannot save: %s: %s; the file is as it was", SAVE_FILE,
		 strerror(err));
	return err == EACCES || err == EPERM ? EXIT_PERMISSION : EXIT_FAILED;
}

int save_check(void)
{
	char *saved = read_saved();
	bool ours = saved && !strncmp(saved, OURS, strlen(OURS));

	free(saved);
	if (!saved && errno != ENOENT)
		return failed(errno);
	if (saved && !ours) {
		complain("cannot save: %s was not written by 'mptcp-bflag enable --save'; rename it, and include it in the ruleset that is loaded at boot, or go on without --save",
			 SAVE_FILE);
		return EXIT_REFUSED;
	}
	return access(SYSCONFDIR, W_OK) ? failed(errno) : EXIT_OK;
}

/* Collect the tables; a line "FAMILY NAME" for each. */
static int plan(struct ruleset *set, struct batch *batch, void *data)
{
	const struct table *table = set->tables, *end = table + set->ntables;
	char **tables = data;

	(void)batch;
	free(*tables);
	*tables = xstrdup("");
	for (; table < end; table++)
		if (gateway_made(table))
			append(tables, "%s %s\n",
			       name_of(family_names, table->family),
			       table->name);
	return EXIT_OK;
}

/* Whenever it is loaded, a table replaces the one that exists.  Ends @tables. */
static char *listing_of(char *tables)
{
	char *text = xstrdup(OURS ".\n# Each further one, and disable --save, replaces it.\n");
	char *at, *family, *name, *listing;

	for (family = strtok_r(tables, " ", &at); family;
	     family = strtok_r(NULL, " ", &at)) {
		name = strtok_r(NULL, "\n", &at);
		listing = nft_list(family, name);
		if (!listing) {
			free(text);
			return NULL;
		}
		append(&text, "\ntable %s %s\ndelete table %s %s\n%s", family,
		       name, family, name, listing);
		free(listing);
	}
	return text;
}

/* With the mode and the owner of the file that it replaces, if there is one */
static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	struct stat old;
	ssize_t written;

	for (; left; text += written, left -= written) {
		written = write(fd, text, left);
		if (written < 0)
			return -1;
	}
	if (stat(SAVE_FILE, &old))
		return fchmod(fd, 0644) || fsync(fd) ? -1 : 0;
	return fchown(fd, old.st_uid, old.st_gid) ||
	       fchmod(fd, old.st_mode & 0777) || fsync(fd) ? -1 : 0;
}

/* After a power failure, the file is the old or the new one. */
static int replace(const char *text)
{
	char name[] = SAVE_FILE ".XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write_all(fd, text))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	if (!err && rename(name, SAVE_FILE))
		err = errno;
	if (err)
		unlink(name);
	return err;
}

/* If this fails, a power failure may bring the old file back. */
static void sync_directory(void)
{
	int fd = open(SYSCONFDIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

/* A unit or a link to one, also one that leads nowhere */
static bool systemd_has(const char *name)
{
	static const char * const directories[] = {
		"/etc/systemd/system", "/run/systemd/system",
		"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
		"/lib/systemd/system",
	};
	bool found = false;
	struct stat about;
	size_t i;
	char *path;

	for (i = 0; i < ARRAY_SIZE(directories) && !found; i++) {
		path = xasprintf("%s/%s", directories[i], name);
		found = !lstat(path, &about);
		free(path);
	}
	return found;
}

static bool is_masked(void)
{
	char target[sizeof("/dev/null")] = "";

	return readlink("/etc/systemd/system/" UNIT, target,
			sizeof(target) - 1) > 0 && !strcmp(target, "/dev/null");
}

/* Without its service, the file has no effect. */
static void warn_without_service(void)
{
	if (access("/run/systemd/system", F_OK))
		return;
	if (!systemd_has(UNIT))
		complain("warning: nothing loads %s at boot: " UNIT " is not installed",
			 SAVE_FILE);
	else if (is_masked() || !systemd_has("multi-user.target.wants/" UNIT))
		complain("warning: nothing loads %s at boot; run 'systemctl %s --now mptcp-bflag'",
			 SAVE_FILE, is_masked() ? "unmask" : "enable");
}

static int save(const char *text)
{
	char *saved = read_saved();
	bool same = saved && !strcmp(saved, text);
	int err = 0;

	free(saved);
	if (!same && nft_load_text(text, true)) {
		complain("cannot save: nft cannot load what it lists; %s is as it was",
			 SAVE_FILE);
		return EXIT_FAILED;
	}
	if (!same)
		err = replace(text);
	if (err)
		return failed(err);
	if (!same)
		sync_directory();
	printf("%s: %s\n", same ? "unchanged" : "changed", SAVE_FILE);
	warn_without_service();
	return EXIT_OK;
}

static int remove_saved(void)
{
	int err = unlink(SAVE_FILE) ? errno : 0;

	if (err && err != ENOENT)
		return failed(err);
	sync_directory();
	printf(err ? "unchanged: no %s\n" : "changed: %s removed\n", SAVE_FILE);
	return EXIT_OK;
}

/* Is LINE, with its end, one of @lines? */
static bool is_line_of(const char *lines, const char *line)
{
	const char *at = lines;

	while ((at = strstr(at, line)) && at != lines && at[-1] != '\n')
		at++;
	return at;
}

/*
 * The file may have tables that are not in the ruleset now, because nobody has loaded it
 * or nft refused it.  They must not be lost.
 */
static int save_loses(const char *tables, const char *removed)
{
	static const char start[] = "\ndelete table ";
	char *saved = read_saved(), *at = saved, *line;
	int status = EXIT_OK;

	if (!saved)
		return EXIT_OK;
	while (status == EXIT_OK && (at = strstr(at, start))) {
		at += strlen(start);
		line = xasprintf("%.*s\n", (int)strcspn(at, "\n"), at);
		if (!is_line_of(tables, line) && !is_line_of(removed, line)) {
			complain("cannot save: table %.*s of %s is not in the ruleset and would be lost; load it with 'nft -f %s', or remove it from the file",
				 (int)strcspn(line, "\n"), line, SAVE_FILE,
				 SAVE_FILE);
			status = EXIT_REFUSED;
		}
		free(line);
	}
	free(saved);
	return status;
}

int save_tables(const char *removed, bool all_removed)
{
	char *tables = NULL, *text;
	int status = save_check();

	if (status == EXIT_OK)
		status = transact(plan, &tables, true);
	if (status == EXIT_OK && !*tables && !removed) {
		complain("cannot save: no table made by 'mptcp-bflag enable' exists; %s is as it was",
			 SAVE_FILE);
		status = EXIT_NOT_FOUND;
	}
	if (status == EXIT_OK && !all_removed)
		status = save_loses(tables, removed ? removed : "");
	if (status == EXIT_OK && !*tables) {
		status = remove_saved();
	} else if (status == EXIT_OK) {
		text = listing_of(tables);
		status = text ? save(text) : EXIT_FAILED;
		if (!text)
			complain("cannot save: nft failed; %s is as it was",
				 SAVE_FILE);
		free(text);
	}
	free(tables);
	return status;
}
