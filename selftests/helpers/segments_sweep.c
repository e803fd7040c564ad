// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of the test program "segments" that go through all offsets, lengths, flags,
 * versions and checksums.  The expected result follows from how a row is made; no code
 * here parses it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "segments.h"

#define OPTS_MAX 40

/* An MP_CAPABLE that is valid in its segment */
struct kind {
	const char *name;
	const char *hex;
	unsigned int tcp_flags, rules, look;
	enum counter counter;
	unsigned int min;		/* shortest options that are parsed */
	unsigned int data;
	enum unmarked unmarked;
};

#define KEY_1 "a1a2a3a4a5a6a7a8"
#define KEY_2 "b1b2b3b4b5b6b7b8"

static const struct kind kinds[] = {
	{ "SYN", "1e040101", S, SYN_RULES, SYN_LOOK, C_SYN, 4, 0, NOT_UNMARKED },
	{ "SYN+ACK", "1e0c0101" KEY_1, S | A, SYNACK_RULES, SYNACK_LOOK, C_SYNACK, 4, 0,
	  NOT_UNMARKED },
	{ "ACK", "1e140101" KEY_1 KEY_2, A, ACK_RULES, ACK_LOOK, C_ACK, 20, 0, UNMARKED_BARE },
	{ "ACK 22", "1e160101" KEY_1 KEY_2 "0005", A | P, ACK_RULES, ACK_LOOK, C_ACK, 20, 5,
	  UNMARKED_DATA },
	{ "ACK 24", "1e180181" KEY_1 KEY_2 "0005beef", A, ACK_RULES, ACK_LOOK, C_ACK, 20, 6,
	  UNMARKED_DATA },
	{ "v0 SYN", "1e0c0001" KEY_1, S, V0 | BOTH, V0 | BOTH, C_SYN, 4, 0, NOT_UNMARKED },
	{ "v0 SYN+ACK", "1e0c0081" KEY_2, S | A, V0 | BOTH, V0 | BOTH, C_SYNACK, 4, 0,
	  NOT_UNMARKED },
	{ "v0 ACK", "1e140001" KEY_1 KEY_2, A, V0 | BOTH, V0 | BOTH, C_ACK, 20, 0, NOT_UNMARKED },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct row *sweep(unsigned int configs, unsigned int tcp_flags,
			 const uint8_t *opts, unsigned int optlen,
			 unsigned int at, enum counter counter,
			 const char *format, ...)
{
	struct row *row;
	char name[80];
	va_list ap;

	va_start(ap, format);
	vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	row = add_bytes(name, configs, tcp_flags, opts, optlen, at, counter);
	row->quirks = SWEEP;
	return row;
}

static unsigned int words(unsigned int len, unsigned int min)
{
	len = (len + 3) & ~3U;
	return len < min ? min : len;
}

/* MP_CAPABLE at every offset: after NOPs or a big option; before NOPs, EOL or the end */
static void offsets(const struct kind *k)
{
	unsigned int len = strlen(k->hex) / 2;
	uint8_t b[64];

	for (unsigned int pre = 0; pre + len <= OPTS_MAX; pre++) {
		unsigned int short_len = words(pre + len, k->min);

		memset(b, 1, sizeof(b));
		hex(b + pre, k->hex);
		sweep(k->rules, k->tcp_flags, b, short_len, 23 + pre, k->counter,
		      "%s after %u NOPs", k->name, pre)->data = k->data;
		sweep(k->rules, k->tcp_flags, b, OPTS_MAX, 23 + pre, k->counter,
		      "%s after %u NOPs, full header", k->name, pre)->data = k->data;
		memset(b + pre + len, 0, OPTS_MAX - pre - len);
		sweep(k->rules, k->tcp_flags, b, short_len, 23 + pre, k->counter,
		      "%s after %u NOPs, EOL", k->name, pre);
		if (pre < 2)
			continue;
		memset(b, 0x1e, pre);
		b[0] = 0xfd;
		b[1] = pre;
		sweep(k->rules, k->tcp_flags, b, short_len, 23 + pre, k->counter,
		      "%s after an option of %u bytes", k->name, pre)->data = k->data;
	}
}

/* The header ends within MP_CAPABLE, so it is not valid: payload does not count */
static void overrun(const struct kind *k)
{
	unsigned int len = strlen(k->hex) / 2;
	uint8_t b[64];

	for (unsigned int inside = 1; inside < len; inside++) {
		unsigned int hdr = words(inside, k->min), pre = hdr - inside;

		memset(b, 1, sizeof(b));
		hex(b + pre, k->hex);
		sweep(k->look, k->tcp_flags, b, words(pre + len, 0), 0, C_NONE, "%s, header ends after %u of its bytes", k->name,
		      inside)->doff = 5 + hdr / 4;
	}
}

static void broken_behind(const struct kind *k, const uint8_t *opts, unsigned int len,
			  const char *what, unsigned int value)
{
	struct row *row = sweep(k->look, k->tcp_flags, opts, len, 0, C_OPTIONS, what,
				k->name, value);

	row->data = k->data;
	row->unmarked = k->unmarked;
}

/* A broken option before MP_CAPABLE, which hides it, or after it */
static void broken(const struct kind *k)
{
	static const uint8_t bad[] = { 0, 1, 41, 128, 255 };
	unsigned int len = strlen(k->hex) / 2;
	unsigned int hdr = words(len + 4, k->min);
	uint8_t b[64];

	for (unsigned int i = 0; i < sizeof(bad); i++) {
		memset(b, 1, sizeof(b));
		hex(b + 2, k->hex);
		b[0] = 0xfd;
		b[1] = bad[i];
		sweep(k->look, k->tcp_flags, b, hdr, 0, C_NONE,
		      "%s after an option of length %u", k->name, bad[i]);
		memmove(b, b + 2, len);
		b[len] = 8;
		b[len + 1] = bad[i];
		broken_behind(k, b, hdr, "%s before an option of length %u", bad[i]);
	}
	memset(b, 1, sizeof(b));
	hex(b, k->hex);
	b[hdr - 4] = 0xfd;
	b[hdr - 3] = 4;
	sweep(k->rules, k->tcp_flags, b, hdr, 23, k->counter,
	      "%s before an option that just fits", k->name);
	for (unsigned int over = 1; over < 6; over++) {
		b[hdr - 3] = 4 + over;
		broken_behind(k, b, hdr, "%s before an option that is %u too long", over);
	}
	memset(b + hdr - 4, 1, 4);
	for (unsigned int kind = 2; kind < 32; kind++) {
		b[hdr - 1] = kind;
		broken_behind(k, b, hdr, "%s, last byte is a lone kind %u", kind);
	}
	b[hdr - 1] = 0;
	sweep(k->rules, k->tcp_flags, b, hdr, 23, k->counter,
	      "%s, last byte is EOL", k->name);
}

static bool fits(unsigned int tcp_flags, unsigned int version, unsigned int len)
{
	if (tcp_flags == S)
		return len == (version ? 4 : 12);
	if (tcp_flags == (S | A))
		return len == 12;
	return len == 20 || (version && (len == 22 || len == 24));
}

static void lengths(const struct kind *k, unsigned int version)
{
	uint8_t b[64];

	for (unsigned int len = 3; len <= OPTS_MAX; len++) {
		if (fits(k->tcp_flags, version, len))
			continue;
		memset(b, 1, sizeof(b));
		memset(b, 0xab, len);
		memcpy(b, (uint8_t[]){ 30, len, version, 0x01 }, len < 4 ? 3 : 4);
		sweep(version ? k->rules : k->look, k->tcp_flags, b,
		      words(len, k->min), 0, C_LENGTH, "%s of length %u", k->name, len);
	}
	if (k->min > 12) {
		memset(b, 1, sizeof(b));
		hex(b, "1e0c0101" KEY_1);
		sweep(k->rules, k->tcp_flags, b, 16, 0, C_NONE,
		      "%s of length 12 in a short header", k->name);
	}
}

/* All values of subtype, version and flags */
static void values(const struct kind *k)
{
	unsigned int len = words(strlen(k->hex) / 2, 0);
	uint8_t b[64];

	memset(b, 1, sizeof(b));
	hex(b, k->hex);
	for (unsigned int version = 2; version < 16; version++) {
		b[2] = version;
		sweep(k->look, k->tcp_flags, b, len, 0, C_VERSION,
		      "%s of version %u", k->name, version);
	}
	for (unsigned int subtype = 1; subtype < 16; subtype++) {
		b[2] = subtype << 4 | 1;
		sweep(ANY, k->tcp_flags, b, len, 0, C_NONE,
		      "%s, but subtype %u", k->name, subtype);
	}
	hex(b, k->hex);
	for (unsigned int value = 0; value < 256; value++) {
		b[3] = value;
		if (value & 0x40)
			sweep(k->rules & ~FLAG_B, k->tcp_flags, b, len, 0,
			      C_EXTENSIBILITY, "%s, flags %02x", k->name, value);
		else if (value & 0x20)
			sweep(k->rules & ~FLAG_B, k->tcp_flags, b, len, 0,
			      C_ALREADY, "%s, flags %02x", k->name, value);
		else
			sweep(k->rules & ~FLAG_B, k->tcp_flags, b, len, 23,
			      k->counter, "%s, flags %02x", k->name, value);
		if (!(k->rules & FLAG_B))
			continue;
		sweep(FLAG_B, k->tcp_flags, b, len, value & 0x40 ? 0 : 23,
		      value & 0x40 ? C_ALREADY : k->counter,
		      "%s, flags %02x", k->name, value);
	}
}

static void tcp_flags(void)
{
	uint8_t syn[64], ack[64];

	memset(syn, 1, sizeof(syn));
	hex(syn, "1e040101");
	hex(ack, "1e140101" KEY_1 KEY_2);
	for (unsigned int flags = 0; flags < 256; flags++) {
		unsigned int known = flags & (S | A | R | F);

		if (known == S)
			sweep(DEFAULT, flags, syn, 4, 23, C_SYN,
			      "TCP flags %02x, length 4", flags);
		else
			sweep(DEFAULT, flags, syn, 20, 0,
			      known == A || known == (A | F) ? C_LENGTH : C_NONE,
			      "TCP flags %02x, length 4", flags);
		if (known == A || known == (A | F))
			sweep(DEFAULT, flags, ack, 20, 23, C_ACK,
			      "TCP flags %02x, length 20", flags);
		else
			sweep(DEFAULT, flags, ack, 20, 0,
			      known == S ? C_LENGTH : C_NONE,
			      "TCP flags %02x, length 20", flags);
	}
}

/*
 * The checksum before the change, near all values that cause a carry.  A flag at an even
 * offset subtracts 0x2000 or 0x4000, at an odd one 0x0020 or 0x0040.
 */
static void checksums(void)
{
	static const uint16_t edges[] = { 0x0000, 0x0020, 0x0040, 0x2000, 0x4000 };
	uint8_t b[64];
	unsigned int value;

	for (unsigned int odd = 0; odd < 2; odd++) {
		memset(b, 1, sizeof(b));
		hex(b + odd, "1e040101");
		for (unsigned int i = 0; i < 5 * 9 + 64; i++) {
			struct row *row;

			value = i < 45 ? edges[i / 9] + i % 9 - 4 : (i - 45) * 0x0409;
			value &= 0xffff;
			row = sweep(SYN_RULES, S, b, 8, 23 + odd, C_SYN,
				    "checksum %04x before, %s", value,
				    odd ? "even" : "odd");
			row->data = 2;
			row->check = MADE;
			row->field = value;
		}
	}
}

void rows_sweep(void)
{
	for (unsigned int i = 0; i < KINDS; i++) {
		offsets(&kinds[i]);
		overrun(&kinds[i]);
		broken(&kinds[i]);
	}
	lengths(&kinds[0], 1);
	lengths(&kinds[1], 1);
	lengths(&kinds[2], 1);
	lengths(&kinds[5], 0);
	lengths(&kinds[6], 0);
	lengths(&kinds[7], 0);
	values(&kinds[0]);
	values(&kinds[1]);
	values(&kinds[2]);
	tcp_flags();
	checksums();
}
