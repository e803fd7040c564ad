// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay DEVICE FILE COUNT FILTER [BYTES]: take the first frame of a capture that matches
 * FILTER (a pcap filter) and send it COUNT times from DEVICE; with BYTES, as two IP
 * fragments, the first with BYTES (a multiple of 8) of its payload.
 *
 * For segments that Linux does not repeat (Apple's clients send MP_CAPABLE in each ACK
 * until data is acknowledged), and for fragments that it does not send.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	return 1;
}

static uint16_t checksum(const u_char *header, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += header[i] << 8 | header[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* The headers of a fragment */
struct start {
	u_char bytes[ETHER_HDR_LEN + 64 + sizeof(struct ip6_frag)];
	size_t length;
};

/* For an IPv4 header without options */
static struct start start4(const u_char *frame, size_t payload, size_t offset, int more)
{
	struct start start = { .length = ETHER_HDR_LEN + sizeof(struct iphdr) };
	struct iphdr ip;

	memcpy(start.bytes, frame, start.length);
	memcpy(&ip, frame + ETHER_HDR_LEN, sizeof(ip));
	ip.tot_len = htons(sizeof(ip) + payload);
	ip.id = htons(0x6d70);
	ip.frag_off = htons(offset / 8 | (more ? IP_MF : 0));
	ip.check = 0;
	ip.check = checksum((const u_char *)&ip, sizeof(ip));
	memcpy(start.bytes + ETHER_HDR_LEN, &ip, sizeof(ip));
	return start;
}

/* IPv6 has a fragment header. */
static struct start start6(const u_char *frame, size_t payload, size_t offset, int more)
{
	struct start start = { .length = ETHER_HDR_LEN + sizeof(struct ip6_hdr) };
	struct ip6_frag fragment = { .ip6f_ident = htonl(0x6d707463) };
	struct ip6_hdr ip;

	memcpy(start.bytes, frame, start.length);
	memcpy(&ip, frame + ETHER_HDR_LEN, sizeof(ip));
	fragment.ip6f_nxt = ip.ip6_nxt;
	fragment.ip6f_offlg = htons(offset | (more ? 1 : 0));
	ip.ip6_nxt = IPPROTO_FRAGMENT;
	ip.ip6_plen = htons(sizeof(fragment) + payload);
	memcpy(start.bytes + ETHER_HDR_LEN, &ip, sizeof(ip));
	memcpy(start.bytes + start.length, &fragment, sizeof(fragment));
	start.length += sizeof(fragment);
	return start;
}

/* Send one fragment: bytes OFFSET to END of the LENGTH bytes after the IP header. */
static int send_fragment(pcap_t *device, const u_char *frame, size_t length, size_t offset,
			 size_t end)
{
	int six = frame[12] == 0x86 && frame[13] == 0xdd;
	size_t payload = end - offset, header = six ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
	struct start start = six ? start6(frame, payload, offset, end < length)
				 : start4(frame, payload, offset, end < length);
	u_char out[ETHER_MAX_LEN];

	if (start.length + payload > sizeof(out))
		return -1;
	memcpy(out, start.bytes, start.length);
	memcpy(out + start.length, frame + ETHER_HDR_LEN + header + offset, payload);
	return pcap_inject(device, out, start.length + payload);
}

/* Send a frame as it is, or, if FIRST is not 0, as two fragments. */
static int send_frame(pcap_t *device, const u_char *frame, size_t length, size_t first)
{
	int six = frame[12] == 0x86 && frame[13] == 0xdd;
	size_t headers = ETHER_HDR_LEN + (six ? sizeof(struct ip6_hdr) : sizeof(struct iphdr));

	if (!first)
		return pcap_inject(device, frame, length);
	if (length <= headers + first || first % 8)
		return -1;
	if (send_fragment(device, frame, length - headers, 0, first) < 0)
		return -1;
	return send_fragment(device, frame, length - headers, first, length - headers);
}

int main(int argc, char *argv[])
{
	struct pcap_pkthdr *header;
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program filter;
	const u_char *frame;
	pcap_t *file, *device;
	unsigned long first;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: replay DEVICE FILE COUNT FILTER [BYTES]\n");
		return 2;
	}
	first = argc == 6 ? strtoul(argv[5], NULL, 0) : 0;
	file = pcap_open_offline(argv[2], error);
	if (!file)
		return fail(argv[2], error);
	if (pcap_compile(file, &filter, argv[4], 1, PCAP_NETMASK_UNKNOWN) ||
	    pcap_setfilter(file, &filter))
		return fail(argv[4], pcap_geterr(file));
	if (pcap_next_ex(file, &header, &frame) != 1)
		return fail(argv[2], "no frame matches");
	if (header->caplen != header->len)
		return fail(argv[2], "the frame was not captured in full");

	device = pcap_open_live(argv[1], 1, 0, 0, error);
	if (!device)
		return fail(argv[1], error);
	for (unsigned long i = strtoul(argv[3], NULL, 0); i; i--)
		if (send_frame(device, frame, header->caplen, first) < 0)
			return fail(argv[1], pcap_geterr(device));
	pcap_close(device);
	pcap_close(file);
	return 0;
}
