package jetstream_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// flip changes bits of a file, at the given parts of its length.
func flip(t *testing.T, name string, parts ...float64) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		text[int(part*float64(len(text)-1))] ^= 0x10
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, name string, keep float64) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, int64(float64(info.Size())*keep)); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// fileOf is a file of a stream; "msgs" is the largest file of its messages.
func fileOf(t *testing.T, dir, stream, name string) string {
	t.Helper()
	file := filepath.Join(dir, "nats", "jetstream", "$G", "streams", stream, name)
	if name != "msgs" {
		return file
	}
	blocks, err := filepath.Glob(filepath.Join(file, "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("files of %s: %v, %v", stream, blocks, err)
	}
	return slices.MaxFunc(blocks, func(a, b string) int { return cmp.Compare(sizeOf(t, a), sizeOf(t, b)) })
}

func sizeOf(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
