package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"

	"github.com/ammeter/ammeter/internal/walk"
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
func follow(t *testing.T, locations []location, cursor *Cursor, turns ...func()) []string {
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
		Catalog: &Catalog{locations: locations}, Cursor: cursor, Clock: c,
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
	got := follow(t, []location{&store{bucket: b, base: "mem://"}}, cursor,
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
	if e := cursor.entries["mem://z.ndjson"]; e == nil || e.Gone == 0 || len(cursor.entries) != 3 {
		t.Errorf("the cursor keeps %d objects; want 3, and of the one that is gone since when", len(cursor.entries))
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
	got := follow(t, []location{fileTree{dir}}, opened(t, ""),
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

// flaky is a location whose first listings fail.
type flaky struct {
	location
	failures map[int]bool
	listings int
}

func (f *flaky) inputs(ctx context.Context, left *walk.Left) iter.Seq2[*Input, error] {
	f.listings++
	if f.failures[f.listings] {
		return func(yield func(*Input, error) bool) { yield(nil, errors.New("no route to host")) }
	}
	return f.location.inputs(ctx, left)
}

// A store that is away for a while is no reason to stop, nor to forget.
func TestWatcher_listingFails(t *testing.T) {
	t.Parallel()
	b := memblob.OpenBucket(nil)
	defer b.Close()
	put(t, b, "a.ndjson", records(2))
	away := &flaky{location: &store{bucket: b, base: "mem://"}, failures: map[int]bool{2: true}}
	got := follow(t, []location{away}, opened(t, ""), func() {}, func() {})
	if want := "[ab  ]"; fmt.Sprint(got) != want {
		t.Errorf("read %q, want %q", got, want)
	}
	// One that was never there is.
	away = &flaky{location: away.location, failures: map[int]bool{1: true}}
	w := &Watcher{Catalog: &Catalog{locations: []location{away}}, Cursor: opened(t, ""), Clock: &stepClock{}, Logger: slog.New(slog.DiscardHandler)}
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

// watched runs a watcher for as many listings as there are turns and one more. It
// returns the names of the inputs it yielded per listing, and what it left unread.
func watched(t *testing.T, p location, cursor *Cursor, turns ...func()) (yielded []string, unread error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	yielded = []string{""}
	c := &stepClock{now: time.Now().Add(time.Hour)}
	c.turn = func() {
		n := len(yielded) - 1
		if n == len(turns) {
			cancel()
			return
		}
		turns[n]()
		yielded = append(yielded, "")
	}
	w := &Watcher{Catalog: &Catalog{locations: []location{p}}, Cursor: cursor, Clock: c, Interval: time.Minute, Logger: slog.New(slog.DiscardHandler)}
	for in, err := range w.Inputs(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		yielded[len(yielded)-1] += strings.TrimSuffix(filepath.Base(in.Name()), filepath.Ext(in.Name()))
		for _, err := range in.Records(t.Context(), mapper(t)) {
			if err != nil {
				break
			}
		}
		in.Mark()()
	}
	return yielded, w.Unread()
}

func nothing() {}

// An input that cannot be read is read again when it has changed, not with every
// listing, and is told of at the end.
func TestWatcher_unreadable(t *testing.T) {
	t.Parallel()
	b := memblob.OpenBucket(nil)
	defer b.Close()
	put(t, b, "a.avro", "<html>Sign in</html>")
	put(t, b, "b.ndjson", records(1))
	put(t, b, "c.ndjson", records(1)+"{")
	got, unread := watched(t, &store{bucket: b, base: "mem://"}, opened(t, ""),
		nothing, nothing, func() { put(t, b, "c.ndjson", records(2)) }, nothing)
	if want := "[abc   c ]"; fmt.Sprint(got) != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if unread == nil || !strings.Contains(unread.Error(), `input "mem://a.avro": this is an HTML or XML page`) || strings.Contains(unread.Error(), "c.ndjson") {
		t.Errorf("at the end: %v", unread)
	}
	put(t, b, "d.avro", "PAR1")
	_, unread = watched(t, &store{bucket: b, base: "mem://"}, opened(t, ""), func() {
		for _, key := range []string{"a.avro", "d.avro"} {
			if err := b.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		}
	})
	if unread != nil {
		t.Errorf("moved away, and yet: %v", unread)
	}
}

// An input that cannot be opened is tried again, after pauses that double.
func TestWatcher_cannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"a.ndjson": records(1)})
	lost := &forbidden{location: fileTree{dir}, left: 4}
	var turns []func()
	for range 16 {
		turns = append(turns, nothing)
	}
	got, unread := watched(t, lost, opened(t, ""), turns...)
	if want := "a|a||a||||a||||||||a|"; strings.Join(got, "|") != want || unread != nil {
		t.Errorf("read %q, %v; want %q", got, unread, want)
	}
}

// forbidden is a location whose inputs cannot be opened a number of times.
type forbidden struct {
	location
	left int
}

func (f *forbidden) inputs(ctx context.Context, left *walk.Left) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		for in, err := range f.location.inputs(ctx, left) {
			if f.left > 0 && err == nil {
				in.open = func(context.Context) (io.ReadCloser, error) {
					f.left--
					return nil, errors.New("403: access denied")
				}
			}
			if !yield(in, err) {
				return
			}
		}
	}
}

// A mount that is empty for a while is no reason to read all of it again.
func TestWatcher_emptyListing(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in/a.ndjson": records(1), "in/b.ndjson": records(1)})
	in, away := filepath.Join(dir, "in"), filepath.Join(dir, "away")
	move := func(from, to string) func() {
		return func() {
			if err := os.Rename(from, to); err != nil {
				t.Error(err)
			}
		}
	}
	got, unread := watched(t, fileTree{in}, opened(t, ""),
		func() { move(in, away)(); _ = os.Mkdir(in, 0o700) }, nothing,
		func() { _ = os.Remove(in); move(away, in)() }, nothing)
	if want := "[ab    ]"; fmt.Sprint(got) != want || unread != nil {
		t.Errorf("read %q, %v; want %q", got, unread, want)
	}
}

// A part that cannot be listed does not end the watch, not even in the first listing.
func TestWatcher_unreadablePart(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"a.ndjson": records(1)})
	link := filepath.Join(dir, "b.ndjson")
	if err := os.Symlink("absent", link); err != nil {
		t.Fatal(err)
	}
	got, unread := watched(t, fileTree{dir}, opened(t, ""), nothing)
	if want := "[a ]"; fmt.Sprint(got) != want || unread == nil || !strings.Contains(unread.Error(), link) {
		t.Errorf("read %q, %v; want %q and an error of the link", got, unread, want)
	}
	got, unread = watched(t, fileTree{dir}, opened(t, ""), func() {
		if err := os.Remove(link); err != nil {
			t.Error(err)
		}
	})
	if want := "[a ]"; fmt.Sprint(got) != want || unread != nil {
		t.Errorf("mended: read %q, %v; want %q", got, unread, want)
	}
}
