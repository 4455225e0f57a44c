package control

import (
	"encoding/json"
	"time"
)

// Key is an API key of a simulated project. Everything in the simulator is kept
// per key, so tests with a key of their own do not see each other.
type Key struct {
	APIKey string `json:"api_key" help:"Name of the key; empty makes one up."`
	// Region is "us" or "eu"; empty means "us".
	Region string `json:"region,omitempty" enum:"us, eu" help:"Region in which the key works; empty means us."`
	// NotBefore, ExpiresAt and RevokedAt are instants of the simulator's clock.
	NotBefore *time.Time `json:"not_before,omitempty" help:"Instant from which the key works."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" help:"Instant from which the key is refused."`
	RevokedAt *time.Time `json:"revoked_at,omitempty" help:"Instant from which the key counts as revoked."`
	// Limits replaces the published limits for this project.
	Limits *Limits `json:"limits,omitempty"`
	// Project names the project the key belongs to; empty means a project of
	// its own. A rotated key shares the project, hence limits, dedup and
	// journal, of its predecessor.
	Project string `json:"project,omitempty" help:"Project the key belongs to; empty means one of its own."`
	// Organization is whose devices and users are counted together if the switch
	// rate_scope says so; empty means the project. Then the project counts in the
	// organization of the key that was created last, and the limits that were set
	// last for any of its projects hold for all of them.
	Organization string `json:"organization,omitempty" help:"Organization whose devices and users are counted together if the switch rate_scope says so."`
}

// KeyState is what a key does at an instant.
type KeyState string

// States of a key.
const (
	KeyWorks   KeyState = "works"
	KeyNotYet  KeyState = "not yet"
	KeyExpired KeyState = "expired"
	KeyRevoked KeyState = "revoked"
)

// State returns what a key does at an instant: it works from NotBefore on, until the instant
// before it expires or is revoked.
func (k Key) State(now time.Time) KeyState {
	switch {
	case k.RevokedAt != nil && !now.Before(*k.RevokedAt):
		return KeyRevoked
	case k.ExpiresAt != nil && !now.Before(*k.ExpiresAt):
		return KeyExpired
	case k.NotBefore != nil && now.Before(*k.NotBefore):
		return KeyNotYet
	}
	return KeyWorks
}

// Profile is a set of limits to start from.
type Profile string

// Profiles.
const (
	Published Profile = "published" // as documented: rates over 30 s
	Strict    Profile = "strict"    // rates over one second
	Starter   Profile = "starter"   // published, and the project's limits of the Starter plan
)

// Limits are the limits of one project. A nil field means the published value,
// zero switches the limit off.
type Limits struct {
	// The help tags below are those of the simulator's flags, too.

	// Profile is where the others start from; empty means Published.
	Profile Profile `json:"profile,omitempty" placeholder:"NAME" help:"Limits to start from: published, strict (rates over one second) or starter (limits of the Starter plan, too)."`
	// EventsPerSecond is the rate per device and per user on /2/httpapi.
	EventsPerSecond *int `json:"events_per_second,omitempty" range:"0..298261" unit:"events/s" placeholder:"N" help:"Events per second of a device or user on /2/httpapi (30); 0 for no limit."`
	// BatchEventsPerSecond is the rate per device and per user on /batch.
	BatchEventsPerSecond *int `json:"batch_events_per_second,omitempty" range:"0..298261" unit:"events/s" placeholder:"N" help:"Events per second of a device or user on /batch (1000); 0 for no limit."`
	// WindowSeconds is the length of the window the rate is averaged over.
	WindowSeconds *int `json:"window_seconds,omitempty" range:"1..3600" unit:"s" placeholder:"N" help:"Length of the window that rates are averaged over (30)."`
	// DailyQuota is the number of events per device and per user in a rolling day.
	DailyQuota *int `json:"daily_quota,omitempty" range:"0..1073741824" unit:"events" placeholder:"N" help:"Events of a device or user in a rolling day (500000); 0 for no limit."`
	// QuotaStepSeconds is the step in which the day rolls, published as an hour;
	// the day has 24 steps. A smaller step compresses the day for tests in real time.
	QuotaStepSeconds *int `json:"quota_step_seconds,omitempty" range:"1..86400" unit:"s" placeholder:"N" help:"Length of one of the 24 steps of the rolling day (3600)."`
	// Users reports whether users are limited as well as devices.
	Users *bool `json:"users,omitempty" kong:"-" help:"Limit users as well as devices; true unless it is given."`
	// ProjectEventsPerSecond and ProjectRequestsPerSecond bound what the whole
	// project sends to one endpoint in a second. They are off unless the profile
	// is Starter: 1000 and 100.
	ProjectEventsPerSecond   *int `json:"project_events_per_second,omitempty" range:"0..1073741824" unit:"events/s" placeholder:"N" help:"Events per second of a whole project on an endpoint. Default: no limit, or 1000 with the profile starter."`
	ProjectRequestsPerSecond *int `json:"project_requests_per_second,omitempty" range:"0..1073741824" unit:"requests/s" placeholder:"N" help:"Requests per second of a whole project on an endpoint. Default: no limit, or 100 with the profile starter."`
}

