package coverage

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// sign is how a recording shows that a behavior was met.
type sign struct {
	met  string // in words
	seen func(exchange) bool
}

// of is the sign of requests that were refused, or changed by a fault, for a reason.
func of(met string, reasons ...string) sign {
	return sign{met, func(x exchange) bool { return x.refusedFor(reasons...) }}
}

// having is the sign of requests with such an event.
func having(met string, wanted func(event) bool) sign {
	return sign{met, func(x exchange) bool { return x.any(wanted) }}
}

var (
	throttled  = of("a device or user was throttled", "device_rate", "user_rate")
	overQuota  = of("a device or user was over its daily quota", "device_quota", "user_quota")
	duplicates = having("an event was sent again and recognized", func(e event) bool { return e.Outcome == control.Duplicate })
	everyOne   = sign{"a request was answered", func(exchange) bool { return true }}
)

// signs are the signs of the behaviors, by the names of their rows.
var signs = map[string]sign{
	"short_id_httpapi": {"an id is shorter than the shortest that is allowed, on /2/httpapi", func(x exchange) bool {
		return x.Endpoint == amplitude.PathHTTPAPI && x.any(x.shortID)
	}},
	"short_id_batch": {"an id is shorter than the shortest that is allowed, on /batch", func(x exchange) bool {
		return x.Endpoint == amplitude.PathBatch && x.any(x.shortID)
	}},
	"min_id_length": {"options.min_id_length was sent, or an id is shorter than 5 characters", func(x exchange) bool {
		return x.MinIDLength > 0 || x.any(x.shortID)
	}},
	"numeric_ids": having("an id is a number", func(e event) bool {
		_, user := e.members["user_id"].(json.Number)
		_, device := e.members["device_id"].(json.Number)
		return user || device
	}),
	"invalid_id_answer":  of("an id is one that Amplitude never takes, such as null or unknown", "invalid_id"),
	"invalid_id_text":    of("an id is one that Amplitude never takes, such as null or unknown", "invalid_id"),
	"missing_ids_answer": having("an event without an id was refused", func(e event) bool { return e.Reason == "missing_field" && e.withoutID() }),
	"group_identify_without_id": having("a $groupidentify has no id", func(e event) bool {
		return e.isType("$groupidentify") && e.withoutID()
	}),
	"blanks_around_ids": having("an id begins or ends with a blank", func(e event) bool { return slices.ContainsFunc(e.ids(), blankAround) }),

	"check_order":   of("a request without an api_key, or with something in events that is no object", "missing_api_key", "invalid_event"),
	"rejection_400": {"a good event was refused with the others of its request", func(x exchange) bool { return x.Status == http.StatusBadRequest && x.refusedFor("neighbor") }},
	"error_indexes": {"two events of a request were refused for a fault", func(x exchange) bool { return x.atFault() > 1 }},
	"error_classes": {"an event was at fault in another way than the one that its request was refused for", func(x exchange) bool {
		return len(x.faults()) > 1 || x.atFault() > 0 && x.any(func(e event) bool {
			return e.Reason == "neighbor" && (x.shortID(e) || e.withoutID() || e.members != nil && !e.has("event_type"))
		})
	}},
	"empty_events_httpapi": emptyOn(amplitude.PathHTTPAPI),
	"empty_events_batch":   emptyOn(amplitude.PathBatch),
	"wrong_types":          of("a member has a wrong type", "invalid_field"),
	"null": having("a member of an event is null", func(e event) bool {
		for _, v := range e.members {
			if v == nil {
				return true
			}
		}
		return false
	}),
	"json": of("a body is no JSON object", "invalid_json"),
	"time_range": having("a time is in seconds", func(e event) bool {
		const milliseconds = 1e11 // 1973-03-03
		n, ok := e.members["time"].(json.Number)
		at, err := n.Float64()
		return ok && err == nil && at > 0 && at < milliseconds
	}),
	"reserved_event_types": having("an event_type was refused as reserved", func(e event) bool {
		return e.Reason == "invalid_field" && strings.HasPrefix(e.EventType, "[Amplitude] ")
	}),
	"properties_not_an_object": having("properties are no object", func(e event) bool {
		return slices.ContainsFunc(properties, func(name string) bool {
			_, object := e.members[name].(map[string]any)
			return e.has(name) && !object
		})
	}),
	"deep_properties": having("properties are deeper than 40 layers", func(e event) bool {
		const layers = 40
		return slices.ContainsFunc(properties, func(name string) bool { return depth(e.members[name]) > layers })
	}),
	"long_strings": having("a text is longer than 1024 characters", func(e event) bool { return longText(e.members) }),
	"group_limits": having("an event has more than 5 types of groups, or 10 values of one", surplusGroups),

	"megabyte":         of("a body was too large", "too_large"),
	"too_large_answer": of("a body was too large, or had too many events", "too_large", "too_many_events"),
	"content_encoding": {"a body was sent in an encoding", func(x exchange) bool { return x.ContentEncoding != "" && x.ContentEncoding != "identity" }},
	"gzip_size":        {"a body was sent as gzip", func(x exchange) bool { return slices.Contains([]string{"gzip", "x-gzip"}, x.ContentEncoding) }},
	"max_events":       {"a request has 2000 events or more", func(x exchange) bool { return x.Events >= amplitude.MaxEvents }},

	"eps_threshold":   throttled,
	"rate_window":     throttled,
	"rate_comparison": throttled,
	"rate_counts": {"a device or user was throttled, and both endpoints were in use", func(x exchange) bool {
		return x.endpoints > 1 && throttled.seen(x)
	}},
	"rate_of_users": of("a user was throttled", "user_rate"),
	"duplicates_count": {"a device or user was throttled, and events had been sent again", func(x exchange) bool {
		return x.duplicates && throttled.seen(x)
	}},
	"identify_events_count": having("an upload has an $identify or $groupidentify", func(e event) bool {
		return e.isType("$identify", "$groupidentify")
	}),
	"rejected_events_count": throttled,
	"rejection_429": {"a good event was refused with a device or user that was throttled", func(x exchange) bool {
		return x.Status == http.StatusTooManyRequests && x.refusedFor("neighbor")
	}},
	"daily_quota":       overQuota,
	"daily_quota_start": overQuota,
	"daily_quota_maps_httpapi": {"a device or user was over its daily quota, on /2/httpapi", func(x exchange) bool {
		return x.Endpoint == amplitude.PathHTTPAPI && overQuota.seen(x)
	}},
	"project_limits":       of("a project was over its limits", "project_rate"),
	"project_limit_answer": of("a project was over its limits", "project_rate"),
	"memory_bound":         of("the simulator had no memory left for another device or user", "memory"),
	"retry_after": {"an answer was a 429 or a 503", func(x exchange) bool {
		return x.Status == http.StatusTooManyRequests || x.Status == http.StatusServiceUnavailable
	}},

	"dedup_window": duplicates,
	"dedup_without_device": having("an event without a device_id was sent again and recognized", func(e event) bool {
		return e.Outcome == control.Duplicate && e.DeviceID == ""
	}),
	"duplicates_ingested": duplicates,

	"unknown_path":          of("a path or method is not that of an endpoint", "invalid_path"),
	"wrong_method":          of("a path or method is not that of an endpoint", "invalid_path"),
	"malformed_answer":      of("a body was missing or no JSON object", "missing_body", "invalid_json"),
	"invalid_key_answer":    of("an API key was refused", "invalid_api_key"),
	"answer_headers":        everyOne,
	"answer_newline":        everyOne,
	"silenced_devices":      of("a device was silenced", "silenced"),
	"identify_answer":       {"a call of /identify or /groupidentify succeeded", func(x exchange) bool { return x.identifies() && x.Status == http.StatusOK }},
	"identify_content_type": {"a call of /identify or /groupidentify", exchange.identifies},
	"identify_errors":       of("a call of /identify or /groupidentify was refused", "invalid_identification"),
	"identify_limits":       {"a call of /identify or /groupidentify", exchange.identifies},
	"server_error_taken":    of("the service failed, as a fault had it", "fault_server_error"),
	"server_error_body":     of("the service failed, as a fault had it", "fault_server_error"),
	"waf_answer":            of("the firewall refused a request, as a fault had it", "fault_waf"),
	"endpoints":             of("a path or method is not that of an endpoint", "invalid_path"),
}

