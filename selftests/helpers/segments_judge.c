// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test one row of the test program "segments": send it, receive the result, and compare
 * it with the row, byte by byte.
 */
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "segments.h"

#define FRAMES_MAX	8
#define PATIENCE_MS	3000

/* The frames of the current row: sent, expected, and received */
static struct frame sent[2], expected[FRAMES_MAX], got[FRAMES_MAX];
static struct offload got_offload[FRAMES_MAX];
static bool have[FRAMES_MAX];
static unsigned int nsent, nexpected;

static char complaint[1024];

static bool complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(complaint, sizeof(complaint), format, ap);
	va_end(ap);
	return false;
}

/* Does neither rule nor helper see the segment? */
static bool unseen(const struct run *run, const struct row *row)
{
	return run->config == NO_RULE || run->unseen ||
	       (run->helper && !helper_sees(run, row));
}

/* The counter that goes up if there is a rule or a helper */
static enum counter counted(const struct run *run, const struct row *row)
{
	unsigned int pad = run->trimmed ? 0 : run->path.pad;

	return row->beyond && pad >= row->beyond ? row->padded : row->counter;
}

/* How often the rule sees the row */
static unsigned int times(const struct run *run, const struct row *row)
{
	return row->quirks & TWICE || run->joined ? 2 : 1;
}

static unsigned int expected_at(const struct run *run, const struct row *row)
{
	return unseen(run, row) ? 0 : row->at;
}

static unsigned int column(const struct run *run)
{
	return run->helper ? 2 : 1;
}

/* Is this an ACK from which a server learns that the flag is not set? */
static bool ack_unmarked(const struct run *run, const struct row *row)
{
	bool data = run->path.data || row->data;

	return row->unmarked == (data ? UNMARKED_DATA : UNMARKED_BARE);
}

static void route(struct frame *f, bool v6)
{
	uint8_t *ip = f->b + f->l3;

	ip[v6 ? 7 : 8]--;
	if (v6)
		return;
	put16(ip + 10, 0);
	put16(ip + 10, ~sum_fold(sum_add(0, ip, (ip[0] & 15) * 4)));
}

/* Segment a big frame as the kernel does */
static void cut_up(const struct frame *big, const struct run *run)
{
	unsigned int hdr = (big->b[big->l4 + 12] >> 4) * 4, i = 0;
	unsigned int payload = big->l4len - hdr, size = run->gso_size;

	for (unsigned int start = 0; start < payload; start += size, i++) {
		unsigned int len = payload - start < size ? payload - start : size;
		struct frame *f = &expected[i];
		uint8_t *ip, *tcp;

		*f = *big;
		ip = f->b + f->l3;
		tcp = f->b + f->l4;
		memcpy(tcp + hdr, big->b + big->l4 + hdr + start, len);
		put16(tcp + 6, get16(tcp + 6) + start);
		if (start + len < payload)
			tcp[13] &= ~(F | P);
		if (start)
			tcp[13] &= ~CWR;
		f->l4len = hdr + len;
		f->l3len = f->l4 - f->l3 + f->l4len;
		f->len = f->l3 + f->l3len;
		put16(ip + (run->v6 ? 4 : 2), f->l3len - (run->v6 ? 40 : 0));
		if (!run->v6)
			put16(ip + 4, get16(ip + 4) + i);
	}
	nexpected = i;
}

/*
 * Merge them as GRO does: all except the last one, which still belongs to the socket
 * that sent it.
 */
static void join(const struct frame *big, const struct run *run)
{
	static struct frame last;
	struct frame *f = &expected[0];
	unsigned int cut;

	last = expected[nexpected - 1];
	cut = last.l4len - (big->b[big->l4 + 12] >> 4) * 4;
	*f = *big;
	f->b[f->l4 + 13] &= ~P;
	f->l4len -= cut;
	f->l3len -= cut;
	f->len -= cut;
	put16(f->b + f->l3 + (run->v6 ? 4 : 2), f->l3len - (run->v6 ? 40 : 0));
	/* a partial checksum is that of the pseudo header */
	put16(f->b + f->l4 + 16,
	      sum_fold(sum_pseudo(run->path.src[run->v6],
				  run->path.dst[run->v6], run->v6, f->l4len)));
	expected[1] = last;
	nexpected = 2;
}

static void expect(const struct run *run, const struct row *row)
{
	unsigned int at = expected_at(run, row);

	nexpected = nsent;
	for (unsigned int i = 0; i < nsent; i++) {
		expected[i] = sent[i];
		if (at && (!i || row->quirks & TWICE))
			expected[i].b[sent[i].l4 + at] |=
				run->config == FLAG_B ? 0x40 : 0x20;
	}
	if (run->gso_size && (run->fill || run->joined)) {
		static struct frame big;

		big = expected[0];
		cut_up(&big, run);
		if (run->keep_sum)
			join(&big, run);
	}
	for (unsigned int i = 0; run->routed && i < nexpected; i++)
		route(&expected[i], run->v6);
	memset(have, 0, sizeof(have));
}

