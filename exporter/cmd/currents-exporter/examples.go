package main

// The second half of each command's --help.

// Help shows examples of export.
func (*exportCommand) Help() string {
	return `Each event is in one line of the ledger that is printed at the end. Without --cursor
all inputs are read from their beginning; Amplitude counts no event twice within 7 days.

Examples:

  currents-exporter export --api-key-file key.txt ./currents-bucket/
  zcat events.ndjson.gz | currents-exporter export --region eu -
  currents-exporter export --cursor done.json 's3://bucket/currents/?region=eu-west-1'
  currents-exporter export --cursor done.json --watch --data-dir queue gs://bucket/currents/`
}

// Help shows examples of serve.
func (*serveCommand) Help() string {
	return `A post is answered 200 once its events are stored. In Braze, give the connector the URL
of this server with the path /events.

Examples:

  currents-exporter serve --api-key-file key.txt --data-dir queue
  currents-exporter serve --config connector.yaml --listen :8090 --token-file token.txt
  curl 127.0.0.1:8090/events -d '{"event_type":"users.messages.email.Open","id":"1","time":1700000000,"user":{"external_user_id":"user-0001"}}'
  curl 127.0.0.1:8090/stats`
}

// Help shows examples of dry-run.
func (*dryRunCommand) Help() string {
	return `What would be dropped is listed on standard error, with the reason.

Examples:

  currents-exporter dry-run part-0.avro
  currents-exporter dry-run --events users.messages.email.Open ./currents-bucket/ > mapped.ndjson
  fixtures check mapped.ndjson`
}

// Help shows examples of health.
func (*healthCommand) Help() string {
	return `Examples:

  currents-exporter health --listen 127.0.0.1:8090
  currents-exporter health --config connector.yaml
  docker exec CONTAINER /currents-exporter health --pid 1`
}

// Help shows examples of deadletters list.
func (*listLettersCommand) Help() string {
	return `Examples:

  currents-exporter deadletters list --data-dir queue
  currents-exporter deadletters list --data-dir queue --reason invalid_field --output json`
}

// Help shows examples of deadletters show.
func (*showLetterCommand) Help() string {
	return `Examples:

  currents-exporter deadletters show --data-dir queue 17
  currents-exporter deadletters show --data-dir queue 17 --reveal`
}

// Help shows examples of deadletters replay.
func (*replayLetterCommand) Help() string {
	return `Examples:

  currents-exporter deadletters replay --data-dir queue 17 18
  currents-exporter deadletters replay --data-dir queue --reason invalid_field
  currents-exporter deadletters replay --data-dir queue --all`
}

// Help shows examples of deadletters purge.
func (*purgeLettersCommand) Help() string {
	return `Examples:

  currents-exporter deadletters purge --data-dir queue 17 18
  currents-exporter deadletters purge --data-dir queue --older-than 720h`
}

// Help shows examples of validate.
func (*validateCommand) Help() string {
	return `It connects to nothing, and prints all that is wrong, not the first thing alone.

Examples:

  currents-exporter validate --config connector.yaml
  CURRENTS_EXPORTER_REGION=eu currents-exporter validate --api-key-file key.txt`
}

// Help shows examples of types.
func (typesCommand) Help() string {
	return `Examples:

  currents-exporter types
  currents-exporter types --output json`
}
