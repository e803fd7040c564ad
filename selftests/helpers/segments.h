/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations shared by the files of the test program "segments": the rows of its
 * table, and the frames made of them.
 */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* Rules; row.configs is a set of them. */
enum config {
	DEFAULT		= 1 << 0,	/* SYN and ACK, version 1, 0x20 */
	SYNACK		= 1 << 1,	/* all segments, version 1, 0x20 */
	V0		= 1 << 2,	/* all segments, version 0, 0x20 */
	BOTH		= 1 << 3,	/* all segments, both versions, 0x20 */
	FLAG_B		= 1 << 4,	/* all segments, version 1, 0x40 */
	ONLY_SYN	= 1 << 5,
	ONLY_SYNACK	= 1 << 6,
	ONLY_ACK	= 1 << 7,
	NO_RULE		= 1 << 8,	/* every row, unchanged */
	ANY		= NO_RULE - 1,
};

/* Counters of /proc/net/mptcp_bflag; names in segments_io.c */
enum counter {
	C_NONE,
	C_SYN,
	C_SYNACK,
	C_ACK,
	C_ALREADY,
	C_EXTENSIBILITY,
	C_LENGTH,
	C_VERSION,
	C_OPTIONS,
	C_TCP_AO,
	C_FRAGMENT,
	C_NOT_WRITABLE,
	C_ACK_UNMARKED,
	COUNTERS
};

/* How the segment is encapsulated */
enum wrap {
	PLAIN,			/* only IPv4 or IPv6 */
	OPTIONS_WORD,		/* IPv4: one word of options */
	OPTIONS_FULL,		/* IPv4: ten words */
	HOP_BY_HOP,		/* IPv6 extension headers from here ... */
	DESTINATION,
	ROUTING_2,
	ROUTING_4,
	EXT_CHAIN,		/* hop-by-hop, destination, routing, destination */
	FRAG_ATOMIC,		/* ... to here */
	AUTHENTICATION,		/* AH */
	FRAG_TWO,		/* two fragments, cut after row.cut bytes */
	FRAG_LATER,		/* the segment as a lone later fragment */
	IN_IPV6,		/* tunnel: IPv6 in IP */
	IN_IPV4,		/* tunnel: IPv4 in IP */
	IN_UDP,			/* as payload of a UDP datagram */
	AS_UDP,			/* IP's protocol is 17, the bytes are TCP */
	IN_ICMP,		/* quoted by an ICMP error */
	/* bridges only: a router drops these */
	OTHER_ETHERTYPE,
	TOTAL_LONG,		/* IP's length exceeds the frame */
	TOTAL_SHORT,		/* IP ends after row.cut bytes of TCP */
	TOTAL_ZERO,		/* IP's length leaves no payload */
	BAD_IHL,
	BAD_VERSION,
	DOUBLE_TAG,		/* two 802.1Q tags */
};

enum check {
	GOOD,			/* right checksum */
	WRONG,			/* the right checksum xor row.field */
	RAW,			/* row.field, right or wrong */
	MADE,			/* row.field; the payload makes it right */
};

enum quirk {
	IPV4		= 1 << 0,	/* not as IPv6 */
	IPV6		= 1 << 1,	/* not as IPv4 */
	TWICE		= 1 << 2,	/* sent twice */
	NO_DEFRAG	= 1 << 3,	/* not after defragmentation */
	SPLIT		= 1 << 4,	/* also cut into pieces */
	SWEEP		= 1 << 5,	/* one of very many similar rows */
};

/*
 * An ACK that, if it is not marked, tells a Linux server that the flag is not set.  The
 * length of MP_CAPABLE that the server accepts depends on whether there is data.
 */
enum unmarked {
	NOT_UNMARKED,
	UNMARKED_BARE,
	UNMARKED_DATA,
};

struct row {
	char name[80];
	unsigned int configs;
	uint8_t tcp_flags;
	uint8_t opts[48];		/* everything after the first 20 bytes */
	unsigned int optlen;
	int doff;			/* data offset in words; -1: the real one */
	uint8_t reserved;		/* low nibble of the byte with the data offset */
	unsigned int data;		/* bytes of payload */
	unsigned int truncate;		/* cut to so many bytes of TCP; 0: all */
	unsigned int at;		/* TCP byte that gets the flag; 0: none */
	enum counter counter;		/* goes up by one for each segment */
	unsigned int beyond;		/* with this many bytes after the IP packet, ... */
	enum counter padded;		/* ... this counter goes up instead */
	enum unmarked unmarked;
	enum wrap wrap;
	unsigned int cut;
	enum check check;
	uint16_t field;
	unsigned int quirks;
};

/* TCP flags */
#define F 0x01
#define S 0x02
#define R 0x04
#define P 0x08
#define A 0x10
#define U 0x20
#define ECE 0x40
#define CWR 0x80

