package exporter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// taking answers every upload with success.
type taking struct{}

func (taking) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	n := bytes.Count(body, []byte(`"insert_id"`))
	answer := `{"code":200,"events_ingested":` + strconv.Itoa(n) + `,"payload_size_bytes":` + strconv.Itoa(len(body)) + `,"server_upload_time":1}`
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(answer)), Request: r,
	}, nil
}

// durable opens an exporter on a directory, and closes it when the test ends.
func durable(t *testing.T, cfg Config) *Exporter {
	t.Helper()
	cfg.APIKey, cfg.Queue.Durability = "key", DurabilityOS
	if cfg.Queue.Dir == "" {
		cfg.Queue.Dir = t.TempDir()
	}
	x, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// deliverInBackground runs x until the test ends or stop is called.
func deliverInBackground(t *testing.T, x *Exporter) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := x.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); work.Wait() })
	t.Cleanup(stop)
	return stop
}

// unanswered stores what is put and gives no answer, until it answers.
type unanswered struct {
	queue.Queue

	answers atomic.Bool
}

func (u *unanswered) Store(ctx context.Context, b *queue.Batch) error {
	err := u.Queue.Store(ctx, b)
	if !u.answers.Load() {
		err = errors.Join(err, jetstream.ErrUnavailable)
	}
	return err
}

// A post is refused because the queue did not answer, but it was stored, and it
// comes again. Both are delivered, and the ledger has both.
func TestExporter_storedWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	x := durable(t, Config{Transport: taking{}})
	q := &unanswered{Queue: x.queue}
	x.queue = q
	stop := deliverInBackground(t, x)
	post := `{"events":[` + strings.TrimSpace(openEvents(1)) + `]}`
	if code := call(x, http.MethodPost, "/events", post); code != http.StatusServiceUnavailable {
		t.Fatalf("a post of which it is not known whether it is stored: %d", code)
	}
	q.answers.Store(true)
	if code := call(x, http.MethodPost, "/events", post); code != http.StatusOK {
		t.Fatalf("the same post again: %d", code)
	}
	l, err := x.Drain(t.Context())
	if err != nil || l.Read != 2 || l.Accepted != 2 || l.Held != 0 || !l.Balanced() {
		t.Errorf("Drain: %v, ledger %+v; want 2 read and accepted", err, l)
	}
	stop()
	if put := x.queue.Progress().Stored; put != 2 {
		t.Errorf("the queue counts %d events, want 2", put)
	}
}

// Events are in the queue that are not in the ledger: they are not settled.
func TestExporter_drainAsksTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := using(t, smallQueue()) // it is not set up to have the events counted
		if err := x.queue.Store(t.Context(), &queue.Batch{Records: make([]mapping.Record, 1)}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := x.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Drain with an event in the queue: %v", err)
		}
		if empty, err := x.IsEmpty(ctx); empty || err != nil {
			t.Errorf("IsEmpty: %v, %v", empty, err)
		}
	})
}

// A ledger of which more is settled than was read is no success, and an alarm.
func TestExporter_drainWithANegativeCount(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	x := durable(t, Config{Transport: taking{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	x.ledger.Add(ledger.Counts{Held: -3, Accepted: 3})
	stop := deliverInBackground(t, x)
	if code := call(x, http.MethodPost, "/events", `{"events":[`+strings.TrimSpace(openEvents(1))+`]}`); code != http.StatusOK {
		t.Fatalf("post: %d", code)
	}
	if _, err := x.Drain(t.Context()); !errors.Is(err, ErrLedger) {
		t.Errorf("Drain: %v, want ErrLedger", err)
	}
	stop()
	if n := strings.Count(log.String(), "the ledger is wrong"); n != 1 {
		t.Errorf("%d alarms, want 1:\n%s", n, log.String())
	}
}
