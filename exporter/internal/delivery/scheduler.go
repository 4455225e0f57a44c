package delivery

import (
	"container/heap"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// Published limits and advice (HTTP V2 API page: 30 events per second and device
// or user, 30 s pause; Batch API page: the daily quota moves in steps of an hour).
const (
	PerSecond            = 30
	DefaultThrottlePause = 30 * time.Second
	DefaultQuotaPause    = time.Hour
	DefaultMaxInFlight   = 4
)

// window is how long an accepted event uses a slot. A second is counted from the
// answer, not from the sending, because Amplitude counted the event somewhere in
// between; the rest covers clocks that do not run quite alike.
const window = time.Second + 5*time.Millisecond

// Config of a Scheduler. Zero fields mean the defaults of the constants above.
type Config struct {
	MaxInFlight int
	// MaxEvents and MaxBytes bound a batch; MaxBytes counts the events and a
	// comma for each. An event that is larger alone is sent alone.
	MaxEvents, MaxBytes int
	// PerSecond is the number of events per device and per user in any second.
	PerSecond int
	// ThrottlePause is for how long a throttled id is left alone, QuotaPause
	// one that is over its daily quota.
	ThrottlePause, QuotaPause time.Duration
	// LaneMax is the number of waiting events above which a lane is spilled.
	// Zero: nothing is ever spilled.
	LaneMax int
	// Random returns numbers in [0,1). Required.
	Random func() float64
}

// Scheduler is the state machine. It is not safe for concurrent use. The times
// given to it should not go backward; it takes one that does for the latest seen.
type Scheduler struct {
	cfg   Config
	epoch time.Time
	now   instant

	devices, users map[string]*party
	ready          fifo[*party] // lanes that can send
	waiting        int          // lanes in waiters of a party

	retries  fifo[*batch] // batches to be sent again as they are
	flying   map[uint64]*batch
	lastID   uint64
	timers   timers
	parked   int      // parties
	spills   []*party // lanes to be spilled
	releases fifo[release]
	gate     gate

	held    int
	settled []Settlement
}

// New returns a Scheduler that holds nothing.
func New(now time.Time, cfg Config) *Scheduler {
	return &Scheduler{
		cfg:     cfg.withDefaults(),
		epoch:   now,
		devices: make(map[string]*party),
		users:   make(map[string]*party),
		flying:  make(map[uint64]*batch),
	}
}

func (c Config) withDefaults() Config {
	setInt := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	setInt(&c.MaxInFlight, DefaultMaxInFlight)
	setInt(&c.MaxEvents, amplitude.MaxEvents)
	setInt(&c.MaxBytes, amplitude.MaxBytes-1000)
	setInt(&c.PerSecond, PerSecond)
	if c.ThrottlePause == 0 {
		c.ThrottlePause = DefaultThrottlePause
	}
	if c.QuotaPause == 0 {
		c.QuotaPause = DefaultQuotaPause
	}
	return c
}

// Len is the number of events held: added and not yet settled.
func (s *Scheduler) Len() int { return s.held }

// KeyRefused tells whether the last word of Amplitude on the key was a refusal.
func (s *Scheduler) KeyRefused() bool { return s.gate.refused }

// Probe tells that the key was changed: if the last one was refused, Next hands out
// a batch without waiting any longer.
func (s *Scheduler) Probe(now time.Time) {
	s.advance(now)
	s.gate.retry()
}

// Failing tells whether Amplitude as a whole does not answer usefully.
func (s *Scheduler) Failing() bool { return s.gate.failures > 0 || s.gate.refused }

// SuspectKey makes the Scheduler begin with a probe, for a key that was refused
// the last time.
func (s *Scheduler) SuspectKey() { s.gate.refused = true }

// Parked is the number of ids that are left alone for now, being too fast or over
// their quota.
func (s *Scheduler) Parked() int { return s.parked }

// Add takes an event. It goes behind the events of its lane. Add reports whether it
// has to wait there: because its lane is held back, or has more than a second's worth
// before it.
func (s *Scheduler) Add(now time.Time, e *Event) (waits bool) {
	s.advance(now)
	e.attempts = 0
	if e.DeviceID != "" {
		e.device = s.join(s.devices, e.DeviceID)
	}
	if e.UserID != "" || e.device == nil {
		e.user = s.join(s.users, e.UserID)
	}
	s.held++
	lane := e.lane()
	lane.push(e)
	if lane.queued > s.cfg.LaneMax {
		s.spill(lane)
	}
	s.consider(lane)
	return lane.state == waiting || lane.queued > s.cfg.PerSecond
}

func (s *Scheduler) join(parties map[string]*party, id string) *party {
	p := parties[id]
	if p == nil {
		p = &party{home: parties, id: id, limit: s.cfg.PerSecond}
		parties[id] = p
	}
	p.refs++
	return p
}

// Settled returns the events settled since the last call. The slice is valid
// until the next call of any method.
func (s *Scheduler) Settled() []Settlement {
	done := s.settled
	s.settled = s.settled[:0]
	return done
}

// Wake returns when to call Next again if neither an event nor an answer comes
// before; false: not until then.
func (s *Scheduler) Wake() (time.Time, bool) {
	at := instant(-1)
	sooner := func(t instant) {
		if at < 0 || t < at {
			at = t
		}
	}
	if s.ready.len() > 0 || s.retries.len() > 0 {
		if s.now < s.gate.until {
			sooner(s.gate.until)
		}
	}
	if len(s.timers) > 0 {
		sooner(s.timers[0].at)
	}
	// Slots interest nobody but the lanes that wait for one.
	if s.waiting > 0 && s.releases.len() > 0 {
		sooner(s.releases.peek().at)
	}
	if at < 0 {
		return time.Time{}, false
	}
	return s.epoch.Add(at), true
}

// advance moves the Scheduler's time and does what has come due.
func (s *Scheduler) advance(now time.Time) {
	s.now = max(s.now, now.Sub(s.epoch))
	for s.releases.len() > 0 && s.releases.peek().at <= s.now {
		r := s.releases.pop()
		s.free(r.device)
		s.free(r.user)
	}
	for len(s.timers) > 0 && s.timers[0].at <= s.now {
		t := heap.Pop(&s.timers).(timer)
		if t.batch != nil {
			s.retries.push(t.batch)
			continue
		}
		if t.at == t.party.parked {
			s.parked--
			t.party.quota = false
		}
		s.wake(t.party)
		t.party.forget(s.now)
	}
}

// free gives one slot of a party back.
func (s *Scheduler) free(p *party) {
	if p == nil {
		return
	}
	p.used--
	s.wake(p)
	p.forget(s.now)
}

// wake lets as many of the lanes that wait for a party go on as it has slots.
func (s *Scheduler) wake(p *party) {
	if p.isParked(s.now) {
		return
	}
	for free := p.limit - p.used; free > 0 && p.waiters.len() > 0; {
		lane := p.waiters.pop()
		s.waiting--
		lane.state = idle
		s.consider(lane)
		if lane.state == ready {
			free--
		}
	}
}

// consider puts an idle lane where it belongs.
func (s *Scheduler) consider(lane *party) {
	switch {
	case lane.state != idle || lane.head == nil:
	default:
		if p := s.holder(lane.head); p != nil {
			s.wait(lane, p)
			return
		}
		lane.state = ready
		s.ready.push(lane)
	}
}

// wait makes a lane wait for a party.
func (s *Scheduler) wait(lane, p *party) {
	lane.state = waiting
	s.waiting++
	p.waiters.push(lane)
	if p.quota && p.isParked(s.now) {
		s.spill(lane)
	}
}

// holder is the party that holds an event back, or nil.
func (s *Scheduler) holder(e *Event) *party {
	if e.device.holds(s.now) {
		return e.device
	}
	if e.user.holds(s.now) {
		return e.user
	}
	return nil
}
