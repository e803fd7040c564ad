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

/* The shortest MP_CAPABLE, in a segment with SYN (version 1) and without */
#define MPC_SYN_MIN		4
#define MPC_ACK_MIN		20

/* NOP, NOP, kind 8, length 10; and how long that is with its ten bytes */
#define MPC_TIMESTAMPS		"\x01\x01\x08\x0a"
#define MPC_TIMESTAMPS_LEN	12

/*
 * What Linux begins a SYN with: MSS (kind 2, length 4), SACK permitted (4, 2)
 * and timestamps (8, 10), NOP and window scale (3, 3); and how long that is.
 */
#define MPC_SYN_MSS		"\x02\x04"
#define MPC_SYN_SACK_TS		"\x04\x02\x08\x0a"
#define MPC_SYN_SCALE		"\x01\x03\x03"
#define MPC_SYN_LEN		20

/**
 * enum mpc_verdict - what the core says of one segment
 * @MPC_SET: the flag is to be set
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
 * mpc_hdr_len - length of a TCP header (RFC 9293, section 3.1)
 * @h: the header; the first 13 bytes are read
 *
 * Return: what the data offset says, in bytes, 0 to 60.
 */
static inline unsigned int mpc_hdr_len(const unsigned char *h)
{
	return (h[MPC_TCP_DOFF] >> 4) * 4U;
}

/* Where MP_CAPABLE has to begin at the latest, for its shortest form to fit */
static inline unsigned int mpc_last(const unsigned char *h, unsigned int len)
{
	return len - ((h[MPC_TCP_FLAGS] & MPC_TCP_SYN) ? MPC_SYN_MIN :
							 MPC_ACK_MIN);
}

/**
 * mpc_roomy - has a TCP header room for MP_CAPABLE?
 * @h: the header; the first 14 bytes are read
 *
 * The one look that spares nearly all packets the walk through the options.  It
 * compares the data offset as it stands in its byte, above four other bits.
 *
 * Return: not 0 if the header is, as it says, long enough.
 */
static inline int mpc_roomy(const unsigned char *h)
{
	return h[MPC_TCP_DOFF] >= ((h[MPC_TCP_FLAGS] & MPC_TCP_SYN) ?
				   (MPC_TCP_HDR_MIN + MPC_SYN_MIN) * 4 :
				   (MPC_TCP_HDR_MIN + MPC_ACK_MIN) * 4);
}

/* Are these MPC_SYN_LEN bytes of options what most SYNs begin with? */
static inline int mpc_common_syn(const unsigned char *options)
{
	return !__builtin_memcmp(options + 4, MPC_SYN_SACK_TS, 4) &&
	       !__builtin_memcmp(options, MPC_SYN_MSS, 2) &&
	       !__builtin_memcmp(options + 16, MPC_SYN_SCALE, 3);
}

/**
 * mpc_first - quick scan: where is the first option that mpc_look() must see?
 * @h: the TCP header, which is mpc_roomy(); @len bytes are read
 * @len: its length, as mpc_hdr_len() tells it
 *
 * Return: 0 only if mpc_look() would say MPC_NONE for every rule; else the offset
 * of an option at or before the first that is MP_CAPABLE, TCP-AO or broken.
 */
static __always_inline unsigned int mpc_first(const unsigned char *h,
					      unsigned int len)
{
	/* as wide as an address: an index that is not costs one more step */
	unsigned long i = MPC_TCP_HDR_MIN, last = mpc_last(h, len);

	/* all but SYNs begin like this, as a rule (RFC 7323, appendix A) */
	if (!__builtin_memcmp(h + i, MPC_TIMESTAMPS, 4) &&
	    len >= i + MPC_TIMESTAMPS_LEN)
		i += MPC_TIMESTAMPS_LEN;
	else if (len >= i + MPC_SYN_LEN && mpc_common_syn(h + i))
		i += MPC_SYN_LEN;

	while (i <= last) {
		const unsigned char *opt = h + i;

		/* every option that TCP has in common use is below these two */
		if (opt[0] >= MPC_KIND_AO &&
		    (opt[0] == MPC_KIND_MPTCP ? opt[2] < 0x10 :
						opt[0] == MPC_KIND_AO))
			return i;
		if (opt[0] <= MPC_KIND_NOP) {
			if (opt[0] == MPC_KIND_EOL)
				return 0;
			i++;
			continue;
		}
		if (opt[1] < 2)
			return i;
		i += opt[1];
	}
	return i > len ? MPC_TCP_HDR_MIN : 0;
}

