package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Bounds of the lists of devices and users.
const (
	maxLooked   = 50_000 // newest events among which they are looked for
	maxSubjects = 30     // that are listed
	lookedNow   = 2_000  // newest events for those that are throttled now
)

type devicesPage struct {
	Search string
	Looked int
	Found  int
	List   []subject
}

// subject is a device or a user with its meters.
type subject struct {
	*journal.Subject
	Silenced bool
	Meters   []meter
	Rate     *meter // the fullest one; nil if no rate is limited
	Day      *meter // nil if there is no daily quota
	Full     *meter // of those that refuse now, the one that clears last; nil if none does
	Chart    chart
}

func (c *Console) devices(r *http.Request) (any, error) {
	p := devicesPage{Search: r.URL.Query().Get("search")}
	all, looked := c.Service.Journal.Subjects(c.scope(r), p.Search, c.Service.Clock.Now(), maxLooked)
	p.Looked, p.Found = looked, len(all)
	for _, s := range all[:min(len(all), maxSubjects)] {
		e, _ := c.Service.Standing(s.IDs()) // without limits if the key has been taken back meanwhile
		p.List = append(p.List, newSubject(s, e))
	}
	return p, nil
}

// throttledNow lists the devices and users that are throttled now, the first few.
func (c *Console) throttledNow(r *http.Request) (list []subject) {
	all, _ := c.Service.Journal.Subjects(c.scope(r), "", c.Service.Clock.Now(), lookedNow)
	for _, s := range all {
		if s.Outcomes[outcome.Throttled] == 0 || len(list) == 3 {
			break
		}
		e, _ := c.Service.Standing(s.IDs())
		if made := newSubject(s, e); made.Full != nil {
			list = append(list, made)
		}
	}
	return list
}

func newSubject(s *journal.Subject, e control.Explanation) subject {
	made := subject{Subject: s, Silenced: e.Silenced}
	for _, l := range e.Limits {
		made.Meters = append(made.Meters, newMeter(l, s.Recent[:]))
	}
	threshold := 0
	for i := range made.Meters {
		m := &made.Meters[i]
		switch {
		case m.Endpoint == "":
			made.Day = m
		case made.Rate == nil || m.Events*made.Rate.Width > made.Rate.Events*m.Width:
			made.Rate, threshold = m, m.Threshold
		}
		if m.Exhausted && (made.Full == nil || m.ClearsAt.After(*made.Full.ClearsAt)) {
			made.Full = m
		}
	}
	made.Chart = newChart(s.Recent[:], threshold)
	return made
}

// meter is a limit, with how full its window is. Its unit is an event.
type meter struct {
	control.LimitState
	Over  int // events that were refused
	Width int // events that the width stands for, so that the limit is a line before its end
}

func newMeter(l control.LimitState, recent [][outcome.Count]int) meter {
	m := meter{LimitState: l, Width: max(1, l.MaxEvents+l.MaxEvents/4)}
	if l.Exhausted {
		for _, events := range recent[len(recent)-min(len(recent), int(l.Window.Seconds())):] {
			m.Over += events[outcome.Throttled]
		}
	}
	if m.Over > 0 {
		m.Over = max(m.Over, m.Width/30) // which can be seen
	}
	return m
}

// devicePage is a device or a user, with why it is throttled.
type devicePage struct {
	Subject subject
	Limits  []control.LimitState // whose requests are listed, the latest first
	Evicted uint64
	Rule    func(reason string) control.Rule
}

func (c *Console) device(r *http.Request) (any, error) {
	v := r.URL.Query()
	found := &journal.Subject{APIKey: v.Get("key"), ID: cmp.Or(v.Get("device"), v.Get("user")), User: v.Get("device") == ""}
	if found.APIKey == "" || found.ID == "" {
		return nil, fmt.Errorf("%w: a device or a user is named with key, and device or user", errInvalid)
	}
	e, err := c.Service.Explain(found.IDs())
	if err != nil {
		return nil, fmt.Errorf("%w key %s: %w", errMissing, strconv.Quote(found.APIKey), err)
	}
	all, _ := c.Service.Journal.Subjects(c.scope(r), found.ID, c.Service.Clock.Now(), maxLooked)
	for _, s := range all {
		if s.ID == found.ID && s.User == found.User {
			found.Recent = s.Recent
		}
	}
	p := devicePage{Subject: newSubject(found, e), Evicted: e.Evicted, Rule: c.Service.Rule}
	for _, l := range e.Limits {
		// An event counts toward a rate and the day: a limit that does not refuse would show
		// again what led to one that does.
		if l.Exhausted || p.Subject.Full == nil && len(l.Counted)+len(l.Refused) > 0 && (l.Endpoint != "" || p.Limits == nil) {
			slices.Reverse(l.Counted)
			slices.Reverse(l.Refused)
			p.Limits = append(p.Limits, l)
		}
	}
	return p, nil
}
