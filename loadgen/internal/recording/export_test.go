package recording

import (
	"io"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
)

// Read reads a recording in one file.
func Read(name string, in io.Reader, set *fixtures.Set) ([]loadgen.Traced, loadgen.Kind, error) {
	r := reader{set: set}
	return r.done(r.read(name, in))
}
