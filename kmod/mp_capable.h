/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pure core: find MP_CAPABLE (RFC 8684, section 3.1) in a TCP header, and decide
 * whether to set the flag, and set it.  It reads nothing but the header, and uses no kernel API:
 * the unit tests, the benchmark and "make proof" compile it, too.  Define bool before.
 *
 * Every packet pays for mpc_look(), the quick look.  Only segments with MP_CAPABLE
 * pay for mpc_walk(), which reads all options, and mpc_judge(), which decides.  mpc_mark()
 * writes.
 *
 * All offsets and lengths are in bytes; offsets count from the start of the TCP header.
 */
#ifndef MP_CAPABLE_H
#define MP_CAPABLE_H

#include "nf_tables_mptcp_bflag.h"

/* TCP header (RFC 9293, section 3.1) */
#define MPC_TCP_HDR_MIN		20
#define MPC_TCP_HDR_MAX		60
#define MPC_TCP_DOFF		12	/* high nibble: length in words of 4 bytes */
#define MPC_TCP_FLAGS		13
#define MPC_TCP_CHECK		16

/* Bits of the byte at MPC_TCP_FLAGS */
#define MPC_TCP_FLAG_FIN	0x01
#define MPC_TCP_FLAG_SYN	0x02
#define MPC_TCP_FLAG_RST	0x04
#define MPC_TCP_FLAG_ACK	0x10

/* Kinds of TCP options (RFC 9293, section 3.2) */
#define MPC_KIND_EOL		0
#define MPC_KIND_NOP		1
#define MPC_KIND_AO		29	/* RFC 5925: its MAC covers the options */
#define MPC_KIND_MPTCP		30	/* RFC 8684, section 3 */

/* Length of the shortest MP_CAPABLE in segments with SYN and without */
#define MPC_SYN_MIN		4
#define MPC_ACK_MIN		20

/* Offset of the flags byte in MP_CAPABLE */
#define MPC_CAPABLE_FLAGS	3

/* NOP, NOP, and kind and length of the timestamps option; 12 bytes with its values */
#define MPC_TIMESTAMPS		"\x01\x01\x08\x0a"
#define MPC_TIMESTAMPS_LEN	12

/**
 * enum mpc_verdict - the decision about one segment
 * @MPC_VERDICT_SET: set the flag
 * @MPC_VERDICT_ALREADY: the flag is set already
 * @MPC_VERDICT_EXTENSIBILITY: "B" (0x40) is set: an extension may redefine the flags
 * @MPC_VERDICT_LENGTH: the length of MP_CAPABLE does not fit segment and version
 * @MPC_VERDICT_VERSION: the rule does not ask for this version
 * @MPC_VERDICT_OPTIONS: MP_CAPABLE occurs twice, or the options behind it are broken
 * @MPC_VERDICT_TCP_AO: a TCP-AO MAC covers the options
 * @MPC_VERDICT_NONE: no MP_CAPABLE
 */
