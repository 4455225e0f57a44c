package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/ammeter/ammeter/internal/regular"
)

// cursorVersion is the version of the cursor file's layout. Version 1 had no folders.
const cursorVersion = 2

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
	bySize  map[int64]map[string]bool // keys of entries by their size, to find what was renamed
	loose   map[string]int            // the number of entries in a date folder that is no entry itself, or beside it
	queue   *boundQueue               // see Bind; nil: none
	changed bool                      // since the file was written
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
	found   int64   // of a folder: objects seen in the present listing
	remote  bool    // an object of a store that this process has listed
	written time.Time
}

type mark struct {
	steps     int64
	digest    digest
	end, safe bool
}

type cursorFile struct {
	Version int                 `json:"version"`
	Queue   *boundQueue         `json:"queue,omitempty"`
	Inputs  map[string]position `json:"inputs"`
}

// OpenCursor locks and reads the cursor at a path, or begins one if there is none. An
// empty path is a cursor that ends with the process. Of a link the file that it points to is
// locked, so that it is one cursor whatever it is called.
func OpenCursor(path string) (*Cursor, error) {
	path = regular.Target(path)
	c := &Cursor{path: path, entries: map[string]*entry{}, bySize: map[int64]map[string]bool{}, loose: map[string]int{}}
	if path == "" {
		return c, nil
	}
	err := regular.Writable(path + ".lock") // to open a pipe would wait for its other end
	if err != nil {
		return nil, fmt.Errorf("lock cursor %q: %w", path, err)
	}
	if c.lock, err = lockFile(path + ".lock"); err != nil {
		return nil, fmt.Errorf("lock cursor %q: %w", path, err)
	}
	if err := c.load(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close lets other processes use the file. It does not save.
func (c *Cursor) Close() error {
	if c.lock == nil {
		return nil
	}
	return c.lock.Close()
}

func (c *Cursor) load() error {
	text, err := regular.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		// Found out now rather than when there is something to lose.
		c.changed = true
		return c.Save()
	}
	if err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	var file cursorFile
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read cursor %q: %w: delete the file to begin anew", c.path, err)
	}
	if file.Version < 1 || file.Version > cursorVersion {
		return fmt.Errorf("read cursor %q: version %d is not 1 to %d: it is of another release", c.path, file.Version, cursorVersion)
	}
	c.queue = file.Queue
	for key, p := range file.Inputs {
		c.put(key, &entry{position: p})
	}
	return nil
}

// Claim reports whether there is anything to read in an input, and prepares it to be
// read from where it was left. An input that is being read is not claimed again.
func (c *Cursor) Claim(in *Input) bool {
	if in.key == "" {
		return true // a stream has no position
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inFolder(in) {
		return false
	}
	e := c.find(in)
	e.seen, e.remote, e.written = true, in.remote, in.changed
	if e.Complete || e.claimed {
		return false
	}
	e.claimed, e.reading, e.hole = true, true, false
	in.cursor, in.entry, in.skip = c, e, max(e.Records, e.readTo)
	return true
}

// keep notes that an input is still there though it is not to be read now, so that
// its position is not forgotten.
func (c *Cursor) touch(in *Input) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[in.key]; e != nil {
		e.seen = true
	}
}

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

// Save writes the file if anything has changed. What it writes replaces the old
// file in one step and is on disk when Save returns.
func (c *Cursor) Save() error {
	return c.SaveAfter(func() error { return nil })
}

// SaveAfter saves as Save does. Before it writes the positions it calls ready, which
// has to bring to the disk what became of the events up to there. When ready fails the
// file stays as it is.
func (c *Cursor) SaveAfter(ready func() error) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	text, err := c.encode()
	if text == nil || err != nil {
		return err
	}
	if err = ready(); err == nil {
		err = regular.Replace(c.path, text, 0o600)
	}
	if err != nil {
		c.mu.Lock()
		c.changed = true
		c.mu.Unlock()
		return fmt.Errorf("save cursor: %w", err)
	}
	return nil
}

// encode returns nothing when there is nothing to write.
func (c *Cursor) encode() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.path == "" || !c.changed {
		return nil, nil
	}
	c.changed = false
	file := cursorFile{Version: cursorVersion, Queue: c.queue, Inputs: make(map[string]position, len(c.entries))}
	for key, e := range c.entries {
		if e.Records > 0 || e.Complete {
			file.Inputs[key] = e.position
		}
	}
	text, err := json.MarshalIndent(file, "", " ")
	return append(text, '\n'), err
}
