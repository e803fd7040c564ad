// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send crafted TCP segments through a gateway, and compare what arrives with what must
 * arrive, byte by byte.  The segments are in segments_rows.c and segments_sweep.c;
 * suite/segments.sh makes the networks and the rules.
 *
 *   --name TEXT         name of this run
 *   --config RULE       the rule that is set: default, synack, v0, both, flag-b,
 *                       only-syn, only-synack, only-ack, none
 *   --match RULE        a rule of this kind that only matches is set, too
 *   --family 4|6        only this one
 *   --gateway NETNS     read the counters of this namespace
 *   --from NETNS:DEVICE send here
 *   --to NETNS:DEVICE   receive here
 *   --via NETNS:DEVICE  its MAC address is the destination of the frames
 *   --tap NETNS:DEVICE  frames must arrive here unchanged
 *   --bridged           the gateway is a bridge
 *   --defrag            the gateway reassembles fragments
 *   --helper client|balancer|reply
 *                       a conntrack helper instead of the expression, "default" or
 *                       "only-synack"; reply: that of the client, which must not
 *                       change segments in reply direction; implies --defrag
 *   --back NETNS:DEVICE its MAC address is the destination of the balancer's SYN,
 *                       which goes from --to to --from
 *   --related           one ICMP error about a connection with the helper
 *   --vlan ID, --pad N  802.1Q tag, bytes after the IP packet
 *   --trimmed           the rule does not see these bytes
 *   --partial keep|fill the TCP checksum is left to a device, which does not or does
 *                       fill it in
 *   --gso keep|segment  many segments in one frame, which is not or is segmented
 *   --split frame|tap   the header is split: a big frame from a packet socket, or a
 *                       tap device (--from names it)
 *   --input, --output   the gateway itself receives or sends, by raw sockets
 *   --other             another program marks, not the module (bench/): skip the
 *                       counters, and the rows with IPv6 extension headers that the
 *                       module marks
 *   --sweep N           every Nth row of a sweep (1: all, 0: none)
 *   --each              a line for each row that is not of a sweep, also if it passes
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segments.h"

#define BIG_DATA	4300	/* more than a page, so that the skb is nonlinear */
#define GSO_SIZE	100
#define GSO_DATA	350
#define LOST_MAX	3	/* then give up: waiting for each row takes long */

enum { NO_SPLIT, SPLIT_FRAME, SPLIT_TAP };

struct options {
	const char *config, *match, *gateway, *from, *to, *via, *tap, *back;
	int family, split, sweep, bridged, input, output, related;
};

static struct run run = { .name = "segments", .path.vlan = -1, .routed = true };

static const struct {
	const char *name;
	enum config config;
} configs[] = {
	{ "default", DEFAULT },		{ "synack", SYNACK },
	{ "v0", V0 },			{ "both", BOTH },
	{ "flag-b", FLAG_B },		{ "only-syn", ONLY_SYN },
	{ "only-synack", ONLY_SYNACK },	{ "only-ack", ONLY_ACK },
	{ "none", NO_RULE },
};

static enum config config_of(const char *name)
{
	for (size_t i = 0; name && i < sizeof(configs) / sizeof(configs[0]); i++)
		if (!strcmp(configs[i].name, name))
			return configs[i].config;
	fprintf(stderr, "segments: no rule '%s'\n", name ? name : "");
	exit(2);
}

static bool fits_path(const struct row *row, bool bridged)
{
	bool plain = row->wrap == PLAIN;
	bool tcp = row->wrap <= FRAG_ATOMIC;

	if (row->wrap >= OTHER_ETHERTYPE && run.routed)
		return false;
	if (row->wrap == DOUBLE_TAG && (run.path.vlan < 0 || run.path.within))
		return false;
	/* PPPoE has no EtherType */
	if (row->wrap == OTHER_ETHERTYPE && run.path.within == PPPOE)
		return false;
	if (run.defrag && row->quirks & NO_DEFRAG)
		return false;
	/*
	 * Conntrack does this without us, too: on bridges, trim bytes after the IP
	 * packet, and drop small IPv6 fragments; write new headers for reassembled
	 * fragments into memory that a tap shares.
	 */
	if (run.helper && bridged && row->wrap >= OTHER_ETHERTYPE)
		return false;
	if (run.helper && bridged && run.v6 && row->wrap == FRAG_TWO)
		return false;
	if (run.defrag && run.has_tap && row->wrap == FRAG_TWO)
		return false;
	if (run.other && run.v6 && row->at && row->wrap != PLAIN)
		return false;
	if ((run.from.kind == PORT_RAW || run.to.kind == PORT_RAW) && !plain)
		return false;
	if (run.path.partial && (!tcp || row->check != GOOD || row->truncate))
		return false;
	if (run.gso_size && (!plain || row->doff >= 0 || row->truncate ||
			     row->quirks & TWICE))
		return false;
	/* GRO merges only these; a list that the rule does not change stays a list */
	if (run.joined && (!row->at || (row->tcp_flags & ~P) != A))
		return false;
	return true;
}

