package dispatch

import (
	"context"
	"errors"
	"slices"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
)

// modelAmplitude is a slow and obvious Amplitude that remembers which events it took.
type modelAmplitude struct {
	t      *trial
	byLane map[string][]string // insert ids of all events, in order
	bad    map[string]bool     // refused for good
	mute   bool                // bad events are not named
	noisy  map[string]bool     // devices that are throttled however slow they are

	keyOK      bool
	generation uint64 // of the key

	taken map[string]bool
	// excused is how often an event may be taken again: the answer did not say that it was
	// taken, the process that had the answer is gone, or the event is received once more.
	excused map[string]int
	copies  map[string]int  // how often more an event is received than it was stored
	passed  map[string]bool // events that others need not wait for, being dropped
}

func newModelAmplitude(t *trial) *modelAmplitude {
	return &modelAmplitude{
		t: t, byLane: map[string][]string{}, bad: map[string]bool{}, noisy: map[string]bool{}, keyOK: true,
		taken: map[string]bool{}, excused: map[string]int{}, copies: map[string]int{}, passed: map[string]bool{},
	}
}

// Post is not used: the test answers uploads itself.
func (a *modelAmplitude) Post(context.Context, [][]byte) (amplitude.Answer, error) {
	return amplitude.Answer{}, errors.New("not used")
}

func (a *modelAmplitude) Generation() uint64 { return a.generation }

// take takes events of an upload. All earlier events of their lanes must be here, or
// never come.
func (a *modelAmplitude) take(events []*delivery.Event, told bool) {
	for _, e := range events {
		r := eventOf(e).record
		// The answer to an upload of a revoked chunk is of no use, and another process may
		// have been faster.
		isRevoked := eventOf(e).chunk.state == chunkRevoked
		if isRevoked {
			a.excused[r.InsertID] = max(a.excused[r.InsertID], 1)
		}
		a.takeOne(laneOf(r).ID, r.InsertID, told && !isRevoked)
	}
}

func (a *modelAmplitude) takeOne(lane, id string, told bool) {
	for _, earlier := range a.byLane[lane] {
		if earlier == id {
			break
		}
		if !a.taken[earlier] && !a.bad[earlier] && !a.passed[earlier] {
			a.t.fatalf("event %s is taken before event %s of its lane", id, earlier)
		}
	}
	if a.taken[id] {
		if a.excused[id]--; a.excused[id] < 0 {
			a.t.fatalf("event %s is sent again, though the answer said that it was taken", id)
		}
	}
	a.taken[id] = true
	if !told {
		a.excused[id]++
	}
}

// foreign are statuses that somebody between answers with.
var foreign = [...]int{200, 400, 401, 413, 429}

// answer draws what becomes of an upload that carried a key of a generation.
func (a *modelAmplitude) answer(events []*delivery.Event, generation uint64, faults bool) (amplitude.Answer, error) {
	if faults {
		switch kind := a.t.draw(16); kind {
		case 0, 1: // 5xx, taken or not
			if kind == 1 && a.isFine(events) {
				a.take(events, false)
			}
			return amplitude.Answer{Status: 503}, nil
		case 2, 3: // the connection breaks, before or after they are taken
			if kind == 3 && a.isFine(events) {
				a.take(events, false)
			}
			return amplitude.Answer{}, errors.New("connection reset")
		case 4: // somebody else answers
			return amplitude.Answer{Status: foreign[a.t.draw(len(foreign))], Foreign: true}, nil
		}
	}
	answer := amplitude.Answer{Status: 400, Generation: generation}
	if !a.keyOK || generation < a.generation {
		answer.KeyRefused = true
		return answer, nil
	}
	for i, e := range events {
		if a.bad[eventOf(e).record.InsertID] {
			answer.InvalidField = append(answer.InvalidField, i)
		}
	}
	if len(answer.InvalidField) > 0 {
		if a.mute {
			answer.InvalidField = nil
		}
		return answer, nil
	}
	if throttled, ok := a.throttle(events, faults); ok {
		throttled.Generation = generation
		return throttled, nil
	}
	a.take(events, true)
	return amplitude.Answer{Status: 200, Ingested: len(events), Generation: generation}, nil
}

// isFine reports whether Amplitude would take an upload.
func (a *modelAmplitude) isFine(events []*delivery.Event) bool {
	return a.keyOK && !slices.ContainsFunc(events, func(e *delivery.Event) bool {
		return a.bad[eventOf(e).record.InsertID] || a.noisy[e.DeviceID]
	})
}

func (a *modelAmplitude) throttle(events []*delivery.Event, faults bool) (answer amplitude.Answer, ok bool) {
	answer.Status = 429
	spent := "" // the device that is over its quota
	if faults && a.t.draw(4) == 3 {
		spent = events[0].DeviceID
	}
	for i, e := range events {
		quota := e.DeviceID == spent
		if !quota && !a.noisy[e.DeviceID] {
			continue
		}
		answer.ThrottledEvents = append(answer.ThrottledEvents, i)
		if quota {
			answer.QuotaDevices = append(answer.QuotaDevices, e.DeviceID)
		} else {
			answer.ThrottledDevices = append(answer.ThrottledDevices, e.DeviceID)
		}
	}
	return answer, len(answer.ThrottledEvents) > 0
}
