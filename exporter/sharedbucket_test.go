package exporter_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// watchedBucket is a bucket that each process reaches at a path of its own. It does not
// answer one of them any more from some read on.
type watchedBucket struct {
	slowBucket
	stuck   string // that process
	after   int    // reads
	blocked func()

	mu    sync.Mutex
	reads map[string][]string // the processes that have read an object, by key
	count map[string]int      // reads by process
}

func (b *watchedBucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	process, path, _ := strings.Cut(r.URL.Path[1:], "/")
	if key, ok := strings.CutPrefix(path, "bucket/"); ok && key != "" && b.isStuck(process, key) {
		b.blocked()
		<-r.Context().Done()
		return
	}
	r.URL.Path = "/" + path
	b.slowBucket.ServeHTTP(w, r)
}

// isStuck notes a read, and reports whether it is not to be answered.
func (b *watchedBucket) isStuck(process, key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads[key] = append(b.reads[key], process)
	b.count[process]++
	return process == b.stuck && b.count[process] > b.after
}

// waitFor waits until each process has read something.
func (b *watchedBucket) waitFor(ctx context.Context, processes ...string) error {
	for {
		b.mu.Lock()
		missing := slices.ContainsFunc(processes, func(p string) bool { return b.count[p] == 0 })
		b.mu.Unlock()
		if !missing {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Three exporters with a queue in NATS share a bucket, and one is killed while it reads.
// Every event is delivered, in the order of its folder, and no object is read twice but
// those of the dead.
func TestInputs_sharedBucketLosesExporter(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a lease")
	}
	t.Parallel()
	const types, objects, users = 6, 60, 10
	sim := simtest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := sim.Control.SetLimits(ctx, sim.Key, control.Limits{Profile: "strict", EventsPerSecond: new(100_000)}); err != nil {
		t.Fatal(err)
	}
	dead := make(chan struct{})
	b := &watchedBucket{stuck: "exporter-0", after: 30, blocked: sync.OnceFunc(func() { close(dead) }), reads: map[string][]string{}, count: map[string]int{}}
	b.answersIn = 10 * time.Millisecond
	for i := range types * objects {
		b.keys = append(b.keys, fmt.Sprintf("currents/event_type=users.canvas.Type%d/date=2026-01-31-%02d/1/%04d.ndjson", i/objects, i%objects/20, i))
	}
	var lines strings.Builder
	for user := range users {
		lines.WriteString(open(fmt.Sprintf("NNNN-%02d", user), fmt.Sprintf("user-%02d", user)) + "\n")
	}
	b.object = []byte(lines.String())
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)

	c := child{URL: sim.URL, Key: sim.Key, EventsPerSecond: 10_000, Queue: exporter.Queue{
		URL: natsServer(t), Connector: "shared", Partitions: 8, Lease: 6 * time.Second, MaxBytes: 64 << 20,
	}}
	var processes []*exec.Cmd
	var addresses []string
	for i := range 3 {
		name := fmt.Sprint("exporter-", i)
		c.Bucket = "s3://bucket/currents/?region=eu-west-1&anonymous=true&use_path_style=true&endpoint=" + server.URL + "/" + name
		cmd, address := startChild(t, c)
		processes, addresses = append(processes, cmd), append(addresses, address)
		if err := b.waitFor(ctx, name); i < 2 && err != nil {
			t.Fatalf("%s does not read: %v", name, err)
		}
	}
	select {
	case <-dead:
	case <-ctx.Done():
		t.Fatal("the first exporter does not read enough")
	}
	if err := processes[0].Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	const events = types * objects * users
	counts, err := sim.Control.Await(ctx, sim.Key, control.Until{Settled: events})
	for err == nil && counts.Outcomes[control.Accepted] < events {
		counts, err = sim.Control.Await(ctx, sim.Key, control.Until{Settled: counts.Settled() + 1})
	}
	if err != nil {
		t.Fatalf("accepted %d of %d: %v", counts.Outcomes[control.Accepted], events, err)
	}
	for _, address := range addresses[1:] {
		if l := awaitStats(t, address, func(l exporter.Ledger) bool { return l.Held == 0 }); !l.Balanced() {
			t.Errorf("ledger %+v", l)
		}
	}
	for user := range users {
		wantFolderOrder(t, sim, fmt.Sprintf("user-%02d", user), types*objects, objects)
	}
	b.wantReadOnce(t)
	for _, cmd := range processes[1:] {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// wantReadOnce checks that only what the stuck process had begun was read by another one.
func (b *watchedBucket) wantReadOnce(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	again := 0
	for _, key := range slices.Sorted(maps.Keys(b.reads)) {
		living := slices.DeleteFunc(slices.Clone(b.reads[key]), func(p string) bool { return p == b.stuck })
		if len(living) > 1 || len(b.reads[key]) > 2 {
			t.Errorf("%s is read by %v", key, b.reads[key])
		}
		if len(b.reads[key]) > 1 {
			again++
		}
	}
	if len(b.reads) != len(b.keys) || again == 0 {
		t.Errorf("%d of %d objects were read, %d of them again", len(b.reads), len(b.keys), again)
	}
	t.Logf("reads by process: %v; %d objects were read again", b.count, again)
}

// wantFolderOrder checks that n events of a user were accepted once each, and those of
// each folder in order.
func wantFolderOrder(t *testing.T, sim *simtest.Server, user string, n, perFolder int) {
	t.Helper()
	accepted, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key, UserID: user, Outcome: control.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	byFolder := map[int][]int{}
	for _, e := range accepted {
		var number, of int
		if _, err := fmt.Sscanf(e.InsertID, "%d-%d", &number, &of); err != nil {
			t.Fatal(err)
		}
		byFolder[number/perFolder] = append(byFolder[number/perFolder], number)
	}
	for folder, numbers := range byFolder {
		if !slices.IsSorted(numbers) || len(slices.Compact(numbers)) != perFolder {
			t.Errorf("of %q in folder %d accepted: %v", user, folder, numbers)
		}
	}
	if len(accepted) != n {
		t.Errorf("%d events of %q accepted, want %d", len(accepted), user, n)
	}
}
