package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammeter/ammeter/loadgen/internal/httpconn"
)

// Config of a Generator. Zero fields mean the default in their comment.
type Config struct {
	Target  Target  // required
	Encoder Encoder // required
	// Now is the clock, required: time.Now outside tests. Timers are those of
	// package time.
	Now func() time.Time
	// Senders is the most connections, and so requests in flight, at a time. They
	// are opened as needed, unless the processors of this machine are what is short.
	// Default 512.
	Senders int
	// Queue is the most requests that wait for a sender; further ones are
	// dropped. Default 4096, fewer when requests hold many events.
	Queue int
	// Tolerance is how late a request may leave without being counted late.
	// Default 25 ms.
	Tolerance time.Duration
	// Timeout is the longest wait for an answer. Default 10 s.
	Timeout time.Duration
	// Dialer opens connections. Default net.Dialer.
	Dialer Dialer
	// Started, if set, is told when the load starts: connections are open then. It
	// must not block.
	Started func(time.Time)
	// Answered, if set, is told the outcome of every send that left. It is called by
	// several goroutines at once, must be quick, and must not keep the send.
	Answered func(s *Send, f Outcomes)
}

// Dialer opens connections; net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Generator runs schedules against a target. It runs one at a time.
type Generator struct {
	cfg      Config
	endpoint *httpconn.Endpoint
	starved  func() bool // replaced by tests
	live     atomic.Pointer[run]
}

// New returns a Generator that has not opened a connection yet.
func New(cfg Config) (*Generator, error) {
	if cfg.Encoder == nil || cfg.Now == nil || cfg.Target.URL == nil {
		return nil, errors.New("loadgen: Target, Encoder and Now are required")
	}
	if cfg.Senders < 0 || cfg.Queue < 0 || cfg.Tolerance < 0 || cfg.Timeout < 0 {
		return nil, errors.New("loadgen: Senders, Queue, Tolerance and Timeout must not be negative")
	}
	if cfg.Senders == 0 {
		cfg.Senders = 512
	}
	if cfg.Tolerance == 0 {
		cfg.Tolerance = 25 * time.Millisecond
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Dialer == nil {
		cfg.Dialer = &net.Dialer{}
	}
	endpoint, err := httpconn.NewEndpoint(cfg.Target.URL, cfg.Target.headers()...)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	return &Generator{cfg: cfg, endpoint: endpoint, starved: starved}, nil
}

// Probe reports whether the target can be connected to. It sends nothing.
func (g *Generator) Probe(ctx context.Context) error {
	conn := httpconn.NewConn(g.endpoint, g.cfg.Dialer, g.cfg.Now)
	defer conn.Close()
	if err := conn.Open(ctx, g.cfg.Now().Add(g.cfg.Timeout)); err != nil {
		return fmt.Errorf("reach the target: %w", err)
	}
	return nil
}

// Run runs a schedule to its end and waits for the last answers. When ctx ends
// first, what has not left by then is dropped, what is in flight is waited for,
// and the result says that the run was interrupted.
func (g *Generator) Run(ctx context.Context, s *Schedule) *Result {
	r := &run{
		cfg:      g.cfg,
		endpoint: g.endpoint,
		plan:     s,
		rec:      newRecorder(g.cfg.Tolerance),
		queue:    make(chan *job, queueSize(g.cfg.Queue, s)),
		starved:  g.starved,
	}
	r.free = make(chan *job, cap(r.queue)+1)
	r.warmUp(ctx)
	r.start = g.cfg.Now()
	if g.cfg.Started != nil {
		g.cfg.Started(r.start)
	}
	g.live.Store(r)
	r.dispatch(ctx)
	close(r.queue)
	r.senders.Wait()
	return r.result(ctx.Err() != nil)
}

// queueSize bounds the queue by the events it can hold, so that large batches do
// not take large memory.
func queueSize(want int, s *Schedule) int {
	const events = 1 << 17
	size := 4096
	if s.Sends > 0 && s.Events > s.Sends {
		size = int(min(4096, max(16, events/(s.Events/s.Sends))))
	}
	if want > 0 {
		size = want
	}
	return size
}

// run is one schedule being run.
type run struct {
	cfg      Config
	endpoint *httpconn.Endpoint
	start    time.Time
	plan     *Schedule
	rec      *recorder

	queue   chan *job
	free    chan *job // used ones, to be filled again
	buffers buffers
	senders sync.WaitGroup
	count   atomic.Int64 // senders started
	idle    atomic.Int64 // senders that wait for work
	// lastEnough is when more senders would last have been of no use; starved reports
	// that processors are short.
	lastEnough time.Duration
	starved    func() bool
	withheld   int // how often a sender was not added because of that
}

// job is a send whose time has come, on its way to a sender.
type job struct {
	Send
	at time.Duration // when the pacer released it
}

// since is the time on the run's own axis.
func (r *run) since() time.Duration { return r.cfg.Now().Sub(r.start) }

// getJob returns a send to fill.
func (r *run) getJob() *job {
	select {
	case p := <-r.free:
		return p
	default:
		return new(job)
	}
}
