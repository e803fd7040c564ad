/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The netlink interface of the nf_tables expression "mptcp_bflag".  Includes nothing, so
 * that modules, tool and tests can all use it.
 */
#ifndef NF_TABLES_MPTCP_BFLAG_H
#define NF_TABLES_MPTCP_BFLAG_H

#define NFT_MPTCP_BFLAG_NAME "mptcp_bflag"

/**
 * enum mptcp_bflag_operation - what the expression does
 * @MPTCP_BFLAG_OP_SET: set the flag, and count the segment as changed or left alone;
 *	the rule goes on only if the segment was changed
 * @MPTCP_BFLAG_OP_MATCH: change and count nothing; the rule goes on only if
 *	@MPTCP_BFLAG_OP_SET with the same attributes would change or count the segment
 *
 * Otherwise the verdict is NFT_BREAK.
 */
enum mptcp_bflag_operation {
	MPTCP_BFLAG_OP_SET,
	MPTCP_BFLAG_OP_MATCH,
};

/**
 * enum mptcp_bflag_segment - segments with MP_CAPABLE (RFC 8684, section 3.1), a mask
 * @MPTCP_BFLAG_SEGMENT_SYN: SYN without ACK, of the client
 * @MPTCP_BFLAG_SEGMENT_SYNACK: SYN with ACK, of the server
 * @MPTCP_BFLAG_SEGMENT_ACK: ACK without SYN: the client's third ACK, and its later
 *	segments that repeat MP_CAPABLE, with or without data
 * @MPTCP_BFLAG_SEGMENT_MASK: all of them
 */
enum mptcp_bflag_segment {
	MPTCP_BFLAG_SEGMENT_SYN		= 1 << 0,
	MPTCP_BFLAG_SEGMENT_SYNACK	= 1 << 1,
	MPTCP_BFLAG_SEGMENT_ACK		= 1 << 2,
	MPTCP_BFLAG_SEGMENT_MASK	= MPTCP_BFLAG_SEGMENT_SYN |
					  MPTCP_BFLAG_SEGMENT_SYNACK |
					  MPTCP_BFLAG_SEGMENT_ACK,
};

/**
 * enum mptcp_bflag_version - versions of MPTCP, a mask
 * @MPTCP_BFLAG_VERSION_0: RFC 6824, where 0x20 belongs to the crypto negotiation
 * @MPTCP_BFLAG_VERSION_1: RFC 8684, where 0x20 is the flag "C"
 * @MPTCP_BFLAG_VERSION_MASK: both
 */
enum mptcp_bflag_version {
	MPTCP_BFLAG_VERSION_0		= 1 << 0,
	MPTCP_BFLAG_VERSION_1		= 1 << 1,
	MPTCP_BFLAG_VERSION_MASK	= MPTCP_BFLAG_VERSION_0 |
					  MPTCP_BFLAG_VERSION_1,
};

/**
 * enum mptcp_bflag_flag - bits of MP_CAPABLE's flags byte (RFC 8684, section 3.1)
 * @MPTCP_BFLAG_FLAG_C: "C": the receiver must not open subflows to the source
 *	address and port of this segment
 * @MPTCP_BFLAG_FLAG_B: "B", for extensibility: receivers that do not know the
 *	extension fall back to plain TCP
 */
enum mptcp_bflag_flag {
	MPTCP_BFLAG_FLAG_C	= 0x20,
	MPTCP_BFLAG_FLAG_B	= 0x40,
};

/**
 * enum nft_mptcp_bflag_attributes - netlink attributes of the expression
 * @NFTA_MPTCP_BFLAG_UNSPEC: reserved
 * @NFTA_MPTCP_BFLAG_SEGMENTS: segments to mark, mask of
 *	&enum mptcp_bflag_segment (NLA_U32, big endian)
 * @NFTA_MPTCP_BFLAG_VERSIONS: versions to mark, mask of
 *	&enum mptcp_bflag_version (NLA_U32, big endian)
 * @NFTA_MPTCP_BFLAG_FLAG: the bit to set, one of
 *	&enum mptcp_bflag_flag (NLA_U32, big endian)
 * @NFTA_MPTCP_BFLAG_OPERATION: what to do, one of
 *	&enum mptcp_bflag_operation (NLA_U32, big endian)
 * @__NFTA_MPTCP_BFLAG_MAX: one more than the highest attribute
 *
 * All attributes are required.  Errors:
 *
 * * EINVAL: an attribute is missing, or an attribute, a value or a bit of a mask is
 *   unknown, or a mask is empty.  nf_tables ignores types 0 and above 16.
 * * ERANGE: an attribute does not have 4 bytes.
 * * EOPNOTSUPP: the expression does not work in this family, hook or chain type.
 */
enum nft_mptcp_bflag_attributes {
	NFTA_MPTCP_BFLAG_UNSPEC,
	NFTA_MPTCP_BFLAG_SEGMENTS,
	NFTA_MPTCP_BFLAG_VERSIONS,
	NFTA_MPTCP_BFLAG_FLAG,
	NFTA_MPTCP_BFLAG_OPERATION,
	__NFTA_MPTCP_BFLAG_MAX
};

#define NFTA_MPTCP_BFLAG_MAX (__NFTA_MPTCP_BFLAG_MAX - 1)

#endif /* NF_TABLES_MPTCP_BFLAG_H */
