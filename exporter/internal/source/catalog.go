package source

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
)

// Catalog finds inputs at the places it was opened with.
type Catalog struct{ places []place }

// place is somewhere inputs can be. Inputs come in the order of their names.
type place interface {
	inputs(ctx context.Context) iter.Seq2[*Input, error]
	holds(key string) bool // tells whether a cursor's key is of one of its inputs
	io.Closer
}

// Open returns the catalog of paths: files, directories, URLs of object stores
// (s3://bucket/prefix, gs://, azblob://, with options of the driver as query),
// file:// URLs, and "-" for NDJSON on stdin, which can be listed once. Stores are
// not asked yet.
func Open(ctx context.Context, stdin io.Reader, paths ...string) (*Catalog, error) {
	c := &Catalog{}
	for _, path := range paths {
		p, err := placeAt(ctx, stdin, path)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.places = append(c.places, p)
	}
	return c, nil
}

func placeAt(ctx context.Context, stdin io.Reader, path string) (place, error) {
	switch local, isFile := strings.CutPrefix(path, "file://"); {
	case path == "-":
		return stream{NDJSON("stdin", stdin)}, nil
	case isFile:
		return tree{local}, nil
	case strings.Contains(path, "://"):
		return openStore(ctx, path)
	default:
		return tree{path}, nil
	}
}

// Inputs lists what there is now: place by place, and there in the order of names,
// leaving out what has no known extension. It ends with the first error.
func (c *Catalog) Inputs(ctx context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		for _, p := range c.places {
			for in, err := range p.inputs(ctx) {
				if !yield(in, err) || err != nil {
					return
				}
			}
		}
	}
}

// holds tells whether a cursor's key is of an input at one of the places.
func (c *Catalog) holds(key string) bool {
	return slices.ContainsFunc(c.places, func(p place) bool { return p.holds(key) })
}

// Close ends the connections to stores. Inputs cannot be read after it.
func (c *Catalog) Close() error {
	var errs []error
	for _, p := range c.places {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Paths lists the inputs at files, directories and "-", as a Catalog does.
func Paths(stdin io.Reader, paths ...string) ([]*Input, error) {
	var inputs []*Input
	for _, path := range paths {
		p := place(tree{path})
		if path == "-" {
			p = stream{NDJSON("stdin", stdin)}
		}
		for in, err := range p.inputs(context.Background()) {
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, in)
		}
	}
	return inputs, nil
}

// stream is an input that is there once.
type stream struct{ in *Input }

func (s stream) inputs(context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) { yield(s.in, nil) }
}

func (stream) holds(string) bool { return false }

// Close does nothing: the stream is not ours.
func (stream) Close() error { return nil }
