package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ammeter/ammeter/internal/regular"
)

// Writable returns an error if Write could not write into a directory. It is asked
// before a run.
func Writable(dir string) error {
	if err := regular.WritableDir(dir); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // Write makes it
	}
	for _, name := range []string{"results.json", "junit.xml", "report.html"} {
		if err := regular.Writable(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// Write writes results.json, junit.xml and report.html into a directory, which it makes if
// need be.
func (r Results) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"results.json": r.WriteJSON,
		"junit.xml":    r.WriteJUnit,
		"report.html":  r.WriteHTML,
	} {
		if err := regular.WriteTo(filepath.Join(dir, name), 0o666, write); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}
