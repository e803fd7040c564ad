// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of the test program "segments".  Each row is one segment and the expected
 * result: the TCP byte (counted from 0; options start at 20) that must get the flag, and
 * the counter that must go up.  The expected result is written beside each segment; no
 * code here parses options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segments.h"

#define KEY_1 "a1a2a3a4a5a6a7a8"
#define KEY_2 "b1b2b3b4b5b6b7b8"

/* MP_CAPABLE: kind 30, length, subtype 0 and version, flags, keys, ... */
#define SYN_1 "1e040101"
#define SYNACK_1 "1e0c0101" KEY_1
#define ACK_1 "1e140101" KEY_1 KEY_2
#define ACK_FLAGS(flags) "1e1401" flags KEY_1 KEY_2
#define DATA_1 "1e160101" KEY_1 KEY_2 "0005"
#define CSUM_1 "1e180181" KEY_1 KEY_2 "0005beef"
#define SYN_0 "1e0c0001" KEY_1
#define ACK_0 "1e140001" KEY_1 KEY_2

#define NOP "01"
#define MSS "020405b4"
#define SACKP "0402"
#define TS "080a0001020304050607"
#define WS "030307"
#define TYPICAL MSS SACKP TS NOP WS		/* 20 bytes, as Linux sends it */
#define MD5 "1312" "000102030405060708090a0b0c0d0e0f"
#define AO "1d0c" "0102" "f1f2f3f4f5f6f7f8"
#define COOKIE "220a" "c1c2c3c4c5c6c7c8"
#define DSS "1e142005" "00000001" "00000002" "00000003" "0005beef"
#define REMOVE_ADDR "1e044003"
#define MP_PRIO "1e0350"
#define MP_JOIN "1e0c1001" "01020304" "05060708"
#define ADD_ADDR "1e083104" "0a000001"

#define ROWS_MAX 5000
struct row rows[ROWS_MAX];
unsigned int nrows;

unsigned int hex(uint8_t *to, const char *from)
{
	unsigned int n = strlen(from) / 2, byte;

	for (unsigned int i = 0; i < n; i++) {
		if (sscanf(from + 2 * i, "%2x", &byte) != 1)
			abort();
		to[i] = byte;
	}
	return n;
}

struct row *add_bytes(const char *name, unsigned int configs,
		      unsigned int tcp_flags, const uint8_t *opts,
		      unsigned int optlen, unsigned int at,
		      enum counter counter)
{
	struct row *row = &rows[nrows++];

	if (nrows >= ROWS_MAX || optlen % 4 || optlen > sizeof(row->opts)) {
		fprintf(stderr, "segments: bad row '%s'\n", name);
		exit(2);
	}
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->configs = configs;
	row->tcp_flags = tcp_flags;
	memcpy(row->opts, opts, optlen);
	row->optlen = optlen;
	row->doff = -1;
	row->at = at;
	row->counter = counter;
	return row;
}

static struct row *add(const char *name, unsigned int configs,
		       unsigned int tcp_flags, const char *opts,
		       unsigned int at, enum counter counter)
{
	uint8_t b[64];

	return add_bytes(name, configs, tcp_flags, b, hex(b, opts), at, counter);
}

static void split(struct row *row)
{
	row->quirks |= SPLIT;
}

/* The same segment for the rules that mark it, and for the others. */
static void syn(const char *name, const char *opts, unsigned int at)
{
	split(add(name, SYN_RULES, S, opts, at, C_SYN));
	add(name, V0, S, opts, 0, C_VERSION);
	add(name, ANY & ~SYN_LOOK, S, opts, 0, C_NONE);
}

static void synack(const char *name, const char *opts, unsigned int at)
{
	split(add(name, SYNACK_RULES, S | A, opts, at, C_SYNACK));
	add(name, V0, S | A, opts, 0, C_VERSION);
	add(name, ANY & ~SYNACK_LOOK, S | A, opts, 0, C_NONE);
}

