package dispatch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// disk is a queue that stores what is committed.
type disk struct {
	queue.Committer

	stored     int64 // events
	checkpoint []byte
	note       []byte
	acked      []uint64
	letters    []queue.DeadLetter
	room       int // for dead letters

	letterErr, commitErr error
	hangs                bool
	commits              int
}

func (d *disk) Progress() queue.Progress {
	return queue.Progress{Stored: d.stored, Checkpoint: d.checkpoint, Note: d.note}
}

func (d *disk) Note(value []byte) error {
	d.note = value
	return nil
}

func (d *disk) AddDeadLetters(_ context.Context, letters []queue.DeadLetter) (int, error) {
	n := min(d.room-len(d.letters), len(letters))
	d.letters = append(d.letters, letters[:n]...)
	if d.letterErr != nil {
		return n, d.letterErr
	}
	if n < len(letters) {
		return n, queue.ErrFull
	}
	return n, nil
}

func (d *disk) Commit(ctx context.Context, checkpoint []byte, chunks ...uint64) error {
	d.commits++
	if d.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if d.commitErr != nil {
		return d.commitErr
	}
	d.checkpoint = checkpoint
	d.acked = append(d.acked, chunks...)
	return nil
}

func openCommitter(t *testing.T, d *disk) *Committer {
	t.Helper()
	c, err := NewCommitter(d, 0, nil, func(ledger.Counts, error) {})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever fails and whenever the process ends: what is acknowledged is in the stored
// ledger once, and what is not is held.
func TestCommitter_failures(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("disk is broken")
	for _, row := range []struct {
		name      string
		fail      func(*disk)
		mend      func(*disk)
		acked     string // after the first commit
		held      int64
		unkept    int64 // at the end
		letters   int   // stored at the end
		firstFail bool
	}{
		{"nothing fails", func(*disk) {}, func(*disk) {}, "[1]", 0, 0, 2, false},
		{"the commit", func(d *disk) { d.commitErr = errDisk }, func(d *disk) { d.commitErr = nil }, "[]", 3, 0, 2, true},
		{"dead letters", func(d *disk) { d.letterErr, d.room = errDisk, 1 }, func(d *disk) { d.letterErr, d.room = nil, 9 }, "[]", 3, 0, 2, true},
		{"room for dead letters", func(d *disk) { d.room = 1 }, func(*disk) {}, "[1]", 0, 1, 1, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := &disk{stored: 3, room: 9}
			row.fail(d)
			c := openCommitter(t, d)
			letter := queue.DeadLetter{Reason: "refused"}
			c.Finish(Ack{
				Chunk:       1,
				Outcome:     ledger.Counts{Accepted: 1, DeadLettered: map[string]int64{"refused": 2}},
				DeadLetters: []queue.DeadLetter{letter, letter},
			})
			if err := c.commit(t.Context()); (err != nil) != row.firstFail {
				t.Fatalf("first commit: %v", err)
			}
			if got := fmt.Sprint(d.acked); got != row.acked {
				t.Errorf("acknowledged %s, want %s", got, row.acked)
			}
			if got := openCommitter(t, d).Ledger(); got.Held != row.held || got.Read != 3 || !got.Balanced() {
				t.Errorf("ledger after a crash: %+v, want 3 read, %d held", got, row.held)
			}
			row.mend(d)
			if err := c.commit(t.Context()); err != nil {
				t.Fatalf("second commit: %v", err)
			}
			got := openCommitter(t, d).Ledger()
			if got.Accepted != 1 || got.DeadLettered["refused"] != 2 || got.Held != 0 || !got.Balanced() || got.Unkept["refused"] != row.unkept {
				t.Errorf("ledger at the end: %+v", got)
			}
			if fmt.Sprint(d.acked) != "[1]" || len(d.letters) != row.letters {
				t.Errorf("acknowledged %v, %d letters stored, want [1] and %d", d.acked, len(d.letters), row.letters)
			}
		})
	}
}

