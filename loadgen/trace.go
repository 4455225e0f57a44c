package loadgen

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Traced is an event of a recording.
type Traced struct {
	// At is when it was sent.
	At time.Time
	// Time is the event's own time, zero if it has none.
	Time time.Time
	// ID is its own: events of the same id and type are the same event, sent again.
	ID string
	// Type is a Braze event type or, for a target of kind Amplitude, a name there.
	Type string
	// Device is whose rate it counts for, empty if none.
	Device string
	// Delivers reports whether the event must arrive at Amplitude.
	Delivers bool
	// Body is the JSON object to send, as the kind of the target wants it. Members
	// "id" or "insert_id" and "time", if there, are replaced in a replay.
	Body json.RawMessage
}

// Trace is the Encoder of a recording: what was sent once is sent again, with
// event ids of the run and times moved to now. All else is as it was.
type Trace struct {
	// Payloads are the types of events, by index, twice each: that must arrive,
	// and that must not.
	Payloads []Payload
	// Reordered counts the events that were recorded before an earlier one.
	Reordered int

	body    body
	events  []tracedEvent // in the order of their time
	bodies  []template    // by number
	devices []string
	began   time.Time // when the first event was sent
	length  time.Duration
}

type tracedEvent struct {
	at time.Duration
	Event
}

// NewTrace prepares a recording, whose events may be in any order.
func NewTrace(kind Kind, apiKey string, ids Identities, recorded []Traced) (*Trace, error) {
	if len(recorded) == 0 {
		return nil, errors.New("trace: there are no events in it")
	}
	t := &Trace{body: newBody(kind, apiKey, shortIDs, ids)}
	for i := 1; i < len(recorded); i++ {
		if recorded[i].At.Before(recorded[i-1].At) {
			t.Reordered++
		}
	}
	recorded = slices.Clone(recorded)
	slices.SortStableFunc(recorded, func(a, b Traced) int { return a.At.Compare(b.At) })
	t.began = recorded[0].At
	return t, t.index(recorded)
}

func (t *Trace) index(recorded []Traced) error {
	type payload struct {
		name     string
		delivers bool
	}
	// An id that events of several types have is a sample's.
	type identity struct{ id, eventType string }
	numbers, devices, payloads := map[identity]uint64{}, map[string]int32{}, map[payload]int32{}
	for i := range recorded {
		r := &recorded[i]
		e := tracedEvent{at: r.At.Sub(recorded[0].At), Event: Event{Device: NoDevice}}
		if skew := r.Time.Sub(r.At); !r.Time.IsZero() && skew.Abs() >= 2*time.Second { // Currents has whole seconds
			e.Skew = skew
		}
		number, again := numbers[identity{r.ID, r.Type}]
		if !again || r.ID == "" {
			number = uint64(len(t.bodies))
			body, err := t.template(r.Body)
			if err != nil {
				return fmt.Errorf("trace: event %d: %w", i+1, err)
			}
			t.bodies = append(t.bodies, body)
			numbers[identity{r.ID, r.Type}] = number
		}
		e.Number = number
		if r.Device != "" {
			device, known := devices[r.Device]
			if !known {
				device = int32(len(t.devices))
				devices[r.Device] = device
				t.devices = append(t.devices, r.Device)
			}
			e.Device = device
		}
		p := payload{r.Type, r.Delivers}
		index, known := payloads[p]
		if !known {
			index = int32(len(t.Payloads))
			payloads[p] = index
			t.Payloads = append(t.Payloads, Payload{Type: r.Type, Delivers: r.Delivers})
		}
		e.Payload = index
		t.events = append(t.events, e)
	}
	// The pause before it starts over is an average one.
	last := t.events[len(t.events)-1].at
	if last > math.MaxInt64/2 { // where the sum below has no room
		gap, after := t.LongestGap()
		return fmt.Errorf("trace: %d days pass without an event, after that of %s: correct the times there",
			gap/(24*time.Hour), after.UTC().Format(time.RFC3339))
	}
	t.length = last + cmp.Or(last/time.Duration(len(t.events)), time.Millisecond)
	return nil
}

