package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Whatever processes do that share a store, and wherever they end: no event is passed over,
// the events of a folder are stored in the order of the listing as far as they are stored
// for the first time, and none is stored twice unless the process that stored it was killed,
// or lost its lease, while it read the folder. What is stored of the positions is never
// ahead of the queue.
func TestShared_anythingCanHappen(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newSharedWorld(rt, m)
		process := func(rt *rapid.T) int { return rapid.IntRange(0, len(w.processes)-1).Draw(rt, "process") }
		rt.Repeat(map[string]func(*rapid.T){
			"read": func(rt *rapid.T) {
				p := w.processes[process(rt)]
				for range rapid.IntRange(1, 8).Draw(rt, "steps") {
					p.step()
				}
			},
			"save":  func(rt *rapid.T) { _ = w.processes[process(rt)].save() },
			"kill":  func(rt *rapid.T) { w.replace(process(rt), false) },
			"close": func(rt *rapid.T) { w.replace(process(rt), true) },
			"wait": func(rt *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{1, 5, 15, 31, 25 * 3600}).Draw(rt, "seconds")) * time.Second)
			},
			"write":    func(rt *rapid.T) { w.write(rapid.IntRange(0, 2).Draw(rt, "folder"), rapid.Bool().Draw(rt, "new date")) },
			"noAnswer": func(*rapid.T) { w.values.unanswered = true },
			"away":     func(*rapid.T) { w.values.down = !w.values.down },
		})
		w.finish()
	})
}

// sharedWorld is a store and the processes that read it.
type sharedWorld struct {
	rt        *rapid.T
	mapper    *mapping.Mapper
	now       time.Time
	values    *memoryValues
	folders   [3]worldFolder
	objects   []worldObject // in the order of their keys
	processes []*worldProcess
	started   int

	stored map[string]map[*atomic.Bool]bool // leases under which an event was stored
	killed map[*atomic.Bool]bool            // leases of processes that were killed
	closed map[*atomic.Bool]bool            // leases that were given up at the end of a process
	order  map[string][]string              // events by folder, when they were stored first
}

type worldFolder struct{ date, object int }

type worldObject struct {
	key     string
	records int
	written time.Time
}

func (o *worldObject) content() string {
	var b strings.Builder
	for i := range o.records {
		fmt.Fprintf(&b, `{"event_type":"users.messages.email.Open","id":"%s %d","time":1,"external_user_id":"u"}`+"\n", o.key, i)
	}
	return b.String()
}

func newSharedWorld(rt *rapid.T, m *mapping.Mapper) *sharedWorld {
	w := &sharedWorld{
		rt: rt, mapper: m, now: time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC), values: &memoryValues{stored: map[string][]byte{}},
		stored: map[string]map[*atomic.Bool]bool{}, killed: map[*atomic.Bool]bool{}, closed: map[*atomic.Bool]bool{}, order: map[string][]string{},
	}
	w.values.check = w.checkStored
	for range rapid.IntRange(1, 3).Draw(rt, "processes") {
		w.processes = append(w.processes, nil)
		w.replace(len(w.processes)-1, false)
	}
	for i := range 9 {
		w.write(i%3, i/3 == 1)
	}
	return w
}

// write puts an object behind all that are in a folder.
func (w *sharedWorld) write(n int, newDate bool) {
	f := &w.folders[n]
	if f.object++; newDate {
		f.date++
	}
	w.objects = append(w.objects, worldObject{
		fmt.Sprintf("s3://b/t=%d/date=%03d/%03d.ndjson", n, f.date, f.object), (f.object + n) % 4, w.now,
	})
	slices.SortFunc(w.objects, func(a, b worldObject) int { return strings.Compare(a.key, b.key) })
}

// replace ends a process, and starts another one in its place.
func (w *sharedWorld) replace(n int, orderly bool) {
	if p := w.processes[n]; p != nil {
		p.end(orderly)
	}
	w.started++
	w.processes[n] = &worldProcess{sharedWorld: w, Shared: NewShared(context.Background(), SharedConfig{
		Values: w.values, Queue: "queue", Owner: fmt.Sprint("process ", w.started), Lease: testLease,
		Clock: skewedClock{&w.now, time.Duration(w.started) * time.Minute}, Logger: slog.New(slog.DiscardHandler),
	})}
}

// worldProcess is a process that lists the objects, fetches up to three and reads the first.
type worldProcess struct {
	*Shared
	*sharedWorld
	listing []worldObject // what is left of it
	listed  bool          // the listing has begun
	ahead   []*Input
	next    func() (mapping.Record, error, bool) // of the input that is being read
	stop    func()
	chunk   []string // events that are not stored
	safe    func()   // of the chunk that was stored
}

// step does the next thing.
func (p *worldProcess) step() {
	switch {
	case p.safe != nil:
		p.safe()
		p.safe = nil
	case p.next != nil:
		p.read()
	case len(p.ahead) == 3 || len(p.ahead) > 0 && len(p.listing) == 0:
		p.next, p.stop = iter.Pull2(p.ahead[0].Records(context.Background(), p.mapper))
	case !p.listed:
		p.listed, p.listing = true, slices.Clone(p.objects)
		p.beginListing(p.cfg.Clock.Now())
	case len(p.listing) > 0:
		p.claim(p.listing[0])
		if folder, _ := dateFolder(p.listing[0].key); len(p.listing) == 1 || !strings.HasPrefix(p.listing[1].key, folder) {
			p.leave(folder)
		}
		p.listing = p.listing[1:]
	default:
		p.Fold(p.cfg.Logger)
		p.prune(p.cfg.Clock.Now(), true, func(string) bool { return true })
		p.listed = false
	}
}

