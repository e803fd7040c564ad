/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The specification of kmod/mp_capable.h in ACSL, for proof/run: how TCP options follow each other (RFC
 * 9293, section 3.1), which MP_CAPABLE counts, and what Linux takes from an ACK.  It is written without
 * the code: each function is a recursion over the list of options.
 *
 * h: the TCP header, len: its length, last: the last offset with room for the shortest MP_CAPABLE,
 * i: where an option begins
 */
#ifndef PROOF_SPEC_H
#define PROOF_SPEC_H

/* Terms of C, because ACSL has no predicates in conditions of terms */
#define END(h, len, i)		((i) >= (len) || (h)[i] == 0)
#define TORN(h, len, i)		((len) - (i) < 2 || (h)[(i) + 1] < 2 || (h)[(i) + 1] > (len) - (i))
#define CAPABLE(h, i)		((h)[i] == 30 && (h)[(i) + 1] > 2 && (h)[(i) + 2] < 16)
/* Linux accepts this MP_CAPABLE of an ACK: version 1, "H", and of the others only "A" and "C". */
#define ACCEPTED(h, i, data)							\
	(((data) != 0 ? (h)[(i) + 1] == 22 || (h)[(i) + 1] == 24 :		\
			(h)[(i) + 1] == 20) &&					\
	 (h)[(i) + 2] == 1 && ((h)[(i) + 3] & 0x5f) == 1)

/* The checksum sums up words in big-endian order. */
#define WEIGHT(i)		((i) % 2 == 0 ? 256 : 1)

/*@
// proof/run tries all cases
axiomatic bytes {
	axiom or_adds: \forall integer x, integer flag;
		0 <= x <= 255 && (flag == 0x20 || flag == 0x40) && (x & flag) == 0 ==> (x | flag) == x + flag;
	axiom nibble: \forall integer x; 0 <= x <= 255 ==> (x & 0xf0) == x / 16 * 16;
}

logic integer last_of(unsigned char *h, integer len) =
	(h[13] & 2) != 0 ? len - 4 : len - 20;

axiomatic options {
	// the first MP_CAPABLE for which there is room, from the option at i on; 0: none
	logic integer first(unsigned char *h, integer len, integer last, integer i)
		reads h[0 .. len - 1];
	// is an option torn, before the end of the list?
	predicate broken(unsigned char *h, integer len, integer i) reads h[0 .. len - 1];
	// is there TCP-AO?
	predicate ao(unsigned char *h, integer len, integer i) reads h[0 .. len - 1];
	// is there an MP_CAPABLE, with or without room?
	predicate another(unsigned char *h, integer len, integer i) reads h[0 .. len - 1];
	// is there one behind the first for which there is room?
	predicate twice(unsigned char *h, integer len, integer last, integer i)
		reads h[0 .. len - 1];
	// the MP_CAPABLE that Linux takes from an ACK; 0: none
	logic integer taken(unsigned char *h, integer len, integer data, integer i)
		reads h[0 .. len - 1];
}

predicate header(unsigned char *h, integer len) =
	20 <= len <= 60 && \valid_read(h + (0 .. len - 1)) && h[12] / 16 * 4 == len;

predicate roomy(unsigned char *h, integer len) = last_of(h, len) >= 20;

// lengths of MP_CAPABLE: RFC 8684 and RFC 6824, section 3.1; segment: 1 SYN, 2 SYN+ACK, 4 ACK
predicate fits(integer segment, integer version, integer optlen) =
	segment == 1 ? (version == 0 ? optlen == 12 : optlen == 4) :
	segment == 2 ? optlen == 12 :
	optlen == 20 || (version != 0 && (optlen == 22 || optlen == 24));

// does the rule ask for this version?
predicate asks(integer versions, integer version) =
	(version == 0 && (versions & 1) != 0) || (version == 1 && (versions & 2) != 0);
*/

/*
 * The definitions, as recursions over the list.  A solver that may unfold a recursion by itself does not
 * stop, so each definition is the contract of a ghost function without a body: calling it
 * unfolds them once, at i.  Each recursive call has a greater i, so that the definitions are sound.
 */
/*@ ghost
/@ assigns \nothing;
   ensures first(h, len, last, i) ==
	(i > last || END(h, len, i) ? 0 :
	 h[i] == 1 ? first(h, len, last, i + 1) :
	 TORN(h, len, i) ? 0 :
	 CAPABLE(h, i) ? i : first(h, len, last, i + h[i + 1]));
   ensures broken(h, len, i) <==>
	(!END(h, len, i) &&
	 (h[i] == 1 ==> broken(h, len, i + 1)) &&
	 (h[i] != 1 ==> TORN(h, len, i) || broken(h, len, i + h[i + 1])));
   ensures ao(h, len, i) <==>
	(!END(h, len, i) &&
	 (h[i] == 1 ==> ao(h, len, i + 1)) &&
	 (h[i] != 1 ==> !TORN(h, len, i) && (h[i] == 29 || ao(h, len, i + h[i + 1]))));
   ensures another(h, len, i) <==>
	(!END(h, len, i) &&
	 (h[i] == 1 ==> another(h, len, i + 1)) &&
	 (h[i] != 1 ==> !TORN(h, len, i) && (CAPABLE(h, i) || another(h, len, i + h[i + 1]))));
   ensures twice(h, len, last, i) <==>
	(!END(h, len, i) &&
	 (h[i] == 1 ==> twice(h, len, last, i + 1)) &&
	 (h[i] != 1 ==> !TORN(h, len, i) &&
	  (CAPABLE(h, i) && i <= last ==> another(h, len, i + h[i + 1])) &&
	  (!(CAPABLE(h, i) && i <= last) ==> twice(h, len, last, i + h[i + 1]))));
@/
void unfold(const unsigned char *h, unsigned long len, unsigned long last, unsigned long i);
*/

/* Behind another MPTCP option than REMOVE_ADDR (subtype 4), Linux takes none. */
/*@ ghost
/@ assigns \nothing;
   ensures taken(h, len, data, i) ==
	(len - i < 3 || h[i] == 0 ? 0 :
	 h[i] == 1 ? taken(h, len, data, i + 1) :
	 TORN(h, len, i) ? 0 :
	 h[i] == 30 && h[i + 1] > 2 && ACCEPTED(h, i, data) ? i :
	 h[i] == 30 && h[i + 1] > 2 && h[i + 2] / 16 != 0 && h[i + 2] / 16 != 4 ? 0 :
	 taken(h, len, data, i + h[i + 1]));
@/
void unfold_taken(const unsigned char *h, unsigned long len, int data, unsigned long i);
*/

#endif /* PROOF_SPEC_H */
