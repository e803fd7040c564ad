/* SPDX-License-Identifier: GPL-2.0-only */
#include_next <linux/ip.h>
#include "../skb.h"
