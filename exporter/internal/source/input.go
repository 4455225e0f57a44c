// Package source is where events come from: files, a stream on standard input,
// and the posts of Braze's Custom HTTP connector. It finds and opens inputs;
// reading what is in them is package currents' business.
package source

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// Input is one finite input. It can be read once. Position may be asked for from
// any goroutine.
type Input struct {
	name string
	size int64
	open func() (io.ReadCloser, error)
	read func(name string, r io.Reader, hint currents.Hint) iter.Seq2[currents.Event, error]
	at   atomic.Int64
}

// Name is the path, or "stdin".
func (in *Input) Name() string { return in.name }

// Size is the length in bytes, zero where it is not known.
func (in *Input) Size() int64 { return in.size }

// Position is the number of bytes read so far.
func (in *Input) Position() int64 { return in.at.Load() }

// Events reads the input. Bad records are yielded as *currents.Error, and reading
// goes on; any other error says that the input could not be read to its end.
func (in *Input) Events() iter.Seq2[currents.Event, error] {
	return func(yield func(currents.Event, error) bool) {
		r, err := in.open()
		if err != nil {
			yield(currents.Event{}, fmt.Errorf("read input: %w", err))
			return
		}
		defer r.Close()
		in.read(in.name, counting{r, &in.at}, currents.PathHint(in.name))(yield)
	}
}

// NDJSON returns an input of newline-delimited JSON.
func NDJSON(name string, r io.Reader) *Input {
	return &Input{
		name: name,
		open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil },
		read: currents.ReadNDJSON,
	}
}

// Paths returns the inputs at paths: files, and in directories every file with a
// known extension, at any depth, in lexical order. The path "-" is stdin.
func Paths(stdin io.Reader, paths ...string) ([]*Input, error) {
	var inputs []*Input
	for _, path := range paths {
		if path == "-" {
			inputs = append(inputs, NDJSON("stdin", stdin))
			continue
		}
		found, err := walk(path)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, found...)
	}
	return inputs, nil
}

func walk(root string) ([]*Input, error) {
	var found []*Input
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		in := file(path)
		if in == nil {
			if path == root {
				return fmt.Errorf("%q: want a directory or a file ending in .avro, .json or .ndjson", path)
			}
			return nil
		}
		info, err := os.Stat(path) // follows a link, which entry.Info does not
		if err != nil {
			return err
		}
		in.size = info.Size()
		found = append(found, in)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find inputs: %w", err)
	}
	return found, nil
}

// file returns the input at a path, or nil for an extension it does not know.
func file(path string) *Input {
	in := &Input{name: path, open: func() (io.ReadCloser, error) { return os.Open(path) }}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".avro":
		in.read = func(name string, r io.Reader, _ currents.Hint) iter.Seq2[currents.Event, error] {
			return currents.ReadAvro(name, r)
		}
	case ".json":
		in.read = currents.ReadJSON
	case ".ndjson", ".jsonl":
		in.read = currents.ReadNDJSON
	default:
		return nil
	}
	return in
}

// counting counts the bytes that pass.
type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
