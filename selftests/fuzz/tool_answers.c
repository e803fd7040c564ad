// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: the kernel's answers to the tool.  The sources of the tool, with the functions
 * of libmnl for a socket replaced: each read takes the next piece of the input, "length (2 bytes,
 * big endian), bytes", as tool_record.c has recorded it.  What "sync --check" and "status" make of
 * it must be no crash, no hang, no number longer than its attribute, and text without control characters.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "cli.h"
#include "report/report.h"
#include "sync.h"

static const uint8_t *input;
static size_t left;
static uint32_t asked;

/* The answers were recorded with the module of the helpers; on this machine it may be missing. */
int access(const char *path, int mode)
{
	return strcmp(path, HELPER_MODULE) ? faccessat(AT_FDCWD, path, mode, 0) : 0;
}

/* One socket is as good as another. */
struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	return (void *)&asked;
}

struct mnl_socket *mnl_socket_open(int bus)
{
	return mnl_socket_open2(bus, 0);
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *request, size_t len)
{
	(void)nl;
	asked = ((const struct nlmsghdr *)request)->nlmsg_seq;
	return len;
}

/*
 * An answer has the number of its request, or the tool reads no further.  The length of a message
 * comes from the kernel alone (and libmnl trusts it when it is negative); that of attributes stays.
 */
static void number(char *buf, size_t len)
{
	struct nlmsghdr *nlh;
	size_t at;

	for (at = 0; len - at >= sizeof(*nlh); at += MNL_ALIGN(nlh->nlmsg_len)) {
		nlh = (void *)(buf + at);
		if (nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > len - at)
			nlh->nlmsg_len = len - at;
		nlh->nlmsg_seq = asked;
		if (MNL_ALIGN(nlh->nlmsg_len) > len - at)
			break;
	}
}

/* The buffer is larger than the answer, so AddressSanitizer does not see what is read behind an attribute. */
static const void *payload_of(const struct nlattr *attr, size_t size)
{
	if (mnl_attr_get_payload_len(attr) < size)
		abort();
	return mnl_attr_get_payload(attr);
}

uint32_t mnl_attr_get_u32(const struct nlattr *attr)
{
	uint32_t value;

	memcpy(&value, payload_of(attr, sizeof(value)), sizeof(value));
	return value;
}

uint64_t mnl_attr_get_u64(const struct nlattr *attr)
{
	uint64_t value;

	memcpy(&value, payload_of(attr, sizeof(value)), sizeof(value));
	return value;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	size_t len;

	(void)nl;
	if (left < 2) {
		errno = ENOBUFS;
		return -1;
	}
	len = input[0] << 8 | input[1];
	input += 2;
	left -= 2;
	if (len > left)
		len = left;
	if (len > size)
		len = size;
	memcpy(buf, input, len);
	input += len;
	left -= len;
	number(buf, len);
	return len;
}

static void no_controls(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	for (; *at; at++)
		if (*at == 0x7f || (*at < 0x20 && *at != '\n') || (*at == 0xc2 && at[1] < 0xa0)) {
			fprintf(stderr, "wrong: byte %#x in \"%s\"\n", *at, text);
			abort();
		}
}

/* Print to memory what goes to the terminal. */
static void printed(const json_t *model, void (*print)(const json_t *))
{
	FILE *real = stdout;
	char *text = NULL;
	size_t size;

	stdout = open_memstream(&text, &size);
	if (!stdout)
		abort();
	print(model);
	fclose(stdout);
	stdout = real;
	no_controls(text);
	free(text);
}

static void status(void)
{
	json_t *model;
	char *dump;

	if (model_read(&model, true) != EXIT_OK)
		return;
	printed(model, text_print);
	printed(model, openmetrics_print);
	dump = json_dumps(model, 0);
	if (!dump)
		abort();
	free(dump);
	json_decref(model);
}

static void sync_check(void)
{
	struct sync sync = { .everywhere = true };

	transact_try(sync_plan, &sync, true, 3);
	sync_free(&sync);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);	/* repeatable */
	return 0;
}

/* The first byte: which verb */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *messages = stderr;
	char *text = NULL;
	size_t length;

	if (!size)
		return 0;
	input = data + 1;
	left = size - 1;
	stderr = open_memstream(&text, &length);
	if (data[0] & 1)
		status();
	else
		sync_check();
	fclose(stderr);
	stderr = messages;
	no_controls(text);
	free(text);
	return 0;
}
