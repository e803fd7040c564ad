/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pure core: find MP_CAPABLE in a TCP header, decide whether its flag is
 * to be set, and say which byte changes.  It knows no skb and no kernel API,
 * reads only the header it is given and writes nothing; the kernel module and
 * the unit tests compile this same file.
 */
#ifndef MP_CAPABLE_H
#define MP_CAPABLE_H

#include "nf_tables_mptcp_bflag.h"

/* TCP header (RFC 9293, section 3.1): lengths and offsets in bytes */
#define MPC_TCP_HDR_MIN		20
#define MPC_TCP_HDR_MAX		60
#define MPC_TCP_DOFF		12	/* high nibble: length in 32-bit words */
#define MPC_TCP_FLAGS		13
#define MPC_TCP_CHECK		16

#define MPC_TCP_FIN		0x01
#define MPC_TCP_SYN		0x02
#define MPC_TCP_RST		0x04
#define MPC_TCP_ACK		0x10

#define MPC_KIND_EOL		0
#define MPC_KIND_NOP		1
#define MPC_KIND_AO		29	/* RFC 5925: its MAC covers the options */
#define MPC_KIND_MPTCP		30

/* The shortest headers that can hold MP_CAPABLE: 20 + 4 in a SYN, 20 + 20 else */
#define MPC_SYN_HDR_MIN		24
#define MPC_ACK_HDR_MIN		40

/**
 * enum mpc_verdict - what the core says of one segment
 * @MPC_SET: the flag is to be set, at &mpc_look.at
 * @MPC_NONE: nothing the rule is about: no MP_CAPABLE, or another segment
 * @MPC_ALREADY: the flag is set already
 * @MPC_EXTENSIBILITY: 0x40 is set, so the other flags may mean anything
 * @MPC_LENGTH: MP_CAPABLE has no length that fits this segment and version
 * @MPC_VERSION: MP_CAPABLE of a version the rule does not ask for
 * @MPC_OPTIONS: the option list is broken, or holds MP_CAPABLE twice
 * @MPC_TCP_AO: a TCP-AO MAC covers the options
 */
enum mpc_verdict {
	MPC_SET,
	MPC_NONE,
	MPC_ALREADY,
	MPC_EXTENSIBILITY,
	MPC_LENGTH,
	MPC_VERSION,
	MPC_OPTIONS,
	MPC_TCP_AO,
};

/**
 * struct mpc_rule - what to mark
 * @segments: mask of &enum mptcp_bflag_segment
 * @versions: mask of &enum mptcp_bflag_version
 * @flag: one of &enum mptcp_bflag_flag
 */
struct mpc_rule {
	unsigned char segments;
	unsigned char versions;
	unsigned char flag;
};

/**
 * struct mpc_look - result of looking at one TCP header
 * @verdict: what is to be done, or why nothing is
 * @segment: which segment it is; valid unless @verdict is MPC_NONE
 * @at: offset in bytes of MP_CAPABLE's flags byte from the start of the TCP
 *	header; valid if @verdict is MPC_SET
 */
struct mpc_look {
	enum mpc_verdict verdict;
	unsigned char segment;
	unsigned char at;
};

/**
 * mpc_hdr_len - length of a TCP header (RFC 9293, section 3.1)
 * @h: the header; the first 13 bytes are read
 *
 * Return: what the data offset says, in bytes, 0 to 60.
 */
static inline unsigned int mpc_hdr_len(const unsigned char *h)
{
	return (h[MPC_TCP_DOFF] >> 4) * 4U;
}

/**
 * mpc_roomy - has a TCP header room for MP_CAPABLE?
 * @h: the header; the first 14 bytes are read
 * @len: its length as mpc_hdr_len() tells it
 *
 * The one look that spares nearly all packets the walk through the options.
 *
 * Return: not 0 if it has.
 */
static inline int mpc_roomy(const unsigned char *h, unsigned int len)
{
	return len >= ((h[MPC_TCP_FLAGS] & MPC_TCP_SYN) ? MPC_SYN_HDR_MIN :
							  MPC_ACK_HDR_MIN);
}

/**
 * mpc_maybe - quick scan: can a header hold MP_CAPABLE?
 * @h: the header; @len bytes are read
 * @len: its length, 20 to 60
 *
 * Return: 0 if mpc_look() would say MPC_NONE for every rule; anything else
 * asks for that full look.
 */
static inline int mpc_maybe(const unsigned char *h, unsigned int len)
{
	unsigned int i = MPC_TCP_HDR_MIN;

	while (i < len) {
		if (h[i] == MPC_KIND_EOL)
			return 0;
		if (h[i] == MPC_KIND_NOP) {
			i++;
			continue;
		}
		if (i + 1 == len || h[i + 1] < 2)
			return 1;
		if (h[i] == MPC_KIND_MPTCP && (i + 2 == len || h[i + 2] < 0x10))
			return 1;
		i += h[i + 1];
	}
	return i > len;
}