/* Returns the number of the expected frame that this is, or -1. */
static int find(const struct run *run, const struct frame *f)
{
	for (unsigned int i = 0; i < nexpected; i++) {
		const struct frame *e = &expected[i];

		if (have[i] || frame_fragment(f, run->v6) !=
			       frame_fragment(e, run->v6))
			continue;
		/* the segments of a big frame differ by sequence number */
		if (run->gso_size &&
		    memcmp(f->b + f->l3 + e->l4 - e->l3 + 4, e->b + e->l4 + 4, 4))
			continue;
		return i;
	}
	return -1;
}

/* Does the frame belong to the test? */
static bool ours(const struct run *run, struct frame *f)
{
	unsigned int dst = run->v6 ? 24 : 16;

	/* no IP header was received: use the one that was sent */
	if (run->to.kind == PORT_RAW && run->v6)
		memcpy(f->b, expected[0].b, expected[0].l4);
	if (!frame_parse(f, run->v6))
		return false;
	if (run->to.kind == PORT_RAW && run->v6)
		return !memcmp(f->b + expected[0].l4 + 4,
			       expected[0].b + expected[0].l4 + 4, 4);
	return !memcmp(f->b + f->l3 + dst, run->path.dst[run->v6], run->v6 ? 16 : 4);
}

static bool collect(struct run *run, unsigned int serial)
{
	unsigned int n = 0;
	struct offload o;
	int i;

	static struct frame f;

	while (n < nexpected) {
		if (!port_receive(&run->to, &f, run->v6, &o, PATIENCE_MS)) {
			run->lost++;
			return complain("%u of %u frames arrived", n, nexpected);
		}
		if (!ours(run, &f))
			continue;
		i = frame_serial(&f, run->v6) == serial ? find(run, &f) : -1;
		if (i < 0) {
			run->strays++;
			frame_dump("stray", &f);
			continue;
		}
		got[i] = f;
		got_offload[i] = o;
		have[i] = true;
		n++;
	}
	return true;
}

/* Complains about the first byte that differs. */
static bool same(const uint8_t *g, unsigned int glen, const uint8_t *e,
		 unsigned int elen, const char *what)
{
	if (glen != elen)
		return complain("%s has %u bytes, not %u", what, glen, elen);
	for (unsigned int i = 0; i < elen; i++)
		if (g[i] != e[i])
			return complain("%s: byte %u is %02x, not %02x", what, i,
					g[i], e[i]);
	return true;
}

/* Does frame @i arrive with its checksum left to the device? */
static bool sum_kept(const struct run *run, unsigned int i)
{
	return run->keep_sum && !(run->joined && i);
}

/* Was the checksum of frame @i left to the device, and then filled in? */
static bool sum_filled(const struct run *run, unsigned int i)
{
	return run->fill || (run->joined && !sum_kept(run, i));
}

static bool compare(const struct run *run, const struct row *row,
		    unsigned int i)
{
	struct frame *g = &got[i], *e = &expected[i];
	bool raw6 = run->to.kind == PORT_RAW && run->v6;

	g->l4 = g->l3 + e->l4 - e->l3;
	g->l3len = g->len - g->l3;
	g->l4len = e->l4len;
	/* check_sums() tests the checksum */
	if ((expected_at(run, row) && !sum_kept(run, i)) || sum_filled(run, i))
		memcpy(e->b + e->l4 + 16, g->b + g->l4 + 16,
		       e->l4len >= 18 && !(i && row->wrap == FRAG_TWO) ? 2 : 0);
	if (run->defrag && run->v6 && row->wrap == FRAG_TWO)
		memcpy(e->b + e->l3 + 44, g->b + g->l3 + 44, 4);
	if (sum_kept(run, i) && (!got_offload[i].partial ||
			      got_offload[i].gso_size != run->gso_size))
		return complain("arrived as partial %d, gso_size %u",
				got_offload[i].partial, got_offload[i].gso_size);
	if (raw6)
		return same(g->b + g->l4, g->len - g->l4, e->b + e->l4, e->l4len,
			    "segment");
	if (run->routed || run->to.kind == PORT_RAW || run->from.kind == PORT_RAW)
		return same(g->b + g->l3, g->l3len, e->b + e->l3, e->l3len,
			    "IP packet");
	return same(g->b, g->len, e->b, e->len, "frame");
}

static uint16_t error_of(const struct frame *f, unsigned int n, bool v6)
{
	uint16_t sum = frame_sum(f, n, v6);

	return sum == 0xffff ? 0 : sum;
}

