package specs

import (
	"fmt"
	"time"
)

// Profile is how much of the catalog a run judges.
type Profile string

// Quick leaves out what takes long, Full leaves out nothing.
const (
	Quick Profile = "quick"
	Full  Profile = "full"
)

// Filter narrows a label filter down to what the profile has.
func (p Profile) Filter(labels string) string {
	switch {
	case p != Quick:
		return labels
	case labels == "":
		return "profile:" + string(Quick)
	default:
		return fmt.Sprintf("(%s) && profile:%s", labels, Quick)
	}
}

// Budget is the longest a run of the profile may take: a minute or ten, and the
// pauses of an exporter that is not configured to short ones.
func (p Profile) Budget(t Timings) time.Duration {
	const (
		quick, full = time.Minute, 10 * time.Minute
		// short is a pause the minute has room for.
		short = 4 * time.Second
	)
	t = t.withDefaults()
	budget := full
	if p == Quick {
		budget = quick
	}
	for _, wait := range []struct {
		pause time.Duration
		times int // how often the specs wait for it, one after another
	}{{t.ThrottlePause, 8}, {t.QuotaPause, 8}, {t.KeyProbe, 4}} {
		if wait.pause <= longestPause { // specs skip a longer one
			budget += time.Duration(wait.times) * max(0, wait.pause-short)
		}
	}
	return budget
}
