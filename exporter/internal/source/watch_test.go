package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"
)

// stepClock stands still until the watcher waits; then it is the test's turn, and
// the time jumps by the interval.
type stepClock struct {
	now  time.Time
	turn func()
}

func (c *stepClock) Now() time.Time { return c.now }

func (c *stepClock) After(d time.Duration) <-chan time.Time {
	c.now = c.now.Add(d)
	c.turn()
	ring := make(chan time.Time, 1)
	ring <- c.now
	return ring
}

// follow reads what a watcher yields to the end, everything being safe at once,
// while turns are taken between the listings. It returns the ids per listing.
func follow(t *testing.T, places []place, cursor *Cursor, turns ...func()) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := []string{""}
	c := &stepClock{now: time.Now()}
	c.turn = func() {
		n := len(got) - 1
		if n == len(turns) {
			cancel()
			return
		}
		turns[n]()
		got = append(got, "")
	}
	w := &Watcher{
		Catalog: &Catalog{places: places}, Cursor: cursor, Clock: c,
		Interval: time.Minute, Logger: slog.New(slog.DiscardHandler),
	}
	for in, err := range w.Inputs(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got[len(got)-1] += ids(t, in, 100)
		in.Mark()()
	}
	return got
}

func TestWatcher_store(t *testing.T) {
	t.Parallel()
	b := memblob.OpenBucket(nil)
	defer b.Close()
	put(t, b, "m.ndjson", records(1))
	cursor := opened(t, "")
	got := follow(t, []place{&store{bucket: b, base: "mem://"}}, cursor,
		func() {
			put(t, b, "a.ndjson", records(2)) // before what was read
			put(t, b, "z.ndjson", records(3))
		},
		func() {},
		func() { put(t, b, "m.ndjson", records(4)) }, // replaced
		func() {
			if err := b.Delete(t.Context(), "z.ndjson"); err != nil {
				t.Fatal(err)
			}
		},
		func() {},
	)
	if want := "[a ababc  abcd  ]"; fmt.Sprint(got) != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if len(cursor.entries) != 2 {
		t.Errorf("the cursor keeps %d objects, of which one is gone; want 2", len(cursor.entries))
	}
}

// A file is read when it has come to rest.
func TestWatcher_growingFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) func() {
		return func() {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	// A file server's clock may be ahead: no file is ever older than the interval.
	age := func(name string, d time.Duration) {
		at := time.Now().Add(d)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Error(err)
		}
	}
	write("old.ndjson", records(1))()
	age("old.ndjson", -time.Hour)
	write("new.ndjson", records(2)[:20])()
	age("new.ndjson", 24*time.Hour)
	got := follow(t, []place{tree{dir}}, opened(t, ""),
		func() {
			write("new.ndjson", records(3))()
			age("new.ndjson", 25*time.Hour)
		},
		func() {},
	)
	if want := "[a  abc]"; fmt.Sprint(got) != want {
		t.Errorf("read %q, want %q", got, want)
	}
}

// flaky is a place whose first listings fail.
type flaky struct {
	place
	failures map[int]bool
	listings int
}

func (f *flaky) inputs(ctx context.Context) iter.Seq2[*Input, error] {
	f.listings++
	if f.failures[f.listings] {
		return func(yield func(*Input, error) bool) { yield(nil, errors.New("no route to host")) }
	}
	return f.place.inputs(ctx)
}

// A store that is away for a while is no reason to stop, nor to forget.
func TestWatcher_listingFails(t *testing.T) {
	t.Parallel()
	b := memblob.OpenBucket(nil)
	defer b.Close()
	put(t, b, "a.ndjson", records(2))
	away := &flaky{place: &store{bucket: b, base: "mem://"}, failures: map[int]bool{2: true}}
	got := follow(t, []place{away}, opened(t, ""), func() {}, func() {})
	if want := "[ab  ]"; fmt.Sprint(got) != want {
		t.Errorf("read %q, want %q", got, want)
	}
	// One that was never there is.
	away = &flaky{place: away.place, failures: map[int]bool{1: true}}
	w := &Watcher{Catalog: &Catalog{places: []place{away}}, Cursor: opened(t, ""), Clock: &stepClock{}, Logger: slog.New(slog.DiscardHandler)}
	n := 0
	for _, err := range w.Inputs(t.Context()) {
		if n++; err == nil || !strings.Contains(err.Error(), "no route to host") {
			t.Errorf("first listing: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d yields, want one", n)
	}
}