/* Rules that mark version 1 in these segments */
#define SYN_RULES (DEFAULT | SYNACK | BOTH | FLAG_B | ONLY_SYN)
#define SYNACK_RULES (SYNACK | BOTH | FLAG_B | ONLY_SYNACK)
#define ACK_RULES (DEFAULT | SYNACK | BOTH | FLAG_B | ONLY_ACK)
/* Rules that parse their options at all */
#define SYN_LOOK (SYN_RULES | V0)
#define SYNACK_LOOK (SYNACK_RULES | V0)
#define ACK_LOOK (ACK_RULES | V0)

/* segments_rows.c */
extern struct row rows[];
extern unsigned int nrows;
unsigned int hex(uint8_t *to, const char *from);
struct row *add_bytes(const char *name, unsigned int configs,
		      unsigned int tcp_flags, const uint8_t *opts,
		      unsigned int optlen, unsigned int at,
		      enum counter counter);
void rows_make(void);

/* segments_sweep.c */
void rows_sweep(void);

/* segments_frame.c */
#define FRAME_MAX	6000

/* Encapsulation of every packet of a run, after the first VLAN tag if there is one */
enum within {
	NOTHING,
	SECOND_TAG,		/* another 802.1Q tag */
	PPPOE,
};

struct path {
	uint8_t smac[6], dmac[6];
	uint8_t src[2][16], dst[2][16];		/* [0] IPv4, [1] IPv6 */
	int vlan;				/* -1: no tag */
	enum within within;
	unsigned int pad;			/* bytes after the IP packet */
	unsigned int data;			/* payload, instead of the row's */
	bool partial;				/* leave the checksum to the device */
};

struct frame {
	unsigned int len;
	unsigned int l3, l3len;		/* IP packet */
	unsigned int l4, l4len;		/* TCP header and what follows */
	uint8_t b[FRAME_MAX];
};

uint32_t sum_add(uint32_t sum, const uint8_t *b, unsigned int len);
uint16_t sum_fold(uint32_t sum);
uint32_t sum_pseudo(const uint8_t *src, const uint8_t *dst, bool v6,
		    unsigned int len);
uint32_t frame_sum(const struct frame *f, unsigned int n, bool v6);
unsigned int frames_make(struct frame *f, const struct row *row,
			 const struct path *path, bool v6, unsigned int serial);
bool frame_parse(struct frame *f, bool v6);
unsigned int frame_serial(const struct frame *f, bool v6);
unsigned int frame_fragment(const struct frame *f, bool v6);
void frame_dump(const char *what, const struct frame *f);

/* segments_io.c */
enum port_kind {
	PORT_PACKET,		/* AF_PACKET, whole frames */
	PORT_VNET,		/* AF_PACKET with a virtio_net_hdr */
	PORT_TAP,		/* a tap device whose frames come in pieces */
	PORT_RAW,		/* raw IP sockets: the local machine */
};

struct port {
	enum port_kind kind;
	int fd[2];		/* [1]: IPv6, if PORT_RAW */
	uint8_t mac[6];
};

struct offload {
	bool partial;			/* the device fills in the checksum */
	unsigned int gso_size;
};

/* Offsets at which a frame is split, without its end */
struct pieces {
	unsigned int n;
	unsigned int at[16];
};

/* Enter the namespace of "NETNS:DEVICE"; returns DEVICE */
const char *enter(const char *where);
void port_open(struct port *p, enum port_kind kind, const char *where,
	       bool receive);
void port_mac(uint8_t *mac, const char *where);
void port_send(const struct port *p, const struct frame *f, bool v6,
	       const struct offload *o, const struct pieces *pieces);
bool port_receive(const struct port *p, struct frame *f, bool v6,
		  struct offload *o, int timeout_ms);
int counters_open(const char *netns);
void counters_read(int fd, unsigned int column, unsigned long *count);
const char *counter_name(enum counter counter);

/* segments_judge.c */
enum helper {
	NO_HELPER,		/* the expression, or nothing */
	CLIENT,			/* mptcp-bflag */
	BALANCER,		/* mptcp-bflag-lb */
	REPLY,			/* mptcp-bflag, segments in reply direction */
};

struct run {
	const char *name;
	enum config config;
	bool v6;
	bool routed;			/* TTL, MAC addresses change */
	bool defrag;
	bool keep_sum, fill;		/* path.partial: the checksum that arrives */
	bool each, has_tap;
	bool unseen;			/* the rule does not see the packet */
	bool other;			/* another program marks, not the module */
	bool joined;			/* by GRO, before the rule */
	bool trimmed;			/* the rule does not see path.pad */
	enum config match;		/* of the rule that only matches; 0: none */
	unsigned long matched;
	unsigned int gso_size;
	struct path path;
	struct port from, to, tap;
	enum helper helper;
	struct path back;		/* BALANCER, REPLY: the path of the SYN */
	struct port back_from;
	int counters;
	unsigned int serial, done, failed, strays, lost;
};

bool judge(struct run *run, const struct row *row, const struct pieces *cut,
	   const char *variant);

/* segments_match.c */
void match_open(void);
unsigned long match_read(void);

/* segments_helper.c */
void helper_open(void);
void helper_prepare(struct run *run);
bool helper_sees(const struct run *run, const struct row *row);
bool helper_related(struct run *run);

#endif /* SEGMENTS_H */
