package journal

import (
	"slices"
	"unsafe"

	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// segmentBytes is the usual size of a segment. Memory grows and is given back in this step.
const segmentBytes = 1 << 20

// bodyAlign is what the place of a body in a segment is a multiple of: to copy a large one
// to other places takes a third longer.
const bodyAlign = 16

// segment holds consecutive requests, in flat slices.
type segment struct {
	room     int // bytes it may still take
	text     []byte
	meta     []byte // keys, endpoints and answers
	requests []request
	events   []upload.Event // their spans are relative to the base of the request
	outcomes []outcome.Outcome
	reasons  []outcome.Reason
}

type request struct {
	seq      uint64
	at, wall int64 // nanoseconds since the epoch
	first    uint64
	base     int // where its body begins in text
	end      int // and where it ends
	account  uint32
	status   uint16
	reason   outcome.Reason
	minID    int
	from     uint32 // index of the first event in the segment
	events   uint32 // number of events recorded
	sent     uint32 // number of events in the body
	bytes    int
	apiKey   upload.Span // of meta, like the next four
	endpoint upload.Span
	encoding upload.Span
	answer   upload.Span
	identify upload.Span
}

const (
	requestBytes = int(unsafe.Sizeof(request{}))
	eventBytes   = int(unsafe.Sizeof(upload.Event{})) + 2 // outcome and reason
)

// bytes is the memory that the segment takes.
func (s *segment) bytes() int {
	return cap(s.text) + cap(s.meta) + cap(s.requests)*requestBytes + cap(s.events)*eventBytes
}

// reserve makes room for as much as another segment holds, text apart, because growing would
// copy it again and again.
func (s *segment) reserve(other *segment) {
	s.meta = slices.Grow(s.meta, len(other.meta))
	s.requests = slices.Grow(s.requests, len(other.requests))
	s.events = slices.Grow(s.events, len(other.events))
	s.outcomes = slices.Grow(s.outcomes, len(other.outcomes))
	s.reasons = slices.Grow(s.reasons, len(other.reasons))
}

// last is the Seq of the newest request, 0 if there is none.
func (s *segment) last() uint64 {
	if len(s.requests) == 0 {
		return 0
	}
	return s.requests[len(s.requests)-1].seq
}

// entryBytes is the room that an entry needs.
func entryBytes(e *Entry) int {
	n := requestBytes + len(e.Endpoint) + len(e.Encoding) + len(e.APIKey) + len(e.Answer) + len(e.Identification) + len(e.Outcomes)*eventBytes
	if e.Upload != nil {
		n += len(e.Upload.Text) + bodyAlign - 1
	}
	return n
}

// add copies an entry.
func (s *segment) add(e *Entry, account uint32, seq, lastEvent uint64) {
	s.room -= entryBytes(e)
	if e.Upload != nil {
		s.text = append(s.text, make([]byte, -len(s.text)&(bodyAlign-1))...)
	}
	r := s.request(e, account, seq, lastEvent)
	if u := e.Upload; u != nil {
		s.text = append(s.text, u.Text...)
		r.end = len(s.text)
		s.events = append(s.events, u.Events[:len(e.Outcomes)]...)
		s.outcomes = append(s.outcomes, e.Outcomes...)
		s.reasons = append(s.reasons, e.Reasons...)
	}
	s.requests = append(s.requests, r)
}

// request describes an entry that is to be added at the end.
func (s *segment) request(e *Entry, account uint32, seq, lastEvent uint64) request {
	r := request{
		seq: seq, at: e.At.UnixNano(), wall: e.Wall.UnixNano(), first: lastEvent + 1,
		base: len(s.text), end: len(s.text), account: account, status: uint16(e.Status), reason: e.Reason,
		from: uint32(len(s.events)), events: uint32(len(e.Outcomes)), bytes: e.Bytes,
		apiKey: s.intern(e.APIKey), endpoint: s.intern([]byte(e.Endpoint)), answer: s.intern(e.Answer),
		encoding: s.intern([]byte(e.Encoding)), identify: s.intern(e.Identification),
	}
	if u := e.Upload; u != nil {
		r.minID, r.sent = u.MinIDLength, uint32(u.Sent())
	}
	return r
}

func (s *segment) intern(text []byte) upload.Span {
	from := uint32(len(s.meta))
	s.meta = append(s.meta, text...)
	return upload.Span{From: from, To: from + uint32(len(text))}
}

// metaText is the text of a span of meta.
func (s *segment) metaText(span upload.Span) []byte { return s.meta[span.From:span.To] }

// bytesOf is the text of a span of an event of a request.
func (s *segment) bytesOf(r *request, span upload.Span) []byte {
	return s.text[r.base+int(span.From) : r.base+int(span.To)]
}
