package benchmark

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

const rounds = 5

// peer is a command that exports a file to an Amplitude.
type peer struct {
	name string
	args func(b *testing.B, input string) []string
}

var peers = []peer{
	{"exporter", func(b *testing.B, input string) []string {
		return []string{"currents-exporter", "export", "--data-dir", b.TempDir(), input}
	}},
	{"memory", func(_ *testing.B, input string) []string { return []string{"currents-exporter", "export", input} }},
	{"plain", func(_ *testing.B, input string) []string { return []string{"plain", input} }},
	{"benthos", func(*testing.B, string) []string { return []string{"benthos", "run", "benthos.yaml"} }},
}

// cost is what a run took.
type cost struct {
	wall, cpu time.Duration // cpu is that of the exporter alone
}

// BenchmarkExporters exports a file of NDJSON to a simulator with the published limits, by
// each peer in turn, and compares the medians of the runs. A run is the whole command, from
// its start to its end. The exporter writes every event to disk, with an fsync, before it is
// sent; the others keep all in memory.
func BenchmarkExporters(b *testing.B) {
	bin, input := build(b), writeInput(b)
	costs := map[string][]cost{}
	for b.Loop() {
		for range rounds {
			for _, p := range peers {
				costs[p.name] = append(costs[p.name], p.run(b, bin, input))
			}
		}
	}
	wall := func(c cost) float64 { return c.wall.Seconds() }
	cpu := func(c cost) float64 { return c.cpu.Seconds() }
	for _, p := range peers {
		all := costs[p.name]
		b.ReportMetric(events/median(all, wall), p.name+"-events/s")
		b.ReportMetric(events/median(all, cpu), p.name+"-events/cpu-s")
	}
	for _, other := range []string{"memory", "plain", "benthos"} {
		b.ReportMetric(median(costs[other], wall)/median(costs["exporter"], wall), "ratio:exporter_vs_"+other)
		b.ReportMetric(median(costs[other], cpu)/median(costs["exporter"], cpu), "ratio:exporter_vs_"+other+"_cpu")
	}
}

// run exports the input to a simulator of its own, and makes sure that all of it arrived.
func (p peer) run(b *testing.B, bin, input string) cost {
	b.Helper()
	sim, err := simulator.New(simulator.WithKey(apiKey))
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()
	args := p.args(b, input)
	cmd := exec.CommandContext(b.Context(), filepath.Join(bin, args[0]), args[1:]...)
	cmd.Env = append(os.Environ(), "INPUT="+input, "AMPLITUDE_URL="+server.URL, "AMPLITUDE_API_KEY="+apiKey)
	began := time.Now()
	output, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		b.Fatalf("%s: %v\n%s", p.name, err, output)
	}
	ledger, err := control.New(server.URL).Ledger(b.Context(), apiKey)
	if err != nil {
		b.Fatal(err)
	}
	if got := ledger.Outcomes[control.Accepted]; got != events {
		b.Fatalf("%s: %d events accepted, want %d: %+v\n%s", p.name, got, events, ledger, output)
	}
	return cost{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// build builds the commands into a directory.
func build(b *testing.B) (dir string) {
	b.Helper()
	dir = b.TempDir()
	for where, pattern := range map[string]string{".": "./...", "../..": "./exporter/cmd/currents-exporter"} {
		cmd := exec.CommandContext(b.Context(), "go", "build", "-o", dir+"/", pattern)
		cmd.Dir = where
		if output, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("build: %v\n%s", err, output)
		}
	}
	return dir
}

func median[T any](list []T, of func(T) float64) float64 {
	var all []float64
	for _, one := range list {
		all = append(all, of(one))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
