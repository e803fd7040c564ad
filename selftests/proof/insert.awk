# SPDX-License-Identifier: GPL-2.0-only
# awk -f insert.awk annotations FILE: FILE with the annotations in it.  Fails if an anchor is not found.
FNR == NR {
	if (/^@ /) anchor[++n] = substr($0, 3)
	else if (n) block[n] = block[n] $0 "\n"
	next
}
at < n && index($0, anchor[at + 1]) { printf "%s", block[++at] }
{ print }
END {
	if (at < n) {
		print "insert.awk: no line has: " anchor[at + 1] >"/dev/stderr"
		exit 1
	}
}
