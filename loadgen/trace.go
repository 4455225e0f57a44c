package loadgen

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Traced is an event of a recording.
type Traced struct {
	// At is when it was sent.
	At time.Time
	// Time is the event's own time, zero if it has none.
	Time time.Time
	// ID is its own: events of the same id are the same event, sent again.
	ID string
	// Type is a Braze event type or, for a target of kind Amplitude, a name there.
	Type string
	// Device is whose rate it counts for, empty if nobody's.
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

	kind           Kind
	ids            Identities
	events         []tracedEvent // in the order of their time
	bodies         []template    // by number
	devices        []string
	length         time.Duration
	prefix, suffix string
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
	t := &Trace{kind: kind, ids: ids, prefix: `{"events":[`, suffix: `]}`}
	if kind == Amplitude {
		key, err := json.Marshal(apiKey)
		if err != nil {
			return nil, fmt.Errorf("API key: %w", err)
		}
		t.prefix = `{"api_key":` + string(key) + `,"options":{"min_id_length":1},"events":[`
	}
	for i := 1; i < len(recorded); i++ {
		if recorded[i].At.Before(recorded[i-1].At) {
			t.Reordered++
		}
	}
	recorded = slices.Clone(recorded)
	slices.SortStableFunc(recorded, func(a, b Traced) int { return a.At.Compare(b.At) })
	return t, t.index(recorded)
}

func (t *Trace) index(recorded []Traced) error {
	type payload struct {
		name     string
		delivers bool
	}
	numbers, devices, payloads := map[string]uint64{}, map[string]int32{}, map[payload]int32{}
	for i := range recorded {
		r := &recorded[i]
		e := tracedEvent{at: r.At.Sub(recorded[0].At), Event: Event{Device: NoDevice}}
		if skew := r.Time.Sub(r.At); !r.Time.IsZero() && skew.Abs() >= 2*time.Second { // Currents has whole seconds
			e.Skew = skew
		}
		number, again := numbers[r.ID]
		if !again || r.ID == "" {
			number = uint64(len(t.bodies))
			body, err := t.template(r.Body)
			if err != nil {
				return fmt.Errorf("trace: event %d: %w", i+1, err)
			}
			t.bodies = append(t.bodies, body)
			numbers[r.ID] = number
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
	t.length = last + cmp.Or(last/time.Duration(len(t.events)), time.Millisecond)
	return nil
}

func (t *Trace) template(body json.RawMessage) (template, error) {
	var event object
	if err := json.Unmarshal(body, &event); err != nil {
		return template{}, errors.New("is no JSON object")
	}
	id, clock := "id", slotSeconds
	if t.kind == Amplitude {
		id, clock = "insert_id", slotMillis
	}
	var slots slots
	if _, ok := event[id]; ok {
		slots = slots.with(event, id, slotEvent)
	}
	if _, err := json.Number(event["time"]).Int64(); err == nil {
		slots = slots.with(event, "time", clock)
	}
	text, err := json.Marshal(event)
	if err != nil {
		return template{}, err
	}
	return newTemplate(text, slots)
}

// DeviceID returns the id of a device.
func (t *Trace) DeviceID(n int32) string { return t.devices[n] }

// Devices is the number of devices.
func (t *Trace) Devices() int { return len(t.devices) }

// Append implements Encoder.
func (t *Trace) Append(dst []byte, s *Send, start time.Time) []byte {
	dst = append(dst, t.prefix...)
	for i := range s.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &s.Events[i]
		dst = t.bodies[e.Number%uint64(len(t.bodies))].append(dst, e, start.Add(s.At+e.Skew), t.ids)
	}
	return append(dst, t.suffix...)
}

// Schedule plays the recording with its gaps, speed times as fast and for a length
// of time: 0 is once, more than its own length plays it over and over, with new
// event ids in each round. Events of a request are due at the same instant.
func (t *Trace) Schedule(speed float64, length time.Duration, batch int) (*Schedule, error) {
	if !(speed > 0 && speed <= 1e6) || length < 0 || batch < 1 {
		return nil, fmt.Errorf("replay at speed %v for %v in requests of %d events: speed and batch are above 0, and a million is the most", speed, length, batch)
	}
	once := max(time.Duration(float64(t.length)/speed), 1)
	p := tracePlan{Trace: t, speed: speed, once: once, length: cmp.Or(length, once), batch: batch}
	s := &Schedule{Duration: p.length, Start: p.start}
	var send Send
	for next := p.start(); next(&send); {
		s.Sends++
		s.Events += uint64(len(send.Events))
	}
	return s, nil
}

// tracePlan is what the cursors of a replay share.
type tracePlan struct {
	*Trace
	speed        float64
	once, length time.Duration
	batch        int
}

func (p tracePlan) due(round uint64, i int) time.Duration {
	return time.Duration(round)*p.once + time.Duration(float64(p.events[i].at)/p.speed)
}

func (p tracePlan) start() Cursor {
	var round, seq uint64
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
		for next < len(p.events) && len(s.Events) < p.batch && p.due(round, next) == at {
			e := p.events[next].Event
			e.Number += round * uint64(len(p.bodies))
			s.Events = append(s.Events, e)
			next++
		}
		return true
	}
}

var _ Encoder = (*Trace)(nil)

// Delivers counts, of events counted by payload, those that must arrive at
// Amplitude.
func (t *Trace) Delivers(counts []uint64) (n uint64) {
	for i, count := range counts {
		if t.Payloads[i].Delivers {
			n += count
		}
	}
	return n
}