/* A right checksum must stay right, and a wrong one must keep its error. */
static bool check_sums(const struct run *run, const struct row *row)
{
	unsigned int together = row->wrap == FRAG_TWO ? 2 : 1;
	uint16_t before, after;

	for (unsigned int i = 0; i < nexpected; i += together) {
		if (sum_kept(run, i) ||
		    (!expected_at(run, row) && !sum_filled(run, i)))
			continue;	/* compare() has tested it */
		before = sum_filled(run, i) ? 0 : error_of(sent, together, run->v6);
		after = error_of(&got[i], together, run->v6);
		if (after != before)
			return complain("frame %u: sum %04x, before %04x, field %04x",
					i, after, before,
					get16(got[i].b + got[i].l4 + 16));
	}
	return true;
}

static bool check_counters(const struct run *run, const struct row *row,
			   const unsigned long *before)
{
	unsigned long after[COUNTERS], want[COUNTERS];

	if (run->other)
		return true;
	memcpy(want, before, sizeof(want));
	if (!unseen(run, row)) {
		want[counted(run, row)] += times(run, row);
		if (ack_unmarked(run, row))
			want[C_ACK_UNMARKED] += times(run, row);
	}
	counters_read(run->counters, column(run), after);
	for (int i = 1; i < COUNTERS; i++)
		if (after[i] != want[i])
			return complain("%s went up by %ld, not %ld", counter_name(i),
					(long)(after[i] - before[i]),
					(long)(want[i] - before[i]));
	return true;
}

/* The number of packets since the last call that the rule with "match" matched */
static unsigned long matched(struct run *run)
{
	unsigned long before = run->matched;

	if (run->match)
		run->matched = match_read();
	return run->matched - before;
}

/*
 * "match" matches exactly the packets that a rule of the same kind changes or counts.
 * Some rows do not apply to that kind.
 */
static bool check_match(const struct run *run, const struct row *row,
			unsigned long packets)
{
	unsigned int want = !run->unseen && counted(run, row) ? times(run, row) : 0;

	if (row->configs & run->match && packets != want)
		return complain("\"match\" matched %lu packets, not %u", packets, want);
	return true;
}

/* Other users of the frame must see it unchanged. */
static bool check_tap(struct run *run, unsigned int serial)
{
	static struct frame f;
	struct offload o;

	for (unsigned int n = 0; n < nsent;) {
		if (!port_receive(&run->tap, &f, run->v6, &o, PATIENCE_MS)) {
			run->lost++;
			return complain("%u of %u frames at the tap", n, nsent);
		}
		if (!frame_parse(&f, run->v6) ||
		    memcmp(f.b + f.l3 + (run->v6 ? 24 : 16),
			   run->path.dst[run->v6], run->v6 ? 16 : 4) ||
		    frame_serial(&f, run->v6) != serial)
			continue;
		if (!same(f.b, f.len, sent[n].b, sent[n].len, "frame at the tap"))
			return false;
		n++;
	}
	return true;
}

static void report(const struct run *run, const struct row *row,
		   const char *variant, bool passed)
{
	if (passed && (!run->each || row->quirks & SWEEP))
		return;
	printf("%sok %s%s: %s%s\n", passed ? "" : "not ", run->name,
	       run->v6 ? " IPv6" : " IPv4", row->name, variant);
	if (passed)
		return;
	printf("# %s\n", complaint);
	for (unsigned int i = 0; i < nsent; i++)
		frame_dump("sent", &sent[i]);
	for (unsigned int i = 0; i < nexpected; i++)
		if (have[i])
			frame_dump("arrived", &got[i]);
}

/* Returns whether the row passed; @cut and @variant: where the frame is split. */
bool judge(struct run *run, const struct row *row, const struct pieces *cut,
	   const char *variant)
{
	struct offload o = {
		.partial = run->path.partial,
		.gso_size = run->gso_size,
	};
	unsigned int serial = run->serial++ % 4095 + 1;
	unsigned long before[COUNTERS], packets;
	bool passed = true;

	nsent = frames_make(sent, row, &run->path, run->v6, serial);
	expect(run, row);
	if (run->helper)
		helper_prepare(run);
	if (!run->other)
		counters_read(run->counters, column(run), before);
	for (unsigned int i = 0; i < nsent; i++)
		port_send(&run->from, &sent[i], run->v6, &o, cut);

	passed = collect(run, serial);
	packets = matched(run);
	for (unsigned int i = 0; passed && i < nexpected; i++)
		passed = compare(run, row, i);
	if (passed)
		passed = check_sums(run, row) && check_counters(run, row, before) &&
			 check_match(run, row, packets);
	if (passed && run->has_tap)
		passed = check_tap(run, serial);
	report(run, row, variant, passed);
	run->done++;
	run->failed += !passed;
	return passed;
}
