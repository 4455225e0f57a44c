package main

// The second half of each command's --help.

// Help shows examples of serve.
func (*serve) Help() string {
	return `Only API keys that were created are accepted. Without --key and other sources of keys one is
made and printed, with a curl command that sends an event.

Examples:

  amplitude-simulator serve --key 0123456789abcdef0123456789abcdef
  amplitude-simulator serve --listen 127.0.0.1:0 --port-file port --strict
  amplitude-simulator serve --config simulator.yaml --freeze-at 2026-01-02T03:04:05Z
  curl 127.0.0.1:8080/2/httpapi -d '{"api_key":"0123456789abcdef0123456789abcdef","events":[{"user_id":"user-0001","event_type":"Tap"}]}'
  curl '127.0.0.1:8080/_admin/journal/events?key=0123456789abcdef0123456789abcdef'`
}

// Help shows examples of validate.
func (*validate) Help() string {
	return `Examples:

  amplitude-simulator validate --config simulator.yaml`
}

// Help shows examples of env.
func (*env) Help() string {
	return `Give it the same flags as serve.

Examples:

  amplitude-simulator env --key 0123456789abcdef0123456789abcdef
  eval "$(amplitude-simulator env --config simulator.yaml)"; echo "$AMPLITUDE_URL"`
}

// Help shows examples of health.
func (*health) Help() string {
	return `Examples:

  amplitude-simulator health --listen 127.0.0.1:8080
  docker exec CONTAINER /amplitude-simulator health --pid 1`
}

// Help shows examples of fidelity.
func (*fidelity) Help() string {
	return `Known is measured, published or a guess. The value in brackets is the default; serve
--behavior NAME=VALUE sets another.

Examples:

  amplitude-simulator fidelity
  amplitude-simulator fidelity --calibration seen/calibration.json
  amplitude-simulator serve --behavior error_indexes=first`
}

// Help shows examples of calibrate.
func (*calibrateRun) Help() string {
	return `It says before it starts what it will leave in the project, and at the end where.

Examples:

  amplitude-simulator calibrate --url http://127.0.0.1:8080 --api-key-file key --out tried
  amplitude-simulator calibrate --region eu --api-key-file key --allow-production --out seen
  amplitude-simulator --config seen/behavior.yaml`
}

// Help shows examples of calibrate compare.
func (*calibrateCompare) Help() string {
	return `Examples:

  amplitude-simulator calibrate compare us/calibration.json eu/calibration.json`
}

// Help shows examples of calibrate contribute.
func (*calibrateContribute) Help() string {
	return `Examples:

  amplitude-simulator calibrate contribute seen/calibration.json --by "Your name" --out measured.json`
}
