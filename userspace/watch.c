// SPDX-License-Identifier: GPL-2.0-only
/*
 * mptcp-bflag sync --watch: after each commit of another program, put back the
 * rules that the comments of chains describe.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "nf/events.h"
#include "nf/nft.h"
#include "nf/transact.h"
#include "sync.h"
#include "watch.h"

/*
 * After each look, rest this many times as long as it took: fast commits of
 * other programs cost a fraction of one processor.
 */
#define LOOK_TRIES	3
#define REST_FACTOR	4
#define REST_MAX_MS	500

/*
 * Load the file after this time without a commit: a reload may be two commits,
 * a flush and the rules.  Retry after an error: a device may appear later.
 */
#define QUIET_MS	100
#define RETRY_MS	1000
#define RETRY_MAX_MS	30000

struct watcher {
	const char	*load;
	struct events	events;
	uint32_t	generation;	/* of the last look */
	bool		any;		/* it found descriptions or helpers */
	int64_t		rest_until;
	int64_t		look_at;	/* next try after an error; 0: none */
	int64_t		load_at;	/* 0: no load planned */
	int64_t		retry;		/* ms; 0: no failed load */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* sd_notify(3) without its library */
static void tell_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET"), *text = "READY=1";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (void *)&address,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		complain("cannot tell systemd that the watcher is ready: %s",
			 strerror(errno));
	close(fd);
}

/* Returns false if it failed, and the ruleset is not known. */
static bool look(struct watcher *watcher, bool everywhere)
{
	struct sync sync = { .everywhere = everywhere };
	int64_t began = now_ms(), took;
	int status = transact_try(sync_plan, &sync, false, LOOK_TRIES);
	size_t i;

	/* a later commit may mend an error, or no commit: a module is installed */
	watcher->look_at = status == EXIT_OK ? 0 : now_ms() + RETRY_MAX_MS;
	if (status == BATCH_STALE)
		watcher->events.lost = true;	/* look again after the rest */
	if (status == EXIT_OK) {
		for (i = 0; i < sync.count; i++)
			say("changed: %s\n", sync.changes[i]);
		fflush(stdout);
		watcher->generation = sync.generation;
		complain_once();
		watcher->any = false;
	}
	watcher->any |= sync.described || sync.helpers;
	if (watcher->any)
		watcher->events.disabled = false;
	sync_free(&sync);
	took = now_ms() - began;
	watcher->rest_until = began + took + REST_FACTOR * took;
	if (watcher->rest_until > began + took + REST_MAX_MS)
		watcher->rest_until = began + took + REST_MAX_MS;
	return status == EXIT_OK;
}

/* Load the file if no description is left and "disable" did not remove it. */
static void plan_load(struct watcher *watcher, int64_t wait)
{
	if (!watcher->load || watcher->any || watcher->events.disabled) {
		watcher->load_at = 0;
		watcher->retry = 0;
	} else if (!watcher->retry) {
		watcher->load_at = now_ms() + wait;
	}
}

static bool is_newer(uint32_t generation, uint32_t than)
{
	return (int32_t)(generation - than) > 0;
}

/* The next commit makes it look for a missing file again. */
static void load_file(struct watcher *watcher, int signals)
{
	struct pollfd ending = { .fd = signals, .events = POLLIN };
	uint32_t before = watcher->generation;
	bool again = watcher->retry;

	watcher->load_at = 0;
	if (access(watcher->load, F_OK) && errno == ENOENT) {
		watcher->retry = 0;
		return;
	}
	if (nft_load(watcher->load, again, signals)) {
		if (poll(&ending, 1, 0) > 0)
			return;
		if (!again)
			complain("cannot load %s: nft failed; trying again",
				 watcher->load);
		watcher->retry = again ? 2 * watcher->retry : RETRY_MS;
		if (watcher->retry > RETRY_MAX_MS)
			watcher->retry = RETRY_MAX_MS;
		watcher->load_at = now_ms() + watcher->retry;
		return;
	}
	say("changed: loaded %s\n", watcher->load);
	watcher->retry = 0;
	/* after a failed look, the next one decides */
	if (!look(watcher, false) || watcher->any)
		return;
	if (is_newer(watcher->generation, before + 1)) {
		/* a flush came after this load */
		watcher->load_at = now_ms() + QUIET_MS;
		return;
	}
	/* else it would be loaded forever */
	complain("%s is not loaded again: it has no chain with an mptcp_bflag comment and no mptcp_bflag helper; add one and restart",
		 watcher->load);
	watcher->load = NULL;
}

static void act(struct watcher *watcher)
{
	watcher->events.any = false;
	watcher->events.lost = false;
	if (look(watcher, false))
		plan_load(watcher, QUIET_MS);
}

/* Is there a commit after the last look? */
static bool is_news(const struct watcher *watcher)
{
	return watcher->events.lost || (watcher->events.any &&
	       is_newer(watcher->events.generation, watcher->generation));
}

/* *@ending: a signal came */
static int wait_and_act(struct watcher *watcher, int signals, bool *ending)
{
	struct pollfd polls[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = watcher->events.fd, .events = POLLIN },
	};
	int64_t until = watcher->load_at, left = -1;
	bool news = is_news(watcher);

	if (!until || (watcher->look_at && watcher->look_at < until))
		until = watcher->look_at;
	/* while it rests, events do not wake it */
	if (news)
		until = watcher->rest_until;
	if (until)
		left = until > now_ms() ? until - now_ms() : 0;
	poll(polls, news ? 1 : 2, left);
	*ending = polls[0].revents;
	if (events_read(&watcher->events))
		return explain(ATTEMPT_READ, errno, "read the events of nf_tables", NULL);
	if (*ending)
		return EXIT_OK;
	if ((is_news(watcher) && watcher->rest_until <= now_ms()) ||
	    (watcher->look_at && watcher->look_at <= now_ms()))
		act(watcher);
	else if (!is_news(watcher) && watcher->load_at &&
		 watcher->load_at <= now_ms())
		load_file(watcher, signals);
	return EXIT_OK;
}

/* Returns a file descriptor for SIGTERM and SIGINT, or -1. */
static int take_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

int watch(const char *load)
{
	struct watcher watcher = { .load = load };
	int status = EXIT_OK, signals = take_signals();
	bool ending = false;

	if (signals < 0 || events_open(&watcher.events))
		return explain(ATTEMPT_SOCKET, errno, "listen to nf_tables",
			       NULL);
	complain_once();
	if (look(&watcher, true))
		plan_load(&watcher, 0);
	if (watcher.load_at)
		load_file(&watcher, signals);
	tell_ready();
	while (!ending && status == EXIT_OK)
		status = wait_and_act(&watcher, signals, &ending);
	events_close(&watcher.events);
	close(signals);
	return status;
}
