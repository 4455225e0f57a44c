package fidelity

import (
	"regexp"
	"slices"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// table is the list. A fixed row's default is a short text; a switch's default and
// alternatives are the values that it takes.
var table = slices.Concat(ids, bodies, sizes, limits, dedup, answers, faults, cohorts, endpoints)

var ids = []Row{
	{
		Name: ShortIDHTTPAPI, Default: Reject, Alternatives: []string{Strip}, Published: true,
		Source: "Amplitude-Kotlin#105 quotes a 400 for a short user_id beside a good device_id; the HTTP V2 page says the short id is removed",
	},
	{
		Name: ShortIDBatch, Default: Strip, Alternatives: []string{Reject}, Published: true,
		Source: "Batch Event Upload page; RudderStack relies on it",
	},
	{
		Name: "min_id_length", Default: "5 characters, options.min_id_length replaces it", Published: true,
		Source: "HTTP V2 page; that anything but a whole number from 0 on is passed over is a guess",
	},
	{
		Name: NumericIDs, Default: "coerce", Alternatives: []string{Reject}, Published: true,
		Source: "Amplitude-Node#63 and Amplitude-TypeScript#81: the length of the number's text is checked; the pages ask for strings",
	},
	{
		Name: InvalidIDAnswer, Default: "invalid_ids", Alternatives: []string{"invalid_fields", "bare"},
		Source: "400 by the HTTP V2 page; the body is published nowhere, the name of the map is from a third-party client. Amplitude-TypeScript#350 fits any map its SDK does not know, and none: bare",
	},
	{
		Name: InvalidIDText, Default: amplitude.ErrorInvalidID, Alternatives: []string{"any text"}, free: regexp.MustCompile(`^\PC+$`),
		Source: "published nowhere: after the text about lengths; not used by invalid_id_answer=invalid_fields, whose text is published",
	},
	{
		Name: MissingIDsAnswer, Default: "both", Alternatives: []string{"user_id", "device_id"},
		Source: "analytics-go#71 quotes the error text, not the names listed in events_with_missing_fields",
	},
	{
		Name: GroupWithoutID, Default: Accept, Alternatives: []string{Reject},
		Source: "the HTTP V2 page wants an id in every event; the Go and Python SDKs send $groupidentify without one, as their samples do, while the Node SDK before them made one up",
	},
	{
		Name: "blanks_around_ids", Default: "count for the length, not stored", Published: true,
		Source: "Amplitude-Node#105 for leading blanks",
	},
}

var bodies = []Row{
	{
		Name: "check_order", Default: "size, body, JSON, api_key, events, count, key, event, missing, invalid, length, id, silenced, project limits, id limits",
		Source: "documented nowhere",
	},
	{
		Name: "rejection_400", Default: "whole request", Source: "every SDK sends the events again that a 400 does not name",
	},
	{
		Name: ErrorIndexes, Default: "all", Alternatives: []string{"first"},
		Source: "the Batch page lists all offending events; the HTTP V2 page of 2026 says only the first",
	},
	{
		Name: ErrorClasses, Default: "first", Alternatives: []string{"merge"},
		Source: "every quoted answer has one map; samples of the pages that show more look composed",
	},
	{
		Name: EmptyEventsHTTPAPI, Default: Accept, Alternatives: []string{"missing_field"}, Published: true,
		Source: "Amplitude-Node#59 quotes a 200 with no events ingested",
	},
	{
		Name: EmptyEventsBatch, Default: "missing_field", Alternatives: []string{Accept}, Published: true,
		Source: "Batch page before 2022",
	},
	{
		Name: "events_not_an_array", Default: "as missing", Source: "no source",
	},
	{
		Name: EventsObject, Default: Reject, Alternatives: []string{Accept},
		Source: "the pages ask for an array; RudderStack sends one event as an object, accept takes it as an array of one; reject is as missing",
	},
	{
		Name: "api_key_not_a_string", Default: "as missing", Source: "no source",
	},
	{
		Name: "unknown_members", Default: "passed over, at every level", Source: "SDKs send some that no page knows",
	},
	{
		Name: "wrong_types", Default: "400 invalid field for ids, insert_id, event_type and time; besides properties nothing else is looked at",
		Source: "the HTTP V2 page gives types for all, and says that it checks the time",
	},
	{
		Name: "null", Default: "as absent", Source: "the Java SDK writes nulls for unset fields",
	},
	{
		Name: "json", Default: "strict UTF-8 JSON; repeated names allowed, the last one counts; half surrogate pairs allowed; at most 10000 layers",
		Source: "Amplitude-Swift#99 for a syntax error; the rest is a guess",
	},
	{
		Name: "json_in_single_quotes", Default: "400, as no JSON",
		Source: "the cURL sample of the HTTP V2 quickstart has single quotes inside; taken for a slip, because every SDK sends double ones",
	},
	{
		Name: TimeRange, Default: "any", Alternatives: []string{"milliseconds"}, Published: true,
		Source: "rudder-transformer#127: seconds were accepted; the alternative refuses times before 1973-03-03, which seconds are",
	},
	{
		Name: ReservedTypes, Default: Reject, Alternatives: []string{Accept},
		Source: "the HTTP V2 page lists the names; that the answer names the field event_type is a guess",
	},
	{
		Name: "properties_not_an_object", Default: "400 invalid field", Source: "Amplitude-JavaScript#17 for the endpoint before V2",
	},
	{
		Name: DeepProperties, Default: Reject, Alternatives: []string{Accept},
		Source: "the HTTP V2 page allows 40 layers; what happens beyond is a guess, and that arrays are layers, too",
	},
	{
		Name: LongStrings, Default: "truncate", Alternatives: []string{"keep"}, Published: true,
		Source: "the HTTP V2 page cuts strings to 1024 characters; shown as the stored event of the journal",
	},
	{
		Name: GroupLimits, Default: "drop", Alternatives: []string{"keep"}, Published: true,
		Source: "the HTTP V2 page tracks 5 group types and 10 values of an event; which of them is a guess: the first",
	},
	{
		Name: ContentType, Default: "any", Alternatives: []string{"json"},
		Source: "the page requires application/json and names no answer; the browser SDK's beacon sends text/plain",
	},
	{
		Name: "content_encoding", Default: "gzip is read, others are refused", Source: "documented nowhere; two SDKs compress",
	},
}

var sizes = []Row{
	{
		Name: Megabyte, Default: "1048576", Alternatives: []string{"1000000"},
		Source: "the pages say under 1 MB on /2/httpapi and 20 MB on /batch, not which",
	},
	{
		Name: GzipSize, Default: "decompressed", Alternatives: []string{"compressed"},
		Source: "no source for either limit or payload_size_bytes of a compressed body",
	},
	{
		Name: MaxEvents, Default: "2000", Alternatives: []string{"1999"},
		Source: "the pages say both fewer than and no more than 2000; one more is a 413",
	},
	{
		Name: TooLargeAnswer, Default: "json", Alternatives: []string{HTML, Text}, Published: true,
		Source: "the pages give the JSON; analytics-go tests a proxy's HTML page, the Kotlin SDK plain text",
	},
}

var limits = []Row{
	{
		Name: "eps_threshold", Default: "30 on /2/httpapi, 1000 on /batch", Published: true,
		Source: "HTTP V2 and Batch pages; until 2022 the first was 10. The member of a 429 is the limit in force",
	},
	{
		Name: "rate_window", Default: "the last 30 s, or the window_seconds of the key, in buckets of 1 s; reported as the average rounded up",
		Source: "Batch page for the 30 s; bucket and rounding are guesses that fit the sample",
	},
	{
		Name: RateComparison, Default: "exceed", Alternatives: []string{"reach"},
		Source: "the HTTP V2 page says exceed, the Batch page reads as if reaching 30 times the limit were too much",
	},
	{
		Name: "rate_counts", Default: "each endpoint by itself", Source: "the pages give each endpoint its own limit",
	},
	{
		Name: RateScope, Default: "project", Alternatives: []string{"organization"},
		Source: "the HTTP V2 page counts by device; the debugging page says across the organization. The alternative counts quotas there, too",
	},
	{
		Name: "rate_of_users", Default: "as of devices; switched off by the limits of a key", Published: true,
		Source: "HTTP V2 and Batch pages",
	},
	{
		Name: "duplicates_count", Default: "yes, for rates and quotas", Source: "no source; deduplication comes last in the check order",
	},
	{
		Name: "identify_events_count", Default: "yes, for rates and quotas",
		Source: "the pages exempt the Identify API from the volume, and are silent about $identify and $groupidentify in uploads",
	},
	{
		Name: RejectedCount, Default: "no", Alternatives: []string{"yes"},
		Source: "no source; yes counts the events of a 429",
	},
	{
		Name: Rejection429, Default: "whole", Alternatives: []string{"partial"}, Published: true,
		Source: "Batch and backfill pages; partial, which takes the neighbors, is for experiments only",
	},
	{
		Name: "daily_quota", Default: "500000, or the daily_quota of the key, in 24 steps of an hour", Published: true, Source: "Batch and backfill pages",
	},
	{
		Name: QuotaStart, Default: "first_event", Alternatives: []string{"first_throttle"},
		Source: "backfill page; the Batch page counts only ids already judged to be spamming",
	},
	{
		Name: QuotaMapsHTTPAPI, Default: "exceeded", Alternatives: []string{"always", "never"},
		Source: "only the Batch page shows the quota maps",
	},
	{
		Name: "project_limits", Default: "off; profile starter for 100 requests and 1000 events in a second",
		Source: "HTTP V2 page for the Starter plan; the 50000 events per second of the debugging page would only limit load tests of this simulator",
	},
	{
		Name: ProjectAnswer, Default: "maps", Alternatives: []string{"bare"},
		Source: "published nowhere; maps is the usual 429 that names nobody, bare has code and error only",
	},
	{
		Name: RetryAfter, Default: Absent, Alternatives: []string{Present}, Published: true,
		Source: "no page and no SDK knows the header; the alternative sends the waits that the pages advise, with 429 and 503",
	},
	{
		Name: "memory_bound", Default: "a device or user beyond the bound is refused like one beyond the limit of the project",
		Source: "no source: the simulator's own, so that it fails closed",
	},
}

var dedup = []Row{
	{
		Name: "dedup_window", Default: "7 days from the first receipt, per device", Published: true, Source: "HTTP V2 page",
	},
	{
		Name: DedupWithoutDevice, Default: "user", Alternatives: []string{"project"},
		Source: "the device is then a hash of the user; the page can also be read as insert_id alone",
	},
	{
		Name: DuplicatesIngested, Default: "counted", Alternatives: []string{"subtracted"},
		Source: "no source about events_ingested; deduplication looks asynchronous",
	},
}
