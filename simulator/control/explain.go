package control

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Explanation is how a device or a user stands with the limits.
type Explanation struct {
	APIKey   string    `json:"api_key"`
	DeviceID string    `json:"device_id,omitempty"`
	UserID   string    `json:"user_id,omitempty"`
	Now      time.Time `json:"now"`
	Silenced bool      `json:"silenced,omitempty"`
	// Limits are the rates of the endpoints and the daily quota. Those switched
	// off are missing.
	Limits []LimitState `json:"limits"`
	// Evicted is how many events of the key the journal has lost: requests may be
	// missing from the lists while it is not zero. The counts are exact.
	Evicted uint64 `json:"evicted,omitempty"`
}

// LimitState is one limit with what counts toward it now.
type LimitState struct {
	// Limit is "rate" or "daily_quota". A rate is that of an endpoint.
	Limit    string `json:"limit"`
	Endpoint string `json:"endpoint,omitempty"`
	// MaxEvents is how many events the window may hold: for a rate the events per
	// second, in Threshold, times the seconds of Window.
	MaxEvents int      `json:"max_events"`
	Threshold int      `json:"threshold,omitempty"`
	Window    Duration `json:"window_seconds"`
	// Events is how many it holds, Rate their average per second, rounded up.
	Events int `json:"events"`
	Rate   int `json:"rate,omitempty"`
	// Exhausted reports whether one more event would be refused. ClearsAt is when that
	// ends, if nothing more comes.
	Exhausted bool       `json:"exhausted"`
	ClearsAt  *time.Time `json:"clears_at,omitempty"`
	// Buckets are the steps of the window that hold events, oldest first.
	Buckets []Bucket `json:"buckets,omitempty"`
	// Counted are the requests that filled the window, the latest 50, oldest first.
	Counted []Contribution `json:"counted,omitempty"`
	// Refused are the requests refused within the last Window, the latest 10.
	Refused []Contribution `json:"refused,omitempty"`
}

// Bucket is the number of events in one step of a window.
type Bucket struct {
	At     time.Time `json:"at"`
	Events int       `json:"events"`
}

// Contribution is what one request brought for a device or a user.
type Contribution struct {
	Request uint64    `json:"request"`
	At      time.Time `json:"at"`
	Events  int       `json:"events"`
	// Total is how many events the window held with these, as far as the journal
	// remembers.
	Total  int    `json:"total,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Others are whose events were turned away in the same request, the most first, eight
	// of them at most. OtherEvents is the number of events of all others.
	Others      []Other `json:"others,omitempty"`
	OtherEvents int     `json:"other_events,omitempty"`
}

// Other is a device, or a user without one, whose events were turned away because of
// another's.
type Other struct {
	DeviceID string `json:"device_id,omitempty"`
	UserID   string `json:"user_id,omitempty"`
	Events   int    `json:"events"`
}

// EventExplanation is an event with the rule that made its outcome.
type EventExplanation struct {
	Event Event `json:"event"`
	Rule  Rule  `json:"rule"`
	// Near are the accepted events of the project that come closest to one that was not
	// accepted, the closest first, of the 10,000 events before and after it.
	Near []NearMiss `json:"near,omitempty"`
}

// Rule is a rule of the service, with its row of the fidelity table.
type Rule struct {
	Reason string `json:"reason,omitempty"`
	Text   string `json:"text"`
	// Behavior is the name of the row, Set the value in force.
	Behavior string `json:"behavior,omitempty"`
	Set      string `json:"set,omitempty"`
	Source   string `json:"source,omitempty"`
	// Known says how well the row is known: "measured" at the real service, "published" by
	// a page or a quoted answer, or a "guess". Empty if there is no row.
	Known string `json:"known,omitempty"`
}

// ExplainDevice returns how a device of a key's project stands with the limits.
func (c *Client) ExplainDevice(ctx context.Context, apiKey, deviceID string) (Explanation, error) {
	q := url.Values{"key": {apiKey}, "device": {deviceID}}
	return call[Explanation](ctx, c, http.MethodGet, "/_admin/explain/device", q, nil)
}

// ExplainUser returns how a user of a key's project stands with the limits.
func (c *Client) ExplainUser(ctx context.Context, apiKey, userID string) (Explanation, error) {
	q := url.Values{"key": {apiKey}, "user": {userID}}
	return call[Explanation](ctx, c, http.MethodGet, "/_admin/explain/user", q, nil)
}

// ExplainEvent returns why the event with a Seq came to its outcome. It is an error
// if the journal has no such event, or has it no more.
func (c *Client) ExplainEvent(ctx context.Context, seq uint64) (EventExplanation, error) {
	q := url.Values{"seq": {strconv.FormatUint(seq, 10)}}
	return call[EventExplanation](ctx, c, http.MethodGet, "/_admin/explain/event", q, nil)
}
