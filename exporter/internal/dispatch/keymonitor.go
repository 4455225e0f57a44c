package dispatch

import (
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/status"
)

// keyMonitor follows what Amplitude says of the API key. Once the key has been refused
// for longer than the grace period, each refused probe drops everything queued, so that
// a new key delivers at most what came since the last probe. It does no input or output,
// and time is an argument. Invariants:
//
//   - Only an answer of Amplitude changes refused.
//   - Nothing is dropped before the grace period has ended, nor without a refusal after
//     its end.
type keyMonitor struct {
	grace time.Duration // negative: without end

	refused        bool
	sawRefusal     bool      // by an answer in this process
	since          time.Time // the first refusal
	finalProbeSent bool      // the probe at the end of the grace period
	expired        bool      // queued events were dropped
	dropped        int64     // since then
}

// keyChange is a change that an operator should know of.
type keyChange uint8

const (
	keyUnchanged keyChange = iota
	keyRefused
	keyAccepted
	keyExpired
	keyResumed // it was refused before this start
	keyResumedLate
)

// keyActions are what has to be done about the key.
type keyActions struct {
	change  keyChange
	persist bool // store since, or that there is no refusal
	notify  bool // of the state
	probe   bool // send one upload at once
	drop    bool // drop what is queued
}

// Resume continues with a refusal that an earlier process stored.
func (k *keyMonitor) Resume(now, since time.Time) keyActions {
	change := keyResumed
	if since.After(now) { // the clock was set back
		since, change = now, keyResumedLate
	}
	k.refused, k.since = true, since
	return keyActions{change: change, notify: true}
}

// Observe takes an answer of a class, after which the key is refused or not.
func (k *keyMonitor) Observe(now time.Time, refused bool, class string) keyActions {
	var a keyActions
	switch {
	case refused && !k.refused:
		k.refused, k.finalProbeSent, k.since, k.dropped = true, false, now, 0
		a = keyActions{change: keyRefused, persist: true, notify: true}
	case !refused && k.refused:
		k.refused, k.expired = false, false
		a = keyActions{change: keyAccepted, persist: true, notify: true}
	}
	if class == delivery.AuthFailureClass {
		k.sawRefusal = true
		a.drop = k.grace >= 0 && now.Sub(k.since) >= k.grace
	}
	return a
}

// Dropped counts events that were dropped.
func (k *keyMonitor) Dropped(n int64) keyActions {
	k.dropped += n
	if k.expired {
		return keyActions{}
	}
	k.expired = true
	return keyActions{change: keyExpired, notify: true}
}

// Deadline is when the grace period ends; false: none runs, or its end was probed.
func (k *keyMonitor) Deadline() (time.Time, bool) {
	if !k.refused || k.finalProbeSent || k.grace < 0 {
		return time.Time{}, false
	}
	return k.since.Add(k.grace), true
}

// Advance probes the key once more when its grace period ends. Probes are far apart by
// then, and the next one may come long after.
func (k *keyMonitor) Advance(now time.Time) keyActions {
	end, runs := k.Deadline()
	if !runs || now.Before(end) {
		return keyActions{}
	}
	k.finalProbeSent = true
	return keyActions{probe: true}
}

// State is what is notified.
func (k *keyMonitor) State(now time.Time, held int64) status.KeyState {
	s := status.KeyState{Refused: k.refused, Since: k.since, Held: held, Dropped: k.dropped}
	if !k.refused {
		s.Since = now
	}
	return s
}
