package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/internal/walk"
)

// objectsAt is a place with objects that are opened by a function.
type objectsAt struct {
	n    int
	open func(ctx context.Context, i int) (io.ReadCloser, error)
}

func (o objectsAt) inputs(ctx context.Context, _ *walk.Left) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		for i := range o.n {
			if !yield(o.object(i), nil) {
				return
			}
		}
	}
}

func (o objectsAt) object(i int) *Input {
	key := fmt.Sprintf("mem://%04d.ndjson", i)
	return &Input{
		name: key, key: key, remote: true,
		open: func(ctx context.Context) (io.ReadCloser, error) { return o.open(ctx, i) },
	}
}

func (objectsAt) holds(string) bool { return true }

func (objectsAt) Close() error { return nil }

// Sixteen objects are fetched at a time, and whichever arrives first, they are yielded as
// they were listed, one that cannot be read as well.
func TestWatcher_fetchesAhead(t *testing.T) {
	t.Parallel()
	const n = 64
	var mu sync.Mutex
	var waiting []chan struct{}
	o := objectsAt{n, func(ctx context.Context, i int) (io.ReadCloser, error) {
		answered := make(chan struct{})
		mu.Lock()
		waiting = append(waiting, answered)
		if len(waiting) == Ahead { // the youngest is answered first
			for _, w := range slices.Backward(waiting) {
				close(w)
			}
			waiting = nil
		}
		mu.Unlock()
		select {
		case <-answered:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if i == 20 {
			return nil, errors.New("no such object")
		}
		return io.NopCloser(strings.NewReader(strings.Replace(records(1), `"a"`, strconv.Quote(strconv.Itoa(i)), 1))), nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := mapper(t)
	w := &Watcher{
		Catalog: &Catalog{locations: []location{o}}, Cursor: opened(t, ""), Clock: &stepClock{now: time.Now(), turn: cancel},
		Interval: time.Minute, Logger: slog.New(slog.DiscardHandler),
		Fetch: func(ctx context.Context, in *Input) { in.Fetch(ctx, m) },
	}
	var got, want []string
	for i := range n {
		want = append(want, strconv.Itoa(i))
	}
	want[20] = "error"
	for in, err := range w.Inputs(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range in.Records(ctx, m) {
			if err != nil {
				r.InsertID = "error"
			}
			got = append(got, r.InsertID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if err := w.Unread(); err == nil || !strings.Contains(err.Error(), "0020.ndjson") {
		t.Errorf("unread: %v; want the object that is not there", err)
	}
}

// endless is an input without an end.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, strings.Repeat(records(26), 1+len(p)/len(records(26))))
	n = strings.LastIndexByte(string(p[:n]), '\n') + 1
	e.read.Add(int64(n))
	return n, nil
}

// What is decoded before its turn is bounded, and an input that ends with the run is not
// complete.
func TestInput_fetchIsBounded(t *testing.T) {
	t.Parallel()
	source := &endless{}
	o := objectsAt{1, func(context.Context, int) (io.ReadCloser, error) { return io.NopCloser(source), nil }}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m, cursor, in := mapper(t), opened(t, ""), o.object(0)
	if !cursor.Claim(in) {
		t.Fatal("it is new, and cannot be claimed")
	}
	in.Fetch(ctx, m)
	for len(in.fetched.parts) < maxParts {
		runtime.Gosched()
	}
	if read := source.read.Load(); read > 4<<20 {
		t.Errorf("%d bytes are read before the turn of the input", read)
	}
	n, last := 0, error(nil)
	for _, err := range in.Records(ctx, m) {
		if n++; n == 10 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || in.ended {
		t.Errorf("after %d records: %v, ended %t; want the end of the run to be an error", n, last, in.ended)
	}
	if !cursor.Claim(o.object(0)) {
		t.Error("an input that was not read to its end cannot be claimed again")
	}
}

// An input that is fetched and never read leaves nothing behind.
func TestInput_closeUnread(t *testing.T) {
	t.Parallel()
	o := objectsAt{1, func(context.Context, int) (io.ReadCloser, error) { return io.NopCloser(&endless{}), nil }}
	m, cursor, in := mapper(t), opened(t, ""), o.object(0)
	cursor.Claim(in)
	in.Fetch(t.Context(), m)
	in.Close()
	if _, open := <-in.fetched.parts; open {
		t.Error("it is still being read")
	}
	if !cursor.Claim(o.object(0)) {
		t.Error("it cannot be claimed again")
	}
}