static void ack(const char *name, unsigned int tcp_flags, const char *opts,
		unsigned int at, enum unmarked unmarked, unsigned int data)
{
	struct row *row;

	row = add(name, ACK_RULES, tcp_flags | A, opts, at, C_ACK);
	row->data = data;
	split(row);
	row = add(name, V0, tcp_flags | A, opts, 0, C_VERSION);
	row->data = data;
	row->unmarked = unmarked;
	add(name, ANY & ~ACK_LOOK, tcp_flags | A, opts, 0, C_NONE)->data = data;
}

static void handshake(void)
{
	syn("SYN", SYN_1, 23);
	syn("SYN as Linux sends it", TYPICAL SYN_1, 43);
	syn("SYN, checksums asked for", TYPICAL "1e040181", 43);
	syn("SYN, Apple's order", MSS NOP WS NOP NOP TS SYN_1 SACKP "0000", 43);
	syn("SYN, Apple, odd, EOL follows", MSS WS TS SYN_1 SACKP "00", 40);
	syn("SYN, at the end of a full header", TYPICAL TS SACKP "fd040102" SYN_1, 59);
	syn("SYN with cookie request", MSS "2202" SYN_1 NOP NOP, 29);
	syn("SYN with MD5", MD5 SYN_1 NOP NOP, 41);
	synack("SYN+ACK", SYNACK_1, 23);
	synack("SYN+ACK as Linux sends it", TYPICAL SYNACK_1, 43);
	synack("SYN+ACK, odd", MSS WS SYNACK_1 NOP, 30);
	ack("third ACK", 0, ACK_1, 23, UNMARKED_BARE, 0);
	ack("third ACK as Linux sends it", 0, NOP NOP TS ACK_1, 35, UNMARKED_BARE, 0);
	ack("third ACK, odd", 0, TS NOP ACK_1 "00", 34, UNMARKED_BARE, 0);
	ack("data, length 20", P, ACK_1, 23, UNMARKED_BARE, 5);
	ack("no data, length 22", P, DATA_1 NOP NOP, 23, UNMARKED_DATA, 0);
	ack("data, length 22", P, NOP NOP TS DATA_1 NOP NOP, 35, UNMARKED_DATA, 5);
	ack("data, length 22 first", 0, DATA_1 NOP NOP, 23, UNMARKED_DATA, 1000);
	ack("data, length 22, odd", P, NOP TS DATA_1 NOP NOP NOP, 34, UNMARKED_DATA, 1);
	ack("data, length 24", P, NOP NOP TS CSUM_1, 35, UNMARKED_DATA, 5);
	ack("data, length 24, odd, EOL follows", 0, TS NOP CSUM_1 "00", 34, UNMARKED_DATA, 333);
	ack("ACK+FIN", F, NOP NOP TS ACK_1, 35, UNMARKED_BARE, 0);
	ack("ACK+PSH+FIN with data", P | F, DATA_1 NOP NOP, 23, UNMARKED_DATA, 7);
	ack("ACK+URG+ECE+CWR", U | ECE | CWR, ACK_1, 23, UNMARKED_BARE, 9);
	ack("ACK at the end of a full header", 0, TYPICAL ACK_1, 43, UNMARKED_BARE, 0);
}

