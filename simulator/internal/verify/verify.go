// Package verify judges claims about the events of a journal that forgets: a claim
// passes or fails only if no evicted event could change that.
package verify

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Source is what is known of the events of one account.
type Source struct {
	// Events yields those of a query that are still there, oldest first.
	Events func(control.Query) iter.Seq[control.Event]
	// Evicted is how many events from an instant on are not there any more.
	Evicted func(since time.Time) uint64
	// Ledger has the counts that are exact for ever.
	Ledger func() control.Ledger
}

// Examples are capped in number and in size.
const (
	maxExamples = 5
	maxBody     = 2 << 10
)

// Judge checks a claim. It returns an error if the claim is invalid.
func Judge(v control.Verification, s Source) (control.Verdict, error) {
	least, most, err := bounds(v)
	if err != nil {
		return control.Verdict{}, err
	}
	j := judgment{v: v, s: s, within: time.Duration(v.Within)}
	if len(v.Sequence) > 0 {
		return j.sequence(), nil
	}
	return j.count(least, most), nil
}

// unbounded stands for no upper bound.
const unbounded = ^uint64(0)

// bounds are the counts that a claim allows.
func bounds(v control.Verification) (least, most uint64, err error) {
	claims := 0
	for _, given := range []bool{v.Times != nil, v.AtLeast != nil || v.AtMost != nil, v.Never, len(v.Sequence) > 0} {
		if given {
			claims++
		}
	}
	switch {
	case claims != 1:
		return 0, 0, errors.New("a verification: give exactly one of times, at_least and at_most, never, sequence")
	case v.APIKey == "":
		return 0, 0, errors.New("a verification: give the key whose events it is about as api_key")
	case len(v.Sequence) > 0 && v.Match != (control.Match{}):
		return 0, 0, errors.New("a sequence: put what to match into its steps, not into match")
	case v.Within < 0:
		return 0, 0, fmt.Errorf("within_seconds %v: want a number of seconds above 0", v.Within.Seconds())
	}
	least, most = 0, unbounded
	switch {
	case v.Times != nil:
		return *v.Times, *v.Times, nil
	case v.Never:
		return 0, 0, nil
	}
	if v.AtLeast != nil {
		least = *v.AtLeast
	}
	if v.AtMost != nil {
		most = *v.AtMost
	}
	if least > most {
		return 0, 0, fmt.Errorf("at_least %d and at_most %d: no count is both", least, most)
	}
	return least, most, nil
}

type judgment struct {
	v      control.Verification
	s      Source
	within time.Duration
}

// query selects the events of a match in the time of the claim.
func (j *judgment) query(m control.Match) control.Query {
	q := control.Query{
		APIKey: j.v.APIKey, DeviceID: m.DeviceID, UserID: m.UserID, EventType: m.EventType, InsertID: m.InsertID, Outcome: m.Outcome,
	}
	if j.v.Since != nil {
		q.Since = *j.v.Since
	}
	if j.v.Until != nil {
		q.Until = *j.v.Until
	}
	return q
}

// evicted is how many events the claim is about without their being there.
func (j *judgment) evicted() uint64 {
	if j.v.Since != nil {
		return j.s.Evicted(*j.v.Since)
	}
	return j.s.Evicted(time.Time{})
}

func short(e control.Event) control.Event {
	if len(e.Body) > maxBody {
		e.Body = nil
	}
	return e
}
