package control

import (
	"context"
	"net/http"
	"time"
)

// Match selects events by what they are and what became of them. Empty fields select
// all.
type Match struct {
	DeviceID  string  `json:"device_id,omitempty"`
	UserID    string  `json:"user_id,omitempty"`
	EventType string  `json:"event_type,omitempty"`
	InsertID  string  `json:"insert_id,omitempty"`
	Outcome   Outcome `json:"outcome,omitempty"`
}

// Verification is a claim about the events of a key. Of Times, Never, Sequence and
// the pair AtLeast and AtMost exactly one is given.
type Verification struct {
	APIKey string `json:"api_key"`
	// Match selects the events that are counted; a Sequence has its own.
	Match Match `json:"match,omitzero"`

	Times   *uint64 `json:"times,omitempty"`
	AtLeast *uint64 `json:"at_least,omitempty"`
	AtMost  *uint64 `json:"at_most,omitempty"`
	Never   bool    `json:"never,omitempty"`
	// Sequence claims that such events came one after the other, others in
	// between allowed.
	Sequence []Match `json:"sequence,omitempty"`

	// Within makes it a claim about a stretch of time on the simulator's
	// clock: the count is then that of the busiest stretch of this length, and a
	// sequence must fit into one.
	Within Duration `json:"within_seconds,omitempty"`
	// Since and Until bound the instants on the simulator's clock: Since <= At < Until.
	Since *time.Time `json:"since,omitempty"`
	Until *time.Time `json:"until,omitempty"`
}

// Result is what a claim comes to.
type Result string

// Results.
const (
	Pass    Result = "pass"
	Fail    Result = "fail"
	Unknown Result = "unknown" // events that could change the answer have been evicted
)

// Verdict is the answer to a Verification.
type Verdict struct {
	Result Result `json:"verdict"`
	// Why is a sentence for people.
	Why string `json:"why"`
	// Count is the number of events found, of the busiest stretch if it is about
	// one, or the number of steps of a sequence that were found.
	Count uint64 `json:"count"`
	// Evicted is how many events can no longer be looked at and might have matched.
	Evicted uint64 `json:"evicted,omitempty"`
	// Examples are up to five events that should not be there, or the beginning of
	// a sequence. Bodies above 2 KB are left out.
	Examples []Event `json:"examples,omitempty"`
	// Near are up to three events that come closest to one that is missing.
	Near []NearMiss `json:"near,omitempty"`
}

// NearMiss is an event that differs from the one asked for.
type NearMiss struct {
	Event   Event        `json:"event"`
	Differs []Difference `json:"differs"`
}

// Difference is a field of an event that is not as asked for.
type Difference struct {
	Field string `json:"field"`
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// Verify judges a claim. It does not wait; see Await for that. It never passes, or
// fails, a claim that evicted events might decide otherwise.
func (c *Client) Verify(ctx context.Context, v Verification) (Verdict, error) {
	return call[Verdict](ctx, c, http.MethodPost, "/_admin/verify", nil, v)
}