static void more_segments(void)
{
	struct row *row;

	row = add("SYN with data and cookie", SYN_RULES, S,
		  MSS COOKIE SYN_1 NOP NOP, 37, C_SYN);
	row->data = 700;
	split(row);
	add("SYN+ECE+CWR", SYN_RULES, S | ECE | CWR, TYPICAL SYN_1, 43, C_SYN);
	add("SYN+PSH+URG", SYN_RULES, S | P | U, TYPICAL SYN_1, 43, C_SYN);
	add("SYN+ACK+ECE", SYNACK_RULES, S | A | ECE, TYPICAL SYNACK_1, 43, C_SYNACK);
	row = add("SYN, reserved bits set", SYN_RULES, S, TYPICAL SYN_1, 43, C_SYN);
	row->reserved = 0x0f;
	row = add("ACK, reserved bits set", ACK_RULES, A, ACK_1, 23, C_ACK);
	row->reserved = 0x01;
	add("SYN, repeated", SYN_RULES, S, TYPICAL SYN_1, 43, C_SYN)->quirks = TWICE;
	add("third ACK, repeated", ACK_RULES, A, NOP ACK_1 NOP NOP NOP, 24, C_ACK)->quirks = TWICE;
	add("plain SYN", ANY, S, TYPICAL, 0, C_NONE);
	add("SYN without options", ANY, S, "", 0, C_NONE);
	add("plain ACK", ANY, A, "", 0, C_NONE);
	add("plain ACK, timestamps", ANY, A, NOP NOP TS, 0, C_NONE);
	add("plain data", ANY, A | P, NOP NOP TS, 0, C_NONE)->data = 1200;
	add("RST", ANY, R, "", 0, C_NONE);
	add("DSS data", ANY, A, NOP NOP TS DSS, 0, C_NONE)->data = 1000;
	add("ADD_ADDR", ANY, A, NOP NOP TS ADD_ADDR, 0, C_NONE);
	add("ADD_ADDR, long header", ANY, A, NOP NOP TS ADD_ADDR ADD_ADDR, 0, C_NONE);
	add("MP_JOIN SYN", ANY, S, TYPICAL MP_JOIN, 0, C_NONE);
	add("MP_JOIN SYN+ACK", ANY, S | A, TYPICAL "1e101001" "0102030405060708" "090a0b0c", 0, C_NONE);
	add("all zero after the header", ANY, A, "0000000000000000000000000000000000000000", 0, C_NONE);
	add("MP_CAPABLE in the payload only", ANY, S, MSS SYN_1, 0, C_NONE)->doff = 6;
}

/* Options before and after MP_CAPABLE */
static void neighbours(void)
{
	add("after REMOVE_ADDR", SYN_RULES, S, REMOVE_ADDR SYN_1, 27, C_SYN);
	add("after MP_PRIO", SYN_RULES, S, MP_PRIO NOP SYN_1, 27, C_SYN);
	add("after MP_PRIO, odd", SYN_RULES, S, MP_PRIO SYN_1 NOP, 26, C_SYN);
	add("after MP_JOIN", SYN_RULES, S, MP_JOIN SYN_1, 35, C_SYN);
	add("ACK after REMOVE_ADDR", ACK_RULES, A, REMOVE_ADDR ACK_1, 27, C_ACK);
	add("ACK after DSS", ACK_RULES, A, DSS ACK_1, 43, C_ACK);
	add("ACK after timestamps, REMOVE_ADDR", ACK_RULES, A,
	    NOP NOP TS REMOVE_ADDR ACK_1, 39, C_ACK);
	add("ACK after timestamps, ADD_ADDR", ACK_RULES, A,
	    NOP NOP TS ADD_ADDR ACK_1, 43, C_ACK);
	add("ACK after timestamps, a very short SACK", ACK_RULES, A,
	    NOP NOP TS NOP NOP "0506f1f2f3f4" ACK_1, 43, C_ACK);
	add("ACK before DSS", ACK_RULES, A, ACK_1 DSS, 23, C_ACK);
	add("after kind 30 of length 2", SYN_RULES, S, "1e02" SYN_1 NOP NOP, 25, C_SYN);
	add("kind 30 of length 2 alone", ANY, S, "1e020101", 0, C_NONE);
	add("kind 30 of length 2 before EOL", ANY, S, "1e020000", 0, C_NONE);
	add("kind 30 of length 2 at the end", ANY, S, MSS "01011e02", 0, C_NONE);
	add("before kind 30 of length 2", SYN_RULES, S, SYN_1 "1e020101", 23, C_SYN);
	add("SYN, begins too late", ANY, S, NOP "1e0301", 0, C_NONE);
	add("ACK, begins too late", ANY, A, AO AO NOP SYN_1 NOP NOP NOP, 0, C_NONE);
	add("inside of another option", ANY, S, "fd0c" SYN_1 "1e0401011e04", 0, C_NONE);
	add("option that looks like two", SYN_RULES, S, "fd06" SYN_1 "01" SYN_1 "01", 30, C_SYN);
	add("EOL before it", ANY, S, "00" SYN_1 "010101", 0, C_NONE);
	add("EOL before it, even", ANY, S, MSS "0000" SYN_1 "0000", 0, C_NONE);
	add("EOL after NOPs before it", ANY, A, "01010100" ACK_1, 0, C_NONE);
	add("EOL after it, then rubbish", SYN_RULES, S, SYN_1 "00ff00ff", 23, C_SYN);
	add("EOL after it, then a second", SYN_RULES, S, SYN_1 "000101" SYN_1 "01", 23, C_SYN);
	add("EOL after it, then TCP-AO", SYN_RULES, S, SYN_1 "00000000" AO, 23, C_SYN);
	add("two of them", SYN_LOOK, S, SYN_1 SYN_1, 0, C_OPTIONS);
	add("two of them, apart", SYN_LOOK, S, SYN_1 TYPICAL SYN_1, 0, C_OPTIONS);
	add("two of them, two versions", SYN_LOOK, S, SYN_1 SYN_0, 0, C_OPTIONS);
	add("two of them, SYN+ACK not asked", DEFAULT | ONLY_SYN | ONLY_ACK, S | A,
	    SYNACK_1 SYNACK_1, 0, C_NONE);
	add("TCP-AO before it", SYN_LOOK, S, AO SYN_1, 0, C_TCP_AO);
	add("TCP-AO after it", SYN_LOOK, S, SYN_1 AO, 0, C_TCP_AO);
	add("TCP-AO, odd", SYN_LOOK, S, NOP SYN_1 NOP AO "0101", 0, C_TCP_AO);
	add("TCP-AO of length 2", SYN_LOOK, S, "1d020101" SYN_1, 0, C_TCP_AO);
	add("TCP-AO alone", ANY, S, TYPICAL AO, 0, C_NONE);
	add("TCP-AO alone, ACK", ANY, A, NOP NOP TS AO, 0, C_NONE);
	add("TCP-AO and a broken option", SYN_LOOK, S, SYN_1 AO "08ff0101", 0, C_OPTIONS);
	add("MD5 after it", SYN_RULES, S, SYN_1 MD5 NOP NOP, 23, C_SYN);
}

