package mutation

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

var (
	kill    = flag.Bool("kill", false, "run the suite against every mutant and compare with the kill matrix; takes minutes")
	update  = flag.Bool("update", false, "with -kill: add the run to the counts of the kill matrix")
	anew    = flag.Bool("anew", false, "with -update: forget the earlier runs of what is asked")
	only    = flag.String("mutant", "", "with -kill: only the mutants with one of these names, separated by commas")
	asked   = flag.String("requirement", "", "with -kill: ask each mutant about these requirements only, separated by commas")
	killers = flag.Bool("killers", false, "with -kill: ask each mutant only about the requirements that kill it every time")
	atOnce  = flag.Int("at-once", 4, "with -kill: so many at a time; they mostly wait for pauses to pass")
)

const (
	matrixFile   = "../../kill-matrix.json"
	markdownFile = "../../kill-matrix.md"
)

func TestKillMatrix(t *testing.T) {
	if !*kill {
		t.Skip("takes minutes: run with -kill, or make mutants")
	}
	binary, mutants := built(t)
	matrix, err := Load(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	if *killers && (*update || *asked != "") {
		t.Fatal("-killers selects the requirements by the kill matrix: it goes with neither -update nor -requirement")
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
				found[i], errs[i] = m.judge(t.Context(), t.TempDir(), binary, m.filter(matrix))
				t.Logf("%d of %d are left; %s took %.0f s", len(next), len(mutants), m.name, found[i].Seconds)
			}
		})
	}
	work.Wait()
	for i, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			failed, _ := found[i].failed()
			result, void := found[i].result()
			switch {
			case errs[i] != nil:
				t.Fatal(NotRun.Explain(nil), errs[i])
			case result == Void:
				t.Fatal(result.Explain(void))
			case m.kind == "variant":
				m.mustHold(t, failed, binary)
			case *update && len(found[i].Outcomes) > 0:
				matrix.Learn(Run{
					Name: m.name, Defect: m.defect, Like: m.like,
					Asked: found[i].asked(), Failed: failed, Whole: *asked == "", Anew: *anew,
				})
				if *asked == "" && result != Killed {
					t.Error(result.Explain(void))
				}
			case !*update:
				m.compare(t, matrix, failed, found[i], binary)
			}
		})
	}
	switch {
	case *update:
		matrix.settle(t, mutants, found)
	case *only == "":
		for name := range matrix.Mutants {
			if !slices.ContainsFunc(mutants, func(m mutant) bool { return m.name == name }) {
				t.Errorf("the kill matrix has the mutant %s, which there is not", name)
			}
		}
	}
}

// settle writes the matrix. Only a run of every mutant, each of which was judged, shows
// that all have been asked.
func (m *Matrix) settle(t *testing.T, mutants []mutant, found []judged) {
	t.Helper()
	if i := slices.IndexFunc(mutants, func(m mutant) bool { return m.name == "healthy" }); i >= 0 {
		m.NotAsked = notClaimed(m.NotAsked, found[i])
	}
	if *only == "" && !t.Failed() {
		var names, ids []string
		for _, mutant := range mutants {
			names = append(names, mutant.name)
		}
		for _, r := range requirement.All() {
			ids = append(ids, r.ID)
		}
		m.Forget(names, ids)
		if *asked != "" {
			ids = strings.Split(*asked, ",")
		}
		m.AllAsked(ids)
	}
	for path, text := range map[string][]byte{matrixFile: m.JSON(), markdownFile: []byte(m.Markdown())} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// notClaimed brings the list of requirements that the exporter without a defect is not
// asked about up to date.
func notClaimed(before []string, healthy judged) []string {
	var now []string
	for id, o := range healthy.Outcomes {
		if o == report.NotClaimed || o == report.Skip {
			now = append(now, id)
		}
	}
	return union(minus(before, slices.Collect(maps.Keys(healthy.Outcomes))), now)
}

// retries is how often a surprise is asked again, alone. A busy machine can make
// anything fail, and anything pass, for once.
const retries = 3

// compare holds a run against the matrix. A requirement that must kill survives if it
// kills in no retry either. One that kills for the first time is a new kill if it does so
// in each retry; otherwise it depends on the machine, and an update counts it as such.
func (m mutant) compare(t *testing.T, matrix Matrix, failed []string, found judged, binary string) {
	t.Helper()
	known, ok := matrix.Mutants[m.name]
	if !ok {
		t.Fatal(NotRun.Explain(nil))
	}
	survived, unheard := known.Surprises(found.asked(), failed)
	for range retries {
		if len(survived)+len(unheard) == 0 {
			return
		}
		again, failedAgain := m.again(t, union(survived, unheard), binary)
		for _, id := range minus(unheard, failedAgain) {
			t.Logf("killed by %s once, which the kill matrix does not know, and not when asked alone: %s", id, found.Evidence[id])
		}
		survived, unheard = minus(survived, failedAgain), intersection(unheard, failedAgain)
		maps.Copy(found.Evidence, again.Evidence)
	}
	for _, id := range survived {
		result := ResultOf(1, 0, nil, found.acted)
		t.Errorf("survives %s in %d runs: %s; %s", id, retries+1, found.Evidence[id], result.Explain(nil))
	}
	for _, id := range unheard {
		t.Errorf("killed by %s in %d runs, which the kill matrix does not know (make mutants UPDATE=1): %s", id, retries+1, found.Evidence[id])
	}
}

// mustHold judges a variant again by what it failed. A requirement that it meets when it
// is asked alone holds.
func (m mutant) mustHold(t *testing.T, failed []string, binary string) {
	t.Helper()
	var found judged
	for range retries {
		if len(failed) == 0 {
			return
		}
		found, failed = m.again(t, failed, binary)
	}
	mustHold(t, failed, found)
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
