// Package journal remembers every request and every event with what became of it.
//
// Counts are exact for ever. The requests themselves are kept up to a bound of
// bytes, the oldest are evicted first, and the ledger says how many are gone: a
// search that finds nothing proves nothing while events of the key are missing.
//
// Requests are kept in segments, each a few flat slices without a pointer per
// event, so that millions of events cost the garbage collector nothing.
package journal

import (
	"sync"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// DefaultBytes is the usual bound on what the journal keeps.
const DefaultBytes = 256 << 20

// Journal is safe for concurrent use.
type Journal struct {
	maxBytes int

	mu       sync.Mutex // guards the rest
	segments []*segment // oldest first
	spare    segment    // memory of an evicted segment, for the next one
	bytes    int        // of all segments
	requests uint64     // Seq of the latest request
	events   uint64     // Seq of the latest event
	accounts []*account
	byName   map[string]uint32 // number in accounts
	totals   counts            // of all accounts, also of those that were reset
	waiters  map[string][]*waiter
}

// New returns an empty journal that keeps about maxBytes bytes.
func New(maxBytes int) *Journal {
	return &Journal{maxBytes: maxBytes, byName: map[string]uint32{}, waiters: map[string][]*waiter{}}
}

// Entry is one request with its answer, as it goes into the journal.
type Entry struct {
	// Account is whose ledger counts the request: a project, or empty if there was no
	// key, or one that was never created.
	Account  string
	APIKey   []byte // as sent
	At, Wall time.Time
	Endpoint string
	Status   int
	Reason   outcome.Reason
	Bytes    int    // size of the body, also if it was not read
	Encoding string // Content-Encoding as sent
	Answer   []byte
	// Identification is what a call of identify brought, which has no Upload.
	Identification []byte

	// Upload is the request as read; nil if it was not readable.
	Upload *upload.Batch
	// Outcomes and Reasons are those of the events of Upload. Both are as long as
	// Upload.Events, or nil if the events are not to be recorded. The surplus of the
	// upload is counted as the last event is.
	Outcomes []outcome.Outcome
	Reasons  []outcome.Reason
}

// surplus is the number of events that are counted and cannot be kept.
func (e *Entry) surplus() uint64 {
	if e.Upload == nil {
		return 0
	}
	return uint64(e.Upload.Surplus)
}

// Record adds an entry. It copies what it keeps.
func (j *Journal) Record(e *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	number := j.account(e.Account)
	account := j.accounts[number]
	account.count(e, &j.totals)
	j.wake(e.Account, account)
	if n := e.surplus(); n > 0 {
		account.lose(n, e.At.UnixNano())
	}
	j.requests++
	if need := entryBytes(e); need > j.maxBytes { // most of all where only counts are wanted
		account.evict(uint64(len(e.Outcomes)), e.At.UnixNano())
	} else {
		seg := j.open(need)
		before := seg.bytes()
		seg.add(e, number, j.requests, j.events)
		j.bytes += seg.bytes() - before
	}
	j.events += uint64(len(e.Outcomes))
}

// open returns a segment that has room for a request.
func (j *Journal) open(need int) *segment {
	if n := len(j.segments); n > 0 && need <= j.segments[n-1].room {
		return j.segments[n-1]
	}
	size := max(need, min(segmentBytes, j.maxBytes/4))
	j.makeRoom(size)
	seg := j.spare
	j.spare = segment{}
	if seg.room = size; cap(seg.text) < size || cap(seg.text) > 2*size {
		seg.text = make([]byte, 0, size) // at once, because growing would copy it again and again
	}
	if n := len(j.segments); n > 0 {
		seg.reserve(j.segments[n-1])
	}
	j.segments = append(j.segments, &seg)
	j.bytes += seg.bytes()
	return &seg
}

// makeRoom evicts the oldest segments until the journal can take size bytes more. It
// keeps the memory of the last of them for the next segment.
func (j *Journal) makeRoom(size int) {
	for len(j.segments) > 0 && j.bytes+size > j.maxBytes {
		oldest := j.evict()
		j.spare = segment{
			text: oldest.text[:0], meta: oldest.meta[:0], requests: oldest.requests[:0],
			events: oldest.events[:0], outcomes: oldest.outcomes[:0], reasons: oldest.reasons[:0],
		}
	}
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
		j.accounts[number].reset(j.requests)
	}
}

// ResetAll forgets all requests and ledgers, and gives their memory back.
func (j *Journal) ResetAll() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments, j.bytes, j.spare = nil, 0, segment{}
	j.accounts, j.byName = nil, map[string]uint32{}
}

// lookup returns an account to read, an empty one if nothing was recorded.
func (j *Journal) lookup(name string) *account {
	if number, ok := j.byName[name]; ok {
		return j.accounts[number]
	}
	return new(account)
}

// account returns the number of an account, and makes it if need be. Only Record may:
// what was never recorded must cost nothing.
func (j *Journal) account(name string) uint32 {
	number, ok := j.byName[name]
	if !ok {
		number = uint32(len(j.accounts))
		j.byName[name] = number
		j.accounts = append(j.accounts, newAccount())
	}
	return number
}
