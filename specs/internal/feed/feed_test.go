package feed

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/fixtures"
)

func load(t *testing.T) *fixtures.Set {
	t.Helper()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestNDJSON_isOneRecordALine(t *testing.T) {
	t.Parallel()
	set := load(t)
	lines := bytes.Split(bytes.TrimSuffix(NDJSON(set.Cases), []byte("\n")), []byte("\n"))
	if len(lines) != len(set.Cases) {
		t.Fatalf("%d lines for %d cases", len(lines), len(set.Cases))
	}
	for i, line := range lines {
		var record struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(line, &record); err != nil || record.ID != set.Cases[i].ID() {
			t.Errorf("line %d: id %q, %v; want %q", i+1, record.ID, err, set.Cases[i].ID())
		}
	}
}

// What goavro wrote is read with another library.
func TestAvro(t *testing.T) {
	t.Parallel()
	set, dir := load(t), t.TempDir()
	written, err := Avro(dir, set.Types, set.Cases)
	if err != nil {
		t.Fatal(err)
	}
	// A few cases have values that no record can hold; more would be an error here.
	if missing := len(set.Cases) - len(written); missing > len(set.Cases)/20 {
		t.Errorf("%d of %d cases were not written", missing, len(set.Cases))
	}
	want := map[string]int{}
	for _, c := range written {
		want[c.EventType]++
	}
	for eventType, n := range want {
		if got := records(t, filepath.Join(dir, "event_type="+eventType, "date=2026-01-31-12", "part-0.avro")); got != n {
			t.Errorf("%s: %d records, want %d", eventType, got, n)
		}
	}
}

func records(t *testing.T, path string) int {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := ocf.NewReader(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	n := 0
	for {
		var record map[string]any
		if r.Decode(&record) != nil {
			return n
		}
		if record["id"] == "" {
			t.Errorf("%s: a record without an id", path)
		}
		n++
	}
}

func TestValue_refusesWhatTheSchemaHasNoPlaceFor(t *testing.T) {
	t.Parallel()
	if v, ok := value(json.Number("1.5"), fixtures.Field{Type: "int"}); ok {
		t.Errorf("a fraction became the int %v", v)
	}
	if v, ok := value(json.Number("9007199254740993"), fixtures.Field{Type: "long", Required: true}); !ok || v != int64(9007199254740993) {
		t.Errorf("a long became %v, %t", v, ok)
	}
}