static void left(const char *name, unsigned int configs, const char *opts,
		 unsigned int data, enum counter counter, enum unmarked unmarked)
{
	struct row *row = add(name, configs, A, opts, 0, counter);

	row->data = data;
	row->unmarked = unmarked;
}

/* ACKs that are not marked: does Linux learn from them that the flag is not set? */
static void acks_left(void)
{
	left("ACK, broken behind", ACK_LOOK, ACK_1 "08ff0101", 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, ends in half an option", ACK_LOOK, ACK_1 "010101fd", 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK 22, broken behind", ACK_LOOK, DATA_1 "0801", 5, C_OPTIONS, UNMARKED_DATA);
	left("ACK 24, broken behind", ACK_LOOK, CSUM_1 "fd000000", 5, C_OPTIONS, UNMARKED_DATA);
	left("ACK 22, broken behind, no data", ACK_LOOK, DATA_1 "0801", 0, C_OPTIONS, UNMARKED_DATA);
	left("ACK 20, broken behind, data", ACK_LOOK, ACK_1 "08ff0101", 5, C_OPTIONS, UNMARKED_BARE);
	left("ACK, broken before", ANY, "fd010101" ACK_1, 0, C_NONE, NOT_UNMARKED);
	left("ACK, two of them", ACK_LOOK, ACK_1 ACK_1, 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, two of them, the first valid", ACK_LOOK, ACK_1 SYN_1, 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, two of them, the second valid", ACK_LOOK, SYN_1 ACK_1, 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, two of them, none valid", ACK_LOOK, SYN_1 SYN_1 SYNACK_1, 0, C_OPTIONS, NOT_UNMARKED);
	left("ACK, the first of two with 0x40", ACK_LOOK, ACK_FLAGS("41") ACK_1, 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, the first of two without 0x01", ACK_LOOK, ACK_FLAGS("80") ACK_1, 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, the first of two of version 0", ACK_LOOK, ACK_0 ACK_1, 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, the second of two has the flag", ACK_LOOK, ACK_1 ACK_FLAGS("21"), 0, C_OPTIONS, UNMARKED_BARE);
	left("ACK, the first of two has the flag", ACK_LOOK & ~FLAG_B, ACK_FLAGS("21") ACK_1, 0, C_OPTIONS, NOT_UNMARKED);
	left("ACK, TCP-AO before", ACK_LOOK, AO ACK_1, 0, C_TCP_AO, UNMARKED_BARE);
	left("ACK, TCP-AO behind", ACK_LOOK, ACK_1 AO, 0, C_TCP_AO, UNMARKED_BARE);
	left("ACK 22, TCP-AO", ACK_LOOK, AO DATA_1 NOP NOP, 5, C_TCP_AO, UNMARKED_DATA);
	split(&rows[nrows - 1]);
	left("ACK 24, TCP-AO", ACK_LOOK, AO CSUM_1, 5, C_TCP_AO, UNMARKED_DATA);
	left("ACK 22, TCP-AO, no data", ACK_LOOK, AO DATA_1 NOP NOP, 0, C_TCP_AO, UNMARKED_DATA);
	left("ACK 20, TCP-AO, data", ACK_LOOK, AO ACK_1, 5, C_TCP_AO, UNMARKED_BARE);
	left("ACK with the flag, TCP-AO", ACK_LOOK & ~FLAG_B, AO ACK_FLAGS("21"), 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK with the other flag, TCP-AO", FLAG_B, AO ACK_FLAGS("21"), 0, C_TCP_AO, UNMARKED_BARE);
	left("ACK with 0x40, TCP-AO", ACK_LOOK, AO ACK_FLAGS("41"), 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK without 0x01, TCP-AO", ACK_LOOK, AO ACK_FLAGS("80"), 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK with 0x02, TCP-AO", ACK_LOOK, AO ACK_FLAGS("03"), 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK behind REMOVE_ADDR, TCP-AO", ACK_LOOK, REMOVE_ADDR ACK_1 AO, 0, C_TCP_AO, UNMARKED_BARE);
	left("ACK behind MP_PRIO, TCP-AO", ACK_LOOK, MP_PRIO NOP ACK_1 AO, 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK of wrong length, TCP-AO", ACK_LOOK, SYNACK_1 AO, 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK of version 0, TCP-AO", ACK_LOOK, AO ACK_0, 0, C_TCP_AO, NOT_UNMARKED);
	left("ACK of version 0", ACK_RULES & ~BOTH, ACK_0, 0, C_VERSION, NOT_UNMARKED);
	left("ACK with the flag, for version 0", V0, ACK_FLAGS("21"), 0, C_VERSION, NOT_UNMARKED);
	left("ACK, TCP-AO, not asked", ANY & ~ACK_LOOK, AO ACK_1, 0, C_NONE, NOT_UNMARKED);
}

/*
 * A header that is @bytes longer than the IP packet.  Its options are parsed only if that
 * many bytes of padding follow.
 */
static struct row *beyond(struct row *row, int doff, unsigned int bytes)
{
	row->doff = doff;
	row->beyond = bytes;
	row->padded = C_OPTIONS;
	return row;
}

/* Wrong checksums, which stay wrong; wrong data offsets; too few bytes */
static void lies(void)
{
	static const uint16_t error[] = { 0x0001, 0x0100, 0x2000, 0x0020, 0xffff, 0x8000 };
	static const uint16_t field[] = { 0x0000, 0xffff, 0x1fff, 0x2000, 0xdfff, 0x0020 };
	char name[80];
	struct row *row;

	for (unsigned int i = 0; i < 12; i++) {
		uint16_t value = i < 6 ? error[i] : field[i - 6];

		for (unsigned int odd = 0; odd < 2; odd++) {
			snprintf(name, sizeof(name), "wrong checksum, %s %04x, %s",
				 i < 6 ? "off by" : "field", value, odd ? "odd" : "even");
			row = add(name, SYN_RULES, S, odd ? MSS SYN_1 : MSS NOP SYN_1 "010101",
				  odd ? 27 : 28, C_SYN);
			row->check = i < 6 ? WRONG : RAW;
			row->field = value;
		}
	}
	for (int doff = 0; doff < 5; doff++) {
		snprintf(name, sizeof(name), "data offset %d", doff);
		add(name, ANY, S, TYPICAL SYN_1, 0, C_NONE)->doff = doff;
		snprintf(name, sizeof(name), "data offset %d, ACK", doff);
		add(name, ANY, A, ACK_1, 0, C_NONE)->doff = doff;
	}
	beyond(add("header beyond the packet by a word", SYN_LOOK, S, MSS SYN_1, 0, C_NONE), 8, 4);
	beyond(add("header beyond the packet by far", SYN_LOOK, S, SYN_1, 0, C_NONE), 15, 36);
	split(beyond(add("ACK's header beyond the packet", ACK_LOOK, A, ACK_1, 0, C_NONE), 11, 4));
	beyond(add("ACK's header beyond the packet, not asked", ANY & ~ACK_LOOK, A, ACK_1, 0, C_NONE),
	       11, 4)->padded = C_NONE;
	add("SYN's header ends in MP_CAPABLE's word", SYN_LOOK, S, MSS NOP SYN_1 "010101", 0,
	    C_NONE)->doff = 7;
	for (unsigned int len = 1; len < 20; len++) {
		snprintf(name, sizeof(name), "%u bytes of TCP", len);
		row = add(name, ANY, S, SYN_1, 0, C_NONE);
		row->truncate = len;
		row->quirks = NO_DEFRAG;
	}
	for (unsigned int len = 20; len < 24; len++) {
		snprintf(name, sizeof(name), "%u bytes of TCP, header says 24", len);
		row = beyond(add(name, SYN_LOOK, S, SYN_1, 0, C_NONE), -1, 24 - len);
		row->truncate = len;
		/* byte 22 is the subtype, and padding there is not subtype 0 */
		if (len < 23)
			row->padded = C_NONE;
	}
}

static void wrapped(void)
{
	static const struct {
		const char *name;
		enum wrap wrap;
		unsigned int quirks;
		bool marked;
	} wraps[] = {
		{ "IPv4 options", OPTIONS_WORD, IPV4, true },
		{ "all of IPv4 options", OPTIONS_FULL, IPV4, true },
		{ "hop-by-hop options", HOP_BY_HOP, IPV6, true },
		{ "destination options", DESTINATION, IPV6, true },
		{ "routing header 2", ROUTING_2, IPV6, true },
		{ "routing header 4", ROUTING_4, IPV6, true },
		{ "four extension headers", EXT_CHAIN, IPV6, true },
		{ "atomic fragment", FRAG_ATOMIC, IPV6 | NO_DEFRAG, true },
		{ "authentication header", AUTHENTICATION, 0, false },
		{ "tunnelled in IPv6", IN_IPV6, 0, false },
		{ "tunnelled in IPv4", IN_IPV4, 0, false },
		{ "payload of UDP", IN_UDP, 0, false },
		{ "UDP that looks like TCP", AS_UDP, 0, false },
		{ "quoted by ICMP", IN_ICMP, 0, false },
		{ "other EtherType", OTHER_ETHERTYPE, 0, false },
		{ "longer than the frame", TOTAL_LONG, 0, false },
		{ "bad header length", BAD_IHL, IPV4, false },
		{ "bad version", BAD_VERSION, 0, false },
		{ "two VLAN tags", DOUBLE_TAG, 0, false },
	};
	char name[80];
	struct row *row;

	for (unsigned int i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
		bool m = wraps[i].marked;

		snprintf(name, sizeof(name), "%s: SYN", wraps[i].name);
		row = add(name, SYN_RULES, S, MSS NOP SYN_1 "010101",
			  m ? 28 : 0, m ? C_SYN : C_NONE);
		row->wrap = wraps[i].wrap;
		row->quirks = wraps[i].quirks;
		snprintf(name, sizeof(name), "%s: ACK", wraps[i].name);
		row = add(name, ACK_RULES, A, NOP NOP TS DATA_1 NOP NOP,
			  m ? 35 : 0, m ? C_ACK : C_NONE);
		row->wrap = wraps[i].wrap;
		row->quirks = wraps[i].quirks;
		row->data = 100;
	}
}

/* IP ends within the TCP header; the following bytes only look like options. */
static void short_packets(void)
{
	static const unsigned int cut[] = { 0, 12, 19, 20, 24, 27, 40, 41, 42, 43 };
	char name[80];
	struct row *row;

	for (unsigned int i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		snprintf(name, sizeof(name), "IP ends after %u bytes of TCP", cut[i]);
		row = add(name, SYN_LOOK, S, TYPICAL SYN_1, 0, C_OPTIONS);
		row->wrap = TOTAL_SHORT;
		row->cut = cut[i];
		if (cut[i] == 24)
			split(row);
	}
	add("IP ends before TCP", SYN_LOOK, S, TYPICAL SYN_1, 0, C_OPTIONS)->wrap = TOTAL_ZERO;
	add("IP ends before TCP, ACK", ACK_LOOK, A, ACK_1, 0, C_OPTIONS)->wrap = TOTAL_ZERO;
	row = add("IP ends within TCP, no MP_CAPABLE", ANY, S, TYPICAL, 0, C_NONE);
	row->wrap = TOTAL_SHORT;
	row->cut = 24;
}

/* Two fragments; the first has @cut bytes. */
static struct row *fragment(struct row *row, unsigned int cut, unsigned int data)
{
	row->wrap = FRAG_TWO;
	row->cut = cut;
	row->data = data;
	if (cut < 160)
		row->quirks = NO_DEFRAG;
	return row;
}

/* A first fragment with a part of the header is counted; a later one is not. */
static void fragments(void)
{
	static const char opts[] = NOP TS NOP DATA_1 NOP NOP;	/* a header of 56 bytes */
	static const struct {
		unsigned int cut;
		enum counter counter;
		unsigned int beyond;
		enum counter padded;	/* if padding makes the header look complete */
	} cuts[] = {
		{ 8, C_NONE, 0, 0 },	  { 16, C_NONE, 4, C_FRAGMENT },
		{ 24, C_FRAGMENT, 0, 0 }, { 32, C_FRAGMENT, 24, C_NONE },
		{ 40, C_FRAGMENT, 0, 0 }, { 48, C_FRAGMENT, 0, 0 },
		{ 56, C_ACK, 0, 0 },	  { 64, C_ACK, 0, 0 },
		{ 72, C_ACK, 0, 0 },	  { 160, C_ACK, 0, 0 },
	};
	char name[80];
	struct row *row;

	for (unsigned int i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		bool marked = cuts[i].counter == C_ACK;

		snprintf(name, sizeof(name), "fragments, cut after %u bytes", cuts[i].cut);
		row = fragment(add(name, marked ? ACK_RULES : ACK_LOOK, A, opts,
				   marked ? 35 : 0, cuts[i].counter), cuts[i].cut, 120);
		row->beyond = cuts[i].beyond;
		row->padded = cuts[i].padded;
		if (cuts[i].cut == 40)
			split(row);
	}
	fragment(add("fragments, not asked", ANY & ~ACK_LOOK, A, opts, 0, C_NONE), 40, 120);
	fragment(add("fragments, no MP_CAPABLE, but room for it", ACK_LOOK, A, NOP NOP TS DSS,
		     0, C_FRAGMENT), 24, 120)->beyond = 28;
	fragment(add("fragments, no room for MP_CAPABLE", ANY, A, NOP NOP TS, 0, C_NONE), 24, 120);
	fragment(add("fragments of a SYN", SYN_LOOK, S, MSS SYN_1, 0, C_FRAGMENT), 24, 120)->beyond = 4;
	fragment(add("fragments of an RST", ANY, R | A, opts, 0, C_NONE), 40, 120);
	fragment(add("fragments, whole header in the first", ACK_RULES, A, NOP NOP TS CSUM_1, 35,
		     C_ACK), 400, 731);
	row = add("later fragment that looks like SYN", ANY, S, SYN_1, 0, C_NONE);
	row->wrap = FRAG_LATER;
	row->quirks = NO_DEFRAG;
	row = add("later fragment that looks like ACK", ANY, A, ACK_1, 0, C_NONE);
	row->wrap = FRAG_LATER;
	row->quirks = NO_DEFRAG;
}

void rows_make(void)
{
	handshake();
	more_segments();
	neighbours();
	acks_left();
	lies();
	wrapped();
	short_packets();
	fragments();
	rows_sweep();
}
