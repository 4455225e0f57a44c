package main

// The second half of each command's --help.

// Help shows examples of replay.
func (*replay) Help() string {
	return `Without --from it sends the fixtures, events made up for every type, at --rate for --duration;
with --from a recording, with its own gaps.

Examples:

  loadgen replay --target http://127.0.0.1:8090 --rate 100 --duration 10s
  loadgen replay --target http://127.0.0.1:8090 --rate 500 --batch 5 \
      --simulator http://127.0.0.1:8080 --api-key KEY --out report
  loadgen replay --target http://127.0.0.1:8080 --kind amplitude --api-key KEY --rate 100
  loadgen replay --target http://127.0.0.1:8090 --from recorded.ndjson --speed 10x`
}

// Help shows examples of run.
func (*runScenario) Help() string {
	return `It starts amplitude-simulator and an exporter, sends the load of the scenario, and compares
what arrived with the thresholds. Exit code 99: a threshold is broken.

Examples:

  loadgen run hot-device --out report
  loadgen run my-scenario.yaml --subject subject.yaml
  loadgen run hot-device --exporter http://127.0.0.1:8090 --simulator http://127.0.0.1:8080 --api-key KEY
  loadgen run my-scenario.yaml --bundle run.zip`
}

// Help shows examples of scenarios list.
func (*listScenarios) Help() string {
	return `Examples:

  loadgen scenarios
  loadgen scenarios list --output json`
}

// Help shows examples of scenarios run.
func (*runScenarios) Help() string {
	return `Examples:

  loadgen scenarios run --all --out scenarios
  loadgen scenarios run hot-device key-expiry-47h --subject subject.yaml`
}

// Help shows examples of validate.
func (*validate) Help() string {
	return `Examples:

  loadgen validate my-scenario.yaml
  loadgen validate --schema > scenario.schema.json`
}

// Help shows examples of capture.
func (*capture) Help() string {
	return `Ids become pseudonyms, and members about a person are left out. Treat a recording as
confidential nevertheless: it says what somebody did and when.

Examples:

  loadgen capture --listen 127.0.0.1:8090 --key-file secret recorded.ndjson
  loadgen capture --from ./currents-bucket/ recorded.ndjson
  loadgen replay --target http://127.0.0.1:8090 --from recorded.ndjson`
}

// Help shows examples of reproduce.
func (*reproduce) Help() string {
	return `Exit code 99: the ledger differs from that of the bundle.

Examples:

  loadgen run my-scenario.yaml --bundle run.zip
  loadgen reproduce run.zip`
}

// Help shows examples of diff.
func (*diff) Help() string {
	return `Exit code 1: a threshold that held in the run before is broken in the run after.

Examples:

  loadgen diff before/summary.json after/summary.json
  loadgen diff before after --output markdown`
}

// Help shows examples of from-429.
func (*from429) Help() string {
	return `Examples:

  loadgen from-429 exporter.log --out throttled.yaml
  loadgen run throttled.yaml --subject subject.yaml
  grep 429 exporter.log | loadgen from-429 - --target amplitude`
}
