package amplitude

// Accepted is the body of a 200. All four members are always present: official
// clients report the events as failed when one is missing.
type Accepted struct {
	Code             int   `json:"code"`
	EventsIngested   int   `json:"events_ingested"`
	PayloadSizeBytes int   `json:"payload_size_bytes"`
	ServerUploadTime int64 `json:"server_upload_time"` // milliseconds since the epoch
}

// Refused is the body of a 400, 403 or 413. Members that do not apply are
// absent, never null; the maps go from a field name to the indexes of the
// offending events.
type Refused struct {
	Code                       int              `json:"code"`
	Error                      string           `json:"error"`
	MissingField               string           `json:"missing_field,omitzero"`
	EventsWithMissingFields    map[string][]int `json:"events_with_missing_fields,omitzero"`
	EventsWithInvalidFields    map[string][]int `json:"events_with_invalid_fields,omitzero"`
	EventsWithInvalidIDLengths map[string][]int `json:"events_with_invalid_id_lengths,omitzero"`
	EventsWithInvalidIDs       map[string][]int `json:"events_with_invalid_ids,omitzero"`
}

// Throttled is the body of a 429. The throttled maps go from an id to its
// current rate in events per second, the quota maps from an id to its events in
// the rolling day.
type Throttled struct {
	Code                      int            `json:"code"`
	Error                     string         `json:"error"`
	EPSThreshold              int            `json:"eps_threshold"`
	ThrottledDevices          map[string]int `json:"throttled_devices"`
	ThrottledUsers            map[string]int `json:"throttled_users"`
	ExceededDailyQuotaUsers   map[string]int `json:"exceeded_daily_quota_users,omitzero"`
	ExceededDailyQuotaDevices map[string]int `json:"exceeded_daily_quota_devices,omitzero"`
	ThrottledEvents           []int          `json:"throttled_events"`
}

// Silenced is the body of the 400 for events of a silenced device.
type Silenced struct {
	Code                      int            `json:"code"`
	Error                     string         `json:"error"`
	EPSThreshold              int            `json:"eps_threshold"`
	ExceededDailyQuotaDevices map[string]int `json:"exceeded_daily_quota_devices"`
	SilencedDevices           []string       `json:"silenced_devices"`
	SilencedEvents            []int          `json:"silenced_events"`
	ThrottledDevices          map[string]int `json:"throttled_devices"`
	ThrottledEvents           []int          `json:"throttled_events"`
}

// Texts of the error member, as published or as quoted from real answers.
const (
	ErrorInvalidPath     = "Invalid request path"
	ErrorMissingBody     = "Missing request body"
	ErrorInvalidJSON     = "Invalid JSON request body"
	ErrorMissingField    = "Request missing required field"
	ErrorInvalidEvent    = "Invalid event JSON"
	ErrorInvalidAPIKey   = "Invalid API key: " // followed by the key as sent
	ErrorInvalidField    = "Invalid field values on some events"
	ErrorInvalidIDLength = "Invalid id length for user_id or device_id"
	ErrorInvalidID       = "Invalid id value for user_id or device_id"
	ErrorSilenced        = "Events silenced for device_id"
	ErrorForbidden       = "Forbidden"
	ErrorPayloadTooLarge = "Payload too large"
	ErrorTooManyRequests = "Too many requests for some devices and users"
)
