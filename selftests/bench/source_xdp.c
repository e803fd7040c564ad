// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source of the benchmark's packets: BPF_PROG_TEST_RUN with live frames, which the XDP
 * program below passes on as if a device had received them.  It writes the headers first,
 * because the kernel uses the same pages again, with the gateway's changes in them.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "source.h"

#define BATCH	64

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#error "these headers lack live XDP frames, which Linux has since 5.18"
#endif

static long bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "source: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct bpf_insn insn(unsigned int code, unsigned int dst,
			    unsigned int src, int off, int imm)
{
	return (struct bpf_insn){ .code = code, .dst_reg = dst, .src_reg = src,
				  .off = off, .imm = imm };
}

/* r2: frame, r3: its end, r5: the headers to write */
static unsigned int program(struct bpf_insn *to, int map, unsigned int headers)
{
	struct bpf_insn *p = to;

	*p++ = insn(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_DROP);
	*p++ = insn(BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct xdp_md, data), 0);
	*p++ = insn(BPF_LDX | BPF_MEM | BPF_W, 3, 1, offsetof(struct xdp_md, data_end), 0);
	*p++ = insn(BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0);
	*p++ = insn(BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, headers);
	*p++ = insn(BPF_JMP | BPF_JLE | BPF_X, 4, 3, 1, 0);
	*p++ = insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	*p++ = insn(BPF_LD | BPF_IMM | BPF_DW, 5, BPF_PSEUDO_MAP_VALUE, 0, map);
	*p++ = insn(0, 0, 0, 0, 0);
	for (unsigned int i = 0; i < headers;) {
		unsigned int left = headers - i;
		unsigned int size = left >= 8 ? BPF_DW : left >= 2 ? BPF_H : BPF_B;

		*p++ = insn(BPF_LDX | BPF_MEM | size, 0, 5, i, 0);
		*p++ = insn(BPF_STX | BPF_MEM | size, 2, 0, i, 0);
		i += left >= 8 ? 8 : left >= 2 ? 2 : 1;
	}
	*p++ = insn(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS);
	*p++ = insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return p - to;
}

void source_mac(const char *device, uint8_t *mac)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { };

	strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		die(device);
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	close(fd);
}

void source_open(struct source *s, unsigned int ifindex, unsigned int headers)
{
	static char log[16384];
	struct bpf_insn insns[64];
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 128,
		.max_entries = 1,
	}, load = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};

	s->ifindex = ifindex;
	s->map = bpf(BPF_MAP_CREATE, &map);
	if (s->map < 0)
		die("BPF_MAP_CREATE");
	load.insn_cnt = program(insns, s->map, headers);
	s->prog = bpf(BPF_PROG_LOAD, &load);
	if (s->prog < 0) {
		fputs(log, stderr);
		die("BPF_PROG_LOAD");
	}
}

void source_close(const struct source *s)
{
	close(s->prog);
	close(s->map);
}

unsigned int source_send(const struct source *s, const struct packet *p,
			 unsigned int count)
{
	struct xdp_md ctx = {
		.data_end = p->len,
		.ingress_ifindex = s->ifindex,
	};
	uint8_t headers[128] = "";
	uint32_t key = 0;
	union bpf_attr update = {
		.map_fd = s->map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)headers,
	}, run = {
		.test = {
			.prog_fd = s->prog,
			.data_in = (uintptr_t)p->b,
			.data_size_in = p->len,
			.ctx_in = (uintptr_t)&ctx,
			.ctx_size_in = sizeof(ctx),
			.repeat = count,
			.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			.batch_size = BATCH,
		},
	};

	memcpy(headers, p->b, p->headers);
	if (bpf(BPF_MAP_UPDATE_ELEM, &update))
		die("BPF_MAP_UPDATE_ELEM");
	if (bpf(BPF_PROG_TEST_RUN, &run))
		die("BPF_PROG_TEST_RUN");
	return run.test.duration;
}
