package mutant

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// officialSDK delivers as the official Go SDK 1.3.1 does, in what it was measured
// and read to do: no pacing, hot loops on answers that name no id, newer events
// that pass a throttled device's, over-quota events and the events of a refused
// key dropped, broken connections given up, and a full queue that drops silently.
// Scaled: the queue holds 2,000 events and not 20,000, a flush comes every 100 ms
// and not every 10 s, and a hot loop takes a breath of 2 ms.
var officialSDK = Mutant{
	Name: "official-go-sdk", Defect: "delivers as the official Go SDK does",
	upload: func(g *harness, next sender) sender {
		s := &sdk{harness: g, next: undisguising(g, next)}
		g.busy = s.busy
		go s.run() // ends with the harness
		return s.enqueue
	},
	post: disguising(func(_ string, n int) string { return fmt.Sprintf("unpaced-%d", n) }),
}

const (
	sdkRoom     = 2000
	sdkBatch    = 200
	sdkInterval = 100 * time.Millisecond
	sdkBreath   = 2 * time.Millisecond
)

// sdk is the delivery of the SDK. The exporter before it sees every upload taken.
type sdk struct {
	harness *harness
	next    sender

	mu    sync.Mutex // guards what follows
	to    upload
	queue []json.RawMessage
	held  int // in the queue, in a request, or waiting
}

// enqueue takes an upload at once; what does not fit is gone.
func (s *sdk) enqueue(_ context.Context, u upload) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = u.of(nil)
	n := max(0, min(len(u.events), sdkRoom-s.held))
	s.queue = append(s.queue, u.events[:n]...)
	s.held += n
	return taken(len(u.events)), nil
}

func (s *sdk) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held > 0
}

func (s *sdk) run() {
	for s.harness.wait(s.harness.ctx, sdkInterval) {
		for {
			u, ok := s.pull()
			if !ok {
				break
			}
			s.deliver(u)
		}
	}
}

func (s *sdk) pull() (upload, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(sdkBatch, len(s.queue))
	u := s.to.of(s.queue[:n:n])
	s.queue = s.queue[n:]
	return u, n > 0
}

// later puts events back behind the queue when a pause is over.
func (s *sdk) later(events []json.RawMessage, pause time.Duration) {
	s.harness.work.Go(func() {
		if s.harness.wait(s.harness.ctx, pause) {
			s.mu.Lock()
			s.queue = append(s.queue, events...)
			s.mu.Unlock()
		}
	})
}

func (s *sdk) done(n int) {
	s.mu.Lock()
	s.held -= n
	s.mu.Unlock()
}

// deliver sends one request for as long as something of it is to be sent at once.
func (s *sdk) deliver(u upload) {
	backoff := 100 * time.Millisecond
	for len(u.events) > 0 && s.harness.ctx.Err() == nil {
		a, err := s.next(s.harness.ctx, u)
		switch {
		case err != nil, a.status/100 == 2, a.keyRefused():
			s.done(len(u.events))
			return
		case a.status/100 == 5, a.status == http.StatusRequestTimeout:
			const longest = 3200 * time.Millisecond
			if backoff > longest {
				s.done(len(u.events))
				return
			}
			s.harness.wait(s.harness.ctx, backoff)
			backoff *= 2
			continue
		case a.status == http.StatusRequestEntityTooLarge:
			u = s.halve(u)
		case a.status == http.StatusTooManyRequests:
			u = s.throttle(u, a)
		default:
			rest, out := u.without(a.blamed())
			s.done(len(out))
			u = rest
		}
		s.harness.wait(s.harness.ctx, sdkBreath)
	}
}

func (s *sdk) halve(u upload) upload {
	half := len(u.events) / 2
	if half == 0 {
		s.done(1)
		return u.of(nil)
	}
	s.later(u.events[half:], 0)
	return u.of(u.events[:half])
}

// throttle drops what is over a quota and lets the rest of the named wait.
func (s *sdk) throttle(u upload, a answer) upload {
	rest, out := u.without(a.throttled())
	if a.overQuota() {
		s.done(len(out))
	} else if len(out) > 0 {
		s.later(out, s.harness.cfg.ThrottlePause)
	}
	return rest
}
