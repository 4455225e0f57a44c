package exporter_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// childConfig carries the configuration of a child process, which is this binary.
const childConfig = "AMMETER_TEST_EXPORTER"

type child struct {
	URL   string         `json:"url"`
	Key   string         `json:"key"`
	Queue exporter.Queue `json:"queue"`
	// Bucket is the URL of a store to follow, shared with the others of the queue. Optional.
	Bucket          string `json:"bucket,omitempty"`
	EventsPerSecond int    `json:"events_per_second,omitempty"`
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childConfig); text != "" {
		fmt.Fprintln(os.Stderr, "child:", serveAsChild(text))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveAsChild serves until it is killed. It prints its address.
func serveAsChild(text string) error {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil { //nolint:musttag // written below
		return err
	}
	ctx := context.Background()
	x, err := exporter.Open(ctx, exporter.Config{
		URL: c.URL, APIKey: c.Key, Queue: c.Queue, ThrottlePause: 200 * time.Millisecond, QuotaPause: time.Second, EventsPerSecond: c.EventsPerSecond,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String()) //nolint:forbidigo // the parent reads it
	go func() { fmt.Fprintln(os.Stderr, x.Run(ctx)) }()
	if c.Bucket != "" {
		inputs, err := x.OpenInputs(ctx, exporter.InputsConfig{Paths: []string{c.Bucket}, Shared: true})
		if err != nil {
			return err
		}
		go func() { fmt.Fprintln(os.Stderr, x.Follow(ctx, inputs.Watch(ctx, 100*time.Millisecond))) }()
	}
	return http.Serve(l, x.Handler())
}

// startChild starts a process and returns where it listens.
func startChild(t *testing.T, c child) (cmd *exec.Cmd, url string) {
	t.Helper()
	text, err := json.Marshal(c) //nolint:musttag // read above
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childConfig+"="+string(text))
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("child does not start: %v", err)
	}
	return cmd, strings.TrimSpace(url)
}

// connector posts as Braze does: in order, and the same again until it is taken.
type connector struct {
	url      atomic.Pointer[string]
	repeated atomic.Int64 // events in posts without an answer
}

func (k *connector) post(ctx context.Context, events []string) error {
	body := `{"events":[` + strings.Join(events, ",") + `]}`
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, *k.url.Load()+"/events", strings.NewReader(body))
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			k.repeated.Add(int64(len(events)))
		case resp.Body.Close() == nil && resp.StatusCode == http.StatusOK:
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// The process is killed fifty times at random moments, while Amplitude throttles,
// runs users over their quota, fails and hangs up. Every event that was taken is
// accepted exactly once, in order, and the ledger accounts for it.
func TestOpen_killedFiftyTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("starts fifty processes")
	}
	t.Parallel()
	const kills, users = 50, 12
	ctx, random := t.Context(), rand.New(rand.NewPCG(1, 2))
	sim := simtest.Start(t)
	if err := sim.Control.SetLimits(ctx, sim.Key, control.Limits{
		Profile: "strict", EventsPerSecond: new(20), DailyQuota: new(300), QuotaStepSeconds: new(1),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Control.SetFaults(ctx, sim.Key, []control.Fault{
		{When: control.FaultWhen{Probability: new(0.05)}, Do: control.FaultAction{ServerError: &control.ServerErrorFault{}}},
		{When: control.FaultWhen{Probability: new(0.05)}, Do: control.FaultAction{Reset: &control.ResetFault{Taken: 0.5}}},
		{When: control.FaultWhen{Probability: new(0.05)}, Do: control.FaultAction{Truncate: &control.TruncateFault{}}},
	}); err != nil {
		t.Fatal(err)
	}
	c := child{URL: sim.URL, Key: sim.Key, Queue: exporter.Queue{Dir: t.TempDir()}}
	cmd, url := startChild(t, c)
	k := &connector{}
	k.url.Store(new(url))

	sent := make([]int, users)
	total := 0
	posting, stop := context.WithCancel(ctx)
	posted := make(chan error, 1)
	go func() {
		for {
			var batch []string
			for range 1 + random.IntN(8) {
				user := random.IntN(users * 2)
				if user >= users {
					user = 0 // half of all is one user's
				}
				batch = append(batch, open(fmt.Sprintf("event-%02d-%05d", user, sent[user]), fmt.Sprintf("user-%02d", user)))
				sent[user]++
				total++
			}
			// Without posting, for an event that may have been taken must be.
			if err := k.post(ctx, batch); err != nil {
				posted <- err
				return
			}
			select {
			case <-time.After(75 * time.Millisecond):
			case <-posting.Done():
				posted <- nil
				return
			}
		}
	}()
	moment := rand.New(rand.NewPCG(3, 4))
	for range kills {
		<-time.After(time.Duration(20+moment.IntN(500)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err)
		}
		_ = cmd.Wait()
		cmd, url = startChild(t, c)
		k.url.Store(new(url))
	}
	stop()
	if err := <-posted; err != nil {
		t.Fatal(err)
	}
	ledger := awaitStats(t, url, func(l exporter.Ledger) bool { return l.Held == 0 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for user := range users {
		wantAccepted(t, sim, fmt.Sprintf("user-%02d", user), fmt.Sprintf("event-%02d-", user), sent[user])
	}
	extra := ledger.Read - int64(total)
	if !ledger.Balanced() || extra < 0 || extra > k.repeated.Load() || ledger.Accepted != ledger.Read {
		t.Errorf("ledger %+v for %d events, %d of them perhaps posted twice", ledger, total, k.repeated.Load())
	}
	counts, err := sim.Control.Ledger(ctx, sim.Key)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events, of them %d in posts without an answer; amplitude saw %v in %d uploads with statuses %v",
		total, k.repeated.Load(), counts.Outcomes, counts.Requests, counts.Statuses)
	if counts.Statuses[http.StatusTooManyRequests] == 0 || counts.Statuses[http.StatusInternalServerError] == 0 {
		t.Error("neither throttled nor failed: this test shows less than it should")
	}
}

// awaitStats polls /stats until it is as it should be.
func awaitStats(t *testing.T, url string, good func(exporter.Ledger) bool) exporter.Ledger {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		var l exporter.Ledger
		resp, err := http.Get(url + "/stats")
		if err == nil {
			err = errors.Join(json.NewDecoder(resp.Body).Decode(&l), resp.Body.Close())
		}
		if err == nil && good(l) {
			return l
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("waited in vain: ledger %+v, %v", l, err)
		}
	}
}

// wantAccepted checks that n events of a user were accepted once each, in order.
func wantAccepted(t *testing.T, sim *simtest.Server, user, prefix string, n int) {
	t.Helper()
	events, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key, UserID: user, Outcome: control.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != n {
		t.Errorf("%d events of %q accepted, want %d", len(events), user, n)
	}
	for i, e := range events {
		if want := fmt.Sprintf("%s%05d", prefix, i); e.InsertID != want {
			t.Fatalf("event %d of %q is %q, want %q", i, user, e.InsertID, want)
		}
	}
}
