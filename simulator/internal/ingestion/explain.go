package ingestion

import (
	"cmp"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/verify"
)

// How many requests an explanation lists for a limit.
const (
	maxCounted = 50
	maxRefused = 10
	maxOthers  = 8
)

// Explain returns how a device, or a user if device is empty, of the project of a key
// stands with the limits, and which requests brought it there.
func (s *Service) Explain(apiKey, device, user string) (control.Explanation, error) {
	e, project, err := s.standing(apiKey, device, user)
	if err != nil || len(e.Limits) == 0 {
		return e, err
	}
	for i := range e.Limits {
		s.contributions(&e.Limits[i], e.Now, project, device, user)
	}
	e.Evicted = s.Journal.Evicted(project, time.Time{})
	return e, nil
}

// Standing is Explain without the requests, for which the journal would have to be searched.
func (s *Service) Standing(apiKey, device, user string) (control.Explanation, error) {
	e, _, err := s.standing(apiKey, device, user)
	return e, err
}

func (s *Service) standing(apiKey, device, user string) (e control.Explanation, project string, err error) {
	k, err := s.Keys.Get(apiKey)
	if err != nil {
		return control.Explanation{}, "", err
	}
	now, st := s.Clock.Now(), s.project(k.Project).state()
	e = control.Explanation{APIKey: apiKey, DeviceID: device, UserID: user, Now: now.UTC(), Limits: []control.LimitState{}}
	id, limits := st.counts.User([]byte(user)), st.counts.Limits()
	if device != "" {
		id = st.counts.Device([]byte(device))
		_, e.Silenced = st.silenced[device]
	} else if !limits.Users {
		return e, k.Project, nil
	}
	for _, ep := range []*Endpoint{&s.HTTPAPI, &s.Batch} {
		if limits.Rate[ep.rate] > 0 {
			w := st.counts.Rate(now, ep.rate, id)
			l := window(w, now, limits.Reach)
			l.Limit, l.Endpoint, l.Threshold = "rate", ep.Path, limits.Rate[ep.rate]
			l.Rate = (w.Sum + limits.Window - 1) / limits.Window
			e.Limits = append(e.Limits, l)
		}
	}
	if limits.Quota > 0 {
		l := window(st.counts.Quota(now, id), now, limits.Reach)
		l.Limit = "daily_quota"
		e.Limits = append(e.Limits, l)
	}
	return e, k.Project, nil
}

func window(w limits.Window, now time.Time, reach bool) control.LimitState {
	l := control.LimitState{MaxEvents: w.Limit, Window: control.Duration(w.Step * time.Duration(w.Steps)), Events: w.Sum}
	for _, b := range w.Buckets {
		l.Buckets = append(l.Buckets, control.Bucket{At: b.At, Events: b.Events})
	}
	if clears := w.Clears(now, reach); clears.After(now) {
		clears = clears.UTC()
		l.Exhausted, l.ClearsAt = true, &clears
	}
	return l
}

// ExplainEvent returns an event as it is stored, with the rule that made its outcome.
func (s *Service) ExplainEvent(e control.Event) control.EventExplanation {
	ShowStored(s.Normalizer(), &e)
	return control.EventExplanation{Event: e, Rule: s.rule(e.Reason, e.Outcome == control.Throttled)}
}

// Near returns the accepted events that come closest to one that was not; nil for one that
// was.
func (s *Service) Near(e control.Event) []control.NearMiss {
	if e.Outcome == control.Accepted {
		return nil
	}
	const around = 10_000 // events before and after
	q := s.Scope(e.APIKey)
	q.Outcome, q.After = control.Accepted, max(e.Seq, around)-around
	accepted := func(yield func(control.Event) bool) {
		for other := range s.Journal.AllEvents(q) {
			if other.Seq > e.Seq+around || !yield(other) {
				return
			}
		}
	}
	// With its outcome, in which all of them differ, an equal event is a near miss, too: that
	// of which a duplicate is one.
	return verify.Near(control.Match{DeviceID: e.DeviceID, UserID: e.UserID, EventType: e.EventType, InsertID: e.InsertID, Outcome: e.Outcome}, accepted)
}

// Rule returns the rule behind a reason of the journal.
func (s *Service) Rule(reason string) control.Rule { return s.rule(reason, false) }

func (s *Service) rule(reason string, throttled bool) control.Rule {
	text, row := s.behavior.Explain(reason, throttled)
	return control.Rule{Reason: reason, Text: text, Behavior: row.Name, Set: row.Set, Source: row.Source, Known: string(row.Known)}
}

// contributions lists the requests behind a window, and those that were refused while it
// lasts: one that exceeds the limit by itself counts nothing.
func (s *Service) contributions(l *control.LimitState, now time.Time, project, device, user string) {
	q := journal.Query{Account: project, Query: control.Query{DeviceID: device, UserID: user, Since: now.Add(-time.Duration(l.Window))}}
	total := 0
	for e := range s.Journal.AllEvents(q) {
		if l.Endpoint != "" && e.Endpoint != l.Endpoint {
			continue
		}
		switch e.Outcome {
		case control.Accepted, control.Duplicate:
			if len(l.Buckets) == 0 || e.At.Before(l.Buckets[0].At) {
				continue // has left the window with its step
			}
			total++
			contribute(&l.Counted, e, maxCounted).Total = total
		case control.Throttled:
			c := contribute(&l.Refused, e, maxRefused)
			if c.Reason == "" || c.Reason == "neighbor" {
				c.Reason = e.Reason
			}
		case control.Rejected, control.Faulted:
		}
	}
	for i := range l.Refused {
		s.others(&l.Refused[i], device, user)
	}
}

// others lists whose events were turned away in a request besides those of an id.
func (s *Service) others(c *control.Contribution, device, user string) {
	found, _ := s.Journal.Find(c.Request)
	events := map[control.Other]int{}
	for _, e := range found.Events {
		own := device != "" && e.DeviceID == device || device == "" && e.UserID == user
		if own || e.Outcome == control.Accepted || e.Outcome == control.Duplicate {
			continue
		}
		who := control.Other{DeviceID: e.DeviceID}
		if who.DeviceID == "" {
			who.UserID = e.UserID
		}
		events[who]++
		c.OtherEvents++
	}
	for who, n := range events {
		who.Events = n
		c.Others = append(c.Others, who)
	}
	slices.SortFunc(c.Others, func(a, b control.Other) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.DeviceID, b.DeviceID), cmp.Compare(a.UserID, b.UserID))
	})
	c.Others = c.Others[:min(len(c.Others), maxOthers)]
}

// contribute adds an event to the entry of its request, the last of the list.
func contribute(list *[]control.Contribution, e control.Event, most int) *control.Contribution {
	if n := len(*list); n == 0 || (*list)[n-1].Request != e.Request {
		if n == most {
			*list = append((*list)[:0], (*list)[1:]...)
		}
		*list = append(*list, control.Contribution{Request: e.Request, At: e.At})
	}
	c := &(*list)[len(*list)-1]
	c.Events++
	return c
}
