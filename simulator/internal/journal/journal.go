// Package journal remembers every request and every event with what became of it.
//
// Counts are exact for ever. The requests themselves are kept up to a bound of
// bytes, the oldest are evicted first, and the ledger says how many are gone: a
// search that finds nothing proves nothing while events of the key are missing.
//
// Requests are kept in segments, each a few flat slices without a pointer per
// event, so that millions of events cost the garbage collector nothing. Small
// requests are copied into a segment they share; the memory of a large one becomes
// a segment, and the client of the journal goes on with that of an evicted one.
package journal

import (
	"sync"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// DefaultBytes is the usual bound on what the journal keeps.
const DefaultBytes = 256 << 20

// Journal is safe for concurrent use.
type Journal struct {
	maxBytes int

	mu       sync.Mutex // guards the rest
	segments []*segment // oldest first
	spare    segment    // memory of an evicted shared segment, for the next one
	bytes    int        // of all segments
	requests uint64     // Seq of the latest request
	events   uint64     // Seq of the latest event
	accounts []*account
	byName   map[string]uint32 // number in accounts
	gone     account           // what the ledgers counted before they were reset
}

// New returns an empty journal that keeps about maxBytes bytes.
func New(maxBytes int) *Journal {
	return &Journal{maxBytes: maxBytes, byName: map[string]uint32{}}
}

// Entry is one request with its answer, as it goes into the journal.
type Entry struct {
	// Account is whose ledger counts the request: a project, or the key as sent
	// if it belongs to none, or empty if there was no readable key.
	Account  string
	APIKey   []byte // as sent
	At, Wall time.Time
	Endpoint string
	Status   int
	Reason   outcome.Reason
	Bytes    int // size of the body, also if it was not read
	Answer   []byte
	// Identification is what a call of identify brought, which has no Upload.
	Identification []byte

	// Upload is the request as read; nil if it was not readable.
	Upload *ingest.Upload
	// Outcomes and Reasons are those of the events of Upload. Both are as long as
	// Upload.Events, or nil if the events are not to be recorded.
	Outcomes []outcome.Outcome
	Reasons  []outcome.Reason
}

// Record adds an entry and copies what it keeps, unless it returns true. Then the
// memory of Upload.Text, Upload.Events, Outcomes and Reasons belongs to the journal,
// which has put other memory of any length, maybe none, in its place.
func (j *Journal) Record(e *Entry) (taken bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	number := j.account(e.Account)
	j.accounts[number].count(e)
	j.requests++
	events := uint64(len(e.Outcomes))
	if entryBytes(e) > j.maxBytes { // most of all where only counts are wanted
		j.accounts[number].evict(events, e.At.UnixNano())
		j.events += events
		return false
	}
	if taken = worthTaking(e); taken {
		seg := new(segment)
		seg.take(e, number, j.requests, j.events)
		j.hand(e, j.makeRoom(seg.bytes()))
		j.segments = append(j.segments, seg)
		j.bytes += seg.bytes()
	} else {
		seg := j.shared(entryBytes(e))
		before := seg.bytes()
		seg.copy(e, number, j.requests, j.events)
		j.bytes += seg.bytes() - before
	}
	j.events += events
	return taken
}

// shared returns a segment that can take a small request.
func (j *Journal) shared(need int) *segment {
	if n := len(j.segments); n > 0 && j.segments[n-1].fits(need) {
		return j.segments[n-1]
	}
	size := max(need, min(segmentBytes, j.maxBytes/4))
	j.makeRoom(size)
	seg := j.spare
	j.spare = segment{}
	if seg.room = size; cap(seg.text) < size {
		seg.text = make([]byte, 0, size) // at once, because growing would copy it again and again
	}
	j.segments = append(j.segments, &seg)
	j.bytes += seg.bytes()
	return &seg
}

// hand gives an entry the memory of an evicted segment, which may be nil.
func (j *Journal) hand(e *Entry, evicted *segment) {
	if evicted == nil {
		return
	}
	e.Upload.Text, e.Upload.Events = evicted.text[:0], evicted.events[:0]
	e.Outcomes, e.Reasons = evicted.outcomes[:0], evicted.reasons[:0]
}

// makeRoom evicts the oldest segments until the journal can take size bytes more.
// It returns the last one that was made of a request, if any.
func (j *Journal) makeRoom(size int) (own *segment) {
	for len(j.segments) > 0 && j.bytes+size > j.maxBytes {
		switch oldest := j.evict(); {
		case oldest.own:
			own = oldest
		default:
			j.spare = segment{
				text: oldest.text[:0], meta: oldest.meta[:0], requests: oldest.requests[:0],
				events: oldest.events[:0], outcomes: oldest.outcomes[:0], reasons: oldest.reasons[:0],
			}
		}
	}
	return own
}

// evict forgets the oldest segment and says so in the ledgers.
func (j *Journal) evict() *segment {
	oldest := j.segments[0]
	j.segments[0] = nil
	j.segments = j.segments[1:]
	j.bytes -= oldest.bytes()
	for i := range oldest.requests {
		r := &oldest.requests[i]
		if a := j.accounts[r.account]; r.seq > a.since {
			a.evict(uint64(r.events), r.at)
		}
	}
	return oldest
}

// Reset forgets the requests and the ledger of an account. Sequence numbers go on.
func (j *Journal) Reset(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if number, ok := j.byName[name]; ok {
		j.gone.add(j.accounts[number])
		j.accounts[number].reset(j.requests)
	}
}

// ResetAll forgets all requests and ledgers.
func (j *Journal) ResetAll() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments, j.bytes, j.spare = nil, 0, segment{}
	for _, a := range j.accounts {
		j.gone.add(a)
		a.reset(j.requests)
	}
}

// account returns the number of an account, and makes it if need be.
func (j *Journal) account(name string) uint32 {
	number, ok := j.byName[name]
	if !ok {
		number = uint32(len(j.accounts))
		j.byName[name] = number
		j.accounts = append(j.accounts, newAccount())
	}
	return number
}
