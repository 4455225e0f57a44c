package bundle_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/bundle"
)

func example() *bundle.Bundle {
	return &bundle.Bundle{
		Manifest: bundle.Manifest{Name: "flood", Seed: 7, Created: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), Made: map[string]string{"loadgen": "v1"}},
		Scenario: []byte("name: flood\n"), Trace: []byte("{}\n"),
		Ledger: &loadgen.Ledger{Seed: 7, Delivered: 3, Digest: "d", Exporter: &loadgen.ExporterLedger{Read: 3, Accepted: 3}},
	}
}

func TestBundle_readsWhatItWrote(t *testing.T) {
	t.Parallel()
	want := example()
	var file bytes.Buffer
	if err := want.Write(&file); err != nil {
		t.Fatal(err)
	}
	got, err := bundle.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bundle (-written +read):\n%s", diff)
	}
}

func TestRead_findsChanges(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	if err := example().Write(&file); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(name, text string) string // of a file; empty leaves it out
		want   string
	}{
		"scenario": {func(name, text string) string { return strings.Replace(text, "flood\n", "fl00d\n", 1) }, "scenario.yaml is not what the manifest says"},
		"ledger":   {func(name, text string) string { return strings.Replace(text, `"delivered": 3`, `"delivered": 4`, 1) }, "ledger.json is not"},
		"a bomb": {func(name, text string) string {
			if name == "scenario.yaml" {
				return strings.Repeat("#", 2<<20)
			}
			return text
		}, "scenario.yaml: longer than 1048576 bytes"},
		"format": {func(name, text string) string { return strings.Replace(text, "bundle/2", "bundle/3", 1) }, "bundle/3"},
		"missing": {func(name, text string) string {
			if name == "trace.ndjson" {
				return ""
			}
			return text
		}, "trace.ndjson"},
	} {
		changed := rewrite(t, file.Bytes(), tc.change)
		if _, err := bundle.Read(bytes.NewReader(changed), int64(len(changed))); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Read = %v, want an error with %q", name, err, tc.want)
		}
	}
	if _, err := bundle.Read(strings.NewReader("no zip"), 6); err == nil {
		t.Error("what is no zip file is read")
	}
}

func rewrite(t *testing.T, file []byte, change func(name, text string) string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if changed := change(f.Name, string(text)); changed != "" {
			w, err := to.Create(f.Name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, changed)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