/**
 * mpc_segment - which segment is it?
 * @tcp_flags: byte MPC_TCP_FLAGS of the TCP header
 *
 * Return: one of &enum mptcp_bflag_segment, or 0.
 */
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
 * Is this MP_CAPABLE, with nothing but NOPs behind it?  So it is in nearly all
 * segments that carry it.  The header has MPC_SYN_MIN bytes from @at on at least.
 */
static inline int mpc_is_last(const unsigned char *h, unsigned int len,
			      unsigned int at)
{
	unsigned int end = at + h[at + 1];

	if (h[at] != MPC_KIND_MPTCP || h[at + 2] >= 0x10 || h[at + 1] <= 2)
		return 0;
	while (end < len && h[end] == MPC_KIND_NOP)
		end++;
	return end == len;
}

/*
 * Walk the options from @i to the end of the list.  Returns the offset of the one
 * MP_CAPABLE, or, below MPC_TCP_HDR_MIN, the verdict about a list that has none to
 * work with.  Unless MP_CAPABLE came before, what begins behind mpc_last() is none,
 * and nothing to complain of.  For the unusual lists, hence not asked to be inline.
 */
static unsigned int mpc_walk(const unsigned char *h, unsigned int len,
			     unsigned int i)
{
	unsigned int last = mpc_last(h, len), found = 0, ao = 0;

	while (i < len && h[i] != MPC_KIND_EOL) {
		if (h[i] == MPC_KIND_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || h[i + 1] < 2 || h[i + 1] > len - i)
			return found || i <= last ? MPC_OPTIONS : MPC_NONE;
		if (h[i] == MPC_KIND_AO)
			ao = 1;
		if (h[i] == MPC_KIND_MPTCP && h[i + 1] > 2 && h[i + 2] < 0x10) {
			/* receivers differ in which of two they believe */
			if (found)
				return MPC_OPTIONS;
			if (i <= last)
				found = i;
		}
		i += h[i + 1];
	}
	if (!found)
		return MPC_NONE;
	return ao ? MPC_TCP_AO : found;
}

/* Decide about MP_CAPABLE at @opt[0], whose @opt[1] bytes are all readable. */
static inline enum mpc_verdict mpc_judge(const unsigned char *opt,
					 unsigned int segment,
					 const struct mpc_rule *rule)
{
	unsigned int version = opt[2];	/* below the subtype, which is 0 */

	if (version > 1 || !(rule->versions & (1U << version)))
		return MPC_VERSION;
	if (!mpc_length_fits(segment, version, opt[1]))
		return MPC_LENGTH;
	if (!(opt[3] & (MPTCP_BFLAG_FLAG_B | rule->flag)))
		return MPC_SET;
	if ((opt[3] & MPTCP_BFLAG_FLAG_B) && rule->flag != MPTCP_BFLAG_FLAG_B)
		return MPC_EXTENSIBILITY;
	return opt[3] & rule->flag ? MPC_ALREADY : MPC_SET;
}

/**
 * mpc_look - look at the options and decide
 * @h: the TCP header, which is mpc_roomy(); @len bytes are read
 * @len: its length, as mpc_hdr_len() tells it
 * @from: where to begin: MPC_TCP_HDR_MIN, or what mpc_first() returned
 * @segment: what mpc_segment() says it is, one of those that @rule is about
 * @rule: what to mark
 *
 * Return: the offset of the one byte in which @rule's flag is to be set (even or
 * odd, at most @len - 1); or, below MPC_TCP_HDR_MIN, the &enum mpc_verdict why
 * the segment is left alone.
 */
static __always_inline unsigned int
mpc_look(const unsigned char *h, unsigned int len, unsigned int from,
	 unsigned int segment, const struct mpc_rule *rule)
{
	unsigned int at = from;
	enum mpc_verdict verdict;

	if (!mpc_is_last(h, len, at)) {
		at = mpc_walk(h, len, from);
		if (at < MPC_TCP_HDR_MIN)
			return at;
	}
	verdict = mpc_judge(h + at, segment, rule);
	return verdict == MPC_SET ? at + 3 : verdict;
}

/**
 * mpc_delta - what setting the flag adds to its 16-bit word of the checksum
 * @at: offset of the flags byte from the start of the TCP header; its word starts
 *	at the even offset at or below it, because the words are counted from there
 * @flag: the bit, which was 0
 *
 * Return: a number in host byte order.
 */
static inline unsigned int mpc_delta(unsigned int at, unsigned int flag)
{
	return at & 1 ? flag : flag << 8;
}

#endif /* MP_CAPABLE_H */