static bool wanted(const struct row *row, const struct options *o)
{
	static unsigned int swept;

	if (run.config != NO_RULE && !(row->configs & run.config))
		return false;
	if (row->quirks & (run.v6 ? IPV4 : IPV6) ||
	    !fits_path(row, o->bridged))
		return false;
	if (o->split && !(row->quirks & SPLIT))
		return false;
	/* small, so linear; or with more bytes after the header than the row has */
	if (o->split == SPLIT_FRAME && (row->wrap == FRAG_TWO || row->beyond))
		return false;
	if (!(row->quirks & SWEEP))
		return true;
	return o->sweep && swept++ % o->sweep == 0;
}

static void in_two(const struct row *row, unsigned int at)
{
	struct pieces cut = { .n = 1, .at = { at } };
	char variant[40];

	snprintf(variant, sizeof(variant), ", cut at %u", at);
	judge(&run, row, &cut, variant);
}

static void in_many(const struct row *row, unsigned int at, unsigned int n)
{
	struct pieces cut = { .n = n };
	char variant[40];

	for (unsigned int i = 0; i < n; i++)
		cut.at[i] = at + i;
	snprintf(variant, sizeof(variant), ", %u cuts from %u", n, at);
	judge(&run, row, &cut, variant);
}

/*
 * Split at each byte from the IP header to the end of the TCP header, but not in the
 * first 7 bytes of IPv6: the kernel's ipv6_find_hdr() reads the next header there even
 * if it is not linear, and finds no TCP at netdev hooks.
 */
static void in_pieces(const struct row *row, int split)
{
	unsigned int tcp = 14 + (run.v6 ? 40 : 20);
	unsigned int end = tcp + 20 + row->optlen;

	for (unsigned int at = run.v6 ? 21 : 14; at <= end; at++)
		in_two(row, at);
	if (split != SPLIT_TAP)
		return;
	for (unsigned int at = tcp; at <= end; at += 3)
		in_many(row, at, 2);
	for (unsigned int at = tcp; at <= end; at += 8)
		in_many(row, at, 16);
}

static void all_rows(const struct options *o)
{
	for (unsigned int i = 0; i < nrows; i++) {
		if (run.lost > LOST_MAX)
			return;
		if (!wanted(&rows[i], o))
			continue;
		if (o->split)
			in_pieces(&rows[i], o->split);
		else
			judge(&run, &rows[i], NULL, "");
	}
}

static void addresses(const struct options *o)
{
	static const char * const text[2][3] = {
		{ "10.0.1.2", "10.0.2.1", "10.0.2.99" },
		{ "fd00:1::2", "fd00:2::1", "fd00:2::99" },
	};

	for (int v6 = 0; v6 < 2; v6++) {
		int family = v6 ? AF_INET6 : AF_INET;

		inet_pton(family, text[v6][o->output ? 1 : 0], run.path.src[v6]);
		inet_pton(family, text[v6][o->input ? 1 : 2], run.path.dst[v6]);
	}
}

/* After addresses(): the other direction has the same path, except for the frames. */
static void open_helper(const struct options *o)
{
	enter(o->gateway);
	helper_open();
	if (run.helper == CLIENT)
		return;
	run.back = run.path;
	run.back.pad = run.back.data = 0;
	run.back.partial = false;
	port_open(&run.back_from, PORT_PACKET, o->to, false);
	memcpy(run.back.smac, run.back_from.mac, 6);
	port_mac(run.back.dmac, o->back);
}

static void open_all(const struct options *o)
{
	bool vnet = run.path.partial || o->split == SPLIT_FRAME;

	run.config = config_of(o->config);
	run.routed = !o->bridged && !o->input && !o->output;
	if (!run.other)
		run.counters = counters_open(o->gateway);
	if (o->match) {
		run.match = config_of(o->match);
		enter(o->gateway);
		match_open();
		run.matched = match_read();
	}
	port_open(&run.from, o->output ? PORT_RAW : o->split == SPLIT_TAP ? PORT_TAP :
		  vnet ? PORT_VNET : PORT_PACKET, o->from, false);
	port_open(&run.to, o->input ? PORT_RAW : run.keep_sum ? PORT_VNET :
		  PORT_PACKET, o->to, true);
	if (o->tap) {
		port_open(&run.tap, PORT_PACKET, o->tap, true);
		run.has_tap = true;
	}
	memcpy(run.path.smac, run.from.mac, 6);
	if (o->via)
		port_mac(run.path.dmac, o->via);
	if (o->split == SPLIT_TAP)
		run.path.smac[5] ^= 1;	/* the device's own is refused */
	if (o->split == SPLIT_FRAME)
		run.path.data = BIG_DATA;
	if (run.gso_size)
		run.path.data = GSO_DATA;
	addresses(o);
	if (run.helper)
		open_helper(o);
}

