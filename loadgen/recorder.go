package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ammeter/ammeter/internal/socket"
)

// Sends counts requests.
type Sends struct {
	// Due is the number of requests whose time came.
	Due uint64 `json:"due"`
	// Answered requests got an HTTP answer, Failed ones did not.
	Answered uint64 `json:"answered"`
	Failed   uint64 `json:"failed"`
	// Dropped requests were never sent: all senders were busy and the queue full,
	// or the run was stopped first.
	Dropped uint64 `json:"dropped"`
	// LateClock and LateSenders are requests that left later than the tolerance:
	// because the generator woke up late, or because no sender was free.
	LateClock   uint64 `json:"late_clock"`
	LateSenders uint64 `json:"late_senders"`
}

// Late is the number of requests that left late for whatever reason.
func (s Sends) Late() uint64 { return s.LateClock + s.LateSenders }

// recorder records a run in bounded memory. It is safe for concurrent use.
type recorder struct {
	tolerance time.Duration

	mu       sync.Mutex // guards all below
	sends    Sends
	outcomes Outcomes
	statuses map[int]uint64
	errors   map[string]uint64
	payloads []uint64 // events due by payload
	accepted []uint64 // events accepted by payload

	intended, service, schedule *hdrhistogram.Histogram
	other, hot                  *hdrhistogram.Histogram

	series  series
	devices devices
}

func newRecorder(tolerance time.Duration) *recorder {
	return &recorder{
		tolerance: tolerance,
		statuses:  map[int]uint64{},
		errors:    map[string]uint64{},
		intended:  newHistogram(),
		service:   newHistogram(),
		schedule:  newHistogram(),
		other:     newHistogram(),
		hot:       newHistogram(),
		series:    newSeries(),
		devices:   newDevices(),
	}
}

// due records that the time of a send has come. Calls are in order of time.
func (r *recorder) due(s *Send) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := uint64(len(s.Events))
	r.sends.Due++
	r.outcomes.Due += n
	r.series.at(s.At).Due += n
	r.devices.due(s)
	r.payloads = byPayload(r.payloads, s.Events)
}

// byPayload adds events to counts by payload.
func byPayload(counts []uint64, events []Event) []uint64 {
	for i := range events {
		p := int(events[i].Payload)
		for len(counts) <= p {
			counts = append(counts, 0)
		}
		counts[p]++
	}
	return counts
}

// dropped records that a send will never leave.
func (r *recorder) dropped(s *Send) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := uint64(len(s.Events))
	r.sends.Dropped++
	r.outcomes.Dropped += n
	r.series.at(s.At).Dropped += n
}

// attempt is what happened to one send, in offsets from the start of the run.
type attempt struct {
	send     *Send
	released time.Duration // when the pacer gave it away
	sent     time.Duration // when its first byte was written, or it failed to be
	done     time.Duration // when its answer was read
	status   int           // 0 when there was no answer
	err      error         // why there was none
	foreign  bool          // the answer is not Amplitude's
	outcomes Outcomes
	// throttled are the indexes of the events that a 429 names.
	throttled []int
}

// finished records an attempt.
func (r *recorder) finished(a *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	off := a.sent - a.send.At
	due := r.series.at(a.send.At)
	if off > r.tolerance {
		due.late++
		if a.released-a.send.At > r.tolerance {
			r.sends.LateClock++
		} else {
			r.sends.LateSenders++
		}
	}
	record(r.schedule, off)
	r.latency(a, due)
	r.series.at(a.sent).sent += uint64(len(a.send.Events))

	if a.err != nil {
		r.sends.Failed++
		r.errors[reason(a.err)]++
	} else {
		r.sends.Answered++
		r.statuses[a.status]++
		switch {
		case a.foreign:
			r.errors[foreign]++
		case a.status/100 == 2 && a.outcomes.Failed > 0:
			r.errors[short]++
		}
	}
	r.outcomes.add(a.outcomes)
	r.series.at(a.done).add(a.outcomes)
	if a.outcomes.Accepted > 0 && a.outcomes.Failed == 0 { // all of them are
		r.accepted = byPayload(r.accepted, a.send.Events)
	}
	for _, i := range a.throttled {
		r.devices.throttled(a.send.Events[i].Device)
	}
}

// latency counts failures too: a request that timed out took that long.
func (r *recorder) latency(a *attempt, due *point) {
	fromIntended := a.done - a.send.At
	record(r.intended, fromIntended)
	record(r.service, a.done-a.sent)
	due.all.record(fromIntended)
	var hot, other bool
	for i := range a.send.Events {
		hot = hot || a.send.Events[i].Hot
		other = other || !a.send.Events[i].Hot
	}
	if hot {
		record(r.hot, fromIntended)
		due.hot.record(fromIntended)
	}
	if other {
		record(r.other, fromIntended)
		due.other.record(fromIntended)
	}
}

// Failures of this machine, not of the target.
const (
	noDescriptor = "no file descriptor free here"
	noPort       = "no port free here"
)

// reason names a failure without quoting it: an error text can hold addresses.
func reason(err error) string {
	var (
		timeout net.Error
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
	)
	switch {
	case socket.LacksDescriptors(err):
		return noDescriptor
	case socket.LacksAddress(err):
		return noPort
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &dns):
		return "name not found"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case socket.IsRefused(err):
		return "connection refused"
	case socket.IsReset(err):
		return "connection reset"
	case errors.As(err, &cert):
		return "certificate not trusted"
	}
	return "broken answer"
}
