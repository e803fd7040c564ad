// SPDX-License-Identifier: GPL-2.0-only
/*
 * An alternative to the module: an eBPF program at clsact egress of an Ethernet device that
 * sets 0x20 in MP_CAPABLE of version 1, in SYNs and ACKs, like the default rule.  "make bench"
 * compares the module with it, so it is optimized as far as we can.
 *
 *	tc qdisc add dev wan clsact
 *	tc filter add dev wan egress bpf direct-action object-file clsact.o section tc
 *
 * It does less than the module: no segments after IPv6 extension headers or a VLAN tag in
 * the frame, no counters, no choice of what to mark.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>

#define SECTION(name)	__attribute__((section(name)))
#define INLINE		__attribute__((always_inline))
#define NOINLINE	__attribute__((noinline))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NET16(x)	((__u16)__builtin_bswap16(x))
#define NET32(x)	__builtin_bswap32(x)
#else
#define NET16(x)	((__u16)(x))
#define NET32(x)	((__u32)(x))
#endif

/* Offsets and lengths in bytes */
#define TCP4		(ETH_HLEN + 20)
#define TCP6		(ETH_HLEN + 40)
#define TCP_MIN		20
#define TCP_DOFF	12
#define TCP_FLAGS	13
#define TCP_CHECK	16
#define OPTIONS_MAX	40

#define FIN		0x01
#define SYN		0x02
#define RST		0x04
#define ACK		0x10

#define KIND_NOP	1
#define KIND_AO		29
#define KIND_MPTCP	30

#define FLAG_B		0x40
#define FLAG_C		0x20

static long (*const skb_pull_data)(struct __sk_buff *skb, __u32 len) =
	(void *)BPF_FUNC_skb_pull_data;
static long (*const skb_store_bytes)(struct __sk_buff *skb, __u32 offset,
				     const void *from, __u32 len, __u64 flags) =
	(void *)BPF_FUNC_skb_store_bytes;
static long (*const l4_csum_replace)(struct __sk_buff *skb, __u32 offset,
				     __u64 from, __u64 to, __u64 flags) =
	(void *)BPF_FUNC_l4_csum_replace;

char copying[] SECTION("license") = "GPL";

/* The verifier tracks pointers in 64-bit registers only: prevent 32-bit copies. */
static inline INLINE const __u8 *pointer(long value)
{
	asm volatile("" : "+r"(value));
	return (const __u8 *)value;
}

static inline INLINE const __u8 *data(const struct __sk_buff *skb)
{
	return pointer(skb->data);
}

static inline INLINE const __u8 *data_end(const struct __sk_buff *skb)
{
	return pointer(skb->data_end);
}

/* An offset in the TCP header, with a bound that the verifier sees */
static inline INLINE __u32 bounded(__u32 offset)
{
	asm volatile("" : "+r"(offset));
	return offset & 0x3f;
}

static inline INLINE __u16 get16(const __u8 *b)
{
	return *(const __u16 *)b;
}

static inline INLINE __u32 get32(const __u8 *b)
{
	return *(const __u32 *)b;
}

/* A pointer to @offset if there are @len bytes; pulls them if they are not linear. */
static inline INLINE const __u8 *reach(struct __sk_buff *skb, __u32 offset, __u32 len)
{
	const __u8 *at = data(skb) + offset;

	if (at + len <= data_end(skb))
		return at;
	if (skb_pull_data(skb, offset + len))
		return 0;
	at = data(skb) + offset;
	return at + len <= data_end(skb) ? at : 0;
}

/*
 * By its IP header: is this not a later fragment, does it have the whole TCP header, and no
 * more bytes than the skb?
 */
static inline INLINE int whole(const struct __sk_buff *skb, __u32 tcp, __u32 hlen)
{
	const __u8 *ip = data(skb) + ETH_HLEN;
	__u32 room;

	if (ip + 20 > data_end(skb))
		return 0;
	if (ip[0] >> 4 == 4) {
		if (get16(ip + 6) & NET16(0x1fff))
			return 0;
		room = NET16(get16(ip + 2)) + ETH_HLEN;
	} else {
		room = NET16(get16(ip + 4)) + TCP6;
	}
	return tcp + hlen <= room && room <= skb->len;
}

/*
 * Write with BPF helpers.  A program that writes directly gets a prologue that checks each
 * packet for being a clone, and only the helper handles partial checksums.  The checksum
 * needs only the difference of the word.
 */
static inline INLINE void mark(struct __sk_buff *skb, __u32 tcp, __u32 at, __u8 flags)
{
	if (!skb_store_bytes(skb, tcp + at, &flags, sizeof(flags), 0))
		l4_csum_replace(skb, tcp + TCP_CHECK, 0,
				at & 1 ? NET16(FLAG_C) : NET16(FLAG_C << 8),
				sizeof(__u16));
}

/*
 * Parse all options; returns the offset of the one MP_CAPABLE, or 0.  A list that is
 * broken, or has MP_CAPABLE twice, or TCP-AO, is not changed.
 */
