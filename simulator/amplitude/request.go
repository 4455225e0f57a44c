package amplitude

import "encoding/json"

// Upload is the body of /2/httpapi and /batch.
type Upload struct {
	APIKey  string   `json:"api_key"`
	Events  []Event  `json:"events"`
	Options *Options `json:"options,omitempty"`
}

// Options is the options object of an Upload.
type Options struct {
	// MinIDLength replaces the default of 5 characters.
	MinIDLength int `json:"min_id_length,omitempty"`
}

// Event is one event of an Upload: the fields an exporter of Braze events uses.
// Fields it does not name stay out; use json.RawMessage for a faithful copy.
type Event struct {
	UserID          string          `json:"user_id,omitempty"`
	DeviceID        string          `json:"device_id,omitempty"`
	EventType       string          `json:"event_type"`
	Time            int64           `json:"time,omitempty"` // milliseconds since the epoch
	InsertID        string          `json:"insert_id,omitempty"`
	Library         string          `json:"library,omitempty"`
	ProductID       string          `json:"productId,omitempty"`
	Price           *float64        `json:"price,omitempty"`
	IDFA            string          `json:"idfa,omitempty"`
	ADID            string          `json:"adid,omitempty"`
	EventProperties json.RawMessage `json:"event_properties,omitempty"`
	UserProperties  json.RawMessage `json:"user_properties,omitempty"`
}
