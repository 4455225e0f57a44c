package source

import (
	"os"
	"slices"
	"sync"
	"time"
)

// Cursor remembers how far each input has been read, so that what is safe needs
// not be read again: in a file across runs, and in memory within one. An input
// whose content has changed begins anew. It is safe for concurrent use.
//
// One cursor file serves one process at a time: it is locked until Close.
type Cursor struct {
	path string // empty: in memory only
	lock *os.File

	saving sync.Mutex // held while the file is written; before mu

	mu      sync.Mutex // guards what follows
	entries map[string]*entry
	bySize  map[int64]map[string]bool  // keys of entries by their size, to find what was renamed
	loose   map[string]map[string]bool // keys of entries in a date folder that is no entry itself, or beside it
	left    map[string]bool            // date folders that the listing has shown, and that may be done
	listing int                        // the number of the present one
	began   time.Time                  // when it began
	queue   *boundQueue                // see Bind; nil: none
	changed bool                       // since it was stored
}

// newCursor returns a cursor that ends with the process.
func newCursor() *Cursor {
	return &Cursor{
		entries: map[string]*entry{}, bySize: map[int64]map[string]bool{}, loose: map[string]map[string]bool{}, left: map[string]bool{},
	}
}

// position is how far an input is safe, as it is stored.
type position struct {
	Size    int64  `json:"size"`
	Version string `json:"version,omitempty"`
	// Digest is of the bytes that were read for the records that are safe, at least.
	Digest digest `json:"digest,omitzero"`
	// Records are those done from the beginning, bad ones included.
	Records  int64 `json:"records"`
	Complete bool  `json:"complete,omitempty"`
	// Folder is set if the key is that of a date folder.
	Folder *folder `json:"folder,omitempty"`
	// Gone is the Unix time since when no listing has shown the input. 0: it is there.
	Gone int64 `json:"gone,omitempty"`
}

// entry is a position and what is on its way to move it.
type entry struct {
	position
	marks   []*mark // not safe yet, or behind one that is not
	readTo  int64   // of the last mark
	claimed bool    // being read, or read to the end
	reading bool    // its reader has not returned
	hole    bool    // a part was not stored: the reader marks nothing beyond it
	seen    bool    // seen in the present listing
	found   int64   // of a folder: objects seen in a listing
	listing int     // that one
	remote  bool    // an object of a store that this process has listed
	written time.Time
}

type mark struct {
	steps     int64
	digest    digest
	end, safe bool
}

// Claim is that of Positions.
func (c *Cursor) Claim(in *Input) bool {
	if in.key == "" {
		return true // a stream has no position
	}
	if c.isDone(in) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(in)
	e.seen, e.remote, e.written = true, in.remote, in.changed
	if e.Complete || e.claimed {
		return false
	}
	e.claimed, e.reading, e.hole = true, true, false
	in.cursor, in.entry, in.skip = c, e, max(e.Records, e.readTo)
	return true
}

// isDone reports whether nothing of an input is to be read, by what is known without a
// look into it, and notes that it was listed.
func (c *Cursor) isDone(in *Input) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inFolder(in) {
		return true
	}
	e := c.entries[in.key]
	if e == nil || !e.Complete || e.Size != in.size || e.Version != in.version {
		return false
	}
	e.seen, e.remote, e.written = true, in.remote, in.changed
	return true
}

func (c *Cursor) touch(in *Input) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[in.key]; e != nil {
		e.seen = true
	}
}

// unread is that of Positions: what is known of the inputs is here.
func (c *Cursor) unread() error { return nil }

// release notes that a reader has returned. Unless it has read to the end and all of
// that was stored, the input may be read again.
func (c *Cursor) release(e *entry, ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.reading = false
	if !ended || e.hole {
		e.claimed = false
	}
}

func (c *Cursor) mark(e *entry, steps int64, read digest, end bool) *mark {
	m := &mark{steps: steps, digest: read, end: end}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.hole {
		return m // it moves nothing
	}
	e.marks = append(e.marks, m)
	e.readTo = max(e.readTo, steps)
	return m
}

// unmark takes the last mark back. Nothing the reader marks after that counts, for
// the position must not pass what was not stored.
func (c *Cursor) unmark(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.hole {
		return
	}
	if e.hole = true; !e.reading {
		e.claimed = false
	}
	e.readTo = e.Records
	if e.marks = e.marks[:len(e.marks)-1]; len(e.marks) > 0 {
		e.readTo = e.marks[len(e.marks)-1].steps
	}
}

// safe moves the position up to the first mark that is not safe.
func (c *Cursor) safe(e *entry, m *mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.safe = true
	n := 0
	for n < len(e.marks) && e.marks[n].safe {
		e.Records, e.Complete = max(e.Records, e.marks[n].steps), e.marks[n].end
		e.Digest = e.marks[n].digest
		n++
	}
	if n > 0 {
		e.marks = slices.Delete(e.marks, 0, n)
		c.changed = true
	}
}

// unsaved returns the positions, and whether they have changed since the last call. After
// that call they count as stored; restore takes this back.
func (c *Cursor) unsaved() (inputs map[string]position, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		return nil, false
	}
	c.changed = false
	inputs = make(map[string]position, len(c.entries))
	for key, e := range c.entries {
		if e.Records > 0 || e.Complete {
			inputs[key] = e.position
		}
	}
	return inputs, true
}

// restore notes that the positions were not stored.
func (c *Cursor) restore() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = true
}

func (c *Cursor) hasChanged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// isReading reports whether an input is being read, or a part of it is not safe yet.
func (c *Cursor) isReading() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.entries {
		if e.isOpen() {
			return true
		}
	}
	return false
}

func (e *entry) isOpen() bool { return e.reading || len(e.marks) > 0 }
