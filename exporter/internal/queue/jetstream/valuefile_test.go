package jetstream

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// writeValues stores values one after the other and returns the texts of the two files
// after each.
func writeValues(t *testing.T, path string, values ...string) (texts [][2][]byte) {
	t.Helper()
	v, _, err := openValueFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range values {
		if err := v.store([]byte(value)); err != nil {
			t.Fatal(err)
		}
		var text [2][]byte
		for i := range text {
			if text[i], err = os.ReadFile(fmt.Sprintf("%s.%d", path, i)); err != nil {
				t.Fatal(err)
			}
		}
		texts = append(texts, text)
	}
	if err := v.close(); err != nil {
		t.Fatal(err)
	}
	return texts
}

func readValues(t *testing.T, path string) string {
	t.Helper()
	v, value, err := openValueFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.close(); err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// Whatever happens to one of the two files, the newest value is in the other.
func TestValueFile_oneDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(text []byte) []byte{
		"gone":    func([]byte) []byte { return nil },
		"empty":   func([]byte) []byte { return []byte{} },
		"cut off": func(text []byte) []byte { return text[:len(text)/2] },
		"zeroes":  func(text []byte) []byte { return make([]byte, len(text)) },
		"changed": func(text []byte) []byte { return bytes.Replace(text, []byte("value"), []byte("vAlue"), 1) },
		"foreign": func([]byte) []byte { return []byte("<html>") },
	} {
		for writes := 1; writes <= 3; writes++ {
			for i := range 2 {
				path := filepath.Join(t.TempDir(), "value")
				values := []string{"value 1", "value 2, a longer one", "value 3"}[:writes]
				texts := writeValues(t, path, values...)
				file := fmt.Sprintf("%s.%d", path, i)
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
				if text := damage(bytes.Clone(texts[writes-1][i])); text != nil {
					if err := os.WriteFile(file, text, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if got := readValues(t, path); got != values[writes-1] {
					t.Errorf("file %d of %d writes %s: read %q; want %q", i, writes, name, got, values[writes-1])
				}
			}
		}
	}
}

// A write that is cut off at any byte leaves the value before it or the new one.
func TestValueFile_writeCutOff(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "value")
	texts := writeValues(t, path, "the value before", "the new one, which is longer")
	before, after := texts[0], texts[1]
	for file := range 2 {
		for cut := range len(after[file]) {
			text := before
			if file == 1 {
				text[0] = after[0]
			}
			text[file] = append(bytes.Clone(after[file][:cut]), before[file][min(cut, len(before[file])):]...)
			for i := range text {
				if err := os.WriteFile(fmt.Sprintf("%s.%d", path, i), text[i], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want := []string{"the value before", "the new one, which is longer"}[file]
			if got := readValues(t, path); got != want {
				t.Fatalf("file %d cut off at %d: read %q; want %q", file, cut, got, want)
			}
		}
	}
}
