package mutation

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/internal/programtest"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/requirement"
)

// Requirements that a mutant is judged by: one whose defect shows in single events,
// by those about events; others by those about delivery. Of the type rows only a few,
// which every mutant that spoils all events fails alike.
const (
	fewTypes = "req:TYPE-users.messages.email.Open || req:TYPE-users.behaviors.CustomEvent || req:TYPE-users.behaviors.Purchase"
	delivery = "!(area:types || area:names || area:properties || area:identity || area:values) || " + fewTypes
	mapping  = "area:claims || area:names || area:properties || area:identity || area:drops || area:values || req:DUP-002 || " + fewTypes
)

// fillsQueue is the requirement whose scenario posts 16 MB to fill the subject, which takes
// seconds of processor time. It shows a defect only in mutants that do not take or
// keep what does not fit, or deliver nothing, so that others are not judged by it.
const fillsQueue = "BACK-002"

var fillable = []string{"deaf", "full-queue-refuses", "full-queue-loses"}

// mutant is a line of mutant-exporter --list.
type mutant struct{ name, kind, like, defect string }

// filter selects the requirements that the mutant is judged by.
func (m mutant) filter(matrix Matrix) string {
	own := m.all()
	switch always := matrix.Mutants[m.name].Always(); {
	case *killers && len(always) > 0:
		return requirements(always)
	case *asked == "":
		return own
	case own != "":
		return "(" + own + ") && (" + requirements(strings.Split(*asked, ",")) + ")"
	default:
		return requirements(strings.Split(*asked, ","))
	}
}

func (m mutant) all() string {
	eventType, lacking := strings.CutPrefix(m.name, perType)
	switch {
	case m.kind == "variant":
		return "" // it must pass all
	case lacking:
		return "req:" + requirement.TypeID(eventType)
	case m.kind == "mapping":
		return mapping
	case slices.Contains(fillable, m.name):
		return delivery
	default:
		return "(" + delivery + ") && !req:" + fillsQueue
	}
}

// again judges the mutant by some requirements once more.
func (m mutant) again(t *testing.T, ids []string, binary string) (found judged, failed []string) {
	t.Helper()
	found, err := m.judge(t.Context(), t.TempDir(), binary, requirements(ids))
	if err != nil {
		t.Fatal(err)
	}
	failed, void := found.failed()
	if void != nil {
		t.Fatal(Void.Explain(void))
	}
	return found, failed
}

// requirements is the label filter that selects those.
func requirements(ids []string) string { return "req:" + strings.Join(ids, " || req:") }

// judge runs what the filter selects of the suite against the mutant, if anything.
func (m mutant) judge(ctx context.Context, dir, binary, filter string) (judged, error) {
	if selected, err := specs.Select(filter); err != nil || len(selected) == 0 {
		return judged{}, err // it is about something else than the requirements that are asked
	}
	// The end of a grace takes long to wait for, so few do.
	flag, timing := "", ""
	if m.name == "healthy" || strings.HasPrefix(m.name, "grace-") {
		flag, timing = ", --credential-grace, 6s", ", credential_grace: 6s"
	}
	path, acted := filepath.Join(dir, "subject.yaml"), filepath.Join(dir, "acted")
	text := fmt.Sprintf(`name: %q
command: %q
args: [--mutant, %q, serve, --data-dir, $CURRENTS_STATE_DIR%s]
inputs:
  ndjson_stdin: [--mutant, %q, export, "-"]
  avro_dir: [--mutant, %q, export, $CURRENTS_DIR]
  avro_s3: [--mutant, %q, export, $CURRENTS_S3_URL]
env: {MUTANT_ACTED: %q}
timings: {throttle_pause: 1s, quota_pause: 1s, key_probe: 4s%s}
capabilities: [custom_http, ndjson_stdin, avro_dir, avro_s3, quota_parking, credential_grace, durable_restart]
event_types: [all]
`, m.name, binary, m.name, flag, m.name, m.name, m.name, acted, timing)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return judged{}, err
	}
	found, err := judgedApart(ctx, path, filter)
	_, never := os.Stat(acted)
	found.acted = never == nil
	return found, err
}

// built builds mutant-exporter and returns the mutants it has.
func built(t *testing.T) (binary string, mutants []mutant) {
	t.Helper()
	dir := t.TempDir()
	if err := programtest.Build(t.Context(), dir, runtime.GOOS, "github.com/ammeter/ammeter/exporter/cmd/mutant-exporter"); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "mutant-exporter")
	list, err := exec.CommandContext(t.Context(), binary, "--list").Output()
	if err != nil {
		t.Fatalf("mutant-exporter --list: %v", err)
	}
	for line := range strings.Lines(string(list)) {
		words := strings.Fields(line)
		m := mutant{words[0], words[1], strings.TrimPrefix(words[2], "-"), strings.Join(words[3:], " ")}
		if *only == "" || slices.Contains(strings.Split(*only, ","), m.name) {
			mutants = append(mutants, m)
		}
	}
	// Those that are asked most come first: the others fill up the end.
	most := []string{"variant", "delivery", "mapping"}
	slices.SortStableFunc(mutants, func(a, b mutant) int {
		return cmp.Compare(slices.Index(most, a.kind), slices.Index(most, b.kind))
	})
	if len(mutants) == 0 {
		t.Fatalf("there is no mutant %q", *only)
	}
	return binary, mutants
}
