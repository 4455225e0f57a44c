package fidelity

import "regexp"

var answers = []Row{
	{
		Name: "unknown_path", Default: "400 Invalid request path; a POST to / is 400 missing_event",
		Source: "HTTP V2 page for the text; Amplitude-Flutter#208 for the second, its status is a guess",
	},
	{
		Name: WrongMethod, Default: "400", Alternatives: []string{"405"}, Source: "no source; 400 Invalid request path as for an unknown path",
	},
	{
		Name: MalformedAnswer, Default: "json", Alternatives: []string{HTML}, Published: true,
		Source: "HTTP V2 page; amplitude-dev-center#188 reports a proxy's page in place of the answer to an empty or broken body",
	},
	{
		Name: InvalidKeyAnswer, Default: "echo", Alternatives: []string{"bare"}, Published: true,
		Source: "Amplitude-Swift#260 quotes the key behind the text; the HTTP V2 page lists the text alone",
	},
	{
		Name: AnswerHeaders, Default: "seen", Alternatives: []string{"plain"}, Published: true,
		Source: "analytics-go#34 shows CORS, HSTS and Trace-Id; plain leaves out all three. X-Amplitude-Simulator is the simulator's own and always there",
	},
	{
		Name: AnswerNewline, Default: Present, Alternatives: []string{Absent}, Published: true,
		Source: "analytics-go#34: the length of the body is that of compact JSON and a newline",
	},
	{
		Name: "preflight", Default: "204 that allows GET, POST and any header", Source: "browser SDKs work across origins; the answer itself is a guess",
	},
	{
		Name: "silenced_devices", Default: "set by the control API", Source: "the pages give the answer, not the rule",
	},
	{
		Name: "regions", Default: "a key works in its own region: by Amplitude's host names, by the path prefixes /us and /eu, or that of the simulator; elsewhere it is invalid",
		Published: true, Source: "Amplitude-Swift#260; the path prefixes are the simulator's own",
	},
	{
		Name: IdentifyAnswer, Default: "success", Alternatives: []string{"empty", "json"},
		Source: "the page says 200; the text is that of the endpoint before V2, RudderStack's test has no body",
	},
	{
		Name: IdentifyType, Default: "text/html;charset=utf-8", Alternatives: []string{"text/plain"}, Source: "no source",
	},
	{
		Name: "identify_errors", Default: "400 missing_event, 400 invalid_api_key, 413; 414 for a query above 8192 bytes; groupidentify without group: 400 Missing group_value",
		Source: "Identify page for missing_event and 414; the others are from old SDKs and RudderStack",
	},
	{
		Name: "identify_limits", Default: "no rate and no quota; 1024 group identifies, 1024 group properties and 1 MB",
		Source: "Identify page: no events; Group Identify page for the sizes. The pages also mention a 429",
	},
}

var faults = []Row{
	{
		Name: "server_error_taken", Default: "never after a 503; after 500, 502 and 504 in half of the cases, or as the fault says",
		Source: "the HTTP V2 page says which may have been taken, not how often",
	},
	{
		Name: "server_error_body", Default: "JSON with code and error, or a page or text as the fault says",
		Source: "no page shows one; SDK tests use JSON, load balancers answer HTML",
	},
	{
		Name: "waf_answer", Default: "403 Forbidden", Published: true, Source: "HTTP V2 page",
	},
}

var cohorts = []Row{
	{
		Name: "cohort_title", Default: "[Amplitude] NAME: COHORT_ID", Published: true, Source: "Braze page on Amplitude cohorts; Amplitude's list template",
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
		Name: BrazePartnerName, Default: "amplitude", Alternatives: []string{"any-name"}, free: regexp.MustCompile(`^[A-Za-z0-9_-]+$`),
		Source: "Braze: typically the name of the business; it stands in the paths, of syncs as well",
	},
	{
		Name: BrazeSuccess, Default: "201", Alternatives: []string{"200"},
		Source: "Braze publishes no answers to imports",
	},
	{
		Name: BrazeEnvelope, Default: "message", Alternatives: []string{"errors", "empty"},
		Source: "message is from Segment's client; Braze's page on errors shows an errors list beside it for other endpoints; empty has no body",
	},
}

var endpoints = []Row{
	{
		Name: "endpoints", Default: "/2/httpapi, /batch, /identify and /groupidentify",
		Source: "usermap, attribution and the endpoints before V2 are not simulated",
	},
}
