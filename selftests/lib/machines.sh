# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Run each test script in a virtual machine of its own, several at a time, and count the
# results.  For check and check-kernels, which set:
#
#   machine_boot      the command that boots, with options (array; default: vm/run)
#   machine_tree      path of the sources in the machine
#   machine_out       directory for the output of the machines: NAME/said
#   EXPECT_ALL, MAY_SKIP   see run-tests

MAY_SKIP=${MAY_SKIP:-}
machine_boot=(selftests/vm/run) machine_tree=$PWD machine_out=build/vm

# A line of its own for each script, so that no failure is lost
verdict() { # NAME STATUS
	if [ "$2" = 0 ]; then echo "ok - test script $1"; else echo "not ok - test script $1 (exit $2)"; fi
}

# whole FILE...: print files, and nothing of other jobs between them; end each with a newline
whole() {
	{
		flock 8
		# shellcheck disable=SC1003
		sed -s -e '$a\' "$@"
	} 8>>"$machine_out/lock"
}

# in_machine NAME BOOT... -- SCRIPT...: run scripts in a virtual machine (or a pair) that the
# command BOOT starts; print their output at the end
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
		SEGMENTS_PARTS="${SEGMENTS_PARTS:-}" EXAMPLES="${EXAMPLES:-}" TOOL_PARTS="${TOOL_PARTS:-}" \
		STATUS_PARTS="${STATUS_PARTS:-}" FIREWALLS_PARTS="${FIREWALLS_PARTS:-}" \
		SCALE_CONNECTIONS="${SCALE_CONNECTIONS:-}" \
		TEST_TIMEOUT="${TEST_TIMEOUT:-900}" \
		"$machine_tree/selftests/run-tests" "${scripts[@]}" \
		>"$machine_out/$name/said" 2>&1 || status=$?
	verdict "$name" "$status" >"$machine_out/$name/verdict.ktap"
	whole "$machine_out/$name/said" "$machine_out/$name/verdict.ktap"
}

# The number of machines at a time: MACHINES, or one per processor and per 2 GiB of free memory
machines() {
	local room
	room=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo) / 2097152))
	[ "$room" -gt 0 ] || room=1
	if [ "$room" -lt "$(nproc)" ]; then echo "$room"; else nproc; fi
}
machine_slots=${MACHINES:-$(machines)}

# slot: wait until another machine may start; other jobs of this shell count, too
slot() {
	while [ "$(jobs -pr | wc -l)" -ge "$machine_slots" ]; do wait -n; done
}

# in_machines SCRIPT...: run the slow scripts first
in_machines() {
	local script slow=() others=()
	for script; do
		case $(basename "$script" .sh) in
		busy | endpoints | examples | segments | status | systemd | tool | watch) slow+=("$script") ;;
		*) others+=("$script") ;;
		esac
	done
	mkdir -p "$machine_out"
	for script in "${slow[@]}" "${others[@]}"; do
		slot
		in_machine "$(basename "$script" .sh)" "${machine_boot[@]}" -- "$script" &
	done
	wait
}

# roots SUITE DIRECTORY SCRIPT...: make the Debian systems that scripts need.  A line
# "# root NAME: PACKAGE..." in a script asks for DIRECTORY/NAME with these packages.  A script
# skips its tests if its root does not exist.
roots() {
	local suite=$1 directory=$2 name packages
	shift 2
	while read -r name packages; do
		# shellcheck disable=SC2086
		selftests/lib/debian-root "$suite" "$directory/$name" $packages
	done < <(sed -n 's/^# root \([a-z]*\): /\1 /p' "$@")
}

# count LOG VERDICTS: print "PASSED FAILED SKIPPED UNEXPECTED".  UNEXPECTED is the number of
# skips that MAY_SKIP does not allow.  Each of the VERDICTS that LOG lacks counts as a failure.
#
# A leaf is indented once.  A part or script that fails without a failing leaf (it did not
# end, it left the kernel in disorder, the machine died) counts as one failure.  If skips are
# failures, exit status 1 of a script may be due to a skip.
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

# what_failed LOG: print the failures, and the skips that MAY_SKIP does not allow
what_failed() {
	grep -E '^ *not ok' "$1" | sed 's/^ */# /'
	[ "${EXPECT_ALL:-0}" != 1 ] || grep -E '^ *ok .*# SKIP' "$1" |
		grep -vE "# SKIP (${MAY_SKIP// /|}):" | sed 's/^ */# not allowed: /'
}
