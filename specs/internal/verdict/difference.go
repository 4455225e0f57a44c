package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Difference is one place in which two JSON documents disagree.
type Difference struct {
	// Path leads to the place: member names, and indexes of arrays.
	Path []string
	// Want and Got are JSON texts; empty means absent.
	Want, Got string
}

// String is the difference as "time: want 1767225600000, got 1767225600".
func (d Difference) String() string {
	return fmt.Sprintf("%s: want %s, got %s", d.place(), present(d.Want), present(d.Got))
}

func (d Difference) place() string {
	parts := slices.Clone(d.Path)
	for i, p := range parts {
		if strings.ContainsAny(p, " .") {
			parts[i] = strconv.Quote(p)
		}
	}
	return strings.Join(parts, ".")
}

func present(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Compare returns the differences between two JSON texts, ordered by path. The
// order of members does not count, numbers are compared by their exact value.
func Compare(want, got []byte) ([]Difference, error) {
	w, err := decode(want)
	if err != nil {
		return nil, fmt.Errorf("expected event: %w", err)
	}
	g, err := decode(got)
	if err != nil {
		return nil, fmt.Errorf("received event: %w", err)
	}
	return differences(nil, w, g), nil
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a float64 would lose integers beyond 2^53
	var v any
	err := d.Decode(&v)
	return v, err
}

func differences(path []string, want, got any) []Difference {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return inObjects(path, w, g)
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) == len(w) {
			var all []Difference
			for i := range w {
				all = append(all, differences(extend(path, strconv.Itoa(i)), w[i], g[i])...)
			}
			return all
		}
	default:
		if equal(want, got) {
			return nil
		}
	}
	return []Difference{{Path: path, Want: text(want), Got: text(got)}}
}

func inObjects(path []string, want, got map[string]any) []Difference {
	var all []Difference
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		w, wanted := want[name]
		g, found := got[name]
		here := extend(path, name)
		switch {
		case !found:
			all = append(all, Difference{Path: here, Want: text(w)})
		case !wanted:
			all = append(all, Difference{Path: here, Got: text(g)})
		default:
			all = append(all, differences(here, w, g)...)
		}
	}
	return all
}

func extend(path []string, name string) []string {
	return append(slices.Clip(path), name)
}

func equal(a, b any) bool {
	x, ok := a.(json.Number)
	y, ok2 := b.(json.Number)
	if ok && ok2 {
		return sameNumber(x.String(), y.String())
	}
	return a == b || text(a) == text(b)
}

// sameNumber compares decimal texts by value: 1, 1.0 and 1e0 are the same.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	// A rational number of an absurd exponent would fill the memory.
	const longest = 64
	if len(a) > longest || len(b) > longest || hugeExponent(a) || hugeExponent(b) {
		return false
	}
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok && ok2 && x.Cmp(y) == 0
}

func hugeExponent(s string) bool {
	_, exponent, found := strings.Cut(strings.ToLower(s), "e")
	if !found {
		return false
	}
	n, err := strconv.Atoi(exponent)
	return err != nil || n > 400 || n < -400
}

// text writes a decoded value back as JSON.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}
