package mutation

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// subprocess names the mutant this process has to judge: Ginkgo runs one suite in
// a process, once.
const subprocess = "AMMETER_MUTANT"

func TestMain(m *testing.M) {
	name := os.Getenv(subprocess)
	if name == "" {
		os.Exit(m.Run())
	}
	i := slices.IndexFunc(mutants, func(m mutant) bool { return m.name == name })
	if err := judge(mutants[i]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// judge runs the suite against a mutant and prints the results.
func judge(m mutant) error {
	sim, err := simulator.New()
	if err != nil {
		return err
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	defer sim.Close()
	results, err := specs.Execute(specs.Target{
		Subject:      m.subject(),
		About:        report.Subject{Part: report.Part{Name: m.name}, Capabilities: requirement.Capabilities()},
		SimulatorURL: server.URL, Control: control.New(server.URL),
		Timings: specs.Timings{ThrottlePause: time.Second, QuotaPause: time.Second, KeyProbe: 4 * time.Second},
	}, specs.Plan{})
	if err != nil {
		return err
	}
	return results.WriteJSON(os.Stdout)
}

func TestEachMutantFailsWhatItBreaks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the suite once for each mutant")
	}
	judged := judgeAll(t)
	for i, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if judged[i].err != nil {
				t.Fatal(judged[i].err)
			}
			var failed []string
			for _, row := range judged[i].results.Requirements {
				if row.Outcome != report.Pass {
					failed = append(failed, row.ID)
					t.Logf("%s %s: %s", row.ID, row.Outcome, row.Evidence)
				}
			}
			if diff := cmp.Diff(m.fails, failed); diff != "" {
				t.Errorf("requirements that do not hold (-want +got):\n%s", diff)
			}
		})
	}
}

type judged struct {
	results report.Results
	err     error
}

// judgeAll judges several mutants at a time: they mostly wait for pauses to pass.
func judgeAll(t *testing.T) []judged {
	t.Helper()
	const atOnce = 6
	all := make([]judged, len(mutants))
	slots := make(chan struct{}, atOnce)
	var work sync.WaitGroup
	for i, m := range mutants {
		work.Go(func() {
			slots <- struct{}{}
			all[i].results, all[i].err = resultsOf(t.Context(), m.name)
			<-slots
		})
	}
	work.Wait()
	return all
}

func resultsOf(ctx context.Context, mutant string) (report.Results, error) {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), subprocess+"="+mutant)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return report.Results{}, fmt.Errorf("judge %s: %w\n%s", mutant, err, complaints.String())
	}
	return report.ReadJSON(bytes.NewReader(out))
}
