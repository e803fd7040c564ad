/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the kernel's headers that kmod/rewrite.c needs to be compiled unmodified in userspace.
 * The other files here have the names of kernel headers and include this one.  The functions
 * are in fuzz/skb.c.
 *
 * A packet is a linear part and one fragment, each a heap buffer of exactly its size.
 */
#ifndef STUBS_SKB_H
#define STUBS_SKB_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* the kernel is compiled like this */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;

#define noinline __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define likely(x) (x)
#define unlikely(x) (x)
#define EXPORT_SYMBOL_GPL(symbol) extern int stub_ignored

#define IP_MF 0x2000
#define NEXTHDR_FRAGMENT 44
#define SKB_GSO_FRAGLIST (1 << 18)

enum { CHECKSUM_NONE, CHECKSUM_UNNECESSARY, CHECKSUM_COMPLETE, CHECKSUM_PARTIAL };

struct skb_shared_info {
	unsigned int gso_type, gso_size;
};

struct sk_buff {
	u8 *head, *data, *frag;
	unsigned int len, data_len, headroom;
	struct skb_shared_info shinfo;
	u16 csum_start, csum_offset;
	u8 ip_summed;
	bool cloned, shared;
	/* of the test */
	const u8 *original;	/* the packet as it was */
	u8 pulled[512];		/* and as it was when it was copied last */
	bool no_memory;		/* each allocation fails */
	bool hostile;		/* others change the fragment between reads */
};

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline unsigned int skb_headroom(const struct sk_buff *skb)
{
	return skb->headroom;
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->shinfo.gso_size;
}

static inline bool skb_cloned(const struct sk_buff *skb)
{
	return skb->cloned;
}

static inline bool skb_shared(const struct sk_buff *skb)
{
	return skb->shared;
}

#define skb_shinfo(skb) (&(skb)->shinfo)

void *skb_header_pointer(const struct sk_buff *skb, int offset, int len, void *buf);
bool pskb_may_pull(struct sk_buff *skb, unsigned int len);
int skb_ensure_writable(struct sk_buff *skb, unsigned int len);
int ipv6_find_hdr(const struct sk_buff *skb, unsigned int *offset, int target,
		  unsigned short *fragoff, int *flags);
/* Of the pseudo header, with @sum; complemented */
u16 tcp_v4_check(int len, u32 saddr, u32 daddr, u32 sum);
u16 tcp_v6_check(int len, const struct in6_addr *saddr, const struct in6_addr *daddr, u32 sum);

#endif /* STUBS_SKB_H */
