package input

import (
	"path"
	"slices"
	"strings"
)

// packed are the extensions of packed files.
var packed = []string{".gz", ".zst", ".zstd", ".bz2"}

// Unpacked returns a file's name without the extension of its packing: part-0.avro
// for part-0.avro.gz.
func Unpacked(name string) string {
	if ext := path.Ext(name); slices.Contains(packed, strings.ToLower(ext)) {
		return name[:len(name)-len(ext)]
	}
	return name
}

// Extension returns the extension of a file's name in small letters, without that
// of its packing: ".avro" for part-0.avro.gz.
func Extension(name string) string {
	return strings.ToLower(path.Ext(Unpacked(name)))
}
