package mutation

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Kills are the requirements that a mutant fails.
type Kills struct {
	Defect string `json:"defect"`
	// Like names the known bug that it repeats, as M1 to M25.
	Like string `json:"like,omitempty"`
	// Always fail in every run, Sometimes in some.
	Always    []string `json:"always"`
	Sometimes []string `json:"sometimes,omitempty"`
}

// Matrix is the kill matrix, by the name of the mutant.
type Matrix struct {
	Mutants map[string]Kills `json:"mutants"`
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

// Learn takes in what a run has shown: what did not fail now does not fail always.
func (m Matrix) Learn(name string, defect, like string, failed []string) {
	old, known := m.Mutants[name]
	k := Kills{Defect: defect, Like: like, Always: append([]string{}, failed...), Sometimes: old.Sometimes}
	if known {
		k.Always = intersection(old.Always, failed)
		k.Sometimes = minus(union(old.Always, old.Sometimes, failed), k.Always)
	}
	m.Mutants[name] = k
}

// Surprises tells how a run differs from the matrix.
func (k Kills) Surprises(failed []string) (survived, unheard []string) {
	return minus(k.Always, failed), minus(failed, union(k.Always, k.Sometimes))
}

// Gaps tells what the matrix does not prove: mutants that nothing kills every time,
// and requirements that kill no mutant every time.
func (m Matrix) Gaps(requirements []string) []string {
	var gaps []string
	killing := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.Mutants)) {
		k := m.Mutants[name]
		if len(k.Always) == 0 {
			gaps = append(gaps, "nothing kills the mutant "+name+" every time")
		}
		for _, id := range k.Always {
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
func (m Matrix) JSON() []byte {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // maps of strings encode
	}
	return append(text, '\n')
}

// Markdown shows the matrix to people, from both sides.
func (m Matrix) Markdown() string {
	var b strings.Builder
	b.WriteString("# Kill matrix\n\nMade by `make mutants`; do not edit. `mutant-exporter` is our exporter with one defect; a requirement that fails for a\n" +
		"mutant kills it. In brackets: sometimes, as it is a matter of timing. M1 to M25 are bugs of known exporters. A mutant\n" +
		"that spoils single events is not asked about delivery, the others are not asked about events.\n\n" +
		"| mutant | defect | like | killed by |\n|---|---|---|---|\n")
	by := map[string][]string{}
	types := 0
	for _, name := range slices.Sorted(maps.Keys(m.Mutants)) {
		k := m.Mutants[name]
		for _, id := range k.Always {
			by[id] = append(by[id], name)
		}
		if strings.HasPrefix(name, perType) {
			types++
			continue
		}
		killers := slices.Clone(k.Always)
		for _, id := range k.Sometimes {
			killers = append(killers, "("+id+")")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, k.Defect, k.Like, strings.Join(killers, " "))
	}
	fmt.Fprintf(&b, "| %sTYPE, %d of them | loses a property of the event type, or adds one | | its TYPE row |\n", perType, types)
	b.WriteString("\n| requirement | kills |\n|---|---|\n")
	for _, id := range slices.Sorted(maps.Keys(by)) {
		if !strings.HasPrefix(id, "TYPE-") {
			fmt.Fprintf(&b, "| %s | %s |\n", id, strings.Join(by[id], ", "))
		}
	}
	if len(m.NotAsked) > 0 {
		fmt.Fprintf(&b, "\nNot proven, because mutant-exporter does not claim what they are about: %s.\n", strings.Join(m.NotAsked, ", "))
	}
	return b.String()
}

// silent is the mutant that sends nothing.
const silent = "deaf"

// perType begins the names of the mutants that there is one of for each event type.
const perType = "property-missing:"

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
