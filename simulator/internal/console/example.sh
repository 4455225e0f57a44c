#!/usr/bin/env bash
# example.sh BASE: sends events to a simulator with the key key-1 and a frozen clock until one
# device is throttled, for the picture of the console in simulator/README.md.
set -euo pipefail
base=$1

post() { curl -sS -X "${3:-POST}" -H 'Content-Type: application/json' -d "$2" "$base$1"; }

# events DEVICE COUNT: the events of one device, separated by commas
events() {
  local i
  for ((i = 0; i < $2; i++)); do printf '%s{"device_id":"%s","event_type":"Tap"}' "${comma:-}" "$1"; comma=,; done
}

post /_admin/keys/key-1/limits '{"events_per_second":2,"window_seconds":30}' PUT
for second in $(seq 28); do
  comma=
  post /2/httpapi "{\"api_key\":\"key-1\",\"events\":[$(events phone-1 $((second * 7 % 4 + 1)); comma=,; ((second % 4)) || events phone-2 1)]}"
  post /_admin/clock/advance '{"seconds":1}'
done
