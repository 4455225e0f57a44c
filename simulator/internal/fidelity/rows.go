package fidelity

// Names of the switches.
const (
	ShortIDHTTPAPI     = "short_id_httpapi"
	ShortIDBatch       = "short_id_batch"
	NumericIDs         = "numeric_ids"
	InvalidIDAnswer    = "invalid_id_answer"
	ErrorIndexes       = "error_indexes"
	EmptyEventsHTTPAPI = "empty_events_httpapi"
	EmptyEventsBatch   = "empty_events_batch"
	TooLargeAnswer     = "too_large_answer"
	ContentType        = "content_type"
	DedupWithoutDevice = "dedup_without_device"
	BrazeSuccess       = "braze_success"
)

// Values that several switches share.
const (
	Reject = "reject"
	Strip  = "strip"
)

// table is the list. A fixed row's default is a short text; a switch's default and
// alternatives are the values that it takes.
var table = []Row{
	// ids
	{
		Name: ShortIDHTTPAPI, Default: Reject, Alternatives: []string{Strip}, Confirmed: true,
		Source: "Amplitude-Kotlin#105 quotes a 400 for a short user_id beside a good device_id; the HTTP V2 page says the short id is removed",
	},
	{
		Name: ShortIDBatch, Default: Strip, Alternatives: []string{Reject}, Confirmed: true,
		Source: "Batch Event Upload page; RudderStack relies on it",
	},
	{
		Name: "min_id_length", Default: "5 characters, options.min_id_length replaces it", Confirmed: true,
		Source: "HTTP V2 page",
	},
	{
		Name: NumericIDs, Default: "coerce", Alternatives: []string{Reject}, Confirmed: true,
		Source: "Amplitude-Node#63 and Amplitude-TypeScript#81: the length of the decimal text is checked; the pages ask for strings",
	},
	{
		Name: InvalidIDAnswer, Default: "invalid_ids", Alternatives: []string{"invalid_fields"},
		Source: "400 by the HTTP V2 page; the body is published nowhere, the name of the map is from a third-party client",
	},
	{
		Name: "missing_ids_answer", Default: "user_id and device_id both listed in events_with_missing_fields",
		Source: "analytics-go#71 quotes the error text, not the names",
	},
	{
		Name: "blanks_around_ids", Default: "count for the length, not stored", Confirmed: true,
		Source: "Amplitude-Node#105 for leading blanks",
	},
	// bodies
	{
		Name: "check_order", Default: "size, body, JSON, api_key, events, count, key, event, missing, invalid, length, id, silenced, limits",
		Source: "documented nowhere; one class of errors in an answer",
	},
	{
		Name: ErrorIndexes, Default: "all", Alternatives: []string{"first"},
		Source: "the Batch page lists all offending events; the HTTP V2 page of 2026 says only the first",
	},
	{
		Name: EmptyEventsHTTPAPI, Default: "accept", Alternatives: []string{"missing_field"}, Confirmed: true,
		Source: "Amplitude-Node#59 quotes a 200 with no events ingested",
	},
	{
		Name: EmptyEventsBatch, Default: "missing_field", Alternatives: []string{"accept"}, Confirmed: true,
		Source: "Batch page before 2022",
	},
	{
		Name: "events_not_an_array", Default: "as missing", Source: "no source",
	},
	{
		Name: "null", Default: "as absent", Source: "the Java SDK writes nulls for unset fields",
	},
	{
		Name: "json", Default: "strict UTF-8 JSON; repeated names allowed, the last one counts; half surrogate pairs allowed",
		Source: "Amplitude-Swift#99 for a syntax error; the rest is a guess",
	},
	{
		Name: "time_range", Default: "any integer, 1.7e12 included", Confirmed: true,
		Source: "rudder-transformer#127: seconds were accepted",
	},
	{
		Name: "reserved_event_types", Default: "400 invalid field event_type",
		Source: "the HTTP V2 page lists the names; the answer is a guess",
	},
	{
		Name: "properties_not_an_object", Default: "400 invalid field", Source: "Amplitude-JavaScript#17 for the endpoint before V2",
	},
	{
		Name: ContentType, Default: "any", Alternatives: []string{"json"},
		Source: "the page requires application/json and names no answer; the browser SDK's beacon sends text/plain",
	},
	{
		Name: "content_encoding", Default: "gzip is read, sizes are those after decompression",
		Source: "documented nowhere; two SDKs compress",
	},
	// sizes
	{
		Name: "max_bytes_httpapi", Default: "1048576", Source: "the page says 1 MB",
	},
	{
		Name: "max_bytes_batch", Default: "20971520", Source: "the page says 20 MB",
	},
	{
		Name: "max_events", Default: "2000 on both endpoints, 2001 is a 413", Source: "the pages say both fewer than and no more than 2000",
	},
	{
		Name: TooLargeAnswer, Default: "json", Alternatives: []string{"html"}, Confirmed: true,
		Source: "the pages give the JSON; analytics-go tests a proxy's HTML page",
	},
	// limits
	{
		Name: "rate_window", Default: "the last 30 s in buckets of 1 s, too many above 30 times the limit, reported as the average rounded up",
		Source: "Batch page for the 30 s; bucket, comparison and rounding are guesses that fit the sample",
	},
	{
		Name: "rate_counts", Default: "per endpoint, device and user of a project", Source: "the pages give each endpoint its own limit",
	},
	{
		Name: "rejected_events_count", Default: "no", Source: "no source",
	},
	{
		Name: "rejection_429", Default: "whole request", Confirmed: true, Source: "Batch and backfill pages",
	},
	{
		Name: "daily_quota", Default: "500000 in 24 steps of an hour, counted from the first event", Confirmed: true,
		Source: "backfill page; the Batch page counts only ids already judged to be spamming",
	},
	{
		Name: "daily_quota_maps_httpapi", Default: "present when the quota is exceeded", Source: "only the Batch page shows them",
	},
	{
		Name: "retry_after", Default: "absent", Confirmed: true, Source: "no page and no SDK knows the header",
	},
	// dedup
	{
		Name: "dedup_window", Default: "7 days from the first receipt, per device", Confirmed: true, Source: "HTTP V2 page",
	},
	{
		Name: DedupWithoutDevice, Default: "user", Alternatives: []string{"project"},
		Source: "the device is then a hash of the user; the page can also be read as insert_id alone",
	},
	{
		Name: "duplicates_ingested", Default: "counted in events_ingested", Source: "no source; deduplication looks asynchronous",
	},
	// the rest
	{
		Name: "unknown_path", Default: "400 Invalid request path, wrong methods too", Source: "HTTP V2 page for the text",
	},
	{
		Name: "invalid_key_answer", Default: "400 with the key echoed", Confirmed: true, Source: "Amplitude-Swift#260",
	},
	{
		Name: "headers", Default: "CORS, HSTS, Trace-Id; compact JSON and a newline", Confirmed: true, Source: "analytics-go#34",
	},
	{
		Name: "silenced_devices", Default: "set by the control API", Source: "the pages give the answer, not the rule",
	},
	// faults
	{
		Name: "server_error_taken", Default: "never after a 503; after 500, 502 and 504 in half of the cases, or as the fault says",
		Source: "the HTTP V2 page says which may have been taken, not how often",
	},
	{
		Name: "server_error_body", Default: "JSON with code and error, or a page or text as the fault says",
		Source: "no page shows one; SDK tests use JSON, load balancers answer HTML",
	},
	{
		Name: "waf_answer", Default: "403 Forbidden", Confirmed: true, Source: "HTTP V2 page",
	},
	// cohorts
	{
		Name: "cohort_title", Default: "[Amplitude] NAME: COHORT_ID", Confirmed: true, Source: "Braze page on Amplitude cohorts; Amplitude's list template",
	},
	{
		Name: "cohort_retries", Default: "8, after 1 s doubling to 128 s; not after a 4xx other than 408, 423 and 429",
		Source: "Amplitude's page on receiving cohorts for number and waits; which answers are not retried is a guess",
	},
	{
		Name: "cohort_sync_after_failure", Default: "what was not taken is sent again by the next sync",
		Source: "no source; Amplitude calls a sync successful even when some users failed",
	},
	{
		Name: "braze_partner_name", Default: "amplitude", Source: "Braze: typically the name of the business",
	},
	{
		Name: BrazeSuccess, Default: "201", Alternatives: []string{"200"},
		Source: "Braze publishes no answers; the envelope with message is from Segment's client",
	},
	{
		Name: "endpoints", Default: "/2/httpapi and /batch", Source: "identify, groupidentify, usermap, attribution and the endpoints before V2 are not simulated",
	},
}
