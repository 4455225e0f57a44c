package requirement

var order = []Requirement{
	{
		ID: "ORDER-001", Area: "order", Level: Must, Since: "0.2", Source: amplitude + " (events of a device are processed in order)",
		Text: "Events of a device keep their order when a request has to be sent again.",
	},
	{
		ID: "ORDER-002", Area: "order", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (events of a device are processed in order)",
		Text: "Events of a device keep their order when it is throttled again and again.",
	},
}

var retry = []Requirement{
	{
		ID: "RETRY-001", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (500: unknown whether taken; insert_id deduplicates)",
		Text: "Events that were taken although the answer was 500 are stored once: a repeat carries the same insert_id.",
	},
	{
		ID: "RETRY-002", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (500: try again)",
		Text: "No event is lost when requests are answered 500.",
	},
	{
		ID: "RETRY-003", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (503: not taken, try again)",
		Text: "No event is lost when requests are answered 503.",
	},
	{
		ID: "RETRY-004", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: derived,
		Text: "No event is lost when connections break before the answer.",
	},
	{
		ID: "RETRY-005", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: derived,
		Text: "An outage does not set off a storm of requests.",
	},
	{
		ID: "RETRY-006", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (5xx: try again)",
		Text: "No event is lost in an outage that outlasts several tries.",
	},
	{
		ID: "RETRY-007", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: derived,
		Text: "Delivery resumes by itself soon after an outage.",
	},
	{
		ID: "RETRY-008", Area: "retry", Level: Must, Since: "0.2", Source: amplitude + " (429); the reaction is derived",
		Text: "A 429 that names nobody sets off no storm of requests and loses no event.",
	},
	{
		ID: "RETRY-009", Area: "retry", Level: Must, Slow: true, Since: "0.2", Source: derived,
		Text: "A 403 of a firewall sets off no storm of requests and loses no event.",
	},
	{
		ID: "RETRY-010", Area: "retry", Level: Must, Since: "0.3", Source: amplitude + " (200: code, events_ingested, payload_size_bytes, server_upload_time); the reaction is derived",
		Text: "A page or an empty body is no success, even with the status 200: the events are sent again.",
	},
	{
		ID: "RETRY-011", Area: "retry", Level: Must, Since: "0.3", Source: amplitude + " (200: code, events_ingested, payload_size_bytes, server_upload_time); the reaction is derived",
		Text: "JSON of another shape, or cut short, is no success, even with the status 200: the events are sent again.",
	},
	{
		ID: "RETRY-012", Area: "retry", Level: Must, Slow: true, Since: "0.3", Source: amplitude + " (400: code, error); the reaction is derived",
		Text: "A 400 with a page, as a proxy sends it, is no verdict on any event: none is given up.",
	},
}

var partial = []Requirement{
	{
		ID: "PART-001", Area: "partial", Level: Must, Since: "0.2", Source: amplitude + " (400 names the events)",
		Text: "The neighbors of events that a 400 names are delivered.",
	},
	{
		ID: "PART-002", Area: "partial", Level: Must, Since: "0.2", Source: amplitude + " (400: do not send them again)",
		Text: "An event that a 400 names is given up, and not sent again and again.",
	},
	{
		ID: "PART-003", Area: "partial", Level: Must, Since: "0.2", Source: derived,
		Text: "When a 400 names only some of the bad events, the good ones are delivered.",
	},
	{
		ID: "PART-004", Area: "partial", Level: Must, Since: "0.2", Source: derived,
		Text: "When a 400 names nothing, only the event at fault is not delivered.",
	},
	{
		ID: "PART-005", Area: "partial", Level: Must, Since: "0.2", Source: derived,
		Text: "An event at fault that no 400 names is given up, and sets off no storm of requests.",
	},
	{
		ID: "PART-006", Area: "partial", Level: Must, Since: "0.2", Source: amplitude + " (413: split the request)",
		Text: "After a 413 that could not be foreseen, only the event at fault is not delivered.",
	},
	{
		ID: "PART-007", Area: "partial", Level: Must, Since: "0.2", Source: derived,
		Text: "An event that is answered 413 alone is given up.",
	},
}

