package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// cursorVersion is the version of the cursor file's layout.
const cursorVersion = 1

// Cursor remembers how far each input has been read, so that what is safe needs
// not be read again: in a file across runs, and in memory within one. An input
// whose content has changed begins anew. It is safe for concurrent use.
//
// One cursor file serves one process at a time.
type Cursor struct {
	path string // empty: in memory only

	saving sync.Mutex // held while the file is written; before mu

	mu      sync.Mutex // guards what follows
	entries map[string]*entry
	changed bool // since the file was written
}

// position is how far an input is safe, as it is stored.
type position struct {
	Size    int64  `json:"size"`
	Version string `json:"version,omitempty"`
	// Records are those done from the beginning, bad ones included.
	Records  int64 `json:"records"`
	Complete bool  `json:"complete,omitempty"`
}

// entry is a position and what is on its way to move it.
type entry struct {
	position
	marks   []*mark // not safe yet, or behind one that is not
	reached int64   // of the last mark
	taken   bool    // being read, or read to the end
	listed  bool    // seen in the present listing
}

type mark struct {
	steps     int64
	end, safe bool
}

type cursorFile struct {
	Version int                 `json:"version"`
	Inputs  map[string]position `json:"inputs"`
}

// OpenCursor reads the cursor at a path, or begins one if there is none. An empty
// path is a cursor that ends with the process.
func OpenCursor(path string) (*Cursor, error) {
	c := &Cursor{path: path, entries: map[string]*entry{}}
	if path == "" {
		return c, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		// Found out now rather than when there is something to lose.
		c.changed = true
		return c, c.Save()
	}
	if err != nil {
		return nil, fmt.Errorf("read cursor: %w", err)
	}
	var file cursorFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read cursor %q: %w: delete the file to begin anew", path, err)
	}
	if file.Version != cursorVersion {
		return nil, fmt.Errorf("read cursor %q: version %d is not %d: it is of another release", path, file.Version, cursorVersion)
	}
	for key, p := range file.Inputs {
		c.entries[key] = &entry{position: p}
	}
	return c, nil
}

// Admit tells whether there is anything to read in an input, and prepares it to be
// read from where it was left. An input that is being read is not admitted again.
func (c *Cursor) Admit(in *Input) bool {
	if in.key == "" {
		return true // a stream has no position
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[in.key]
	if e == nil || e.Size != in.size || e.Version != in.version {
		e = &entry{position: position{Size: in.size, Version: in.version}}
		c.entries[in.key] = e
	}
	e.listed = true
	if e.Complete || e.taken {
		return false
	}
	e.taken = true
	in.cursor, in.entry, in.skip = c, e, max(e.Records, e.reached)
	return true
}

// keep notes that an input is still there though it is not to be read now, so that
// its position is not forgotten.
func (c *Cursor) keep(in *Input) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[in.key]; e != nil {
		e.listed = true
	}
}

func (c *Cursor) release(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.taken = false
}

func (c *Cursor) mark(e *entry, steps int64, end bool) *mark {
	m := &mark{steps: steps, end: end}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.marks = append(e.marks, m)
	e.reached = max(e.reached, steps)
	return m
}

func (c *Cursor) unmark(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.reached = e.Records
	if e.marks = e.marks[:len(e.marks)-1]; len(e.marks) > 0 {
		e.reached = e.marks[len(e.marks)-1].steps
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
		n++
	}
	if n > 0 {
		e.marks = slices.Delete(e.marks, 0, n)
		c.changed = true
	}
}

// forget drops what the listing that is over did not show, of what belongs to the
// places it was of.
func (c *Cursor) forget(belongs func(key string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.entries {
		if !e.listed && len(e.marks) == 0 && belongs(key) {
			delete(c.entries, key)
			c.changed = true
		}
		e.listed = false
	}
}

// Save writes the file if anything has changed. What it writes replaces the old
// file in one step and is on disk when Save returns.
func (c *Cursor) Save() error {
	c.saving.Lock()
	defer c.saving.Unlock()
	text, err := c.encode()
	if text == nil || err != nil {
		return err
	}
	if err := replace(c.path, text); err != nil {
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
	file := cursorFile{Version: cursorVersion, Inputs: make(map[string]position, len(c.entries))}
	for key, e := range c.entries {
		if e.Records > 0 || e.Complete {
			file.Inputs[key] = e.position
		}
	}
	text, err := json.MarshalIndent(file, "", " ")
	return append(text, '\n'), err
}

// replace writes a file so that at any moment either the old or the new content
// is there, whatever happens.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
