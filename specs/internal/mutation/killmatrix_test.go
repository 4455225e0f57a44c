package mutation

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Kills are the requirements that a mutant fails.
type Kills struct {
	Defect string `json:"defect"`
	// Like names the known bug that it repeats, as M1 to M25.
	Like string `json:"like,omitempty"`
	// Runs counts the runs in which the mutant was judged by all its requirements.
	Runs int `json:"runs"`
	// ByID counts the kills of each requirement. One that is not here has killed
	// the mutant in none of its runs.
	ByID map[string]Count `json:"kills"`
}

// Always lists the requirements that killed the mutant in every run that asked them.
func (k Kills) Always() []string {
	return k.those(func(c Count) bool { return c.Killed > 0 && c.Killed == c.Asked })
}

// Sometimes lists those that killed it in some runs, and not in all.
func (k Kills) Sometimes() []string {
	return k.those(func(c Count) bool { return c.Killed > 0 && c.Killed < c.Asked })
}

func (k Kills) those(chosen func(Count) bool) []string {
	ids := []string{}
	for _, id := range slices.Sorted(maps.Keys(k.ByID)) {
		if chosen(k.ByID[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Surprises compares a run with the matrix: which of the asked requirements should
// have killed the mutant and did not, and which killed it for the first time.
func (k Kills) Surprises(asked, failed []string) (survived, unheard []string) {
	return minus(intersection(k.Always(), asked), failed), minus(failed, union(k.Always(), k.Sometimes()))
}

// Matrix is the kill matrix, by the name of the mutant.
type Matrix struct {
	Mutants map[string]Kills `json:"mutants"`
	// Requirements are those that every mutant has been asked about.
	Requirements []string `json:"requirements"`
	// NotAsked are requirements that no mutant can fail, because they are about
	// something that mutant-exporter does not claim.
	NotAsked []string `json:"not_asked,omitempty"`
}

// Load reads a matrix; a file that is not there gives an empty one.
func Load(path string) (Matrix, error) {
	m := Matrix{Mutants: map[string]Kills{}}
	text, err := os.ReadFile(path)
	switch {
	case os.IsNotExist(err):
		return m, nil
	case err != nil:
		return m, fmt.Errorf("read kill matrix: %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read kill matrix %s: %w", path, err)
	}
	return m, nil
}

// Run is what one run has shown of a mutant.
type Run struct {
	Name, Defect, Like string
	// Asked are the requirements it was judged by, Failed those it failed.
	Asked, Failed []string
	// Whole reports whether it was judged by all its requirements.
	Whole bool
	// Anew forgets the earlier runs of what was asked: after a change of the mutant or
	// of a requirement they show nothing.
	Anew bool
}

// Learn adds a run to the counts.
func (m *Matrix) Learn(r Run) {
	old := m.Mutants[r.Name]
	if r.Anew && r.Whole {
		old = Kills{}
	}
	k := Kills{Defect: r.Defect, Like: r.Like, Runs: old.Runs, ByID: map[string]Count{}}
	maps.Copy(k.ByID, old.ByID)
	for _, id := range r.Asked {
		c, counted := k.ByID[id]
		if r.Anew {
			c, counted = Count{}, true
		}
		if !counted && slices.Contains(m.Requirements, id) {
			c.Asked = old.Runs
		}
		c.Asked++
		if slices.Contains(r.Failed, id) {
			c.Killed++
		}
		// A new requirement is counted from its first run on, even if it kills nothing.
		if c.Killed > 0 || !slices.Contains(m.Requirements, id) {
			k.ByID[id] = c
		} else {
			delete(k.ByID, id)
		}
	}
	if r.Whole {
		k.Runs++
	}
	m.Mutants[r.Name] = k
}

// AllAsked notes that every mutant has been asked about the requirements.
func (m *Matrix) AllAsked(ids []string) {
	m.Requirements = union(m.Requirements, ids)
	for _, k := range m.Mutants {
		maps.DeleteFunc(k.ByID, func(id string, c Count) bool { return c.Killed == 0 && slices.Contains(m.Requirements, id) })
	}
}

// Forget removes the mutants and requirements that are not among the known ones.
func (m *Matrix) Forget(mutants, requirements []string) {
	maps.DeleteFunc(m.Mutants, func(name string, _ Kills) bool { return !slices.Contains(mutants, name) })
	m.Requirements, m.NotAsked = intersection(m.Requirements, requirements), intersection(m.NotAsked, requirements)
	for _, k := range m.Mutants {
		maps.DeleteFunc(k.ByID, func(id string, _ Count) bool { return !slices.Contains(requirements, id) })
	}
}

// Gaps lists what the matrix does not prove: mutants that nothing kills every time,
// and requirements that kill no mutant every time.
func (m *Matrix) Gaps(requirements []string) []string {
	var gaps []string
	killing := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.Mutants)) {
		always := m.Mutants[name].Always()
		if len(always) == 0 {
			gaps = append(gaps, "nothing kills the mutant "+name+" every time")
		}
		for _, id := range always {
			// One that sends nothing fails everything, and so proves little.
			killing[id] = killing[id] || name != silent || id == "CAP-001"
		}
	}
	for _, id := range minus(requirements, m.NotAsked) {
		if !killing[id] {
			gaps = append(gaps, "the requirement "+id+" kills no mutant every time")
		}
	}
	return gaps
}

// JSON is the content of the file.
func (m *Matrix) JSON() []byte {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // maps of strings encode
	}
	return append(text, '\n')
}

// silent is the mutant that sends nothing.
const silent = "deaf"

func union(lists ...[]string) []string {
	all := slices.Sorted(slices.Values(slices.Concat(lists...)))
	return slices.Compact(all)
}

func intersection(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
