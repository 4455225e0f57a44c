package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// small is a disk with room for so many bytes more.
type small struct {
	bytes.Buffer
	room int
}

func (s *small) Write(p []byte) (int, error) {
	n := min(len(p), s.room)
	s.room -= n
	s.Buffer.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (*small) Close() error { return nil }

// A letter that was written in part because the disk was full leaves the next one whole.
func TestLetterTaker_fullDisk(t *testing.T) {
	t.Parallel()
	disk := &small{room: 100}
	letters := &deadLetterFile{file: disk}
	if err := letters.take(letterOf("a")); err == nil {
		t.Fatal("a letter without room was taken")
	}
	if err := letters.take(letterOf("b")); err == nil {
		t.Fatal("a letter without any room was taken")
	}
	disk.room = 1 << 20
	if err := letters.Sync(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Sync after letters that were not written = %v, want ENOSPC: the cursor must not pass them", err)
	}
	for _, id := range []string{"c", "d"} {
		if err := letters.take(letterOf(id)); err != nil {
			t.Fatal(err)
		}
	}
	if got := idsIn(disk.String()); got != "c d" {
		t.Errorf("the file has the letters %q; want c d:\n%s", got, disk.String())
	}
}

// The cursor passes no event whose dead letter is not on the disk.
func TestLetterTaker_syncBeforeCursor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "cursor.json")
	cursor, err := source.OpenCursor(path)
	if err != nil {
		t.Fatal(err)
	}
	defer cursor.Close()
	empty, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := cursor.Bind("queue-1", "somewhere", 0); err != nil { // something to save
		t.Fatal(err)
	}
	broken := true
	letters := &deadLetterFile{file: &small{room: 1 << 20}, sync: func() error {
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, empty) {
			t.Errorf("the cursor was saved before the letters: %s, %v", now, err)
		}
		if broken {
			return syscall.EIO
		}
		return nil
	}}
	if err := cursor.SaveAfter(letters.Sync); !errors.Is(err, syscall.EIO) {
		t.Errorf("SaveAfter = %v, want EIO", err)
	}
	broken = false
	if err := cursor.SaveAfter(letters.Sync); !errors.Is(err, syscall.EIO) {
		t.Errorf("SaveAfter a failed sync = %v, want EIO again", err)
	}
	letters.lost = nil
	if err := cursor.SaveAfter(letters.Sync); err != nil {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || bytes.Equal(now, empty) {
		t.Errorf("the cursor was not saved: %s, %v", now, err)
	}
}

// So does one that was written in part by a process that was killed.
func TestLetterTaker_tornFile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, before, want string }{
		{"no file", "", "c"},
		{"a whole line", `{"insert_id":"a"}` + "\n", "a c"},
		{"a part of a line", `{"insert_id":"a"}` + "\n" + `{"insert_id":"b","ev`, "a c"},
	} {
		path := filepath.Join(t.TempDir(), "letters")
		if row.before != "" {
			if err := os.WriteFile(path, []byte(row.before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		k := queueFlags{DeadLetters: path}
		letters, err := k.openDeadLetters(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := letters.take(letterOf("c")); err != nil {
			t.Error(err)
		}
		if err := letters.Close(); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(path)
		if got := idsIn(string(text)); err != nil || got != row.want {
			t.Errorf("%s: the file has the letters %q, %v; want %q:\n%s", row.name, got, err, row.want, text)
		}
	}
}

// A file that was deleted or moved away, as logs are, is made anew: what is written to one that
// has no name any more is lost with the process.
func TestLetterTaker_fileGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		take      func(path string) error
		want, old string // letters in the file, and in the one that was moved
	}{
		"deleted": {os.Remove, "b", ""},
		"moved":   {func(path string) error { return os.Rename(path, path+".1") }, "b", "a"},
		"moved and made anew": {func(path string) error {
			return errors.Join(os.Rename(path, path+".1"), os.WriteFile(path, nil, 0o600))
		}, "b", "a"},
		"cut to zero": {func(path string) error { return os.Truncate(path, 0) }, "b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "letters")
			k := queueFlags{DeadLetters: path}
			letters, err := k.openDeadLetters(io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			err = errors.Join(letters.take(letterOf("a")), c.take(path), letters.take(letterOf("b")), letters.Close())
			if err != nil {
				t.Error(err)
			}
			text, err := os.ReadFile(path)
			if got := idsIn(string(text)); err != nil || got != c.want {
				t.Errorf("the file has the letters %q, %v; want %q", got, err, c.want)
			}
			old, _ := os.ReadFile(path + ".1")
			if got := idsIn(string(old)); got != c.old {
				t.Errorf("the old file has the letters %q; want %q", got, c.old)
			}
		})
	}
}

// Where it cannot be made anew the letter is not kept, and the cursor does not pass its event.
func TestLetterTaker_directoryGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	k := queueFlags{DeadLetters: filepath.Join(dir, "letters")}
	letters, err := k.openDeadLetters(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Skip(err) // a system on which an open file cannot be deleted
	}
	if err := letters.take(letterOf("a")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("take = %v, want that the file cannot be made", err)
	}
	if err := letters.Sync(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Sync = %v, want the same", err)
	}
	if err := letters.Close(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close = %v, want the same", err)
	}
}

func letterOf(id string) exporter.DeadLetter {
	return exporter.DeadLetter{Reason: "refused", InsertID: id, Event: []byte(`{"insert_id":"` + id + `"}`)}
}

// idsIn returns the ids of the lines that are letters.
func idsIn(text string) string {
	var ids []string
	for line := range strings.Lines(text) {
		var letter struct {
			InsertID string `json:"insert_id"`
		}
		if json.Unmarshal([]byte(line), &letter) == nil {
			ids = append(ids, letter.InsertID)
		}
	}
	return strings.Join(ids, " ")
}
