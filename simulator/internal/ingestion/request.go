package ingestion

import (
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// Request is one call of an endpoint.
type Request struct {
	Endpoint *Endpoint
	// Region is the region that the request was sent to; empty if that is not known.
	Region string
	// Body is the body, decompressed. Its memory is the caller's again after the call.
	Body []byte
	// Encoding is its Content-Encoding, "" for none. It is only recorded: a body that is not
	// as it says is Unreadable.
	Encoding string
	// Unread is the size of a body that was too large to be read whole, or 0.
	Unread int
	// Packed is the size of the body before it was decompressed, if sizes are to be taken
	// then; otherwise 0.
	Packed int
	// Unreadable is why the body cannot be JSON whatever it holds: its content type or its
	// encoding. None if nothing is wrong with these.
	Unreadable outcome.Reason
}

// size is that of the body as far as limits and answers go.
func (r *Request) size() int {
	if r.Packed > 0 {
		return r.Packed
	}
	return len(r.Body)
}

// tooLarge reports whether the body is larger than its endpoint takes.
func (r *Request) tooLarge() bool { return r.Unread > 0 || r.size() > r.Endpoint.MaxBytes }

// Response is the answer to a Request.
type Response struct {
	// At is when the request was received, on the simulator's clock.
	At time.Time
	// Status is 0 if a fault keeps the answer back.
	Status      int
	ContentType string
	Body        []byte
	// RetryAfter is the number of seconds for the header of that name; 0 for none.
	RetryAfter int
	// Delivery is how the answer goes out, in place of Status and Body. It is nil unless a
	// fault changes that.
	Delivery *fault.Delivery
}

// call is one request on its way: what was received and what has been found out.
type call struct {
	request Request
	now     time.Time // of the simulator's clock
	wall    time.Time // the same instant of real time
	key     []byte    // as sent
	project string    // empty for a key that was never created
	works   bool      // whether the key is valid now
	parsed  error
	state   state // of the project, once the key has been checked

	accepted amplitude.Accepted // the answer to an upload that is accepted

	identification []byte // JSON of a call of identify

	// The rest is memory that calls reuse: nothing in it is read before it has been written.
	scanner  scanner
	batch    upload.Batch
	keys     []limits.EventKeys
	inserts  []dedup.ID
	outcomes []outcome.Outcome
	reasons  []outcome.Reason
}

// begin returns a call for a request. It must be given back by end.
func (s *Service) begin(r Request) *call {
	c := s.calls.Get().(*call)
	now, wall := s.Clock.Both()
	*c = call{
		request: r, now: now, wall: wall, scanner: c.scanner, batch: upload.Batch{Events: c.batch.Events[:0]},
		keys: c.keys, inserts: c.inserts, outcomes: c.outcomes, reasons: c.reasons,
	}
	return c
}

// end takes a call back. The slices with an element for each event need no bound: see
// upload.MaxRead.
func (s *Service) end(c *call) {
	c.request, c.batch.Text = Request{}, nil // which may be large
	s.calls.Put(c)
}

// readable reports whether the whole body was read and is JSON.
func (c *call) readable() bool {
	return c.request.Unreadable == outcome.None && c.parsed == nil && len(c.request.Body) > 0 && !c.request.tooLarge()
}

// settle gives every event an outcome, and the reason that reasonOf returns for it; nil
// gives them all the same one.
func (c *call) settle(o outcome.Outcome, why outcome.Reason, reasonOf func(i int) outcome.Reason) {
	c.outcomes, c.reasons = c.outcomes[:0], c.reasons[:0]
	for i := range c.batch.Events {
		if reasonOf != nil {
			why = reasonOf(i)
		}
		c.outcomes = append(c.outcomes, o)
		c.reasons = append(c.reasons, why)
	}
}
