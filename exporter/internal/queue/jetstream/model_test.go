package jetstream_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// machine does to a queue what an exporter does to it, in random order, and knows
// of each device in a slice what is open.
type machine struct {
	t      *testing.T
	random *rand.Rand
	cfg    jetstream.Config
	q      *jetstream.Queue

	put     map[string]int      // events put so far
	open    map[string][]string // put and not settled, in order
	held    []heldEvent         // in the exporter's memory, in order of arrival
	missing map[uint64]int      // events of a chunk not settled yet
	delayed map[uint64]string   // delayed chunks handed out, by device
}

type heldEvent struct {
	mapping.Record
	chunk uint64
}

// The first time an event is delivered it must come behind all earlier ones of
// its device, nothing may be lost, and what is settled with its whole chunk must
// not come again.
func TestQueue_Model(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			cfg := config(t.TempDir())
			cfg.Partitions = 2
			m := &machine{
				t: t, random: rand.New(rand.NewPCG(seed, 0)), cfg: cfg,
				put: map[string]int{}, open: map[string][]string{},
			}
			m.reopen()
			for range 150 {
				m.step()
			}
			m.finish()
		})
	}
}

func (m *machine) step() {
	switch p := m.random.IntN(100); {
	case p < 40:
		m.putSome()
	case p < 70:
		m.takeOne(100 * time.Millisecond)
	case p < 88:
		m.deliver()
	case p < 97:
		m.delayDevice(fmt.Sprint("d", m.random.IntN(4)))
	default:
		m.reopen()
	}
}

func (m *machine) putSome() {
	var batch []mapping.Record
	for range m.random.IntN(30) + 1 {
		device := fmt.Sprint("d", m.random.IntN(4))
		r := event(device, m.put[device])
		m.put[device]++
		m.open[device] = append(m.open[device], r.InsertID)
		batch = append(batch, r)
	}
	put(m.t, m.q, batch...)
}

// takeOne takes over a chunk, as the exporter must: events behind delayed ones of
// their device are delayed, too.
func (m *machine) takeOne(wait time.Duration) {
	ctx, cancel := context.WithTimeout(m.t.Context(), wait)
	defer cancel()
	chunk, err := m.q.Receive(ctx)
	if err != nil {
		return
	}
	m.missing[chunk.ID] = len(chunk.Records)
	if chunk.Redelivered {
		m.delayed[chunk.ID] = chunk.Records[0].DeviceID
		m.hold(chunk, chunk.Records)
		return
	}
	var fresh, behind []mapping.Record
	for i := range chunk.Records {
		if m.q.IsDelayed(&chunk.Records[i]) {
			behind = append(behind, chunk.Records[i])
		} else {
			fresh = append(fresh, chunk.Records[i])
		}
	}
	m.hold(chunk, fresh)
	if len(behind) > 0 {
		delay(m.t, m.q, time.Time{}, behind...)
		m.settle(chunk.ID, len(behind))
	}
}

func (m *machine) hold(chunk queue.Chunk, records []mapping.Record) {
	for i := range records {
		m.held = append(m.held, heldEvent{records[i], chunk.ID})
	}
}

// deliver sends some of what is held.
func (m *machine) deliver() {
	n := m.random.IntN(len(m.held) + 1)
	for _, e := range m.held[:n] {
		if i := slices.Index(m.open[e.DeviceID], e.InsertID); i > 0 {
			m.t.Fatalf("%s is delivered before %s", e.InsertID, m.open[e.DeviceID][0])
		} else if i == 0 {
			m.open[e.DeviceID] = m.open[e.DeviceID][1:]
		}
		m.settle(e.chunk, 1)
	}
	m.held = slices.Clone(m.held[n:])
}

func (m *machine) settle(chunk uint64, n int) {
	if m.missing[chunk] -= n; m.missing[chunk] == 0 {
		done(m.t, m.q, chunk)
		delete(m.missing, chunk)
		delete(m.delayed, chunk)
	}
}

// delayDevice puts all held events of a device aside, as after an answer that the
// device is over its quota.
func (m *machine) delayDevice(device string) {
	until := time.Now().Add(time.Duration(m.random.IntN(30)) * time.Millisecond)
	var fresh []heldEvent
	var rest []heldEvent
	for _, e := range m.held {
		switch {
		case e.DeviceID != device:
			rest = append(rest, e)
		case m.delayed[e.chunk] != "":
			m.q.NackUntil(e.chunk, until) // all that is left of the chunk
			delete(m.missing, e.chunk)
		default:
			fresh = append(fresh, e)
		}
	}
	m.held = rest
	if len(fresh) == 0 {
		return
	}
	records := make([]mapping.Record, len(fresh))
	for i := range fresh {
		records[i] = fresh[i].Record
	}
	delay(m.t, m.q, until, records...)
	for _, e := range fresh {
		m.settle(e.chunk, 1)
	}
}

// reopen ends the process and starts it again: what it held is gone.
func (m *machine) reopen() {
	if m.q != nil {
		if err := m.q.Close(); err != nil {
			m.t.Fatalf("Close: %v", err)
		}
	}
	m.q = open(m.t, m.cfg)
	m.held, m.missing, m.delayed = nil, map[uint64]int{}, map[uint64]string{}
}

// finish delivers what is left.
func (m *machine) finish() {
	waitFor(m.t, "everything is delivered", func() bool {
		m.takeOne(100 * time.Millisecond)
		m.deliver()
		left := 0
		for _, ids := range m.open {
			left += len(ids)
		}
		return left == 0
	})
	waitFor(m.t, "nothing is stored any more", func() bool {
		m.takeOne(50 * time.Millisecond)
		n := len(m.held)
		for n > 0 && len(m.held) > 0 {
			m.deliver()
		}
		s, err := m.q.Stats(m.t.Context())
		return err == nil && s.Blocks == 0 && s.DelayedBlocks == 0
	})
}
