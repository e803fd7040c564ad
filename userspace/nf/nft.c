// SPDX-License-Identifier: GPL-2.0-only
/* Run nft(8) to load stock rules. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cli.h"
#include "nft.h"

/* The address space that nft gets for tables of enable, in bytes */
#define MEMORY_MAX (512UL << 20)

/* Milliseconds for a file, less than systemd waits for the service */
#define TIME_MAX_MS 60000

/* nft also quotes the rule; the error is enough. */
static void print_errors(int fd)
{
	FILE *file = fdopen(dup(fd), "r");
	char *line = NULL, *last = NULL, *error;
	bool found = false;
	size_t size = 0;

	if (!file)
		return;
	rewind(file);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		error = strstr(line, "Error: ");
		if (error)
			complain("nft: %s", error + strlen("Error: "));
		found |= !!error;
		free(last);
		last = xstrdup(line);
	}
	if (!found && last)
		complain("nft: %s", last);
	free(last);
	free(line);
	fclose(file);
}

/* Wait for nft, which may wait for a name server, or for a pipe. */
static int wait_for_end(pid_t pid, int interrupt)
{
	struct pollfd polls[] = {
		{ .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN },
		{ .fd = interrupt, .events = POLLIN },
	};
	int status = -1;

	if (polls[0].fd >= 0 && interrupt >= 0) {
		while (poll(polls, 2, TIME_MAX_MS) < 0 && errno == EINTR)
			;
		if (!polls[0].revents)
			kill(pid, SIGKILL);
		if (!polls[0].revents && !polls[1].revents)
			complain("nft did not end within %d seconds",
				 TIME_MAX_MS / 1000);
	}
	if (polls[0].fd >= 0)
		close(polls[0].fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/*
 * nft -f FILE; "-" is the input.  nft 0.9.8 takes all memory for a set with
 * wildcards, so the input, which is ours, gets a limit.
 */
static int run(const char *file, int input, int errors, int interrupt)
{
	char nft[] = "nft", option[] = "-f", *argv[] = { nft, option,
							 (char *)file, NULL };
	const struct rlimit less = { MEMORY_MAX, MEMORY_MAX };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int status, err;
	pid_t pid;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
	err = posix_spawnp(&pid, "nft", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (err) {
		complain("cannot run nft: %s; install nftables", strerror(err));
		return -1;
	}
	if (!strcmp(file, "-"))
		prlimit(pid, RLIMIT_AS, &less, NULL);
	status = wait_for_end(pid, interrupt);
	if (WIFSIGNALED(status))
		complain("nft was killed by signal %d", WTERMSIG(status));
	return status ? -1 : 0;
}

static int load(const char *file, const char *text, bool quiet, int interrupt)
{
	int input = memfd_create("input", MFD_CLOEXEC);
	int errors = memfd_create("errors", MFD_CLOEXEC);
	ssize_t len = strlen(text);
	int err = -1;

	if (input < 0 || errors < 0 || write(input, text, len) != len ||
	    lseek(input, 0, SEEK_SET))
		complain("cannot run nft: %s", strerror(errno));
	else
		err = run(file, input, errors, interrupt);
	if (err && errors >= 0 && !quiet)
		print_errors(errors);
	if (errors >= 0)
		close(errors);
	if (input >= 0)
		close(input);
	return err;
}

int nft_load(const char *file, bool quiet, int interrupt)
{
	return load(file, "", quiet, interrupt);
}

int nft_load_text(const char *text)
{
	return load("-", text, false, -1);
}