enum mpc_verdict {
	MPC_VERDICT_SET,
	MPC_VERDICT_ALREADY,
	MPC_VERDICT_EXTENSIBILITY,
	MPC_VERDICT_LENGTH,
	MPC_VERDICT_VERSION,
	MPC_VERDICT_OPTIONS,
	MPC_VERDICT_TCP_AO,
	MPC_VERDICT_NONE,
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
 * struct mpc_options - what mpc_walk() found in a list of options
 * @at: offset of the first MP_CAPABLE; 0 if there is none
 * @twice: there is another MP_CAPABLE
 * @ao: there is a TCP-AO option
 * @broken: an option has an impossible length
 */
struct mpc_options {
	unsigned char at;
	bool twice;
	bool ao;
	bool broken;
};

/**
 * mpc_hdr_len - length of a TCP header (RFC 9293, section 3.1)
 * @h: the header; the first 13 bytes are read
 *
 * Return: the data offset, 0 to 60.
 */
static inline unsigned int mpc_hdr_len(const unsigned char *h)
{
	return (h[MPC_TCP_DOFF] & 0xf0U) / 4;
}

/**
 * mpc_roomy - does a TCP header have room for MP_CAPABLE?
 * @h: the header; the first 14 bytes are read
 *
 * Most packets end here.  The data offset counts words of 4 bytes in the high nibble of
 * its byte, so N bytes are N / 4 * 16.
 *
 * Return: true if the header has room for the shortest MP_CAPABLE of its segment.
 */
static inline bool mpc_roomy(const unsigned char *h)
{
	return h[MPC_TCP_DOFF] >= ((h[MPC_TCP_FLAGS] & MPC_TCP_FLAG_SYN) ?
				   (MPC_TCP_HDR_MIN + MPC_SYN_MIN) * 4 :
				   (MPC_TCP_HDR_MIN + MPC_ACK_MIN) * 4);
}

/* The last offset at which the shortest MP_CAPABLE of this segment fits */
static inline unsigned int mpc_last(const unsigned char *h, unsigned int len)
{
	if (h[MPC_TCP_FLAGS] & MPC_TCP_FLAG_SYN)
		return len - MPC_SYN_MIN;
	return len - MPC_ACK_MIN;
}

/**
 * mpc_look - the quick look: may the header have MP_CAPABLE?
 * @h: the TCP header, which is mpc_roomy(); @len bytes are read
 * @len: its length, mpc_hdr_len()
 *
 * Return: 0 if it has none.  Otherwise the offset of an option at which mpc_walk() may
 * begin, because it would only skip the options before.
 */
static __always_inline unsigned int mpc_look(const unsigned char *h,
					     unsigned int len)
{
	/* as wide as an address, which saves an instruction for each option */
	unsigned long i = MPC_TCP_HDR_MIN, last = mpc_last(h, len);

	/* the options of most segments without SYN (RFC 7323, appendix A) */
	if (!__builtin_memcmp(h + i, MPC_TIMESTAMPS, 4))
		i += MPC_TIMESTAMPS_LEN;

	while (i <= last) {
		const unsigned char *opt = h + i;

		/* one comparison for common options, which have lower kinds */
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
			return 0;
		i += opt[1];
	}
	return 0;
}

/**
 * mpc_segment - which segment is it (RFC 8684, section 3.1)?
 * @h: the TCP header; the first 14 bytes are read
 *
 * Return: one of &enum mptcp_bflag_segment, or 0.
 */
static inline unsigned int mpc_segment(const unsigned char *h)
{
	switch (h[MPC_TCP_FLAGS] & (MPC_TCP_FLAG_FIN | MPC_TCP_FLAG_SYN |
				    MPC_TCP_FLAG_RST | MPC_TCP_FLAG_ACK)) {
	case MPC_TCP_FLAG_SYN:
		return MPTCP_BFLAG_SEGMENT_SYN;
	case MPC_TCP_FLAG_SYN | MPC_TCP_FLAG_ACK:
		return MPTCP_BFLAG_SEGMENT_SYNACK;
	case MPC_TCP_FLAG_ACK:
	case MPC_TCP_FLAG_ACK | MPC_TCP_FLAG_FIN:
		return MPTCP_BFLAG_SEGMENT_ACK;
	default:
		return 0;
	}
}

/* Is this option MP_CAPABLE (subtype 0)?  Reads no byte behind the option. */
static inline bool mpc_is_capable(const unsigned char *opt)
{
	return opt[0] == MPC_KIND_MPTCP && opt[1] > 2 && opt[2] < 0x10;
}

/**
 * mpc_walk - read all options
 * @h: the TCP header, which is mpc_roomy(); @len bytes are read
 * @len: its length, mpc_hdr_len()
 * @from: offset of the first option to read: MPC_TCP_HDR_MIN, or what mpc_look()
 *	returned, if not 0
 *
 * An MP_CAPABLE behind mpc_last() is too short, and counts only as a second one.
 *
 * Return: what was found.
 */
static inline struct mpc_options mpc_walk(const unsigned char *h,
					  unsigned int len, unsigned int from)
{
	unsigned long i = from, last = mpc_last(h, len);
	struct mpc_options found = { .at = 0 };

	while (i < len && h[i] != MPC_KIND_EOL) {
		if (h[i] == MPC_KIND_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || h[i + 1] < 2 || h[i + 1] > len - i) {
			found.broken = true;
			break;
		}
		if (h[i] == MPC_KIND_AO) {
			found.ao = true;
		} else if (mpc_is_capable(h + i)) {
			if (found.at)
				found.twice = true;
			else if (i <= last)
				found.at = i;
		}
		i += h[i + 1];
	}
	return found;
}

/*
 * Does MP_CAPABLE have a length of this segment (RFC 8684 and RFC 6824, section 3.1)?
 * 20 is for ACKs without data, 22 and 24 for ACKs with data.  Only the receiver can check
 * that: here, bytes behind the header may be padding of the link.
 */
static inline bool mpc_length_fits(unsigned int segment, unsigned int version,
				   unsigned int optlen)
{
	if (segment == MPTCP_BFLAG_SEGMENT_SYN)
		return optlen == (version ? 4 : 12);
	if (segment == MPTCP_BFLAG_SEGMENT_SYNACK)
		return optlen == 12;
	if (optlen == 22 || optlen == 24)
		return version;
	return optlen == 20;
}

/**
 * mpc_judge - decide about a segment (RFC 8684, section 3.1)
 * @h: the TCP header
 * @found: what mpc_walk() found in it
 * @segment: mpc_segment(), which @rule asks for
 * @rule: what to mark
 *
 * Return: the verdict; with MPC_VERDICT_SET, the byte to change is at
 * @found.at + MPC_CAPABLE_FLAGS.
 */
static inline enum mpc_verdict mpc_judge(const unsigned char *h,
					 struct mpc_options found,
					 unsigned int segment,
					 const struct mpc_rule *rule)
{
	const unsigned char *opt = h + found.at;
	unsigned int version, flags;

	if (!found.at)
		return MPC_VERDICT_NONE;
	/* receivers differ in which one they use */
	if (found.broken || found.twice)
		return MPC_VERDICT_OPTIONS;
	if (found.ao)
		return MPC_VERDICT_TCP_AO;
	version = opt[2];	/* the high nibble, the subtype, is 0 */
	if (version > 1 || !(rule->versions & (1U << version)))
		return MPC_VERDICT_VERSION;
	if (!mpc_length_fits(segment, version, opt[1]))
		return MPC_VERDICT_LENGTH;
	flags = opt[MPC_CAPABLE_FLAGS];
	if ((flags & MPTCP_BFLAG_FLAG_B) && rule->flag != MPTCP_BFLAG_FLAG_B)
		return MPC_VERDICT_EXTENSIBILITY;
	return flags & rule->flag ? MPC_VERDICT_ALREADY : MPC_VERDICT_SET;
}

/*
 * Does Linux accept this option of an ACK as MP_CAPABLE?  It wants version 1, the flag
 * "H" (0x01), and no other flags than "A" (0x80) and "C" (0x20).
 */
static inline bool mpc_linux_accepts(const unsigned char *opt, bool data)
{
	if (data ? opt[1] != 22 && opt[1] != 24 : opt[1] != 20)
		return false;
	return opt[2] == 1 && (opt[MPC_CAPABLE_FLAGS] & 0x5f) == 0x01;
}

/**
 * mpc_ack_unmarked - does Linux accept MP_CAPABLE without the flag from this ACK?
 * @h: the TCP header, which is mpc_roomy(); @len bytes are read
 * @len: its length, mpc_hdr_len()
 * @data: data follows the header
 * @flag: one of &enum mptcp_bflag_flag
 *
 * Linux (6.1: mptcp_parse_option()) takes the first MP_CAPABLE that it accepts, even if
 * broken options follow.  Behind another MPTCP option, except REMOVE_ADDR, it takes none.
 *
 * Return: true if Linux takes an MP_CAPABLE in which @flag is not set.
 */
static inline bool mpc_ack_unmarked(const unsigned char *h, unsigned int len,
				    bool data, unsigned int flag)
{
	unsigned int i = MPC_TCP_HDR_MIN, optlen, subtype;

	for (; i + 2 < len && h[i] != MPC_KIND_EOL; i += optlen) {
		optlen = h[i] == MPC_KIND_NOP ? 1 : h[i + 1];
		if (optlen > len - i || (optlen < 2 && h[i] != MPC_KIND_NOP))
			break;
		if (h[i] != MPC_KIND_MPTCP || optlen < 3)
			continue;
		if (mpc_linux_accepts(h + i, data))
			return !(h[i + MPC_CAPABLE_FLAGS] & flag);
		subtype = h[i + 2] >> 4;
		if (subtype != 0 && subtype != 4 /* REMOVE_ADDR */)
			break;
	}
	return false;
}

/**
 * mpc_delta - what setting the flag adds to the checksum's sum (RFC 1071)
 * @at: offset of the flags byte; each 16-bit word of the sum begins at an even offset
 * @flag: the bit, which was 0
 *
 * Return: a 16-bit number in host byte order.
 */
static inline unsigned int mpc_delta(unsigned int at, unsigned int flag)
{
	return at % 2 ? flag : flag * 256;
}

/**
 * mpc_mark - set the flag, and update the TCP checksum (RFC 1624)
 * @h: the TCP header, which is writable
 * @at: offset of MP_CAPABLE's flags byte
 * @flag: the bit, which is 0
 * @update: the checksum covers the segment; false for CHECKSUM_PARTIAL
 *
 * The checksum is the ones' complement of the sum, so it shrinks by what the sum grows.  A
 * valid one stays valid, and an invalid one invalid.
 */
static inline void mpc_mark(unsigned char *h, unsigned int at,
			    unsigned int flag, bool update)
{
	unsigned int check = h[MPC_TCP_CHECK] * 256U + h[MPC_TCP_CHECK + 1];
	unsigned int delta = mpc_delta(at, flag);

	h[at] |= flag;
	if (!update)
		return;

	check = check >= delta ? check - delta : check + 0xffff - delta;
	h[MPC_TCP_CHECK] = check / 256;
	h[MPC_TCP_CHECK + 1] = check % 256;
}

#endif /* MP_CAPABLE_H */
