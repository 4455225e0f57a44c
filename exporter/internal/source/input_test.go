package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func mapper(t *testing.T) *mapping.Mapper {
	t.Helper()
	m, err := ofAllTypes()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ofAllTypes is one mapper for all tests: some read thousands of inputs.
var ofAllTypes = sync.OnceValues(func() (*mapping.Mapper, error) { return mapping.New(mapping.Options{}) })

func TestPaths(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"b.ndjson": "x", "a/2.avro": "x", "a/1.JSON": "x", "a/notes.txt": "x", "_SUCCESS": "", "c.jsonl": "xyz",
	})
	inputs, err := Paths(strings.NewReader(""), dir, "-", filepath.Join(dir, "c.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range inputs {
		got = append(got, filepath.ToSlash(strings.TrimPrefix(in.Name(), dir+string(filepath.Separator))))
	}
	if want := "[a/1.JSON a/2.avro b.ndjson c.jsonl stdin c.jsonl]"; fmt.Sprint(got) != want {
		t.Errorf("Paths = %v, want %v", got, want)
	}
	if got := inputs[3].Size(); got != 3 {
		t.Errorf("Size = %d, want 3", got)
	}
	for _, path := range []string{filepath.Join(dir, "absent"), filepath.Join(dir, "a", "notes.txt")} {
		if _, err := Paths(nil, path); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("Paths(%q): %v, want an error that names it", path, err)
		}
	}
}

// The type of records that do not say it comes from the path.
func TestInput_typeFromPath(t *testing.T) {
	t.Parallel()
	const record = `{"id":"i","time":1,"external_user_id":"u"}`
	dir := files(t, map[string]string{"event_type=users.messages.email.Open/date=2026-01-31-23/part.json": record})
	inputs, err := Paths(nil, dir)
	if err != nil || len(inputs) != 1 {
		t.Fatalf("Paths = %d inputs, %v", len(inputs), err)
	}
	n := 0
	for record, err := range inputs[0].Records(t.Context(), mapper(t)) {
		n++
		if err != nil || record.Type != "users.messages.email.Open" {
			t.Errorf("event of type %q, %v", record.Type, err)
		}
	}
	if n != 1 || inputs[0].Position() != int64(len(record)) {
		t.Errorf("%d events, position %d; want 1 and %d", n, inputs[0].Position(), len(record))
	}
}

// A file that has gone since it was found is the input's own error.
func TestInput_gone(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"a.json": "{}"})
	inputs, err := Paths(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	for _, err := range inputs[0].Records(t.Context(), mapper(t)) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v, want that the file does not exist", err)
		}
	}
}
