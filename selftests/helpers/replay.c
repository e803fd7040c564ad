// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay DEVICE FILE COUNT FILTER: send the first frame of a capture that
 * FILTER (a pcap filter) matches out of DEVICE again, COUNT times.
 *
 * For segments that Linux does not repeat by itself: Apple's clients carry
 * MP_CAPABLE on each ACK until data is acknowledged.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	return 1;
}

int main(int argc, char *argv[])
{
	struct pcap_pkthdr *header;
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program filter;
	const u_char *frame;
	pcap_t *file, *device;

	if (argc != 5) {
		fprintf(stderr, "usage: replay DEVICE FILE COUNT FILTER\n");
		return 2;
	}
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
		if (pcap_inject(device, frame, header->caplen) < 0)
			return fail(argv[1], pcap_geterr(device));
	pcap_close(device);
	pcap_close(file);
	return 0;
}
