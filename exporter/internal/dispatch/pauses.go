package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/status"
)

// ErrUnknownLane is returned for the pseudonym of a lane that is in none of the states.
var ErrUnknownLane = errors.New("no lane of that name waits: take a name that GET /lanes shows, or the id itself")

// pausedKey is the key under which the queue stores the lanes that are paused.
const pausedKey = "paused-lanes"

// storedPause is a lane that is paused, as it is stored.
type storedPause struct {
	User  bool      `json:"user,omitempty"`
	ID    string    `json:"id"`
	Since time.Time `json:"since"`
}

// ErrLaneName is returned for a name that is not of the form device:ID or user:ID.
var ErrLaneName = errors.New("want device:ID or user:ID")

// PauseLane sends nothing of a lane any more until ResumeLane. It returns when the queue
// has stored that, so that the pause outlives the process as far as the events do; after
// an error the lane is as it was. It returns the lane, by its id or by the name that Lanes
// shows.
func (d *Dispatcher) PauseLane(ctx context.Context, name string) (status.Lane, error) {
	return d.setPaused(ctx, name, true)
}

// ResumeLane ends PauseLane, in the same way.
func (d *Dispatcher) ResumeLane(ctx context.Context, name string) (status.Lane, error) {
	return d.setPaused(ctx, name, false)
}

// setPaused stores first, on the goroutine of the caller, and then does what was stored.
func (d *Dispatcher) setPaused(ctx context.Context, name string, pauses bool) (status.Lane, error) {
	d.pausing.Lock()
	defer d.pausing.Unlock()
	d.mu.Lock()
	now := d.cfg.Clock.Now()
	id, err := d.laneNamed(now, name)
	d.mu.Unlock()
	if err != nil {
		return status.Lane{}, err
	}
	if err := d.storePause(ctx, now, id, pauses); err != nil {
		return status.Lane{}, fmt.Errorf("store paused lanes: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if pauses {
		d.pause(now, id, now)
	} else {
		d.resume(now, id)
	}
	select {
	case d.lanesChanged <- struct{}{}:
	default: // it is awake
	}
	if lane := d.allLanes(now)[id]; lane != nil {
		return *lane, nil
	}
	lane := d.newLane(id)
	lane.States = []string{}
	return *lane, nil
}

func (d *Dispatcher) pause(now time.Time, id delivery.LaneID, since time.Time) {
	d.scheduler.Suspend(now, id)
	if _, already := d.paused[id]; !already {
		d.paused[id] = since
		d.cfg.Log.Warn("a lane is paused: its events wait until it is resumed", "kind", kindOf(id), "id", d.cfg.ShowID(id.ID), "since", since)
	}
}

func (d *Dispatcher) resume(now time.Time, id delivery.LaneID) {
	d.scheduler.Resume(now, id)
	if since, was := d.paused[id]; was {
		delete(d.paused, id)
		d.cfg.Log.Info("a lane is resumed", "kind", kindOf(id), "id", d.cfg.ShowID(id.ID), "paused", now.Sub(since))
	}
}

// laneNamed returns the lane of a name, which has the id itself or its pseudonym.
func (d *Dispatcher) laneNamed(now time.Time, name string) (delivery.LaneID, error) {
	kind, text, ok := strings.Cut(name, ":")
	if !ok || text == "" || kind != "device" && kind != "user" {
		return delivery.LaneID{}, fmt.Errorf("lane %q: %w", name, ErrLaneName)
	}
	id := delivery.LaneID{User: kind == "user", ID: text}
	for known, lane := range d.allLanes(now) {
		if lane.Name == name {
			return known, nil
		}
	}
	if d.cfg.IsPseudonym(text) {
		return id, ErrUnknownLane
	}
	return id, nil
}

// loadPauses continues with the pauses that are stored.
func (d *Dispatcher) loadPauses(ctx context.Context) error {
	stored, err := d.storedPauses(ctx)
	for _, p := range stored {
		d.pause(d.cfg.Clock.Now(), delivery.LaneID{User: p.User, ID: p.ID}, p.Since)
	}
	return err
}

func (d *Dispatcher) storedPauses(ctx context.Context) ([]storedPause, error) {
	text, _, err := d.cfg.Queue.State(ctx, pausedKey)
	if err != nil {
		return nil, err
	}
	return readPauses(text)
}

func readPauses(text []byte) (stored []storedPause, err error) {
	if text == nil {
		return nil, nil
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("read paused lanes: %w", err)
	}
	return stored, nil
}

// storePause adds a lane to what is stored, or removes it. The others stay: they may not
// be loaded yet, or be those of another process that uses the same queue.
func (d *Dispatcher) storePause(ctx context.Context, now time.Time, id delivery.LaneID, pauses bool) error {
	return d.cfg.Queue.UpdateState(ctx, pausedKey, func(text []byte) ([]byte, error) {
		stored, err := readPauses(text)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(stored, func(p storedPause) bool { return p.User == id.User && p.ID == id.ID })
		switch {
		case pauses == (at >= 0):
			return nil, nil // it is so already
		case pauses:
			stored = append(stored, storedPause{id.User, id.ID, now.UTC()})
		default:
			stored = slices.Delete(stored, at, at+1)
		}
		return json.Marshal(stored)
	})
}