/* Which of enum mptcp_bflag_segment the TCP flags say this is, or 0. */
static inline unsigned int mpc_segment(unsigned char tcp_flags)
{
	switch (tcp_flags & (MPC_TCP_FIN | MPC_TCP_SYN | MPC_TCP_RST |
			     MPC_TCP_ACK)) {
	case MPC_TCP_SYN:
		return MPTCP_BFLAG_SYN;
	case MPC_TCP_SYN | MPC_TCP_ACK:
		return MPTCP_BFLAG_SYNACK;
	case MPC_TCP_ACK:
	case MPC_TCP_ACK | MPC_TCP_FIN:
		return MPTCP_BFLAG_ACK;
	default:
		return 0;
	}
}

/*
 * Does MP_CAPABLE of this length belong into this segment?  RFC 8684 and RFC
 * 6824, section 3.1.  Whether an ACK of length 20, 22 or 24 really has data is
 * the receiver's business: bytes behind the header may be padding of the link.
 */
static inline int mpc_length_fits(unsigned int segment, unsigned int version,
				  unsigned int optlen)
{
	switch (segment) {
	case MPTCP_BFLAG_SYN:
		return optlen == (version ? 4 : 12);
	case MPTCP_BFLAG_SYNACK:
		return optlen == 12;
	default:
		return optlen == 20 ||
		       (version && (optlen == 22 || optlen == 24));
	}
}

/*
 * Walk all options to the end of the list.  Returns MPC_SET and the offset of
 * the one MP_CAPABLE in *@at, or why there is none to work with.
 */
static inline enum mpc_verdict mpc_walk(const unsigned char *h,
					unsigned int len, unsigned int *at)
{
	unsigned int i = MPC_TCP_HDR_MIN, found = 0, ao = 0;

	while (i < len && h[i] != MPC_KIND_EOL) {
		if (h[i] == MPC_KIND_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || h[i + 1] < 2 || h[i + 1] > len - i)
			return MPC_OPTIONS;
		if (h[i] == MPC_KIND_AO)
			ao = 1;
		if (h[i] == MPC_KIND_MPTCP && h[i + 1] > 2 && h[i + 2] < 0x10) {
			/* receivers differ in which of two they believe */
			if (found)
				return MPC_OPTIONS;
			found = i;
		}
		i += h[i + 1];
	}
	if (!found)
		return MPC_NONE;
	*at = found;
	return ao ? MPC_TCP_AO : MPC_SET;
}

/* Decide about MP_CAPABLE at @opt[0], whose @opt[1] bytes are all readable. */
static inline enum mpc_verdict mpc_judge(const unsigned char *opt,
					 unsigned int segment,
					 const struct mpc_rule *rule)
{
	unsigned int version = opt[2] & 0x0f;

	if (version > 1 || !(rule->versions & (1U << version)))
		return MPC_VERSION;
	if (!mpc_length_fits(segment, version, opt[1]))
		return MPC_LENGTH;
	if ((opt[3] & MPTCP_BFLAG_FLAG_B) && rule->flag != MPTCP_BFLAG_FLAG_B)
		return MPC_EXTENSIBILITY;
	if (opt[3] & rule->flag)
		return MPC_ALREADY;
	return MPC_SET;
}

/**
 * mpc_look - look at a TCP header and decide
 * @h: the header; @len bytes are read
 * @len: its length, 20 to 60, as mpc_hdr_len() tells it
 * @rule: what to mark
 *
 * Return: MPC_SET and the offset of the one byte in which @rule's flag is to
 * be set (even or odd, at most @len - 1), or why the segment is left alone.
 */
static inline struct mpc_look mpc_look(const unsigned char *h, unsigned int len,
				       const struct mpc_rule *rule)
{
	struct mpc_look look = { MPC_NONE, 0, 0 };
	unsigned int opt = 0;

	look.segment = mpc_segment(h[MPC_TCP_FLAGS]);
	if (!(look.segment & rule->segments))
		return look;

	look.verdict = mpc_walk(h, len, &opt);
	if (look.verdict == MPC_SET)
		look.verdict = mpc_judge(h + opt, look.segment, rule);
	if (look.verdict == MPC_SET)
		look.at = opt + 3;
	return look;
}

/**
 * mpc_word - the 16-bit word of the checksum that holds a byte
 * @h: the TCP header
 * @at: offset of the byte; its word starts at the even offset at or below it,
 *	because the checksum's words are counted from the start of the header
 *
 * Return: the word in host byte order.
 */
static inline unsigned int mpc_word(const unsigned char *h, unsigned int at)
{
	unsigned int even = at & ~1U;

	return h[even] * 256U + h[even + 1];
}

#endif /* MP_CAPABLE_H */