// Rotation is a request for a successor of a key.
type Rotation struct {
	// NewKey is the successor; empty means that the simulator makes one up.
	NewKey string `json:"new_key,omitempty" help:"Name of the successor; empty makes one up."`
	// Overlap is for how long, on the simulator's clock, both keys work.
	Overlap Duration `json:"overlap_seconds,omitempty" range:"0..3153600000" help:"How long, on the simulator's clock, both keys work."`
}

// Clock is the state of the one clock of the simulator.
type Clock struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	// Scale is the number of simulated seconds per real second.
	Scale float64 `json:"scale"`
}

// Outcome is what became of an event or a request.
type Outcome string

// Outcomes of events. Every event of every readable request gets exactly one.
const (
	Accepted  Outcome = "accepted"
	Duplicate Outcome = "duplicate" // answered 200, not stored again
	Throttled Outcome = "throttled" // in a request answered 429
	Rejected  Outcome = "rejected"  // in a request answered 400, 403 or 413
	Faulted   Outcome = "faulted"   // in a request that met an injected fault and was not taken
)

// Event is one event of the journal.
type Event struct {
	// Seq rises by one with every event journaled, over all keys.
	Seq uint64 `json:"seq"`
	// Request is the Seq of the request that carried the event, Index its
	// place in the events array.
	Request uint64 `json:"request"`
	Index   int    `json:"index"`
	// At is the instant on the simulator's clock, Wall the real one.
	At       time.Time `json:"at"`
	Wall     time.Time `json:"wall"`
	APIKey   string    `json:"api_key"`
	Endpoint string    `json:"endpoint"`
	Outcome  Outcome   `json:"outcome"`
	// Reason names the rule behind an outcome other than accepted. An event
	// that was turned away with its request, though nothing was wrong with it,
	// has the reason "neighbor".
	Reason    string `json:"reason,omitempty"`
	UserID    string `json:"user_id,omitempty"`
	DeviceID  string `json:"device_id,omitempty"`
	EventType string `json:"event_type,omitempty"`
	InsertID  string `json:"insert_id,omitempty"`
	// Body is the event as it was received.
	Body json.RawMessage `json:"body,omitempty"`
	// Stored is the event as it is stored, if it was taken and that differs from
	// Body: long strings are cut, surplus groups and short ids left out, numbers as
	// ids are strings.
	Stored json.RawMessage `json:"stored,omitempty"`
}

// Request is one request of the journal.
type Request struct {
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at"`
	Wall     time.Time `json:"wall"`
	APIKey   string    `json:"api_key,omitempty"`
	Endpoint string    `json:"endpoint"`
	// Status is the one that was sent, 0 if a fault kept back the answer. Only
	// their outcomes say what became of the events: after a fault they
	// may have been taken.
	Status int `json:"status"`
	// Reason names the rule behind a status other than 200, or the kind of fault
	// that changed the answer ("fault_reset").
	Reason string `json:"reason,omitempty"`
	// Events is the number of events in the body, 0 if it could not be read; Bytes is
	// its size.
	Events int `json:"events"`
	Bytes  int `json:"bytes"`
	// MinIDLength is options.min_id_length as sent, 0 if absent.
	MinIDLength int `json:"min_id_length,omitempty"`
	// ContentEncoding is the header of that name as sent to an endpoint, in lower case, up
	// to 64 bytes of it. It is empty if absent.
	ContentEncoding string `json:"content_encoding,omitempty"`
	// Answer is the body that was sent back, AnswerText if it was not JSON.
	Answer     json.RawMessage `json:"answer,omitempty"`
	AnswerText string          `json:"answer_text,omitempty"`
	// Identification is the JSON of a call of /identify or /groupidentify, which
	// are no events.
	Identification json.RawMessage `json:"identification,omitempty"`
}

// Query selects events or requests of the journal. Zero fields select all.
type Query struct {
	APIKey    string
	DeviceID  string
	UserID    string
	EventType string
	InsertID  string
	Outcome   Outcome
	// Since and Until bound the instant on the simulator's clock: Since <= At < Until.
	Since, Until time.Time
	// After is the last Seq already seen; Limit the size of a page, 1000 by default.
	After uint64
	Limit int
}

// Ledger counts the events of one key by outcome. Its counts are exact for ever,
// also when bodies have been evicted from the journal.
type Ledger struct {
	APIKey   string `json:"api_key"`
	Requests uint64 `json:"requests"`
	// Events are those of bodies that could be read: of one that is larger than the
	// endpoint takes, or not JSON, only the request is counted.
	Events   uint64             `json:"events"`
	Outcomes map[Outcome]uint64 `json:"outcomes"`
	// Statuses counts requests by HTTP status.
	Statuses map[int]uint64 `json:"statuses"`
	// Reasons counts events by "outcome/reason" for outcomes other than accepted.
	Reasons map[string]uint64 `json:"reasons,omitempty"`
	// EvictedRequests and EvictedEvents are how many of them a search does not see,
	// because the journal is bounded, and because of a request with more than 10,000
	// events those beyond are only counted. While they are not zero, finding nothing
	// proves nothing.
	EvictedRequests uint64 `json:"evicted_requests,omitempty"`
	EvictedEvents   uint64 `json:"evicted_events,omitempty"`
}

// Settled is the number of events that the service has taken: accepted or
// recognized as duplicates.
func (l Ledger) Settled() uint64 { return l.Outcomes[Accepted] + l.Outcomes[Duplicate] }
