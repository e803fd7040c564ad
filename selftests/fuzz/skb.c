// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's functions that kmod/rewrite.c calls, for fuzz/rewrite.c.  What may move the linear part
 * always does, and frees the old one; it fails on request.
 */
#include <stdlib.h>

#include "stubs/skb.h"

static void be_hostile(const struct sk_buff *skb)
{
	if (skb->hostile && skb->data_len)
		skb->frag[random() % skb->data_len] = random();
}

void *skb_header_pointer(const struct sk_buff *skb, int offset, int len, void *buf)
{
	int linear = skb_headlen(skb);

	if (linear - offset >= len)
		return skb->data + offset;
	if (offset < 0 || offset + len > (int)skb->len)
		return NULL;
	for (int i = 0; i < len; i++)
		((u8 *)buf)[i] = offset + i < linear ? skb->data[offset + i] :
						       skb->frag[offset + i - linear];
	be_hostile(skb);
	return buf;
}

/*
 * A linear part of @len bytes in new memory.  The old one is freed, also that of the other clone, so that
 * AddressSanitizer sees who still uses it; nobody may have changed that.
 */
static void move(struct sk_buff *skb, unsigned int len)
{
	unsigned int linear = skb_headlen(skb), more = len - linear;
	u8 *head = malloc(skb->headroom + len), *frag = malloc(skb->data_len - more);

	if (memcmp(skb->data, skb->original, linear))
		abort();
	memcpy(head, skb->head, skb->headroom + linear);
	memcpy(head + skb->headroom + linear, skb->frag, more);
	memcpy(frag, skb->frag + more, skb->data_len - more);
	memcpy(skb->pulled, head + skb->headroom, len);
	skb->cloned = false;
	free(skb->head);
	free(skb->frag);
	skb->head = head;
	skb->data = head + skb->headroom;
	skb->frag = frag;
	skb->data_len -= more;
}

bool pskb_may_pull(struct sk_buff *skb, unsigned int len)
{
	if (len <= skb_headlen(skb))
		return true;
	if (len > skb->len || skb->no_memory)
		return false;
	if (skb->shared)
		abort();	/* pskb_expand_head() would BUG */
	be_hostile(skb);
	move(skb, len);
	return true;
}

int skb_ensure_writable(struct sk_buff *skb, unsigned int len)
{
	if (!pskb_may_pull(skb, len))
		return -ENOMEM;
	if (!skb->cloned)
		return 0;
	if (skb->no_memory)
		return -ENOMEM;
	if (skb->shared)
		abort();
	move(skb, skb_headlen(skb));
	return 0;
}

int ipv6_find_hdr(const struct sk_buff *skb, unsigned int *offset, int target,
		  unsigned short *fragoff, int *flags)
{
	unsigned int at = *offset + 40;
	u8 next, buf[8];
	const u8 *h = skb_header_pointer(skb, *offset, 40, (u8[40]){ 0 });

	for (next = h ? h[6] : 59; next == 60 || next == NEXTHDR_FRAGMENT; next = h[0]) {
		if (next == target)
			return target;
		h = skb_header_pointer(skb, at, 8, buf);
		if (!h)
			break;
		at += next == 60 ? 8 * (h[1] + 1) : 8;
	}
	return -ENOENT;
}

static u32 add(u32 sum, const void *bytes, unsigned int len)
{
	const u8 *b = bytes;

	for (unsigned int i = 0; i < len; i += 2)
		sum += b[i] << 8 | b[i + 1];
	return sum;
}

static u16 fold(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

u16 tcp_v4_check(int len, u32 saddr, u32 daddr, u32 sum)
{
	return fold(add(add(sum + 6 + len, &saddr, 4), &daddr, 4));
}

u16 tcp_v6_check(int len, const struct in6_addr *saddr, const struct in6_addr *daddr, u32 sum)
{
	return fold(add(add(sum + 6 + len, saddr, 16), daddr, 16));
}
