# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Rulesets as docs/ has them, for tests that must run what users copy.

# documented PAGE WORDS: print the first ruleset of docs/PAGE with these words; fails if there is none
documented() {
	awk -v words="$2" '
		/^```/ { if (wanted && index(text, words)) { printf "%s", text; found = 1; exit }
			wanted = $0 == "```nft"; text = ""; next }
		{ text = text $0 "\n" }
		END { exit !found }' "$(dirname "${BASH_SOURCE[0]}")/../../docs/$1"
}

# documented_helper: sets $documented_helper to the helper's rule, with "wan" as the outer device
documented_helper() {
	documented_helper=$(documented front-ends.md 'ct helper' | sed 's/"wan0"/"wan"/')
	[[ $documented_helper == 'table inet router {'* ]]
}
