package runner

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// overtaking is by how much longer an event must have been due than one that
// arrived before it to count as reordered. Requests in flight side by side may pass
// each other on their way to the exporter; what an exporter lets pass while it
// holds an event back is later by more than that.
const overtaking = time.Second

// Bounds of the journal entries that are read. A run whose events are compared one by
// one needs all of them. Of others the delays are read, and more of them would take
// longer to read than they took to send.
const (
	maxPlanned = 1_000_000
	maxDelays  = 200_000
)

// maxDelay is what longer delays count as.
const maxDelay = time.Hour

// planned is an event of the schedule, by number.
type planned struct {
	due      time.Duration
	device   int32
	hot      bool
	delivers bool
}

// journal is what the simulator's journal says of the events of a run. It is read once.
type journal struct {
	delivery *loadgen.DeliveryRecorder
	ids      loadgen.Identities
	start    time.Time
	events   []planned
	arrived  []bool
	hotIDs   map[string]bool // of devices and users

	delivered, foreign uint64
	reordered, in1970  uint64
	throttled, others  uint64
	throttledIDs       map[string]bool
	lanes              map[string]uint64 // number of the latest due event that arrived, by lane
	// calm and stressed are the delays of others in milliseconds, by whether hot devices were
	// busy when they were due.
	calm, stressed *hdrhistogram.Histogram
	posts          time.Duration // the 99th percentile of the answers to others' posts meanwhile
	windows        []scenario.Window
}

// newJournal runs through the schedule, which gives the same sends every time.
func newJournal(l *Load, r *loadgen.Result) *journal {
	a := &journal{
		delivery: r.DeliveryRecorder(),
		ids:      l.IDs, start: r.Started, windows: l.Plan.Windows, hotIDs: map[string]bool{},
		throttledIDs: map[string]bool{}, lanes: map[string]uint64{},
		calm: hdrhistogram.New(1, maxDelay.Milliseconds(), 3), stressed: hdrhistogram.New(1, maxDelay.Milliseconds(), 3),
	}
	a.posts = r.OtherP99(a.busy)
	var send loadgen.Send
	for next := l.Plan.Schedule.Start(); next(&send); {
		for _, e := range send.Events {
			// Numbers rise; one that came before is a duplicate of the first.
			if e.Number < uint64(len(a.events)) {
				continue
			}
			a.events = append(a.events, planned{send.At, e.Device, e.Hot, l.Payloads[e.Payload].Delivers})
			if e.Hot {
				a.hotIDs[l.IDs.Device(e.Device)], a.hotIDs[l.IDs.User(e.Device)] = true, true
			}
		}
	}
	a.arrived = make([]bool, len(a.events))
	return a
}

// read reads the journal of a key from an instant of the simulator's clock, and reports
// whether it was read to its end. It returns an error if all of it is needed and there is
// too much.
func (a *journal) read(ctx context.Context, c *control.Client, q control.Query, all bool) (complete bool, err error) {
	most := maxDelays
	if all {
		most = maxPlanned
	}
	q.Limit = 1000
	for n := 0; n < most; {
		page, err := c.Events(ctx, q)
		if err != nil {
			return false, fmt.Errorf("read the simulator's journal: %w", err)
		}
		for i := range page {
			a.add(&page[i])
		}
		if len(page) < q.Limit {
			return true, nil
		}
		q.After = page[len(page)-1].Seq
		n += len(page)
	}
	if all {
		return false, fmt.Errorf("the simulator's journal has more than %d events; make the scenario smaller", most)
	}
	return false, nil
}

func (a *journal) add(e *control.Event) {
	number, ours := a.ids.EventNumber(e.InsertID)
	if ours = ours && number < uint64(len(a.events)); ours {
		p := &a.events[number]
		a.delivery.Answered(e, p.due, p.hot)
	}
	switch e.Outcome {
	case control.Accepted:
		a.accepted(e, number, ours)
	case control.Throttled:
		a.turnedAway(e)
	case control.Duplicate, control.Rejected, control.Faulted:
	}
}

func (a *journal) accepted(e *control.Event, number uint64, ours bool) {
	if !ours || a.arrived[number] {
		a.foreign++
		return
	}
	p := &a.events[number]
	a.arrived[number] = true
	a.delivered++
	a.order(e, number)
	if !p.hot {
		delays := a.calm
		if a.busy(p.due) {
			delays = a.stressed
		}
		delay := min(max(e.Wall.Sub(a.start.Add(p.due)), 0), maxDelay)
		_ = delays.RecordValue(delay.Milliseconds()) // it is in the range
	}
	var body struct {
		Time int64 `json:"time"`
	}
	const year1980 = 315_532_800_000
	if json.Unmarshal(e.Body, &body) == nil && body.Time < year1980 {
		a.in1970++
	}
}

// order compares with the latest event of the same device, or user if there is no
// device, that has arrived.
func (a *journal) order(e *control.Event, number uint64) {
	lane := e.DeviceID
	if lane == "" {
		lane = "user " + e.UserID
	}
	latest, known := a.lanes[lane]
	if !known || a.events[number].due >= a.events[latest].due {
		a.lanes[lane] = number
		return
	}
	if a.events[latest].due-a.events[number].due >= overtaking {
		a.reordered++
	}
}

func (a *journal) turnedAway(e *control.Event) {
	if e.Reason == "neighbor" {
		return
	}
	a.throttled++
	id := e.DeviceID
	if id == "" {
		id = e.UserID
	}
	a.throttledIDs[id] = true
	if !a.hotIDs[e.DeviceID] && !a.hotIDs[e.UserID] {
		a.others++
	}
}

// busy reports whether hot devices were at work at a time.
func (a *journal) busy(at time.Duration) bool {
	for _, w := range a.windows {
		if at >= w.Start && at < w.End {
			return w.Hot
		}
	}
	return false
}

// conservation compares what was taken by the target with what arrived.
func (a *journal) conservation(f *outcomes) (expected, lost, unexpected uint64) {
	unexpected = a.foreign
	for n := range a.events {
		due := f.of[n] == taken && a.events[n].delivers
		switch {
		case due && !a.arrived[n]:
			expected++
			lost++
		case due:
			expected++
		case a.arrived[n] && f.of[n] != unknown:
			unexpected++
		}
	}
	return expected, lost, unexpected
}

// digest is a hash of which events arrived.
func (a *journal) digest() string {
	h := sha256.New()
	var number [8]byte
	for n, arrived := range a.arrived {
		if arrived {
			binary.BigEndian.PutUint64(number[:], uint64(n))
			h.Write(number[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
