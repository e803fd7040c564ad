// SPDX-License-Identifier: GPL-2.0-only
/* Stock expressions, in the order and encoding that nft gives them. */
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>

#include "cli.h"
#include "stock.h"

#define TCP_FLAGS_OFFSET 13

static struct nftnl_expr *expression(const char *name)
{
	struct nftnl_expr *expr = nftnl_expr_alloc(name);

	if (!expr) {
		complain("libnftnl cannot make an expression '%s'", name);
		exit(EXIT_FAILED);
	}
	return expr;
}

static void put(struct nlmsghdr *nlh, struct nftnl_expr *expr)
{
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);

	nftnl_expr_build_payload(nlh, expr);
	mnl_attr_nest_end(nlh, element);
	nftnl_expr_free(expr);
}

static void put_meta(struct nlmsghdr *nlh, uint32_t key)
{
	struct nftnl_expr *expr = expression("meta");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, NFT_REG_1);
	put(nlh, expr);
}

static void put_cmp(struct nlmsghdr *nlh, uint32_t op, const void *data,
		    uint32_t len)
{
	struct nftnl_expr *expr = expression("cmp");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(expr, NFTNL_EXPR_CMP_DATA, data, len);
	put(nlh, expr);
}

static void put_and(struct nlmsghdr *nlh, const void *mask, uint32_t len)
{
	struct nftnl_expr *expr = expression("bitwise");
	static const uint32_t zero;

	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_MASK, mask, len);
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_XOR, &zero, len);
	put(nlh, expr);
}

void stock_oifname(struct nlmsghdr *nlh, const char *device)
{
	char name[IFNAMSIZ] = "";

	memcpy(name, device, strnlen(device, IFNAMSIZ - 1));
	put_meta(nlh, NFT_META_OIFNAME);
	put_cmp(nlh, NFT_CMP_EQ, name, sizeof(name));
}

void stock_ct_snat(struct nlmsghdr *nlh)
{
	struct nftnl_expr *expr = expression("ct");
	const uint32_t snat = IPS_SRC_NAT, none = 0;

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, NFT_CT_STATUS);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	put(nlh, expr);
	put_and(nlh, &snat, sizeof(snat));
	put_cmp(nlh, NFT_CMP_NEQ, &none, sizeof(none));
}

void stock_tcp_syn_ack(struct nlmsghdr *nlh, uint8_t flags)
{
	const uint8_t tcp = IPPROTO_TCP, mask = TH_SYN | TH_ACK;
	struct nftnl_expr *expr;

	put_meta(nlh, NFT_META_L4PROTO);
	put_cmp(nlh, NFT_CMP_EQ, &tcp, sizeof(tcp));

	expr = expression("payload");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE,
			   NFT_PAYLOAD_TRANSPORT_HEADER);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, TCP_FLAGS_OFFSET);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, sizeof(flags));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	put(nlh, expr);
	put_and(nlh, &mask, sizeof(mask));
	put_cmp(nlh, NFT_CMP_EQ, &flags, sizeof(flags));
}

void stock_counter(struct nlmsghdr *nlh, const char *name)
{
	struct nftnl_expr *expr = expression("objref");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_OBJREF_IMM_TYPE,
			   NFT_OBJECT_COUNTER);
	nftnl_expr_set_str(expr, NFTNL_EXPR_OBJREF_IMM_NAME, name);
	put(nlh, expr);
}

void stock_verdict(struct nlmsghdr *nlh, int verdict, const char *chain)
{
	struct nftnl_expr *expr = expression("immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, verdict);
	nftnl_expr_set_str(expr, NFTNL_EXPR_IMM_CHAIN, chain);
	put(nlh, expr);
}
