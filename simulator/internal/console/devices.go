package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
)

// Bounds of the list of devices and users.
const (
	maxLooked   = 50_000 // newest events among which they are looked for
	maxSubjects = 30     // that are listed
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
	Kind     string // device or user
	Silenced bool
	Meters   []meter
	Main     *meter // that of the endpoint that it uses most; nil if no rate is limited
	Day      *meter // nil if there is no daily quota
	Seconds  seconds
}

func (c *Console) devices(r *http.Request) (any, error) {
	v := r.URL.Query()
	p := devicesPage{Search: v.Get("search")}
	all, looked := c.Service.Journal.Subjects(c.scope(v.Get("key")), p.Search, c.Service.Clock.Now(), maxLooked)
	p.Looked, p.Found = looked, len(all)
	for _, s := range all[:min(len(all), maxSubjects)] {
		p.List = append(p.List, c.subject(s, func(key, device, user string) (control.Explanation, error) {
			return c.Service.Standing(key, device, user)
		}))
	}
	return p, nil
}

// subject adds the meters to a device or a user.
func (c *Console) subject(s *journal.Subject, explain func(key, device, user string) (control.Explanation, error)) subject {
	made := subject{Subject: s, Kind: "device"}
	device, user := s.ID, ""
	if s.User {
		made.Kind, device, user = "user", "", s.ID
	}
	e, err := explain(s.APIKey, device, user)
	if err != nil {
		return made // the key has been taken back meanwhile
	}
	made.Silenced = e.Silenced
	for _, l := range e.Limits {
		made.Meters = append(made.Meters, newMeter(l, s.Refused))
	}
	for i := range made.Meters {
		m := &made.Meters[i]
		switch {
		case m.Limit == "daily_quota":
			made.Day = m
		case made.Main == nil, m.Percent > made.Main.Percent:
			made.Main = m
		}
	}
	if made.Main != nil {
		made.Seconds = newSeconds(s, made.Main.Threshold)
	} else {
		made.Seconds = newSeconds(s, 0)
	}
	return made
}

// line is where a meter has the line of its limit, in percent of its width.
const line = 80

// meter is a limit, with how full its window is.
type meter struct {
	control.LimitState
	Percent float64 // of the width; the limit is at the line
	Over    float64 // of the width, for the events that were refused, behind the line
}

func newMeter(l control.LimitState, refused [journal.Seconds]int) meter {
	m := meter{LimitState: l, Percent: min(line, line*float64(l.Events)/float64(max(1, l.MaxEvents)))}
	over := 0
	if l.Exhausted {
		window := min(journal.Seconds, int(l.Window.Seconds()))
		for _, n := range refused[journal.Seconds-window:] {
			over += n
		}
	}
	m.Over = min(100-line, line*float64(over)/float64(max(1, l.MaxEvents)))
	if over > 0 {
		m.Over = max(m.Over, 3) // which can be seen
	}
	return m
}

// seconds is the picture of the last thirty seconds in a box of 300 by 60.
type seconds struct {
	Bars      []bar
	Line      float64 // where the limit is; 0 for none
	Top       int
	Threshold int
}

func newSeconds(s *journal.Subject, threshold int) seconds {
	p := seconds{Threshold: threshold, Top: max(1, threshold+threshold/4)}
	for i := range journal.Seconds {
		p.Top = max(p.Top, s.Counted[i]+s.Refused[i])
	}
	const width, height = 10, 60
	scale := func(n int) float64 { return height * float64(n) / float64(p.Top) }
	if threshold > 0 {
		p.Line = height - scale(threshold)
	}
	for i := range journal.Seconds {
		counted, refused := scale(s.Counted[i]), scale(s.Refused[i])
		b := bar{X: float64(i * width), Width: width - 2}
		b.Title = fmt.Sprintf("%d s ago: %d counted, %d refused", journal.Seconds-1-i, s.Counted[i], s.Refused[i])
		if s.Counted[i] > 0 {
			b.Parts = append(b.Parts, part{"o-accepted", height - counted, counted})
		}
		if s.Refused[i] > 0 {
			b.Parts = append(b.Parts, part{"o-throttled", height - counted - refused, refused})
		}
		p.Bars = append(p.Bars, b)
	}
	return p
}

// devicePage is a device or a user, with why it is throttled.
type devicePage struct {
	Subject subject
	Steps   []step
	Evicted uint64
}

// step is a request that filled a window, or that was refused because it was full.
type step struct {
	control.Contribution
	Endpoint string
	Max      int
	Full     bool // whether the window was full with it
	Why      string
	Unnamed  int // events of others that went down with it and are not named
}

func (c *Console) device(r *http.Request) (any, error) {
	v := r.URL.Query()
	key, id, user := v.Get("key"), v.Get("device"), false
	if id == "" {
		id, user = v.Get("user"), true
	}
	if key == "" || id == "" {
		return nil, fmt.Errorf("%w: a device or a user is named with key, and device or user", errInvalid)
	}
	found := &journal.Subject{APIKey: key, ID: id, User: user}
	all, _ := c.Service.Journal.Subjects(c.scope(key), id, c.Service.Clock.Now(), maxLooked)
	for _, s := range all {
		if s.ID == id && s.User == user {
			found = s
			found.APIKey = key
		}
	}
	var explained control.Explanation
	var err error
	p := devicePage{}
	p.Subject = c.subject(found, func(key, device, user string) (control.Explanation, error) {
		explained, err = c.Service.Explain(key, device, user)
		return explained, err
	})
	if err != nil {
		return nil, fmt.Errorf("%w key %s: %w", errMissing, strconv.Quote(key), err)
	}
	p.Evicted, p.Steps = explained.Evicted, c.steps(explained)
	return p, nil
}

// steps returns how the windows of the rates got full, or that of the day if no rate is: the
// latest requests first.
func (c *Console) steps(e control.Explanation) []step {
	var steps []step
	for _, l := range e.Limits {
		if l.Limit == "daily_quota" && len(steps) > 0 {
			continue
		}
		for _, made := range l.Counted {
			steps = append(steps, step{Contribution: made, Endpoint: l.Endpoint, Max: l.MaxEvents, Full: made.Total >= l.MaxEvents})
		}
		for _, made := range l.Refused {
			s := step{Contribution: made, Endpoint: l.Endpoint, Max: l.MaxEvents}
			s.Why, _ = c.Service.Behavior().Explain(made.Reason)
			s.Unnamed = made.OtherEvents
			for _, o := range made.Others {
				s.Unnamed -= o.Events
			}
			steps = append(steps, s)
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(b.Request, a.Request) })
	return steps
}
