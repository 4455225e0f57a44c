package status

import "time"

// States of a lane whose events wait.
const (
	Paused    = "paused"    // by an operator
	Throttled = "throttled" // Amplitude wants less of it
	Backoff   = "backoff"   // an upload with its events failed
	Deferred  = "deferred"  // events wait in the queue until its turn comes
)

// Lane is a device or a user whose events wait for more than their turn.
type Lane struct {
	Name   string   `json:"lane"` // device:ID or user:ID
	Kind   string   `json:"kind"` // device or user
	ID     string   `json:"id"`   // a pseudonym, unless ids are revealed
	States []string `json:"states"`
	// Events wait, as far as this process has seen, and the oldest of them happened at Oldest.
	Events int       `json:"events"`
	Oldest time.Time `json:"oldest_event,omitzero"`
	// Since is when the lane was paused, or when an episode of throttling began.
	Since time.Time `json:"since,omitzero"`
	// Until is when the lane goes on. Zero: when it is resumed.
	Until time.Time `json:"until,omitzero"`
	// Reason is rate or daily_quota, if the lane is throttled. TimesThrottled counts the
	// times in this episode, and PerSecond is what the lane gets a second after the last.
	Reason         string `json:"reason,omitempty"`
	TimesThrottled int    `json:"times_throttled,omitempty"`
	PerSecond      int    `json:"events_per_second,omitempty"`
	// Measured is the number Amplitude gave with the id: events per second, or events
	// of the day.
	Measured int64 `json:"measured_by_amplitude,omitempty"`
	// Amplitude is what Amplitude said.
	Amplitude string `json:"amplitude,omitempty"`
}

// Lanes are those in one of the states, or in any.
type Lanes struct {
	// Devices and Users are how many there are, Lanes those that have been so for longest,
	// and LeftOut is the number of the others.
	Devices int    `json:"devices"`
	Users   int    `json:"users"`
	Lanes   []Lane `json:"lanes"`
	LeftOut int    `json:"left_out,omitempty"`
	// Backoff is why nothing at all is sent at present. Nil: something may be.
	Backoff *Outage `json:"backoff,omitempty"`
	// InQueue is the number of lanes with delayed events in the queue. After a restart it is
	// known at once, and which they are when their turn comes.
	InQueue int `json:"lanes_in_queue,omitempty"`
}

// Outage is a wait of everything, after uploads that failed.
type Outage struct {
	Until time.Time `json:"until"`
	Class string    `json:"class"` // of the last answer, as in the metrics
}
