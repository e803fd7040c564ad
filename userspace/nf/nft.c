// SPDX-License-Identifier: GPL-2.0-only
/* Run nft(8) to load and list stock rules. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

/* One call of nft */
struct nft {
	char	*argv[8];
	int	input, errors;	/* memory files */
	int	output;		/* -1: our standard output */
	int	interrupt;	/* -1: wait without a limit */
	bool	limited;	/* in memory */
};

/*
 * nft 0.9.8 takes all memory for a set with wildcards, so it gets a limit for an input
 * that is ours.
 */
static int run(const struct nft *nft)
{
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
	posix_spawn_file_actions_adddup2(&actions, nft->input, STDIN_FILENO);
	if (nft->output >= 0)
		posix_spawn_file_actions_adddup2(&actions, nft->output,
						 STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, nft->errors, STDERR_FILENO);
	err = posix_spawnp(&pid, "nft", &actions, &attributes, nft->argv,
			   environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (err) {
		complain("cannot run nft: %s; install nftables", strerror(err));
		return -1;
	}
	if (nft->limited)
		prlimit(pid, RLIMIT_AS, &less, NULL);
	status = wait_for_end(pid, nft->interrupt);
	if (WIFSIGNALED(status))
		complain("nft was killed by signal %d", WTERMSIG(status));
	return status ? -1 : 0;
}

/* Run it with @text as its input. */
static int run_with(struct nft *nft, const char *text, bool quiet)
{
	ssize_t len = strlen(text);
	int err = -1;

	nft->input = memfd_create("input", MFD_CLOEXEC);
	nft->errors = memfd_create("errors", MFD_CLOEXEC);
	if (nft->input < 0 || nft->errors < 0 ||
	    write(nft->input, text, len) != len ||
	    lseek(nft->input, 0, SEEK_SET))
		complain("cannot run nft: %s", strerror(errno));
	else
		err = run(nft);
	if (err && nft->errors >= 0 && !quiet)
		print_errors(nft->errors);
	if (nft->errors >= 0)
		close(nft->errors);
	if (nft->input >= 0)
		close(nft->input);
	return err;
}

int nft_load(const char *file, bool quiet, int interrupt)
{
	struct nft nft = {
		.argv = { (char *)"nft", (char *)"-f", (char *)file },
		.output = -1,
		.interrupt = interrupt,
	};

	return run_with(&nft, "", quiet);
}

int nft_load_text(const char *text, bool check)
{
	struct nft nft = {
		.argv = { (char *)"nft", (char *)"-f", (char *)"-",
			  check ? (char *)"-c" : NULL },
		.output = -1,
		.interrupt = -1,
		.limited = true,
	};

	return run_with(&nft, text, false);
}

/* What a memory file contains; to free */
static char *content_of(int fd)
{
	struct stat about;
	char *text;

	if (fstat(fd, &about))
		return NULL;
	text = xrealloc(NULL, about.st_size + 1, 1);
	text[about.st_size] = '\0';
	if (pread(fd, text, about.st_size, 0) == about.st_size)
		return text;
	free(text);
	return NULL;
}

char *nft_list(const char *family, const char *table)
{
	struct nft nft = {
		.argv = { (char *)"nft", (char *)"-s", (char *)"list",
			  (char *)"table", (char *)family, (char *)table },
		.output = memfd_create("output", MFD_CLOEXEC),
		.interrupt = -1,
	};
	char *text = NULL;

	if (nft.output < 0) {
		complain("cannot run nft: %s", strerror(errno));
		return NULL;
	}
	if (!run_with(&nft, "", false))
		text = content_of(nft.output);
	close(nft.output);
	return text;
}
