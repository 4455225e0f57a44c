package intake

import (
	"sync"

	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// Exchange is one upload and its answer, with the memory both need. Exchanges are
// reused: Begin takes one, End gives it back.
type Exchange struct {
	// Body is to be filled by the caller; its memory is reused.
	Body []byte
	// Region is the region that the request was sent to; empty if that is not known.
	Region string
	// Unread is the size of a body that was too large to be read whole, or 0.
	Unread int

	// Compressed is the size of the body before it was decompressed, if sizes are
	// to be taken then; otherwise 0.
	Compressed int

	// Status, Answer and ContentType are the answer. An empty type means JSON.
	Status      int
	Answer      []byte
	ContentType string
	// RetryAfter is how many seconds the pages advise to wait; 0 if they do not.
	RetryAfter int
	// Delivery, if not nil, is how the answer goes out, in place of the first two.
	Delivery *fault.Delivery

	endpoint *Endpoint
	parser   ingest.Parser
	upload   ingest.Upload
	readable bool
	reason   outcome.Reason
	project  string
	demands  []throttle.Demand
	inserts  []dedup.ID
	outcomes []outcome.Outcome
	reasons  []outcome.Reason

	identification []byte
}

var exchanges = sync.Pool{New: func() any { return new(Exchange) }}

// largestKept bounds the memory that an idle Exchange holds on to.
const largestKept = 4 << 20

// Begin returns an Exchange with an empty body.
func Begin() *Exchange { return exchanges.Get().(*Exchange) }

// End gives an Exchange back. Nothing of it may be used afterwards.
func End(x *Exchange) {
	if cap(x.Body) > largestKept {
		x.Body = nil
	}
	x.Body, x.Answer = x.Body[:0], x.Answer[:0]
	x.Region, x.Unread, x.Compressed, x.Delivery = "", 0, 0, nil
	x.Status, x.ContentType, x.RetryAfter, x.identification = 0, "", 0, nil
	x.endpoint, x.readable, x.reason, x.project = nil, false, outcome.None, ""
	x.upload = ingest.Upload{Events: x.upload.Events[:0]}
	x.demands, x.outcomes, x.reasons = x.demands[:0], x.outcomes[:0], x.reasons[:0]
	exchanges.Put(x)
}

// Reserve makes room for a body of a size that is known before it is read. A large
// body gets memory of about its size, which the journal can keep without waste; a
// little more, so that the next one, of about the same size, fits as well.
func (x *Exchange) Reserve(size int) {
	if cap(x.Body) < size || size >= journal.WorthTaking && cap(x.Body) > 2*size {
		x.Body = make([]byte, 0, size+size/8)
	}
}

// settle gives every event the same outcome and reason.
func (x *Exchange) settle(o outcome.Outcome, why outcome.Reason) {
	x.outcomes, x.reasons = x.outcomes[:0], x.reasons[:0]
	for range x.upload.Events {
		x.outcomes = append(x.outcomes, o)
		x.reasons = append(x.reasons, why)
	}
}