// What keeps dead letters in place of the queue has each of them once, before its chunk is
// acknowledged; what it does not keep is counted.
func TestCommitter_keep(t *testing.T) {
	t.Parallel()
	errKeep := errors.New("file is full")
	d := &disk{stored: 3, commitErr: errors.New("disk is broken")}
	var kept []string
	var unkept []string
	c, err := NewCommitter(d, 0, func(l *queue.DeadLetter) error {
		if len(d.acked) > 0 {
			t.Errorf("%q comes after chunk %v is acknowledged", l.LastError, d.acked)
		}
		if l.LastError == "b" {
			return errKeep
		}
		kept = append(kept, l.LastError)
		return nil
	}, func(change ledger.Counts, cause error) { unkept = append(unkept, fmt.Sprint(change.Unkept, cause)) })
	if err != nil {
		t.Fatal(err)
	}
	ack := Ack{Chunk: 1, Outcome: ledger.Counts{DeadLettered: map[string]int64{"refused": 3}}}
	for _, text := range []string{"a", "b", "c"} {
		ack.DeadLetters = append(ack.DeadLetters, queue.DeadLetter{Reason: "refused", LastError: text})
	}
	c.Finish(ack)
	if err := c.commit(t.Context()); err == nil {
		t.Fatal("the commit does not fail")
	}
	d.commitErr = nil
	if err := c.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(kept, unkept, d.acked, len(d.letters)); got != "[a c] [map[refused:1] file is full] [1] 0" {
		t.Errorf("kept, not kept, acknowledged and stored: %s", got)
	}
	if got := openCommitter(t, d).Ledger(); got.Unkept["refused"] != 1 || got.DeadLettered["refused"] != 3 || !got.Balanced() {
		t.Errorf("stored ledger %+v", got)
	}
}

// What never went through the queue is in the ledger after a crash, once.
func TestCommitter_refusedEventsSurviveACrash(t *testing.T) {
	t.Parallel()
	d := &disk{}
	c := openCommitter(t, d)
	want := ledger.New()
	want.Add(ledger.Counts{Read: 2, Dropped: map[string]int64{"unknown_type": 2}})
	if err := c.Refuse(want); err != nil {
		t.Fatal(err)
	}
	again := openCommitter(t, d)
	if diff := cmp.Diff(want, again.Ledger()); diff != "" {
		t.Errorf("after a crash before the commit (-want +got):\n%s", diff)
	}
	if err := again.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, openCommitter(t, d).Ledger()); diff != "" {
		t.Errorf("after a commit (-want +got):\n%s", diff)
	}
}

// So is a loss of unknown size, of which no event is counted.
func TestCommitter_uncountedLossSurvivesACrash(t *testing.T) {
	t.Parallel()
	d := &disk{}
	if err := openCommitter(t, d).Refuse(ledger.Counts{UncountedLosses: 1}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // killed before it has committed, and once more
		if l := openCommitter(t, d).Ledger(); l.UncountedLosses != 1 || !l.Balanced() {
			t.Errorf("ledger after a crash: %+v; want one loss of unknown size", l)
		}
	}
}

// A disk that hangs keeps a process that is to end from it for stopGrace, whether a
// commit was under way or only the last one is to be made.
func TestCommitter_endsThoughCommitsHang(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		before time.Duration // from the first commit to the stop
	}{
		{"at once", 0},
		{"during a commit", time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := openCommitter(t, &disk{hangs: true})
				ctx, stop := context.WithCancel(t.Context())
				ended, failed := make(chan struct{}), 0
				go func() {
					c.run(ctx, func() {}, func(error) { failed++ })
					close(ended)
				}()
				c.Finish(Ack{Chunk: 1, Outcome: ledger.Counts{Accepted: 1}})
				if row.before > 0 {
					<-time.After(row.before)
				}
				stop()
				began := time.Now()
				<-ended
				if took := time.Since(began); took > stopGrace {
					t.Errorf("ended after %v, want %v at most", took, stopGrace)
				}
				if failed == 0 || len(c.acks) != 1 {
					t.Errorf("%d failures, %d chunks to be acknowledged", failed, len(c.acks))
				}
			})
		})
	}
}
