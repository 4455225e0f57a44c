package recording

import (
	"errors"
	"fmt"
	"os"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/input"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/walk"
	"github.com/ammeter/ammeter/loadgen"
)

// extensions are those of the files that are read from a directory.
var extensions = map[string]bool{".avro": true, ".ndjson": true, ".jsonl": true, ".json": true}

// Load reads a recording: a file, or all files of a directory and those below it
// whose names end in .avro, .ndjson, .jsonl or .json, packed or not, such as a copy of
// what Currents stores. It returns which kind of target the events are for; their order
// is that of the files. What is left out is counted in left. Errors name file and line,
// and never the content.
func Load(path string, set *fixtures.Set, left *walk.Left) ([]loadgen.Traced, loadgen.Kind, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", fmt.Errorf("recording: %w", err)
	}
	r := reader{set: set}
	if !info.IsDir() {
		return r.done(r.file(path))
	}
	for file, err := range walk.Files(path, skipped, left) {
		if err != nil {
			return r.done(fmt.Errorf("recording: %w", err))
		}
		if err := r.file(file.Path); err != nil {
			return r.done(err)
		}
	}
	return r.done(nil)
}

// skipped is why a file of this name is left out.
func skipped(path string) (kind string) {
	if extensions[input.Extension(path)] {
		return ""
	}
	return walk.Extension(path)
}

// reader gathers the events of one or more files.
type reader struct {
	set    *fixtures.Set
	events []loadgen.Traced
	kind   loadgen.Kind
	hint   string // the event type in the path of the file
}

func (r *reader) file(path string) error {
	f, err := regular.Open(path)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	defer f.Close()
	return r.read(path, f)
}

// add takes an event.
func (r *reader) add(e *loadgen.Traced, kind loadgen.Kind) error {
	switch {
	case r.kind != "" && kind != r.kind:
		return fmt.Errorf("is for an %s, those before are not; split the recording", kind)
	case len(r.events) == maxEvents:
		return fmt.Errorf("is one more than the %d events that are read; cut out the time that matters", maxEvents)
	}
	r.kind = kind
	r.events = append(r.events, *e)
	return nil
}

func (r *reader) done(err error) ([]loadgen.Traced, loadgen.Kind, error) {
	if err == nil && len(r.events) == 0 {
		err = errors.New("recording: there are no events in it")
	}
	if err != nil {
		return nil, "", err
	}
	return r.events, r.kind, nil
}