var duplicates = []Requirement{
	{
		ID: "DUP-001", Area: "duplicates", Level: Must, Since: "0.2", Source: derived,
		Text: "What was accepted is not sent again, and what a refusal left over is sent again once.",
	},
	{
		ID: "DUP-002", Area: "duplicates", Level: Must, Since: "0.2", Source: amplitude + " (insert_id deduplicates)",
		Text: "Events that Braze posts twice are stored once.",
	},
	{
		ID: "WASTE-001", Area: "waste", Level: Should, Slow: true, Since: "0.2", Source: derived,
		Text: "While a device is throttled, each event accepted costs at most three requests and four events sent.",
	},
	{
		ID: "WASTE-002", Area: "waste", Level: Should, Since: "0.2", Source: derived,
		Text: "The search for an event at fault costs at most three requests and ten events sent for each event accepted.",
	},
}

var limits = []Requirement{
	{
		ID: "LIMIT-001", Area: "limits", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (at most 2000 events)",
		Text: "No request carries more than 2000 events, whatever is waiting.",
	},
	{
		ID: "LIMIT-002", Area: "limits", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (1 MB; 20 MB on /batch)",
		Text: "No request is larger than its endpoint allows, whatever is waiting.",
	},
	{
		ID: "LIMIT-003", Area: "limits", Level: Must, Since: "0.2", Source: braze + " (events up to 900 KB)",
		Text: "An event of 700 KB is delivered.",
	},
	{
		ID: "LIMIT-004", Area: "limits", Level: Should, Since: "0.2", Source: braze + " (events above 900 KB are dropped)",
		Text: "An event above 900 KB is not sent, and its neighbors are.",
	},
}

var intake = []Requirement{
	{
		ID: "BACK-001", Area: "intake", Level: Must, Slow: true, Since: "0.2", Source: derived,
		Text: "What was taken while Amplitude was down is not lost, however much it is.",
	},
	{
		ID: "BACK-002", Area: "intake", Level: Must, Slow: true, Since: "0.2", Source: derived,
		Text: "A post for which there is no room is answered 429 or 5xx, so that Braze comes again; what is taken is delivered.",
	},
	{
		ID: "IN-001", Area: "intake", Level: Must, Since: "0.2", Source: derived,
		Text: "The neighbors of elements that are no events, in the same post, are delivered.",
	},
	{
		ID: "IN-002", Area: "intake", Level: Must, Since: "0.2", Source: derived,
		Text: "A post that is not JSON does no harm to those after it.",
	},
	{
		ID: "IN-003", Area: "intake", Level: Must, Since: "0.2", Source: derived,
		Text: "An event of several megabytes does no harm to its neighbors.",
	},
	{
		ID: "IN-004", Area: "intake", Level: Must, Since: "0.2", Source: derived,
		Text: "Bytes that are not UTF-8 do no harm to the neighbors of their event.",
	},
	{
		ID: "IN-005", Area: "intake", Level: Must, Since: "0.2", Source: derived,
		Text: "An event nested thousands of levels deep does no harm to its neighbors.",
	},
	{
		ID: "IN-006", Area: "intake", Level: Must, Since: "0.3", Source: derived,
		Text: "A post that is empty or ends in the middle is not acknowledged, so that Braze sends it again.",
	},
	{
		ID: "IN-007", Area: "intake", Level: Must, Since: "0.3", Source: derived,
		Text: "Half of a surrogate pair and bytes that are not UTF-8 cost no event, by whatever input: U+FFFD is sent in their place.",
	},
	{
		ID: "IN-008", Area: "intake", Level: Must, Since: "0.3", Source: derived,
		Text: "An event with two members of one name is sent, by whatever input, and the last one counts.",
	},
	{
		ID: "SEC-001", Area: "secrecy", Level: Must, Since: "0.2", Source: derived,
		Text: "No id and no property of an event appears in what the exporter prints, not even when the event is refused or cannot be read.",
	},
	{
		ID: "SEC-002", Area: "secrecy", Level: Must, Since: "0.3", Source: derived,
		Text: "Nothing of a malformed post, line or file appears in what the exporter prints.",
	},
}

var restart = []Requirement{
	{
		ID: "REST-001", Area: "restart", Level: Must, Since: "0.2", Capability: DurableRestart, Source: derived,
		Text: "What was taken survives the sudden death of the exporter, and is delivered after its restart.",
	},
	{
		ID: "REST-002", Area: "restart", Level: Must, Since: "0.2", Capability: DurableRestart, Source: derived,
		Text: "Events of a device keep their order across a restart.",
	},
}
