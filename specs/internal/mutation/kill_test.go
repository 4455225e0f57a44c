package mutation

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

var (
	kill   = flag.Bool("kill", false, "run the suite against every mutant and compare with the kill matrix; takes minutes")
	update = flag.Bool("update", false, "with -kill: let the kill matrix learn from the run")
	only   = flag.String("mutant", "", "with -kill: only the mutants with one of these names, separated by commas")
	atOnce = flag.Int("at-once", 4, "with -kill: so many at a time; they mostly wait for pauses to pass")
)

const (
	matrixFile   = "../../kill-matrix.json"
	markdownFile = "../../kill-matrix.md"
)

// Requirements that a mutant is judged by: one whose defect shows in single events,
// by those about events; others by those about delivery. Of the type rows only a few,
// which every mutant that spoils all events fails alike.
const (
	fewTypes = "req:TYPE-users.messages.email.Open || req:TYPE-users.behaviors.CustomEvent || req:TYPE-users.behaviors.Purchase"
	delivery = "!(area:types || area:names || area:properties || area:identity || area:values) || " + fewTypes
	mapping  = "area:claims || area:names || area:properties || area:identity || area:drops || area:values || req:DUP-002 || " + fewTypes
)

// mutant is a line of mutant-exporter --list.
type mutant struct{ name, kind, like, defect string }

func (m mutant) filter() string {
	eventType, lacking := strings.CutPrefix(m.name, perType)
	switch {
	case m.kind == "variant":
		return "" // it must pass all
	case lacking:
		return "req:" + requirement.TypeID(eventType)
	case m.kind == "mapping":
		return mapping
	default:
		return delivery
	}
}

func TestKillMatrix(t *testing.T) {
	if !*kill {
		t.Skip("takes minutes: run with -kill, or make mutants")
	}
	binary, mutants := built(t)
	matrix, err := Load(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	found := make([]judged, len(mutants))
	errs := make([]error, len(mutants))
	next := make(chan int, len(mutants))
	for i := range mutants {
		next <- i
	}
	close(next)
	var work sync.WaitGroup
	for range *atOnce {
		work.Go(func() {
			for i := range next {
				m := mutants[i]
				found[i], errs[i] = m.judge(t.Context(), t.TempDir(), binary, m.filter())
				t.Logf("%d of %d are left; %s took %.0f s", len(next), len(mutants), m.name, found[i].Seconds)
			}
		})
	}
	work.Wait()
	for i, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			failed, void := found[i].failed()
			switch {
			case errs[i] != nil:
				t.Fatal(errs[i])
			case void != nil:
				t.Fatal(void)
			case m.kind == "variant":
				m.mustHold(t, failed, binary)
			case *update:
				matrix.Learn(m.name, m.defect, m.like, failed)
			default:
				m.compare(t, matrix, failed, found[i], binary)
			}
		})
	}
	if *only != "" && !*update {
		return
	}
	matrix.settle(t, mutants, found)
}

// settle writes the matrix, or compares it as a whole.
func (m Matrix) settle(t *testing.T, mutants []mutant, found []judged) {
	t.Helper()
	for name := range m.Mutants {
		if *only == "" && !slices.ContainsFunc(mutants, func(mutant mutant) bool { return mutant.name == name }) {
			if *update {
				delete(m.Mutants, name)
			} else {
				t.Errorf("the kill matrix has the mutant %s, which there is not", name)
			}
		}
	}
	if i := slices.IndexFunc(mutants, func(m mutant) bool { return m.name == "healthy" }); i >= 0 && *update {
		m.NotAsked = nil
		for _, r := range requirement.All() {
			if o := found[i].Outcomes[r.ID]; o == report.NotClaimed || o == report.Skip {
				m.NotAsked = append(m.NotAsked, r.ID)
			}
		}
	}
	if *update {
		for path, text := range map[string][]byte{matrixFile: m.JSON(), markdownFile: []byte(m.Markdown())} {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// compare holds a run against the matrix. What surprises is asked once more, alone:
// a busy machine can make anything fail once.
func (m mutant) compare(t *testing.T, matrix Matrix, failed []string, found judged, binary string) {
	t.Helper()
	known, ok := matrix.Mutants[m.name]
	if !ok {
		t.Fatal("not in the kill matrix: make mutants UPDATE=1")
	}
	survived, unheard := known.Surprises(failed)
	if len(survived)+len(unheard) == 0 {
		return
	}
	again, failedAgain := m.again(t, union(survived, unheard), binary)
	stillSurvived, stillUnheard := known.Surprises(failedAgain)
	for _, id := range intersection(survived, stillSurvived) {
		t.Errorf("survives %s: %s", id, again.Evidence[id])
	}
	for _, id := range intersection(unheard, stillUnheard) {
		t.Errorf("killed by %s, which the kill matrix does not know: %s", id, found.Evidence[id])
	}
}

// again asks the mutant about some requirements once more.
func (m mutant) again(t *testing.T, ids []string, binary string) (found judged, failed []string) {
	t.Helper()
	found, err := m.judge(t.Context(), t.TempDir(), binary, requirements(ids))
	if err != nil {
		t.Fatal(err)
	}
	failed, void := found.failed()
	if void != nil {
		t.Fatal(void)
	}
	return found, failed
}

// requirements is the label filter that selects those.
func requirements(ids []string) string { return "req:" + strings.Join(ids, " || req:") }

// mustHold asks about what a variant failed once more, alone.
func (m mutant) mustHold(t *testing.T, failed []string, binary string) {
	t.Helper()
	if len(failed) == 0 {
		return
	}
	found, failed := m.again(t, failed, binary)
	mustHold(t, failed, found)
}

// judge runs what the filter selects of the suite against the mutant.
func (m mutant) judge(ctx context.Context, dir, binary, filter string) (judged, error) {
	// The end of a grace takes long to wait for, so few do.
	flag, timing := "", ""
	if m.name == "healthy" || strings.HasPrefix(m.name, "grace-") {
		flag, timing = ", --credential-grace, 6s", ", credential_grace: 6s"
	}
	path := filepath.Join(dir, "subject.yaml")
	text := fmt.Sprintf(`name: %q
command: %q
args: [--mutant, %q, serve, --data-dir, $CURRENTS_STATE_DIR%s]
inputs:
  ndjson_stdin: [--mutant, %q, export, "-"]
  avro_dir: [--mutant, %q, export, $CURRENTS_DIR]
timings: {throttle_pause: 1s, quota_pause: 1s, key_probe: 4s%s}
capabilities: [custom_http, ndjson_stdin, avro_dir, quota_parking, credential_grace, durable_restart]
event_types: [all]
`, m.name, binary, m.name, flag, m.name, m.name, timing)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return judged{}, err
	}
	return judgedApart(ctx, path, filter)
}

// built builds mutant-exporter and returns the mutants it has.
func built(t *testing.T) (binary string, mutants []mutant) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "mutant-exporter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/ammeter/ammeter/exporter/cmd/mutant-exporter")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build mutant-exporter: %v\n%s", err, out)
	}
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

// The matrix that is checked in must be whole: this needs no run.
func TestKillMatrix_hasNoGaps(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the kill matrix is being made")
	}
	matrix, err := Load(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range requirement.All() {
		ids = append(ids, r.ID)
	}
	for _, gap := range matrix.Gaps(ids) {
		t.Error(gap)
	}
	shown, err := os.ReadFile(markdownFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(shown) != matrix.Markdown() {
		t.Error("kill-matrix.md does not show what kill-matrix.json says: make mutants UPDATE=1")
	}
}
