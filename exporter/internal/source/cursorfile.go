package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/ammeter/ammeter/internal/regular"
)

// cursorVersion is the version of the cursor file's layout. Version 1 had no folders.
const cursorVersion = 2

type cursorFile struct {
	Version int         `json:"version"`
	Queue   *boundQueue `json:"queue,omitempty"`
	// Sum is of Inputs without blanks. A cursor of before has none.
	Sum    string          `json:"sum,omitempty"`
	Inputs json.RawMessage `json:"inputs"`
}

// positions returns the positions in a file. A bit of them that has changed would pass over
// events, or have them read again.
func (f *cursorFile) positions() (inputs map[string]position, err error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, f.Inputs); err != nil {
		return nil, err
	}
	if f.Sum != "" && f.Sum != sumOf(compact.Bytes()) {
		return nil, errors.New("its checksum is not that of its inputs: it is damaged; if it was changed by hand, remove \"sum\" from it; else")
	}
	if err := json.Unmarshal(f.Inputs, &inputs); err != nil {
		return nil, err
	}
	for key, p := range inputs {
		if folder, _ := dateFolder(key); folder == key && p.Folder == nil && key != "" {
			return nil, fmt.Errorf("%q is a folder, and it is not known what in it is done", key)
		}
	}
	return inputs, nil
}

func sumOf(compact []byte) string { return strconv.FormatUint(xxhash.Sum64(compact), 16) }

// OpenCursor locks and reads the cursor at a path, or begins one if there is none. An
// empty path is a cursor that ends with the process. Of a link the file that it points to is
// locked, so that it is one cursor whatever it is called.
func OpenCursor(path string) (*Cursor, error) {
	c := newCursor()
	if c.path = regular.Target(path); path == "" {
		return c, nil
	}
	path = c.path
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
	return unlock(c.lock)
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
	file := cursorFile{Inputs: json.RawMessage("null")}
	err = json.Unmarshal(text, &file)
	var inputs map[string]position
	if err == nil {
		inputs, err = file.positions()
	}
	if err != nil {
		return fmt.Errorf("read cursor %q: %w: delete the file to begin anew", c.path, err)
	}
	if file.Version < 1 || file.Version > cursorVersion {
		return fmt.Errorf("read cursor %q: version %d is not 1 to %d: it is of another release", c.path, file.Version, cursorVersion)
	}
	c.queue = file.Queue
	for key, p := range inputs {
		c.put(key, &entry{position: p})
	}
	return nil
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
	if c.path == "" {
		return nil
	}
	inputs, changed := c.unsaved()
	if !changed {
		return nil
	}
	text, err := json.Marshal(inputs)
	if err == nil {
		text, err = json.MarshalIndent(cursorFile{Version: cursorVersion, Queue: c.binding(), Sum: sumOf(text), Inputs: text}, "", " ")
	}
	if err == nil {
		err = ready()
	}
	if err == nil {
		err = regular.Replace(c.path, append(text, '\n'), 0o600)
	}
	if err != nil {
		c.restore()
		return fmt.Errorf("save cursor: %w", err)
	}
	return nil
}
