package regular_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/internal/regular"
)

// What was written is in the file, also if the writer fails afterwards, and its error is
// returned.
func TestWriteTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	broken := errors.New("broken")
	for _, want := range []error{nil, broken} {
		err := regular.WriteTo(path, 0o600, func(w io.Writer) error {
			_, err := io.WriteString(w, "text")
			return errors.Join(err, want)
		})
		if !errors.Is(err, want) {
			t.Errorf("WriteTo returned %v, want %v", err, want)
		}
		if got, err := os.ReadFile(path); string(got) != "text" || err != nil {
			t.Errorf("the file holds %q, %v", got, err)
		}
	}
}
