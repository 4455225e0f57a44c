package jetstream_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// startCluster starts three servers and returns them with their URLs.
func startCluster(t *testing.T) (nodes []*server.Server, urls string) {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		routes = append(routes, &url.URL{Scheme: "nats", Host: freeAddress(t)})
	}
	var list []string
	for n, route := range routes {
		port, err := strconv.Atoi(route.Port())
		if err != nil {
			t.Fatal(err)
		}
		node, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("node-", n), Host: "127.0.0.1", Port: -1, NoSigs: true,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
			Routes:  routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		node.Start()
		t.Cleanup(func() {
			node.Shutdown()
			node.WaitForShutdown()
		})
		nodes = append(nodes, node)
	}
	for n, node := range nodes {
		if !node.ReadyForConnections(20 * time.Second) {
			t.Fatalf("node %d does not start", n)
		}
		list = append(list, node.ClientURL())
	}
	waitFor(t, "the cluster has a leader and three members", func() bool {
		for _, node := range nodes {
			if node.JetStreamIsLeader() && len(node.JetStreamClusterPeers()) == 3 {
				return true
			}
		}
		return false
	})
	return nodes, strings.Join(list, ",")
}

// freeAddress returns an address without a listener. The servers must have each
// other's before they start.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// delivered is what arrives at the other end, from all processes together.
type delivered struct {
	mu    sync.Mutex
	seen  map[string]bool
	last  map[string]string // of a device, the newest so far
	wrong []string
	total int
}

func (d *delivered) add(records []mapping.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range records {
		r := &records[i]
		d.total++
		if d.seen[r.InsertID] {
			continue // Amplitude would know it by its insert_id
		}
		d.seen[r.InsertID] = true
		if r.InsertID < d.last[r.DeviceID] {
			d.wrong = append(d.wrong, r.InsertID+" after "+d.last[r.DeviceID])
		}
		d.last[r.DeviceID] = r.InsertID
	}
}

func (d *delivered) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.seen)
}

// process is an exporter process: it takes chunks, delivers each a little later
// than it came, and forgets what is taken back.
type process struct {
	q    *jetstream.Queue
	stop context.CancelFunc
	work sync.WaitGroup
}

func clusterConfig(t *testing.T, urls string) jetstream.Config {
	t.Helper()
	return jetstream.Config{
		URL: urls, Connector: "test", Partitions: 8, Lease: 2 * time.Second, Clock: clock.System(), Logger: logTo(t),
		MaxBytes: 64 << 20,
	}
}

func startProcess(t *testing.T, urls string, to *delivered) *process {
	t.Helper()
	q, err := jetstream.Open(t.Context(), clusterConfig(t, urls))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	p := &process{q: q}
	ctx, cancel := context.WithCancel(t.Context())
	p.stop = cancel
	chunks := make(chan queue.Chunk)
	p.work.Go(func() {
		for {
			chunk, err := q.Receive(ctx)
			if err != nil {
				return
			}
			select {
			case chunks <- chunk:
			case <-ctx.Done():
				return
			}
		}
	})
	p.work.Go(func() { p.deliver(ctx, chunks, to) })
	t.Cleanup(p.kill)
	return p
}

func (p *process) deliver(ctx context.Context, chunks <-chan queue.Chunk, to *delivered) {
	var held []queue.Chunk
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case chunk := <-chunks:
			held = append(held, chunk)
		case loss := <-p.q.Revoked():
			for _, id := range loss.Chunks {
				for i := range held {
					if held[i].ID == id {
						held = append(held[:i], held[i+1:]...)
						break
					}
				}
			}
			loss.Confirm()
		case <-tick.C:
			for _, chunk := range held[:min(3, len(held))] {
				to.add(chunk.Records)
				_ = p.q.Commit(ctx, []byte(`{}`), chunk.ID)
			}
			held = held[min(3, len(held)):]
		case <-ctx.Done():
			return
		}
	}
}

// kill ends the process without a word to its partitions.
func (p *process) kill() {
	p.stop()
	p.work.Wait()
	_ = p.q.Close()
}

// One node and then one process are killed in the middle; what is left delivers
// everything, in order.
func TestCluster_NodeAndProcessDie(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for leases")
	}
	t.Parallel()
	nodes, urls := startCluster(t)
	to := &delivered{seen: map[string]bool{}, last: map[string]string{}}
	processes := make([]*process, 3)
	for i := range processes {
		processes[i] = startProcess(t, urls, to)
	}
	const rounds, devices = 300, 20
	n, killed := 0, false
	for ; n < rounds || !killed; n++ {
		if n == rounds/3 {
			nodes[0].Shutdown()
		}
		if n >= rounds*2/3 && !killed {
			killed = killOwner(t, processes[0], processes[2])
		}
		var batch []mapping.Record
		for d := range devices {
			batch = append(batch, event(fmt.Sprint("device-", d), n))
		}
		waitFor(t, "put", func() bool { return processes[1].q.Store(t.Context(), batchOf(batch)) == nil })
	}
	waitFor(t, "everything is delivered", func() bool { return to.count() == n*devices })
	if len(to.wrong) > 0 {
		t.Errorf("%d events came out of order, first: %s", len(to.wrong), to.wrong[0])
	}
	t.Logf("%d deliveries of %d events", to.total, n*devices)
}

// killOwner kills a process that works on partitions, if one of these does.
func killOwner(t *testing.T, processes ...*process) bool {
	t.Helper()
	for _, p := range processes {
		if p.q.Owned() > 0 {
			p.kill()
			return true
		}
	}
	return false
}

// What a process has delayed is delivered by another when it dies, although nothing
// else happens in that partition.
func TestCluster_DelayedEventsOfDeadProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for leases")
	}
	t.Parallel()
	_, urls := startCluster(t)
	q, err := jetstream.Open(t.Context(), clusterConfig(t, urls))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	put(t, q, events("d", 0, 5)...)
	chunk := next(t, q)
	delay(t, q, time.Now().Add(time.Second), chunk.Records...)
	done(t, q, chunk.ID)
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}

	q = open(t, clusterConfig(t, urls))
	chunk = next(t, q)
	wantIDs(t, chunk.Records, events("d", 0, 5))
	done(t, q, chunk.ID)
	waitFor(t, "nothing is left in the streams", func() bool {
		s, err := q.Stats(t.Context())
		return err == nil && s.Blocks == 0 && s.DelayedBlocks == 0
	})
}

// A process that joins gets its share.
func TestCluster_Rebalance(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for leases")
	}
	t.Parallel()
	_, urls := startCluster(t)
	to := &delivered{seen: map[string]bool{}, last: map[string]string{}}
	first := startProcess(t, urls, to)
	n := 0
	traffic := func() {
		for d := range 40 {
			put(t, first.q, event(fmt.Sprint("device-", d), n))
		}
		n++
	}
	waitFor(t, "the only process has all partitions", func() bool {
		traffic()
		return first.q.Owned() == 8
	})
	second := startProcess(t, urls, to)
	waitFor(t, "both processes have half of the partitions", func() bool {
		traffic()
		return first.q.Owned() == 4 && second.q.Owned() == 4
	})
	waitFor(t, "everything is delivered", func() bool { return to.count() == n*40 })
	if len(to.wrong) > 0 {
		t.Errorf("%d events came out of order, first: %s", len(to.wrong), to.wrong[0])
	}
}
