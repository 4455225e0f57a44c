package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/internal/input"
)

// What becomes of an input that is done and is found otherwise by the next run.
func TestCursor_changedInput(t *testing.T) {
	t.Parallel()
	const name = "in.ndjson"
	long := strings.Repeat(" ", 3000)
	padded := func(letters string) string {
		var text strings.Builder
		for _, c := range letters {
			text.WriteString(strings.Replace(records(1), `"a"`, `"`+string(c)+`"`+long, 1))
		}
		return text.String()
	}
	for _, tt := range []struct {
		name, before string
		change       func(t *testing.T, path string)
		want         string // what is read of it
		anew         bool
	}{
		{"unchanged", records(3), func(*testing.T, string) {}, "", false},
		{"touched", records(3), func(t *testing.T, path string) { t.Helper(); touch(t, path) }, "", false},
		{"grown", records(3), to(records(5)), "de", false},
		{"grown, and cut before", records(3) + records(1)[:30], to(records(3) + records(5)), "abcde", false},
		{"grown from nothing", "", to(records(2)), "ab", false},
		{"renamed", records(3), func(t *testing.T, path string) {
			t.Helper()
			if err := os.Rename(path, filepath.Join(filepath.Dir(path), "other.ndjson")); err != nil {
				t.Fatal(err)
			}
		}, "", false},
		{"changed at its beginning", records(3), to("\n" + records(3)), "abc", true},
		{"changed in the middle, of the same length", padded("abcdefg"), to(padded("abcxefg")), "abcxefg", true},
		{"cut shorter", records(3), to(records(2)), "ab", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := files(t, map[string]string{name: tt.before})
			path := filepath.Join(t.TempDir(), "cursor.json")
			c, in := opened(t, path), one(t, dir)
			c.Claim(in)
			for _, err := range in.Records(t.Context(), mapper(t)) {
				if _, isCut := errors.AsType[*input.CutError](err); err != nil && !isCut {
					t.Fatal(err)
				}
			}
			in.Mark()()
			closed(t, c)
			tt.change(t, filepath.Join(dir, name))
			c, in = opened(t, path), one(t, dir)
			got := ""
			if c.Claim(in) {
				got = ids(t, in, 100)
			}
			if got != tt.want || in.Anew() != tt.anew {
				t.Errorf("read %q, from the beginning: %v; want %q, %v", got, in.Anew(), tt.want, tt.anew)
			}
			closed(t, c)
		})
	}
}

func to(content string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		touch(t, path)
	}
}

func touch(t *testing.T, path string) {
	t.Helper()
	at := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// A file that is replaced by another of the same size and time is read: "cp -p" and
// archives keep the time.
func TestCursor_sameSizeAndTime(t *testing.T) {
	t.Parallel()
	if inodeOf(t.TempDir()) == "" {
		t.Skip("the system has no inodes")
	}
	for name, put := range map[string]func(path, content string) error{
		"written over": func(path, content string) error { return os.WriteFile(path, []byte(content), 0o600) },
		"put at its place": func(path, content string) error {
			return errors.Join(os.WriteFile(path+".new", []byte(content), 0o600), os.Rename(path+".new", path))
		},
	} {
		dir := files(t, map[string]string{"a.ndjson": records(3)})
		path := filepath.Join(dir, "a.ndjson")
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		c, in := opened(t, ""), one(t, dir)
		c.Claim(in)
		ids(t, in, 100)
		in.Mark()()
		other := strings.ReplaceAll(records(3), `"id":"a"`, `"id":"z"`)
		for was := inodeOf(path); inodeOf(path) == was; { // the clock of a file system is coarse
			if err := errors.Join(put(path, other), os.Chtimes(path, before.ModTime(), before.ModTime())); err != nil {
				t.Fatal(err)
			}
		}
		again := one(t, dir)
		if !c.Claim(again) || !again.Anew() {
			t.Fatalf("%s: the other content is passed over", name)
		}
		if got := ids(t, again, 100); got != "zbc" {
			t.Errorf("%s: read %q, want zbc", name, got)
		}
	}
}

// A copy is an input of its own.
func TestCursor_copy(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"a.ndjson": records(3)})
	c, in := opened(t, ""), one(t, dir)
	c.Claim(in)
	ids(t, in, 100)
	in.Mark()()
	copied := files(t, map[string]string{"a.ndjson": records(3)})
	if again := one(t, copied); !c.Claim(again) || ids(t, again, 100) != "abc" {
		t.Error("a copy is not read")
	}
}

// A file that grows while what was read of it is on its way is read on from there.
func TestCursor_growsWhileHeld(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(2)})
	c, in := opened(t, ""), one(t, dir)
	c.Claim(in)
	ids(t, in, 100)
	safe := in.Mark()
	to(records(4))(t, filepath.Join(dir, "in.ndjson"))
	again := one(t, dir)
	if !c.Claim(again) || ids(t, again, 100) != "cd" {
		t.Fatal("what is new is not read")
	}
	safe()
	if p := again.entry.position; p.Complete || p.Records != 2 {
		t.Errorf("position %+v; want 2 records, not complete", p)
	}
	again.Mark()()
	if p := again.entry.position; !p.Complete || p.Records != 4 {
		t.Errorf("position %+v; want 4 records, complete", p)
	}
}

// Positions are forgotten late, and only of what the listed locations hold.
func TestCursor_forget(t *testing.T) {
	t.Parallel()
	c := opened(t, "")
	for _, key := range []string{"here/a", "here/gone", "elsewhere/b"} {
		in := &Input{key: key, size: 1, version: "1"}
		c.Claim(in)
		in.steps, in.good, in.ended = 1, true, true
		in.Mark()()
		in.release()
	}
	now := time.Unix(1_800_000_000, 0)
	list := func(at time.Time, keys ...string) int {
		for _, key := range keys {
			c.touch(&Input{key: key})
		}
		c.prune(at, true, func(key string) bool { return strings.HasPrefix(key, "here/") })
		return len(c.entries)
	}
	all := []string{"here/a", "here/gone", "elsewhere/b"}
	list(now, all...)
	for _, step := range []struct {
		after time.Duration
		keys  []string
		want  int
	}{
		{time.Hour, all[:1], 3},
		{29 * 24 * time.Hour, all[:1], 3},
		{30 * 24 * time.Hour, all[:2], 3}, // there again
		{31 * 24 * time.Hour, all[:1], 3},
		{62 * 24 * time.Hour, all[:1], 2},
		{365 * 24 * time.Hour, all[:1], 2},
	} {
		if got := list(now.Add(step.after), step.keys...); got != step.want {
			t.Errorf("after %v: %d entries, want %d", step.after, got, step.want)
		}
	}
}

// Two processes do not share a cursor.
func TestOpenCursor_locked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cursor.json")
	c := opened(t, path)
	if _, err := OpenCursor(path); err == nil || !strings.Contains(err.Error(), "another exporter uses it") {
		t.Errorf("second: %v", err)
	}
	closed(t, c)
	closed(t, opened(t, path))
}
