# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Test scripts in virtual machines, one each, as many at a time as there is room for,
# and what came of them.  For check and check-kernels, which set:
#
#   machine_options   for vm/run (array)
#   machine_tree      where the sources are, in the machine
#   machine_out       directory for what the machines say: NAME/said
#   EXPECT_ALL, MAY_SKIP   for run-tests

MAY_SKIP=${MAY_SKIP:-}
machine_options=() machine_tree=$PWD machine_out=build/vm

# A verdict of its own, so that nothing that went wrong is lost
verdict() { # NAME STATUS
	if [ "$2" = 0 ]; then echo "ok - test script $1"; else echo "not ok - test script $1 (exit $2)"; fi
}

# in_machine NAME BOOT... -- SCRIPT...: run scripts in a virtual machine of their own (or
# a pair), made by BOOT; all is printed when it is done
in_machine() {
	local name=$1 status=0 boot=() scripts=()
	shift
	while [ "$1" != -- ]; do
		boot+=("$1")
		shift
	done
	shift
	for script; do
		scripts+=("$machine_tree/$(realpath --relative-to="$PWD" "$script")")
	done
	mkdir -p "$machine_out/$name"
	rm -f "$machine_out/$name/verdict.ktap"
	"${boot[@]}" --out "$machine_out/$name" -- \
		env EXPECT_ALL="${EXPECT_ALL:-0}" MAY_SKIP="${MAY_SKIP:-}" \
		SEGMENTS_PARTS="${SEGMENTS_PARTS:-}" EXAMPLES="${EXAMPLES:-}" \
		TEST_TIMEOUT="${TEST_TIMEOUT:-900}" \
		"$machine_tree/selftests/run-tests" "${scripts[@]}" \
		>"$machine_out/$name/said" 2>&1 || status=$?
	verdict "$name" "$status" >"$machine_out/$name/verdict.ktap"
	{
		flock 8
		# shellcheck disable=SC1003
		sed -e '$a\' "$machine_out/$name/said"
		cat "$machine_out/$name/verdict.ktap"
	} 8>>"$machine_out/lock"
}

# As many as there are processors, and room for in memory
machines() {
	local room
	room=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo) / 2097152))
	[ "$room" -gt 0 ] || room=1
	if [ "$room" -lt "$(nproc)" ]; then echo "$room"; else nproc; fi
}
machine_slots=$(machines)

# slot: wait until there is room for another machine
slot() {
	while [ "$(jobs -pr | wc -l)" -ge "$machine_slots" ]; do wait -n; done
}

# in_machines SCRIPT...: those that take long first
in_machines() {
	local script slow=() others=()
	for script; do
		case $(basename "$script" .sh) in
		busy | endpoints | examples | systemd | tool) slow+=("$script") ;;
		*) others+=("$script") ;;
		esac
	done
	mkdir -p "$machine_out"
	for script in "${slow[@]}" "${others[@]}"; do
		slot
		in_machine "$(basename "$script" .sh)" selftests/vm/run "${machine_options[@]}" -- "$script" &
	done
	wait
}

# roots SUITE DIRECTORY SCRIPT...: Debian systems that scripts need: each says in a line
# "# root NAME: PACKAGE..." which packages are to be in DIRECTORY/NAME.  A script whose
# root is not there skips its tests.
roots() {
	local suite=$1 directory=$2 name packages
	shift 2
	while read -r name packages; do
		# shellcheck disable=SC2086
		selftests/lib/debian-root "$suite" "$directory/$name" $packages
	done < <(sed -n 's/^# root \([a-z]*\): /\1 /p' "$@")
}

# count LOG VERDICTS: print "PASSED FAILED SKIPPED UNEXPECTED", the last being skips for
# other reasons than MAY_SKIP allows.  LOG has to have VERDICTS of them: what nothing
# was heard of has failed, too.
#
# A leaf is indented once.  A part or script that fails without a failing leaf
# (it did not end, it left the kernel in disorder, the machine died) counts as
# one.  With skips as failures, a script's exit status 1 may be about those.
count() {
	awk -v expect_all="${EXPECT_ALL:-0}" -v may_skip="${MAY_SKIP:-}" -v verdicts="$2" '
		BEGIN {
			gsub(/ +/, "|", may_skip)
			allowed = may_skip ? "# SKIP (" may_skip "):" : "^$"
		}
		/^    ok .*# SKIP/ {
			skipped++
			if ($0 !~ allowed) { unexpected++; skips++ }
			next
		}
		/^    ok / { passed++ }
		/^    not ok / { failed++; leaf++ }
		/^(not )?ok - / {
			if ($0 !~ /- build$/) heard++
			if (/^not / && !leaf && !told &&
			    !(/\(exit 1\)$/ && expect_all == 1 && skips))
				failed++
			told = skips = leaf = 0
			next
		}
		/^not ok / { if (!leaf) failed++; told = 1 }
		/^(not )?ok / { leaf = 0 }
		END { print passed + 0, failed + verdicts - heard, skipped + 0, unexpected + 0 }' "$1"
}

# what_failed LOG: the lines that say so, and the skips that nobody allowed
what_failed() {
	grep -E '^ *not ok' "$1" | sed 's/^ */# /'
	[ "${EXPECT_ALL:-0}" != 1 ] || grep -E '^ *ok .*# SKIP' "$1" |
		grep -vE "# SKIP (${MAY_SKIP// /|}):" | sed 's/^ */# not allowed: /'
}
