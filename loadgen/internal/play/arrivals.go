package play

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// overtaking is by how much longer an event must have been due than one that
// arrived before it to count as reordered. Requests in flight side by side may pass
// each other on their way to the exporter; what an exporter lets pass while it
// holds an event back is later by more than that.
const overtaking = time.Second

// maxRead is the number of journal entries that are read.
const maxRead = 1_000_000

// planned is an event of the schedule, by number.
type planned struct {
	due      time.Duration
	device   int32
	hot      bool
	delivers bool
}

// arrivals is what the simulator's journal says of the events of a run.
type arrivals struct {
	ids     loadgen.Identities
	start   time.Time
	events  []planned
	arrived []bool
	hotIDs  map[string]bool // of devices and users

	delivered, foreign   uint64
	reordered, in1970    uint64
	throttled, innocents uint64
	throttledIDs         map[string]bool
	lanes                map[string]uint64 // number of the latest due event that arrived, by lane
	all, hot             delays
	calm, stressed       delays // innocents, by whether hot devices were busy when they were due
	windows              []scenario.Window
}

func newArrivals(c *scenario.Compiled, payloads []loadgen.Payload, ids loadgen.Identities, start time.Time) *arrivals {
	a := &arrivals{
		ids: ids, start: start, windows: c.Windows, hotIDs: map[string]bool{},
		throttledIDs: map[string]bool{}, lanes: map[string]uint64{},
	}
	var send loadgen.Send
	for next := c.Schedule.Start(); next(&send); {
		for _, e := range send.Events {
			if e.Number < uint64(len(a.events)) {
				continue
			}
			a.events = append(a.events, planned{send.At, e.Device, e.Hot, payloads[e.Payload].Delivers})
			if e.Hot {
				a.hotIDs[ids.Device(e.Device)], a.hotIDs[ids.User(e.Device)] = true, true
			}
		}
	}
	a.arrived = make([]bool, len(a.events))
	return a
}

// read reads the whole journal of a key from an instant of the simulator's clock.
func (a *arrivals) read(ctx context.Context, c *control.Client, q control.Query) error {
	q.Limit = 1000
	for n := 0; n < maxRead; {
		page, err := c.Events(ctx, q)
		if err != nil {
			return fmt.Errorf("read the simulator's journal: %w", err)
		}
		for i := range page {
			a.take(&page[i])
		}
		if len(page) < q.Limit {
			return nil
		}
		q.After = page[len(page)-1].Seq
		n += len(page)
	}
	return fmt.Errorf("the simulator's journal has more than %d events; make the scenario smaller", maxRead)
}

func (a *arrivals) take(e *control.Event) {
	switch e.Outcome {
	case control.Accepted:
		a.accepted(e)
	case control.Throttled:
		a.turnedAway(e)
	case control.Duplicate, control.Rejected, control.Faulted:
	}
}

func (a *arrivals) accepted(e *control.Event) {
	number, ours := a.ids.EventNumber(e.InsertID)
	if !ours || number >= uint64(len(a.events)) || a.arrived[number] {
		a.foreign++
		return
	}
	p := &a.events[number]
	a.arrived[number] = true
	a.delivered++
	a.order(e, number)
	delay := e.Wall.Sub(a.start.Add(p.due))
	a.all = append(a.all, delay)
	switch {
	case p.hot:
		a.hot = append(a.hot, delay)
	case a.busy(p.due):
		a.stressed = append(a.stressed, delay)
	default:
		a.calm = append(a.calm, delay)
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
func (a *arrivals) order(e *control.Event, number uint64) {
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

func (a *arrivals) turnedAway(e *control.Event) {
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
		a.innocents++
	}
}

// busy reports whether hot devices were at work at a time.
func (a *arrivals) busy(at time.Duration) bool {
	for _, w := range a.windows {
		if at >= w.Start && at < w.End {
			return w.Hot
		}
	}
	return false
}

// conservation compares what was taken by the target with what arrived.
func (a *arrivals) conservation(f *fates) (expected, lost, surplus uint64) {
	surplus = a.foreign
	for n := range a.events {
		due := f.of[n] == taken && a.events[n].delivers
		switch {
		case due && !a.arrived[n]:
			expected++
			lost++
		case due:
			expected++
		case a.arrived[n] && f.of[n] != unknown:
			surplus++
		}
	}
	return expected, lost, surplus
}

// digest is a hash of which events arrived.
func (a *arrivals) digest() string {
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