static NOINLINE __u32 find(const __u8 *h, __u32 hlen, const __u8 *limit)
{
	__u32 at = TCP_MIN, found = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < OPTIONS_MAX; i++) {
		const __u8 *p;

		at = bounded(at);
		p = h + at;
		if (p + 2 > limit)	/* one byte is left */
			return p + 1 <= limit && p[0] <= KIND_NOP ? found : 0;
		if (p[0] <= KIND_NOP) {
			at++;
			if (!p[0] || at >= hlen)
				return found;
			continue;
		}
		if (p[1] < 2 || p[0] == KIND_AO)
			return 0;
		at += p[1];
		if (p[0] == KIND_MPTCP && p[1] > 2) {
			if (p + 3 > limit)
				return 0;
			if (p[2] < 0x10) {
				if (found)
					return 0;
				found = bounded(p - h);
			}
		}
		if (at >= hlen)
			return at == hlen ? found : 0;
	}
	return 0;
}

/* Must the MP_CAPABLE at @option be marked? */
static inline INLINE int fits(const __u8 *option, int syn)
{
	if (option[2] != 0x01 || option[3] & (FLAG_B | FLAG_C))
		return 0;
	if (syn)
		return option[1] == 4;
	return option[1] == 20 || option[1] == 22 || option[1] == 24;
}

static NOINLINE int look(struct __sk_buff *skb, __u32 tcp)
{
	const __u8 *h = reach(skb, tcp, TCP_MIN), *option;
	__u32 hlen, at;
	int syn;

	if (!h)
		return TC_ACT_OK;
	hlen = h[TCP_DOFF] >> 2 & 0x3c;
	syn = h[TCP_FLAGS] & SYN;
	if (syn ? h[TCP_FLAGS] & (ACK | RST | FIN) :
		  (h[TCP_FLAGS] & (ACK | RST)) != ACK)
		return TC_ACT_OK;
	if (hlen < (syn ? 24 : 40))
		return TC_ACT_OK;
	h = reach(skb, tcp, hlen);
	if (!h)
		return TC_ACT_OK;
	at = find(h, hlen, data_end(skb));
	if (!at)
		return TC_ACT_OK;
	option = data(skb) + tcp + bounded(at);
	if (option + 4 <= data_end(skb) && fits(option, syn) && whole(skb, tcp, hlen))
		mark(skb, tcp, at + 3, option[3] | FLAG_C);
	return TC_ACT_OK;
}

/* IPv4 with options, short frames, and frames with nonlinear headers */
static NOINLINE int unusual(struct __sk_buff *skb)
{
	const __u8 *ip = reach(skb, ETH_HLEN, 20);
	__u32 tcp = TCP6;

	if (!ip)
		return TC_ACT_OK;
	if (skb->protocol == NET16(ETH_P_IP)) {
		if (ip[9] != IPPROTO_TCP || ip[0] < 0x45 || ip[0] > 0x4f)
			return TC_ACT_OK;
		tcp = ETH_HLEN + (ip[0] & 0x0f) * 4;
	} else if (skb->protocol != NET16(ETH_P_IPV6) || ip[6] != IPPROTO_TCP) {
		return TC_ACT_OK;
	}
	return look(skb, tcp);
}

/*
 * Nearly all packets end here.  MP_CAPABLE has 20 bytes or more in an ACK, so it begins at
 * byte 40 at the latest.  After the timestamps, which nearly all packets have, there is
 * room for it only in a header of 52 bytes or more, and only before other options (unless
 * these are very short).
 */
static inline INLINE int quick(struct __sk_buff *skb, const __u8 *h, __u32 tcp)
{
	if (h[TCP_DOFF] < 0xa0) {
		if (!(h[TCP_FLAGS] & SYN) || h[TCP_DOFF] < 0x60)
			return TC_ACT_OK;
	} else if (!(h[TCP_FLAGS] & SYN) && h + 40 <= data_end(skb)) {
		if (get32(h + 20) == NET32(0x0101080a)) {
			if (h[TCP_DOFF] < 0xd0)
				return TC_ACT_OK;
			if (h[32] == KIND_MPTCP) {
				if (h[34] >= 0x10 && h[33] > 8)
					return TC_ACT_OK;
			} else if ((get32(h + 32) & NET32(0xffffff00)) ==
				   NET32(0x01010500) && h[35] > 6) {
				return TC_ACT_OK;
			}
		} else if (h[20] == KIND_MPTCP) {
			if (h[22] >= 0x10 &&
			    h[21] > (h[TCP_DOFF] >> 2 & 0x3c) - 40)
				return TC_ACT_OK;
		}
	}
	return look(skb, tcp);
}

SECTION("tc") int mark_capable(struct __sk_buff *skb)
{
	const __u8 *b = data(skb);
	__u32 type;

	if (b + TCP4 + TCP_MIN > data_end(skb))
		return unusual(skb);

	/* one load: the EtherType, IP version and header length */
	type = get32(b + 12);
	if ((type & NET32(0xffffff00)) == NET32(0x08004500)) {
		if (b[ETH_HLEN + 9] != IPPROTO_TCP)
			return TC_ACT_OK;
		return quick(skb, b + TCP4, TCP4);
	}
	if ((type & NET32(0xfffff000)) == NET32(0x86dd6000)) {
		if (b[ETH_HLEN + 6] != IPPROTO_TCP)
			return TC_ACT_OK;
		if (b + TCP6 + TCP_MIN > data_end(skb))
			return unusual(skb);
		return quick(skb, b + TCP6, TCP6);
	}
	return unusual(skb);
}
