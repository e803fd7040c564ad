# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The helper's rule as docs/front-ends.md has it, for tests that must run what users copy.

# documented_helper: sets $documented_helper to the first ruleset there with a ct helper,
# and with "wan" as the outer device; fails if there is none
documented_helper() {
	documented_helper=$(awk '
		/^```/ { if (wanted && text ~ /ct helper/) { printf "%s", text; exit }
			wanted = $0 == "```nft"; text = ""; next }
		{ text = text $0 "\n" }' "$(dirname "${BASH_SOURCE[0]}")/../../docs/front-ends.md" | sed 's/"wan0"/"wan"/')
	[[ $documented_helper == 'table inet router {'* ]]
}
