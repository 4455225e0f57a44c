package fidelity

// reasonDoc is the text of a rule and the row that names its source.
type reasonDoc struct{ text, row string }

// reasonDocs are the rules by the reasons of the journal.
var reasonDocs = map[string]reasonDoc{
	"":                       {"nothing was wrong with the event: it was stored", ""},
	"neighbor":               {"nothing was wrong with the event itself: its request was turned away as a whole", "rejection_400"},
	"invalid_path":           {"no endpoint has this path, or takes this method", "unknown_path"},
	"too_large":              {"the body is larger than the endpoint takes", Megabyte},
	"missing_body":           {"the request has no body", MalformedAnswer},
	"invalid_json":           {"the body is not one JSON object", "json"},
	"invalid_content_type":   {"the content type is not application/json", ContentType},
	"missing_api_key":        {"the body has no api_key", "check_order"},
	"missing_events":         {"the body has no events array, or an empty one where that counts as none", EmptyEventsBatch},
	"too_many_events":        {"the request has more events than one may hold", MaxEvents},
	"invalid_api_key":        {"the key is unknown, not yet or no longer valid, revoked, or of the other region", InvalidKeyAnswer},
	"invalid_event":          {"an element of events is not an object", "check_order"},
	"missing_field":          {"the event has no event_type, or neither user_id nor device_id", MissingIDsAnswer},
	"invalid_field":          {"a field has a wrong type, event_type is empty or reserved, time is no integer, or properties are too deep", ReservedTypes},
	"invalid_id_length":      {"user_id or device_id has fewer characters than min_id_length", "min_id_length"},
	"invalid_id":             {"user_id or device_id is on the list of values that stand for nobody", InvalidIDAnswer},
	"silenced":               {"the device is silenced", "silenced_devices"},
	"device_rate":            {"the device sent more events per second than the endpoint takes", "rate_window"},
	"user_rate":              {"the user sent more events per second than the endpoint takes", "rate_window"},
	"device_quota":           {"the device exceeded its daily quota", "daily_quota"},
	"user_quota":             {"the user exceeded its daily quota", "daily_quota"},
	"project_rate":           {"the project sent more in a second than its limits allow", "project_limits"},
	"memory":                 {"the simulator has no memory left to count another device or user", "memory_bound"},
	"invalid_identification": {"the identification is missing, malformed or names nobody", "identify_errors"},
	"insert_id":              {"the device sent the same insert_id within seven days: answered 200, not stored again", "dedup_window"},
	"fault_server_error":     {"an injected fault answered in place of the service", "server_error_taken"},
	"fault_waf":              {"an injected fault answered in place of the service", "waf_answer"},
}

// Explain returns the rule behind a reason of the journal, in words, and its row. The row
// is empty for what is no behavior of the service, such as most injected faults. A neighbor
// is refused by another row with a 429 (throttled) than with a 400.
func (b Behavior) Explain(reason string, throttled bool) (text string, of Row) {
	r, known := reasonDocs[reason]
	if throttled && reason == "neighbor" {
		r.row = Rejection429
	}
	if !known {
		return "an injected fault was applied to the request: " + reason, Row{}
	}
	if found := row(r.row); found != nil {
		return r.text, b.complete(*found)
	}
	return r.text, Row{}
}
