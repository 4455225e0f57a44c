package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/regular"
)

// deadLetterFile takes the dead letters of a run without a durable queue.
type deadLetterFile struct {
	mu   sync.Mutex     // guards what follows
	file io.WriteCloser // nil: they are listed
	sync func() error   // brings the file to the disk; nil: it is on none
	torn bool           // the file does not end with a whole line
	lost error          // why the first letter that is not on the disk is not
	out  io.Writer
}

// openDeadLetters opens the file for dead letters, or has them listed on out.
func (k *queueFlags) openDeadLetters(out io.Writer) (*deadLetterFile, error) {
	t := &deadLetterFile{out: out}
	if k.DeadLetters == "" {
		return t, nil
	}
	f, err := regular.Append(k.DeadLetters, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open file of dead letters: %w", err)
	}
	if t.torn, err = isTorn(k.DeadLetters); err != nil {
		return nil, errors.Join(fmt.Errorf("read the end of the file of dead letters: %w", err), f.Close())
	}
	t.file = f
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		t.sync = f.Sync
	}
	return t, nil
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
	if t.torn { // the rest of another letter must not spoil this one
		text = append([]byte{'\n'}, text...)
	}
	n, err := t.file.Write(text)
	if n > 0 {
		t.torn = n < len(text)
	}
	if err != nil && t.lost == nil {
		t.lost = fmt.Errorf("write dead letters: %w", err)
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
