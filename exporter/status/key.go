package status

import "time"

// KeyState is what Amplitude says of the API key.
type KeyState struct {
	Refused bool
	// Since is when that began.
	Since time.Time
	// Held events wait for a key that works.
	Held int64
	// Dropped events waited for longer than the grace period.
	Dropped int64
}