func (t *Trace) template(body json.RawMessage) (template, error) {
	var event object
	if err := json.Unmarshal(body, &event); err != nil {
		return template{}, errors.New("is no JSON object")
	}
	id, clock := "id", slotSeconds
	if t.body.kind == Amplitude {
		id, clock = "insert_id", slotMillis
	}
	_, hasID := event[id]
	_, err := json.Number(event["time"]).Int64()
	var fill slots
	return templateOf(event, fill.withIf(hasID, event, id, slotEvent).withIf(err == nil, event, "time", clock))
}

// DeviceID returns the id of a device.
func (t *Trace) DeviceID(n int32) string { return t.devices[n] }

// LongestGap returns the longest time in which nothing was recorded, and when the event
// before it was sent.
func (t *Trace) LongestGap() (gap time.Duration, after time.Time) {
	for i := 1; i < len(t.events); i++ {
		if d := t.events[i].at - t.events[i-1].at; d > gap {
			gap, after = d, t.began.Add(t.events[i-1].at)
		}
	}
	return gap, after
}

// Length is the time from the first event that was recorded to the last.
func (t *Trace) Length() time.Duration { return t.events[len(t.events)-1].at }

// Devices is the number of devices.
func (t *Trace) Devices() int { return len(t.devices) }

// Append implements Encoder.
func (t *Trace) Append(dst []byte, s *Send, start time.Time) []byte {
	return t.body.append(dst, s, start, func(e *Event) *template { return &t.bodies[e.Number%uint64(len(t.bodies))] })
}

// Schedule runs the recording with its gaps, speed times as fast and for a length
// of time: 0 is once, more than its own length runs it over and over, with new
// event ids in each round. Events of a request are due at the same instant.
func (t *Trace) Schedule(speed float64, length time.Duration, batch int) (*Schedule, error) {
	if !(speed > 0 && speed <= 1e6) || length < 0 || batch < 1 {
		return nil, fmt.Errorf("replay at speed %v for %v in requests of %d events: speed and batch are above 0, and a million is the most", speed, length, batch)
	}
	once := max(time.Duration(float64(t.length)/speed), 1)
	p := tracePlan{Trace: t, speed: speed, once: once, length: cmp.Or(length, once), batch: batch}
	s := &Schedule{Duration: p.length, Start: p.start}
	s.Sends, s.Events = p.count()
	return s, nil
}

// tracePlan is what the cursors of a replay share.
type tracePlan struct {
	*Trace
	speed        float64
	once, length time.Duration
	batch        int
}

// count returns the number of requests and events of the plan. All rounds but the
// last two are run whole and alike, so one of them is counted for all: a short
// recording that is looped for hours has billions of requests.
func (p tracePlan) count() (sends, events uint64) {
	whole := uint64(max(0, p.length/p.once-1))
	for i := 0; i < len(p.events); i += p.together(0, i) {
		sends++
	}
	sends, events = sends*whole, uint64(len(p.events))*whole
	var send Send
	for next := p.from(whole); next(&send); {
		sends++
		events += uint64(len(send.Events))
	}
	return sends, events
}

// together returns how many events leave in the request that begins with event i.
func (p tracePlan) together(round uint64, i int) int {
	n := 1
	for i+n < len(p.events) && n < p.batch && p.due(round, i+n) == p.due(round, i) {
		n++
	}
	return n
}

func (p tracePlan) due(round uint64, i int) time.Duration {
	return time.Duration(round)*p.once + time.Duration(float64(p.events[i].at)/p.speed)
}

func (p tracePlan) start() Cursor { return p.from(0) }

// from returns a cursor that begins with a round.
func (p tracePlan) from(round uint64) Cursor {
	var seq uint64
	next := 0
	return func(s *Send) bool {
		if next == len(p.events) {
			next = 0
			round++
		}
		at := p.due(round, next)
		if at >= p.length {
			return false
		}
		s.Seq, s.At, s.Events = seq, at, s.Events[:0]
		seq++
		for end := next + p.together(round, next); next < end; next++ {
			e := p.events[next].Event
			e.Number += round * uint64(len(p.bodies))
			s.Events = append(s.Events, e)
		}
		return true
	}
}

var _ Encoder = (*Trace)(nil)