func (p *worldProcess) claim(o worldObject) {
	content := o.content()
	in := &Input{
		name: o.key, key: o.key, size: int64(len(content)), version: "v", remote: true, changed: o.written,
		open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		},
	}
	if p.Claim(in) {
		p.ahead = append(p.ahead, in)
	}
}

// read reads a record of an input, and stores two at a time.
func (p *worldProcess) read() {
	record, err, ok := p.next()
	if err != nil {
		p.rt.Fatal(err)
	}
	if ok {
		p.chunk = append(p.chunk, record.InsertID)
	}
	if ok && len(p.chunk) < 2 {
		return
	}
	in := p.ahead[0]
	p.safe = in.Mark()
	for _, id := range p.chunk {
		p.store(id, in.lost)
	}
	p.chunk = nil
	if !ok {
		p.stop()
		p.next, p.ahead = nil, p.ahead[1:]
	}
}

// store puts an event into the queue, and checks that it is not there without a reason.
func (p *worldProcess) store(id string, lease *atomic.Bool) {
	key, _, _ := strings.Cut(id, " ")
	if p.stored[id] == nil {
		p.stored[id] = map[*atomic.Bool]bool{}
		p.order[shareOf(key)] = append(p.order[shareOf(key)], id)
	}
	for other := range p.stored[id] {
		if !p.isLost(other) && !p.isLost(lease) {
			p.rt.Fatalf("%s is stored twice, and nobody was killed or fell silent", id)
		}
	}
	p.stored[id][lease] = true
}

// isLost reports whether a lease was not given up, but lost.
func (w *sharedWorld) isLost(lease *atomic.Bool) bool {
	return w.killed[lease] || lease.Load() && !w.closed[lease] || w.isSilent(lease)
}

// isSilent reports whether the process with a lease has not renewed it in time.
func (w *sharedWorld) isSilent(lease *atomic.Bool) bool {
	for _, p := range w.processes {
		for _, f := range p.shares {
			if f.held == lease {
				return p.cfg.Clock.Now().Sub(f.renewed) >= testLease
			}
		}
	}
	return false
}

func (p *worldProcess) save() error {
	p.Fold(p.cfg.Logger)
	return p.SaveAfter(func() error { return nil })
}

// end ends the process. One that is not killed stores what it can.
func (p *worldProcess) end(orderly bool) {
	if p.next != nil {
		p.stop()
	}
	ending := p.killed
	if orderly {
		ending = p.closed
		if p.safe != nil {
			p.safe()
		}
		for _, in := range p.ahead {
			in.Close()
		}
	}
	held := p.leases()
	if orderly {
		err := p.save()
		if err == nil {
			held = p.leases() // the others are given up, or lost
		}
		if errors.Join(err, p.Close()) != nil {
			ending = p.killed
		}
	}
	for _, lease := range held {
		ending[lease] = true
	}
}

// leases returns those that the process holds.
func (p *worldProcess) leases() (held []*atomic.Bool) {
	for _, f := range p.shares {
		if f.held != nil {
			held = append(held, f.held)
		}
	}
	return held
}

// checkStored checks that what is stored is not ahead of the queue.
func (w *sharedWorld) checkStored(value []byte) {
	_, text, err := decodeShare(value)
	if err != nil {
		w.rt.Fatal(err)
	}
	inputs, err := unpackPositions(text)
	if err != nil {
		w.rt.Fatal(err)
	}
	for _, o := range w.objects {
		done := inputs[o.key].Records
		folder, _ := dateFolder(o.key)
		listed := &Input{key: o.key, size: int64(len(o.content())), changed: o.written}
		if f := inputs[folder].Folder; f != nil && f.holds(listed) || inputs[o.key].Complete {
			done = int64(o.records)
		}
		for i := range done {
			if id := fmt.Sprint(o.key, " ", i); w.stored[id] == nil {
				w.rt.Fatalf("%s counts as done and is not stored", id)
			}
		}
	}
}

// finish has one process read all there is, and looks at the end.
func (w *sharedWorld) finish() {
	w.values.down, w.values.unanswered = false, false
	p := w.processes[0]
	for range 10 {
		for range 2000 {
			if p.step(); !p.listed {
				break
			}
		}
		if err := p.save(); err != nil {
			w.rt.Fatal(err)
		}
		w.now = w.now.Add(testLease / 4)
	}
	for _, o := range w.objects {
		for i := range o.records {
			if id := fmt.Sprint(o.key, " ", i); w.stored[id] == nil {
				w.rt.Errorf("%s is never stored", id)
			}
		}
	}
	for folder, ids := range w.order {
		if !slices.IsSorted(ids) {
			w.rt.Errorf("events of %s are stored in the order %q", folder, ids)
		}
	}
}