static void offload(const char *value)
{
	run.path.partial = true;
	run.keep_sum = !strcmp(value, "keep");
	run.fill = !run.keep_sum;
}

static enum within within_of(const char *name)
{
	if (!strcmp(name, "tag"))
		return SECOND_TAG;
	if (!strcmp(name, "pppoe"))
		return PPPOE;
	fprintf(stderr, "segments: --within tag or pppoe, not '%s'\n", name);
	exit(2);
}

static void set_helper(const char *name)
{
	run.helper = !strcmp(name, "client") ? CLIENT :
		     !strcmp(name, "reply") ? REPLY : BALANCER;
	run.defrag = true;
}

static void parse(int argc, char **argv, struct options *o)
{
	static struct option options[] = {
		{ "name", 1, NULL, 'n' },	{ "config", 1, NULL, 'c' },
		{ "family", 1, NULL, '4' },	{ "gateway", 1, NULL, 'g' },
		{ "from", 1, NULL, 'f' },	{ "to", 1, NULL, 't' },
		{ "via", 1, NULL, 'v' },	{ "tap", 1, NULL, 'T' },
		{ "bridged", 0, NULL, 'b' },	{ "defrag", 0, NULL, 'd' },
		{ "vlan", 1, NULL, 'V' },	{ "pad", 1, NULL, 'p' },
		{ "partial", 1, NULL, 'P' },	{ "gso", 1, NULL, 'G' },
		{ "split", 1, NULL, 's' },	{ "input", 0, NULL, 'I' },
		{ "output", 0, NULL, 'O' },	{ "sweep", 1, NULL, 'S' },
		{ "each", 0, NULL, 'e' },	{ "helper", 1, NULL, 'h' },
		{ "back", 1, NULL, 'B' },	{ "related", 0, NULL, 'r' },
		{ "within", 1, NULL, 'w' },	{ "unseen", 0, NULL, 'u' },
		{ "joined", 0, NULL, 'j' },	{ "other", 0, NULL, 'o' },
		{ "match", 1, NULL, 'm' },	{ "trimmed", 0, NULL, 'l' },
		{ },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n': run.name = optarg; break;
		case 'c': o->config = optarg; break;
		case '4': o->family = atoi(optarg); break;
		case 'g': o->gateway = optarg; break;
		case 'f': o->from = optarg; break;
		case 't': o->to = optarg; break;
		case 'v': o->via = optarg; break;
		case 'T': o->tap = optarg; break;
		case 'b': o->bridged = 1; break;
		case 'd': run.defrag = true; break;
		case 'V': run.path.vlan = atoi(optarg); break;
		case 'p': run.path.pad = atoi(optarg); break;
		case 'P': offload(optarg); break;
		case 'G': offload(optarg); run.gso_size = GSO_SIZE; break;
		case 's': o->split = strcmp(optarg, "tap") ? SPLIT_FRAME : SPLIT_TAP; break;
		case 'I': o->input = 1; break;
		case 'O': o->output = 1; break;
		case 'S': o->sweep = atoi(optarg); break;
		case 'e': run.each = true; break;
		case 'h':
			set_helper(optarg);
			break;
		case 'B': o->back = optarg; break;
		case 'r': o->related = 1; break;
		case 'w': run.path.within = within_of(optarg); break;
		case 'u': run.unseen = true; break;
		case 'j': run.joined = true; break;
		case 'o': run.other = true; break;
		case 'm': o->match = optarg; break;
		case 'l': run.trimmed = true; break;
		default: exit(2);
		}
	}
	if (optind != argc || !o->gateway || !o->from || !o->to) {
		fprintf(stderr, "segments: --gateway, --from and --to are needed\n");
		exit(2);
	}
	if (run.helper > CLIENT && !o->back) {
		fprintf(stderr, "segments: this --helper needs --back\n");
		exit(2);
	}
}

static int related(void)
{
	bool passed;

	inet_pton(AF_INET, "30.4.1.1", run.path.dst[0]);
	passed = helper_related(&run);
	printf("%sok %s: an ICMP error that looks like MP_CAPABLE\n",
	       passed ? "" : "not ", run.name);
	return !passed;
}

int main(int argc, char **argv)
{
	struct options o = { .sweep = 1 };

	parse(argc, argv, &o);
	rows_make();
	open_all(&o);
	if (o.related)
		return related();
	for (int v6 = 0; v6 < 2; v6++) {
		run.v6 = v6;
		if (!o.family || o.family == (v6 ? 6 : 4))
			all_rows(&o);
	}
	if (run.strays)
		printf("not ok %s: %u unexpected frames\n", run.name,
		       run.strays);
	if (run.lost > LOST_MAX)
		printf("# stopped: %u rows did not arrive\n", run.lost);
	printf("%sok %s: %u of %u packets are right\n",
	       run.failed || !run.done ? "not " : "", run.name,
	       run.done - run.failed, run.done);
	return run.failed || run.strays || !run.done;
}
