package delivery

import (
	"container/heap"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// Published limits and advice (HTTP V2 API page: 30 events per second and device
// or user, 30 s of waiting; Batch API page: the daily quota moves in steps of an hour).
const (
	PerSecond            = 30
	DefaultThrottlePause = 30 * time.Second
	DefaultQuotaPause    = time.Hour
	DefaultMaxUploads    = 4
)

// window is how long an accepted event uses a slot. A second is counted from the
// answer, not from the sending, because Amplitude counted the event somewhere in
// between; the rest covers clocks that do not run quite alike.
const window = time.Second + 5*time.Millisecond

// Config of a Scheduler. Zero fields mean the constants above, and the batch limits of
// package amplitude.
type Config struct {
	MaxUploads int
	// MaxEvents and MaxBytes bound a batch; MaxBytes counts the events and a
	// comma for each. An event that is larger alone is sent alone.
	MaxEvents, MaxBytes int
	// PerSecond is the number of events per device and per user in any second.
	PerSecond int
	// ThrottlePause is for how long a throttled id is left alone, QuotaPause
	// one that is over its daily quota.
	ThrottlePause, QuotaPause time.Duration
	// LaneMax is the number of waiting events above which a lane is evicted.
	// Zero: no lane is evicted for its length.
	LaneMax int
	// Random returns numbers in [0,1). Required.
	Random func() float64
}

// Scheduler is the state machine. It is not safe for concurrent use. The times
// given to it should not go backward; it takes one that does for the latest seen.
type Scheduler struct {
	cfg   Config
	epoch time.Time
	given time.Time // last, as it was given
	now   elapsed

	devices, users limiters
	ready          fifo[*lane] // lanes that can send
	waiting        int         // lanes that wait for a limiter

	retries   fifo[*batch] // batches to be sent again as they are
	uploads   map[uint64]*batch
	lastID    uint64
	timers    timers
	throttled int     // limiters
	evictions []*lane // lanes to be evicted
	releases  fifo[slotRelease]
	breaker   breaker

	held      int
	settled   []Settlement
	throttles []Throttle
}

// New returns a Scheduler that holds nothing.
func New(now time.Time, cfg Config) *Scheduler {
	cfg = cfg.withDefaults()
	return &Scheduler{
		cfg:     cfg,
		epoch:   now,
		given:   now,
		devices: newLimiters(false, cfg.PerSecond),
		users:   newLimiters(true, cfg.PerSecond),
		uploads: make(map[uint64]*batch),
	}
}

func (c Config) withDefaults() Config {
	setInt := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	setInt(&c.MaxUploads, DefaultMaxUploads)
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

// Ready is the number of lanes that can send.
func (s *Scheduler) Ready() int { return s.ready.len() }

// KeyRefused reports whether Amplitude refused the key and has not taken it since.
func (s *Scheduler) KeyRefused() bool { return s.breaker.refused }

// Probe is to be called when the key was changed. If the last one was refused, Next
// returns a batch without waiting any longer.
func (s *Scheduler) Probe(now time.Time) {
	s.advance(now)
	s.breaker.reset()
}

// Failing reports whether Amplitude as a whole gives no useful response.
func (s *Scheduler) Failing() bool { return s.breaker.failures > 0 || s.breaker.refused }

// StartWithProbe makes the Scheduler begin with one probe, for a key that was refused
// before.
func (s *Scheduler) StartWithProbe() { s.breaker.refused = true }

// Throttled is the number of ids that wait, for their rate or their daily quota.
func (s *Scheduler) Throttled() int { return s.throttled }

// Add takes an event. It goes behind the events of its lane. Add reports whether it
// has to wait there: because its lane is blocked, or has more than a second's worth
// before it.
func (s *Scheduler) Add(now time.Time, e *Event) (waits bool) {
	s.advance(now)
	e.attempts = 0
	if e.DeviceID != "" {
		e.device = s.devices.get(e.DeviceID)
		e.device.refs++
	}
	if e.UserID != "" || e.device == nil {
		e.user = s.users.get(e.UserID)
		e.user.refs++
	}
	s.held++
	lane := e.lane()
	lane.push(e)
	if int(lane.queued) > s.cfg.LaneMax {
		s.markForEviction(lane)
	}
	s.enqueue(lane)
	return lane.state == waiting || int(lane.queued) > s.cfg.PerSecond
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
	at := elapsed(-1)
	sooner := func(t elapsed) {
		if at < 0 || t < at {
			at = t
		}
	}
	if s.ready.len() > 0 || s.retries.len() > 0 {
		if s.now < s.breaker.until {
			sooner(s.breaker.until)
		}
	}
	if len(s.timers) > 0 {
		sooner(s.timers[0].at)
	}
	// Only lanes that wait for a slot need it.
	if s.waiting > 0 && s.releases.len() > 0 {
		sooner(s.releases.peek().at)
	}
	if at < 0 {
		return time.Time{}, false
	}
	return s.time(at), true
}

// time returns the time at which so much will have elapsed. It counts from the last time
// given and not from the epoch: a wall clock that was set since, or went on while the
// machine slept, has moved away from what has elapsed, and others compare with it.
func (s *Scheduler) time(at elapsed) time.Time { return s.given.Add(at - s.given.Sub(s.epoch)) }

// advance moves the Scheduler's time and does what has come due.
func (s *Scheduler) advance(now time.Time) {
	s.given, s.now = now, max(s.now, now.Sub(s.epoch))
	for s.releases.len() > 0 && s.releases.peek().at <= s.now {
		s.releaseAccepted(s.releases.pop())
	}
	for len(s.timers) > 0 && s.timers[0].at <= s.now {
		t := heap.Pop(&s.timers).(timer)
		if t.batch != nil {
			s.retries.push(t.batch)
			continue
		}
		s.endThrottle(&t)
	}
}

// releaseSlot releases one slot of a limiter.
func (s *Scheduler) releaseSlot(p *limiter) {
	if p == nil {
		return
	}
	p.used--
	s.wake(p)
	s.forget(p)
}

// limitersOf returns those of all users or of all devices.
func (s *Scheduler) limitersOf(users bool) *limiters {
	if users {
		return &s.users
	}
	return &s.devices
}

// forget removes a limiter that is not needed any more.
func (s *Scheduler) forget(p *limiter) {
	if p != nil {
		s.limitersOf(p.user).forget(p, s.now)
	}
}

// enqueue makes an idle lane ready, or lets it wait for the limiter that blocks it.
func (s *Scheduler) enqueue(lane *lane) {
	switch {
	case lane.state != idle || lane.head == nil:
	default:
		if p := s.blocker(lane.head); p != nil {
			s.wait(lane, p)
			return
		}
		lane.state = ready
		s.ready.push(lane)
	}
}

// wait makes a lane wait for a limiter.
func (s *Scheduler) wait(lane *lane, p *limiter) {
	lane.state = waiting
	s.waiting++
	p.addWaiter(lane)
	if p.quota && p.isBlocked(s.now) {
		s.markForEviction(lane)
	}
}

// stopWaiting makes a waiting lane idle. Others are left as they are.
func (s *Scheduler) stopWaiting(lane *lane) {
	if lane.state == waiting {
		s.waiting--
		lane.state = idle
		lane.waitsFor.removeWaiter(lane)
	}
}

// blocker returns the limiter that blocks an event, or nil.
func (s *Scheduler) blocker(e *Event) *limiter {
	if e.device.blocks(s.now) {
		return e.device
	}
	if e.user.blocks(s.now) {
		return e.user
	}
	return nil
}