// properties are the members of an event that hold properties.
var properties = []string{"event_properties", "user_properties", "group_properties", "groups"}

func emptyOn(path string) sign {
	return sign{"a request has no events, on " + path, func(x exchange) bool {
		return x.Endpoint == path && x.Events == 0 &&
			(x.Reason == "missing_events" || x.Status == http.StatusOK)
	}}
}

// faults counts the events at fault by what is wrong with them.
func (x exchange) faults() map[string]int {
	faults := map[string]int{}
	for _, e := range x.events {
		switch e.Reason {
		case "missing_field", "invalid_field", "invalid_id_length", "invalid_id":
			faults[e.Reason]++
		}
	}
	return faults
}

func (x exchange) atFault() int {
	n := 0
	for _, events := range x.faults() {
		n += events
	}
	return n
}

func (x exchange) identifies() bool {
	return x.Endpoint == amplitude.PathIdentify || x.Endpoint == amplitude.PathGroupIdentify
}

const (
	noBody   = "a journal does not hold the body of a request, only its events"
	noUpload = "it is about cohorts, which no exporter of events receives"
)

// unseen are the behaviors that no recording shows, each with the reason.
var unseen = map[string]string{
	"events_not_an_array":   noBody,
	"events_object":         noBody,
	"api_key_not_a_string":  noBody,
	"json_in_single_quotes": noBody,
	"unknown_members":       "which members Amplitude knows is not published in full",
	"content_type":          "a journal does not hold the content type of a request",
	"preflight":             "browsers send it, and a journal does not hold it",
	"rate_scope":            "the traffic of one project does not show it",
	"regions":               "a journal does not hold the region of a request",

	"cohort_title": noUpload, "cohort_retries": noUpload, "cohort_sync_after_failure": noUpload,
	"braze_partner_name": noUpload, "braze_success": noUpload, "braze_envelope": noUpload,
}
