package mutant

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// harness is one running mutant: the exporter and what is built around it.
type harness struct {
	cfg  exporter.Config
	ctx  context.Context // ends with the harness
	send sender          // to Amplitude, past the defect

	mu       sync.Mutex                 // guards what follows
	currents map[string]json.RawMessage // events taken, by id
	until    map[string]time.Time       // something ends then, by name
	count    map[string]int             // something was counted, by name
	exporter *exporter.Exporter

	work sync.WaitGroup // what was put aside to be sent later
	busy func() bool    // reports whether more is to be sent; nil: no

	acted func() // is called when the defect does something
}

// New builds a mutant and returns the exporter, its handler and a function that
// waits, until the context ends, for what the mutant has put aside. Close the
// exporter when it has ended.
func (m Mutant) New(ctx context.Context, cfg exporter.Config) (*exporter.Exporter, http.Handler, func(context.Context), error) {
	acted := m.Acted
	if acted == nil {
		acted = func() {}
	}
	if m.config != nil {
		m.config(&cfg)
		acted() // it cannot be seen when the exporter uses a setting
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	const connections = 16
	transport.MaxIdleConnsPerHost = connections
	g := &harness{
		cfg: cfg, ctx: ctx,
		send: direct(transport), currents: map[string]json.RawMessage{}, until: map[string]time.Time{}, count: map[string]int{},
		acted: acted,
	}
	send := g.send
	if m.upload != nil {
		send = g.watchUploads(m.upload, send)
	}
	if m.event != nil {
		send = g.changeEvents(m.event, send)
	}
	if m.event != nil || m.upload != nil {
		g.cfg.Transport = line{send}
	}
	x, err := exporter.Open(ctx, g.cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	g.exporter = x
	h := x.Handler()
	if m.post != nil {
		h = g.watchPosts(m.post, h)
	}
	if m.event != nil {
		h = recordPosts(g, h)
	}
	return x, h, g.flush, nil
}

// changeEvents changes each event of an upload.
func (g *harness) changeEvents(change func(event, currents object), next sender) sender {
	return func(ctx context.Context, u upload) (answer, error) {
		spoiled := make([]json.RawMessage, len(u.events))
		for i, raw := range u.events {
			event := decoded(raw)
			g.mu.Lock()
			currents := g.currents[text(event, "insert_id")]
			g.mu.Unlock()
			change(event, decoded(currents))
			spoiled[i] = encoded(event)
			if !same(raw, spoiled[i]) {
				g.acted()
			}
		}
		return next(ctx, u.of(spoiled))
	}
}

// recordPosts remembers the Currents events that are posted.
func recordPosts(g *harness, next http.Handler) http.Handler {
	return posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
		g.mu.Lock()
		for _, raw := range p.events {
			g.currents[text(decoded(raw), "id")] = raw
		}
		g.mu.Unlock()
		repost(next, w, r, p.body)
	})(g, next)
}

// wait waits on the clock of the machine. It reports whether the time has passed.
func (g *harness) wait(ctx context.Context, d time.Duration) bool {
	g.acted()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-g.ctx.Done():
		return false
	}
}

// sendLater sends events later, past the exporter, again and again until they are taken.
func (g *harness) sendLater(u upload, pause time.Duration) {
	if len(u.events) == 0 {
		return
	}
	g.work.Go(func() {
		for g.wait(g.ctx, pause) {
			a, err := g.send(g.ctx, u)
			if err == nil && a.ok() {
				return
			}
		}
	})
}

// flush waits for what was put aside.
func (g *harness) flush(ctx context.Context) {
	const glance = 20 * time.Millisecond
	for g.busy != nil && g.busy() && g.wait(ctx, glance) {
	}
	done := make(chan struct{})
	go func() {
		g.work.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// now reads the clock of the machine.
func now() time.Time {
	return time.Now() //nolint:forbidigo // the outermost layer of a mutant
}

// setTimer starts a timer; timerRunning reports whether it does.
func (g *harness) setTimer(name string, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until[name] = now().Add(d)
}

func (g *harness) timerRunning(name string) (left time.Duration, yes bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left = g.until[name].Sub(now())
	return left, left > 0
}

// add counts and returns the new count.
func (g *harness) add(name string, n int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count[name] += n
	return g.count[name]
}
