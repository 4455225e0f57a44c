package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/regular"
)

// deadLetterFile takes the dead letters of a run without a durable queue.
type deadLetterFile struct {
	out io.Writer

	mu   sync.Mutex     // guards what follows
	path string         // of the file; empty: it is open already, or none
	info fs.FileInfo    // of the file
	file io.WriteCloser // nil: they are listed
	sync func() error   // brings the file to the disk; nil: it is on none
	torn bool           // the file does not end with a whole line
	lost error          // why the first letter that is not on the disk is not
}

// openDeadLetters opens the file for dead letters, or has them listed on out.
func (k *queueFlags) openDeadLetters(out io.Writer) (*deadLetterFile, error) {
	t := &deadLetterFile{out: out}
	if k.DeadLetters == "" {
		return t, nil
	}
	return t, t.open(k.DeadLetters)
}

// open opens the file, or makes it.
func (t *deadLetterFile) open(path string) error {
	f, err := regular.Append(path, 0o600)
	if err != nil {
		return fmt.Errorf("open file of dead letters: %w", err)
	}
	torn, err := isTorn(path)
	if err != nil {
		return errors.Join(fmt.Errorf("read the end of the file of dead letters: %w", err), f.Close())
	}
	t.file, t.torn = f, torn
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		t.path, t.info, t.sync = path, info, f.Sync
	}
	return nil
}

// follow opens the file anew if it was deleted or moved away, as logs are. What is written to
// a file without a name is lost with the process.
func (t *deadLetterFile) follow() error {
	if t.path == "" {
		return nil
	}
	if there, err := os.Stat(t.path); err == nil && os.SameFile(there, t.info) {
		return nil
	}
	file, sync := t.file, t.sync
	if err := t.open(t.path); err != nil {
		return err
	}
	return errors.Join(sync(), file.Close())
}

// isTorn reports whether a file ends inside a line: a process was killed, or its disk was
// full. What is not a file, such as a pipe, is whole.
func isTorn(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, err
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrPermission) {
		return true, nil // it may be written, not read: at worst a line is empty
	}
	if err != nil {
		return false, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return last[0] != '\n', errors.Join(err, f.Close())
}

// take keeps a dead letter in the file. Without one it lists it, without personal data,
// and returns exporter.ErrDeadLetterNotKept.
func (t *deadLetterFile) take(l exporter.DeadLetter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		fmt.Fprintf(t.out, "dead letter: %s, %s, insert_id %s: %s\n", l.Reason, printable.Line(l.Type), printable.Line(l.InsertID), printable.Line(l.LastError))
		return exporter.ErrDeadLetterNotKept
	}
	if !json.Valid(l.Event) {
		l.Event = nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if err = t.follow(); err == nil {
		err = t.write(text)
	}
	if err != nil && t.lost == nil {
		t.lost = fmt.Errorf("write dead letters: %w", err)
	}
	return err
}

func (t *deadLetterFile) write(line []byte) error {
	if t.torn { // the rest of another letter must not damage this one
		line = append([]byte{'\n'}, line...)
	}
	n, err := t.file.Write(line)
	if n > 0 {
		t.torn = n < len(line)
	}
	return err
}

// Sync brings the letters taken so far to the disk. After a letter that could not be
// written it fails, and goes on to fail: the cursor must not pass the event, which the next
// run reads again. After a failed sync it is the same, for what the system could not write
// then is gone from its memory, too.
func (t *deadLetterFile) Sync() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sync == nil || t.lost != nil {
		return t.lost
	}
	if err := t.sync(); err != nil {
		t.lost = fmt.Errorf("write dead letters to the disk: %w", err)
	}
	return t.lost
}

// Close closes the file.
func (t *deadLetterFile) Close() error {
	if t == nil || t.file == nil {
		return nil
	}
	return errors.Join(t.Sync(), t.file.Close())
}
