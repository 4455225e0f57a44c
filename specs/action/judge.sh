#!/usr/bin/env bash
# Runs conformance as its variables say, and writes the outputs of the action.
#   CONFORMANCE_...  the flags of conformance; CONFORMANCE_REPORT_DIR is needed
#   BASELINE         a results.json to compare with; empty for none
set -euo pipefail

: "${CONFORMANCE_REPORT_DIR:?is where the report is written}"
baseline=${BASELINE:-}
results=$CONFORMANCE_REPORT_DIR/results.json
mkdir -p "$CONFORMANCE_REPORT_DIR"
rm -f "$results" # of an earlier run in the same directory

code=0
conformance || code=$?

conformant=false
if [ "$code" = 0 ]; then conformant=true; fi
{
  echo "exit-code=$code"
  echo "conformant=$conformant"
  if [ -f "$results" ]; then echo "results=$results"; fi
} >> "${GITHUB_OUTPUT:-/dev/null}"

if [ -n "$baseline" ] && [ -f "$results" ]; then
  worse=0
  conformance diff "$baseline" "$results" || worse=$?
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ "$worse" -le 1 ]; then
    conformance diff "$baseline" "$results" --output markdown >> "$GITHUB_STEP_SUMMARY" || true
  fi
  # What failed before may go on failing; that nothing could be judged is never well.
  if [ "$code" -le 1 ]; then code=$worse; fi
fi
exit "$code"
