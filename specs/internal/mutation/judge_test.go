package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
)

// Names of the variables that make this process judge a subject: Ginkgo runs one
// suite in a process, once.
const (
	subjectFile = "AMMETER_SUBJECT"
	labelFilter = "AMMETER_LABEL_FILTER"
)

func TestMain(m *testing.M) {
	path := os.Getenv(subjectFile)
	if path == "" {
		_ = flag.Set("test.parallel", "8") // they wait for pauses of exporters; -parallel overrides it
		os.Exit(m.Run())
	}
	if err := judge(path, os.Getenv(labelFilter)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// judged is what a run has found.
type judged struct {
	Outcomes map[string]report.Outcome `json:"outcomes"`
	Evidence map[string]string         `json:"evidence"`
	Seconds  float64                   `json:"seconds"`

	// acted reports whether the defect of a mutant did something.
	acted bool
}

// result is what came of it.
func (j judged) result() (Result, error) {
	failed, void := j.failed()
	return ResultOf(len(j.Outcomes), len(failed), void, j.acted), void
}

// judge runs the suite against a subject and prints what it finds.
func judge(path, filter string) error {
	target, err := specs.LoadTarget(path)
	if err != nil {
		return err
	}
	sim, err := simulator.New()
	if err != nil {
		return err
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	defer sim.Close()
	target.SimulatorURL, target.Control = server.URL, control.New(server.URL)
	results, err := specs.Execute(context.Background(), target, specs.Plan{LabelFilter: filter})
	if err != nil {
		return err
	}
	found := judged{Outcomes: map[string]report.Outcome{}, Evidence: map[string]string{}, Seconds: results.Seconds}
	for _, row := range results.Requirements {
		found.Outcomes[row.ID], found.Evidence[row.ID] = row.Outcome, row.Evidence
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

// failed lists the requirements that do not hold; broken reports a harness that
// broke, or of a subject that does not start.
func (j judged) failed() (ids []string, broken error) {
	for id, o := range j.Outcomes {
		switch o {
		case report.Fail:
			ids = append(ids, id)
		case report.Error, report.NotRun:
			broken = fmt.Errorf("%s was not judged: %s", id, j.Evidence[id])
		default: // it holds, or was not judged
		}
	}
	return union(ids), broken
}

// asked lists the requirements that were judged.
func (j judged) asked() (ids []string) {
	for id, o := range j.Outcomes {
		if o == report.Pass || o == report.Fail || o == report.NotArisen {
			ids = append(ids, id)
		}
	}
	return union(ids)
}

// root is the directory in which the subjects in specs/subjects are started.
const root = "../../.."

// judgedApart runs the suite in a process of its own, from the root of the repository.
func judgedApart(ctx context.Context, path, filter string) (judged, error) {
	const longest = 6 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return judged{}, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), subjectFile+"="+path, labelFilter+"="+filter)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return judged{}, fmt.Errorf("judge %s: %w\n%s", path, err, complaints.String())
	}
	var found judged
	return found, json.Unmarshal(out, &found)
}
