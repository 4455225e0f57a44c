package exporter_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// startCluster starts three NATS servers with JetStream.
func startCluster(t *testing.T) (nodes []*server.Server, urls string) {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		if err := l.Close(); err != nil { // the servers must know each other's before they start
			t.Fatal(err)
		}
	}
	for n, route := range routes {
		port, err := strconv.Atoi(route.Port())
		if err != nil {
			t.Fatal(err)
		}
		node, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("node-", n), Host: "127.0.0.1", Port: -1, NoSigs: true,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}, Routes: routes,
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
	var list []string
	for n, node := range nodes {
		if !node.ReadyForConnections(20 * time.Second) {
			t.Fatalf("node %d does not start", n)
		}
		list = append(list, node.ClientURL())
	}
	for deadline := time.After(time.Minute); ; {
		for _, node := range nodes {
			if node.JetStreamIsLeader() && len(node.JetStreamClusterPeers()) == 3 {
				return nodes, strings.Join(list, ",")
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatal("the cluster has no leader")
		}
	}
}

// Three exporters share a queue in a cluster of three nodes. One node and then one
// exporter are killed in the middle: nothing is lost, and the order is kept.
func TestOpen_clusterLosesNodeAndExporter(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for leases")
	}
	t.Parallel()
	const rounds, users = 90, 20
	sim := simtest.Start(t)
	nodes, urls := startCluster(t)
	c := child{URL: sim.URL, Key: sim.Key, Queue: exporter.Queue{
		URL: urls, Connector: "shared", Partitions: 8, Lease: 2 * time.Second, MaxBytes: 64 << 20,
	}}
	var processes []*exec.Cmd
	var addresses []string
	for range 3 {
		cmd, address := startChild(t, c)
		processes, addresses = append(processes, cmd), append(addresses, address)
	}
	k := &connector{}
	k.url.Store(&addresses[1])
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for n := range rounds {
		switch n {
		case rounds / 3:
			nodes[0].Shutdown()
		case rounds * 2 / 3:
			if err := processes[0].Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		var batch []string
		for user := range users {
			batch = append(batch, open(fmt.Sprintf("event-%02d-%05d", user, n), fmt.Sprintf("user-%02d", user)))
		}
		if err := k.post(ctx, batch); err != nil {
			t.Fatalf("post %d: %v", n, err)
		}
	}
	counts, err := sim.Control.Await(ctx, sim.Key, control.Until{Settled: rounds * users})
	for err == nil && counts.Outcomes[control.Accepted] < rounds*users {
		counts, err = sim.Control.Await(ctx, sim.Key, control.Until{Settled: counts.Settled() + 1})
	}
	if err != nil {
		t.Fatalf("accepted %d of %d: %v", counts.Outcomes[control.Accepted], rounds*users, err)
	}
	for user := range users {
		wantAccepted(t, sim, fmt.Sprintf("user-%02d", user), fmt.Sprintf("event-%02d-", user), rounds)
	}
	for _, address := range addresses[1:] {
		if l := awaitStats(t, address, func(l exporter.Ledger) bool { return l.Held == 0 }); !l.Balanced() {
			t.Errorf("ledger %+v", l)
		}
	}
	t.Logf("amplitude saw %v in %d uploads with statuses %v, %d of them 200",
		counts.Outcomes, counts.Requests, counts.Statuses, counts.Statuses[http.StatusOK])
	for _, cmd := range processes[1:] {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}
