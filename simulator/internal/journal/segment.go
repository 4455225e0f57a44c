package journal

import (
	"unsafe"

	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

const (
	// segmentBytes is the usual size of a segment. Memory grows and is given back
	// in this step.
	segmentBytes = 1 << 20
	// WorthTaking is the size from which a request is worth a segment of its own:
	// below, copying is cheaper than one more allocation to look after.
	WorthTaking = 16 << 10
)

// segment holds consecutive requests, in flat slices. A large request has a segment
// to itself, which is made of the memory the request was read into.
type segment struct {
	room     int  // bytes it may still take
	own      bool // made of the memory of its only request
	text     []byte
	meta     []byte // keys, endpoints and answers
	requests []request
	events   []ingest.Event // their spans are relative to the base of the request
	outcomes []outcome.Outcome
	reasons  []outcome.Reason
}

type request struct {
	seq      uint64
	at, wall int64 // nanoseconds since the epoch
	first    uint64
	base     int // where its body begins in text
	account  uint32
	status   uint16
	reason   outcome.Reason
	minID    int
	from     uint32 // index of the first event in the segment
	events   uint32 // number of events recorded
	sent     uint32 // number of events in the body
	bytes    int
	apiKey   ingest.Span // of meta, like the next three
	endpoint ingest.Span
	answer   ingest.Span
	identify ingest.Span
}

const (
	requestBytes = int(unsafe.Sizeof(request{}))
	eventBytes   = int(unsafe.Sizeof(ingest.Event{})) + 2 // outcome and reason
)

// bytes is the memory that the segment takes.
func (s *segment) bytes() int {
	return cap(s.text) + cap(s.meta) + cap(s.requests)*requestBytes + cap(s.events)*eventBytes
}

func (s *segment) fits(need int) bool { return !s.own && need <= s.room }

// entryBytes is the room that an entry needs.
func entryBytes(e *Entry) int {
	n := requestBytes + len(e.Endpoint) + len(e.APIKey) + len(e.Answer) + len(e.Identification) + len(e.Outcomes)*eventBytes
	if e.Upload != nil {
		n += len(e.Upload.Text)
	}
	return n
}

// worthTaking reports whether the memory of an entry may become a segment: it is
// large, and most of it is used.
func worthTaking(e *Entry) bool {
	return e.Upload != nil && len(e.Upload.Text) >= WorthTaking && cap(e.Upload.Text) <= 2*len(e.Upload.Text)
}

// copy adds an entry, which keeps its memory.
func (s *segment) copy(e *Entry, account uint32, seq, lastEvent uint64) {
	s.room -= entryBytes(e)
	r := s.request(e, account, seq, lastEvent)
	if u := e.Upload; u != nil {
		s.text = append(s.text, u.Text...)
		s.events = append(s.events, u.Events[:len(e.Outcomes)]...)
		s.outcomes = append(s.outcomes, e.Outcomes...)
		s.reasons = append(s.reasons, e.Reasons...)
	}
	s.requests = append(s.requests, r)
}

// take makes an empty segment of the memory of an entry, which loses it.
func (s *segment) take(e *Entry, account uint32, seq, lastEvent uint64) {
	u := e.Upload
	s.own = true
	s.requests = []request{s.request(e, account, seq, lastEvent)}
	s.text, s.events, s.outcomes, s.reasons = u.Text, u.Events, e.Outcomes, e.Reasons
	u.Text, u.Events, e.Outcomes, e.Reasons = nil, nil, nil, nil
}

// request describes an entry that is to be added at the end.
func (s *segment) request(e *Entry, account uint32, seq, lastEvent uint64) request {
	r := request{
		seq: seq, at: e.At.UnixNano(), wall: e.Wall.UnixNano(), first: lastEvent + 1,
		base: len(s.text), account: account, status: uint16(e.Status), reason: e.Reason,
		from: uint32(len(s.events)), events: uint32(len(e.Outcomes)), bytes: e.Bytes,
		apiKey: s.note(e.APIKey), endpoint: s.note([]byte(e.Endpoint)), answer: s.note(e.Answer),
		identify: s.note(e.Identification),
	}
	if u := e.Upload; u != nil {
		r.minID, r.sent = u.MinIDLength, uint32(len(u.Events))
	}
	return r
}

func (s *segment) note(text []byte) ingest.Span {
	from := uint32(len(s.meta))
	s.meta = append(s.meta, text...)
	return ingest.Span{From: from, To: from + uint32(len(text))}
}

// noted is the text of a span of meta.
func (s *segment) noted(span ingest.Span) []byte { return s.meta[span.From:span.To] }

// bytesOf is the text of a span of an event of a request.
func (s *segment) bytesOf(r *request, span ingest.Span) []byte {
	return s.text[r.base+int(span.From) : r.base+int(span.To)]
}
