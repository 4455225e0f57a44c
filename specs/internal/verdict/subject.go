package verdict

import "time"

// Subject is what an exporter is configured to and claims. Judges compare its traffic
// with it.
type Subject struct {
	ThrottlePause time.Duration
	QuotaPause    time.Duration
	KeyProbe      time.Duration
	// EventTypes are the types it claims to export. Exclusive reports that it claims to
	// export no others.
	EventTypes []string
	Exclusive  bool
}
