# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Do the metrics of "status" agree with its JSON?  Two parsers read them: for OpenMetrics, and
# for the older text format, which node_exporter reads.

samples() { # one line of JSON for each
	/usr/bin/python3 -c '
import json, sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
text = sys.stdin.buffer.read().decode("utf-8")
def samples(parse):
    return sorted(json.dumps({"name": s.name, "labels": s.labels, "value": int(s.value)})
                  for family in parse(text) for s in family.samples)
found = samples(openmetrics.text_string_to_metric_families)
assert found == samples(parser.text_string_to_metric_families), "the parsers differ"
assert len(found) == len(set(found)), "a sample is there twice"
print("\n".join(found))'
}

printable() { # UTF-8 without control characters?
	/usr/bin/python3 -c '
import sys, unicodedata
for char in sys.stdin.buffer.read().decode("utf-8"):
    assert char == "\n" or unicodedata.category(char) != "Cc", "a control character"'
}

samples_wanted() { # from the JSON
	jq -c 'def sample(name; labels; value): { name: ("mptcp_bflag_" + name), labels: labels, value: value };
		def number: if . then 1 else 0 end;
		def of(table): { family: table.family, table: table.table };
		sample("works"; {}; .works | number),
		(.counters | to_entries[] | .key as $front_end | .value | to_entries[] |
			sample("segments_total"; { front_end: $front_end, result: .key }; .value)),
		(.chains[] | (of(.) + { chain }) as $chain |
			sample("chain_in_place"; $chain; .state == "in_place" | number),
			sample("chain_reached"; $chain; .reached | number)),
		(.enabled[] | of(.) as $table |
			(.devices[] | sample("device_exists"; $table + { device: .name }; .exists | number)),
			(.counters | to_entries[] | sample("table_packets_total"; $table + { counter: .key }; .value))),
		(.connections // {} | to_entries[] | sample("connections"; { helper: .key }; .value)),
		(.modules[] | sample("module_loaded"; { module: .name, version:
			((if .loaded then .loaded_version else .available_version end) // "") }; .loaded | number))'
}

# Bytes that must not be printed appear as one or more "?".
comparable() { jq -cS '.labels |= map_values(gsub("[\u0001-\u001f\u007f-\u009f?]+"; "?"))' | sort; }

# metrics_agree NAME COMMAND...: "COMMAND... --openmetrics" and "COMMAND... --json"
metrics_agree() {
	local name=$1 metrics json by_metrics=0 by_json=0
	shift
	metrics=$("$@" --openmetrics) || by_metrics=$?
	json=$("$@" --json) || by_json=$?
	check_equal "$name: metrics and JSON agree" "$(samples_wanted <<<"$json" | comparable; echo "exits $by_json")" \
		"$(samples <<<"$metrics" 2>&1 | comparable; echo "exits $by_metrics")"
	check_equal "$name: the metrics end with # EOF" '# EOF' "${metrics##*$'\n'}"
}
