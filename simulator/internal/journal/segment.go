package journal

import (
	"unsafe"

	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// segmentBytes is the usual size of a segment. Memory grows and is given back in
// this step.
const segmentBytes = 1 << 20

// segment holds consecutive requests. Every span points into text; those of an
// event are relative to the base of its request.
type segment struct {
	room     int // bytes it may still take
	text     []byte
	requests []request
	events   []event
}

type request struct {
	seq      uint64
	at, wall int64 // nanoseconds since the epoch
	first    uint64
	base     int
	account  uint32
	status   uint16
	reason   outcome.Reason
	minID    int
	from     uint32 // index of the first event in the segment
	events   uint32 // number of events recorded
	sent     uint32 // number of events in the body
	bytes    int
	apiKey   ingest.Span
	endpoint ingest.Span
	answer   ingest.Span
}

type event struct {
	raw, user, device, kind, insertID ingest.Span
	index                             uint32
	outcome                           outcome.Outcome
	reason                            outcome.Reason
}

const (
	requestBytes = int(unsafe.Sizeof(request{}))
	eventBytes   = int(unsafe.Sizeof(event{}))
)

func newSegment(size int) *segment { return &segment{room: size} }

// bytes is the memory that the segment takes.
func (s *segment) bytes() int {
	return cap(s.text) + cap(s.requests)*requestBytes + cap(s.events)*eventBytes
}

func (s *segment) fits(need int) bool { return need <= s.room }

// entryBytes is the room that an entry needs.
func entryBytes(e *Entry) int {
	n := requestBytes + len(e.Endpoint) + len(e.APIKey) + len(e.Answer) + len(e.Outcomes)*eventBytes
	if e.Upload != nil {
		n += len(e.Upload.Text)
	}
	return n
}

func (s *segment) add(e *Entry, account uint32, seq, lastEvent uint64) {
	s.room -= entryBytes(e)
	r := request{
		seq: seq, at: e.At.UnixNano(), wall: e.Wall.UnixNano(), first: lastEvent + 1,
		base: len(s.text), account: account, status: uint16(e.Status), reason: e.Reason,
		from: uint32(len(s.events)), events: uint32(len(e.Outcomes)), bytes: e.Bytes,
	}
	if u := e.Upload; u != nil {
		s.text = append(s.text, u.Text...)
		r.minID, r.sent = u.MinIDLength, uint32(len(u.Events))
		for i, o := range e.Outcomes {
			ev := &u.Events[i]
			s.events = append(s.events, event{
				raw: ev.Raw, user: ev.UserID, device: ev.DeviceID, kind: ev.EventType, insertID: ev.InsertID,
				index: uint32(i), outcome: o, reason: e.Reasons[i],
			})
		}
	}
	r.apiKey = s.append(r.base, e.APIKey)
	r.endpoint = s.append(r.base, []byte(e.Endpoint))
	r.answer = s.append(r.base, e.Answer)
	s.requests = append(s.requests, r)
}

func (s *segment) append(base int, text []byte) ingest.Span {
	from := uint32(len(s.text) - base)
	s.text = append(s.text, text...)
	return ingest.Span{From: from, To: from + uint32(len(text))}
}

// bytesOf is the text of a span of a request or of one of its events.
func (s *segment) bytesOf(r *request, span ingest.Span) []byte {
	return s.text[r.base+int(span.From) : r.base+int(span.To)]
}
