package fidelity

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const good = `{"schema":"ammeter/measurement/1","by":"A. Tester","date":"2026-11-01T00:00:00Z","region":"eu","program":"1.0",
	"rows":{"error_indexes":"first","json":"` + jsonDefault + `"},"else":{"wrong_method":"404"}}`

const jsonDefault = "strict UTF-8 JSON; repeated names allowed, the last one counts; half surrogate pairs allowed; at most 10000 layers"

func TestLoad(t *testing.T) {
	t.Parallel()
	older := strings.NewReplacer("2026-11", "2025-10", `"first"`, `"all"`, "A. Tester", "B").Replace(good)
	got, err := load(fstest.MapFS{
		"measurements/a.json":    {Data: []byte(older)},
		"measurements/b.json":    {Data: []byte(good)},
		"measurements/README.md": {Data: []byte("no measurement")},
	})
	if err != nil {
		t.Fatal(err)
	}
	november, october := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	want := map[string][]Measurement{
		"error_indexes": {
			{Value: "first", By: "A. Tester", Date: november, Region: "eu"},
			{Value: "all", By: "B", Date: october, Region: "eu"},
		},
		"json":         {{Value: jsonDefault, By: "A. Tester", Date: november, Region: "eu"}, {Value: jsonDefault, By: "B", Date: october, Region: "eu"}},
		"wrong_method": {{Else: "404", By: "A. Tester", Date: november, Region: "eu"}, {Else: "404", By: "B", Date: october, Region: "eu"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("measurements (-want +got):\n%s", diff)
	}
	if old := want["json"]; old[0].Old(november.AddDate(0, 11, 0)) || !old[1].Old(november) {
		t.Error("Old: want one that is older than a year, and only that one")
	}
}

func TestLoad_refuses(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{
		`"ammeter/measurement/1"`:   `"ammeter/measurement/9"`,
		`"A. Tester"`:               `" "`,
		`"eu"`:                      `"moon"`,
		`"first"`:                   `"last"`,
		`"error_indexes"`:           `"no_such_row"`,
		`"wrong_method"`:            `"error_indexes"`,
		`"program"`:                 `"host"`,
		`"2026-11-01T00:00:00Z"`:    `"0001-01-01T00:00:00Z"`,
		`"else":{"wrong_method":"4`: `"else":{"nothing":"4`,
	} {
		text := strings.Replace(good, from, to, 1)
		if _, err := load(fstest.MapFS{"measurements/a.json": {Data: []byte(text)}}); err == nil || !strings.HasPrefix(err.Error(), "a.json: ") {
			t.Errorf("%s in place of %s: error %v, want one that names the file", to, from, err)
		}
	}
}

// TestMeasured has a row say how well it is known.
func TestMeasured(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  Row
		want Known
	}{
		{Row{}, Guess},
		{Row{Published: true}, Published},
		{Row{Measured: []Measurement{{Value: "x"}}}, Measured},
		{Row{Measured: []Measurement{{Value: "x"}}, Published: true}, Measured},
	} {
		if got := c.row.known(); got != c.want {
			t.Errorf("%+v: known %q, want %q", c.row, got, c.want)
		}
	}
}
