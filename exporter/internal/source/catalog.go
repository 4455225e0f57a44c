package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/walk"
)

// Catalog finds inputs at the locations it was opened with.
type Catalog struct {
	locations []location
	left      *walk.Left // of the last listing
}

// location is somewhere inputs can be. Inputs come in the order of their names.
type location interface {
	inputs(ctx context.Context, left *walk.Left) iter.Seq2[*Input, error]
	holds(key string) bool // reports whether a cursor's key is of one of its inputs
	io.Closer
}

// FindError is a part of a place that cannot be listed.
type FindError struct {
	Name  string // path or URL
	Whole bool   // it is the place itself
	Err   error
}

func (e *FindError) Error() string { return fmt.Sprintf("find inputs: %v", e.Err) }

// Unwrap returns the cause.
func (e *FindError) Unwrap() error { return e.Err }

// Open returns the catalog of paths: files, directories, URLs of object stores
// (s3://bucket/prefix, gs://, azblob://, with options of the driver as query),
// file:// URLs, and "-" for NDJSON or Avro on stdin, which can be listed once. Stores are
// not asked yet.
func Open(ctx context.Context, stdin io.Reader, paths ...string) (*Catalog, error) {
	c := &Catalog{}
	for _, path := range paths {
		p, err := locationAt(ctx, stdin, path)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.locations = append(c.locations, p)
	}
	return c, nil
}

func locationAt(ctx context.Context, stdin io.Reader, path string) (location, error) {
	switch local, isFile := strings.CutPrefix(path, "file://"); {
	case path == "-":
		return stream{NDJSON("stdin", stdin)}, nil
	case isFile:
		return fileTree{local}, nil
	case strings.Contains(path, "://"):
		return openStore(ctx, path)
	default:
		return fileTree{path}, nil
	}
}

// Inputs lists what there is now: place by place, and there in the order of names,
// leaving out what has no known extension or a name that begins with "." or "_". What
// cannot be listed is yielded as *FindError, and the rest is listed.
func (c *Catalog) Inputs(ctx context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		c.left = &walk.Left{}
		for _, p := range c.locations {
			for in, err := range p.inputs(ctx, c.left) {
				if !yield(in, err) {
					return
				}
			}
		}
	}
}

// List lists as Inputs does, for positions: they learn of each date folder that was listed
// whole, and unless all is to be shown, what is done by them may be passed over, where a
// store can begin a listing anywhere.
func (c *Catalog) List(ctx context.Context, known Positions, now time.Time, all bool) iter.Seq2[*Input, error] {
	known.beginListing(now)
	for _, p := range c.locations {
		if s, ok := p.(interface{ resume(known folders, all bool) }); ok {
			s.resume(known, all)
		}
	}
	return c.Inputs(ctx)
}

// Left says what the last listing left out, such as "3 left out: 2 .parquet, 1
// hidden"; empty if that is nothing.
func (c *Catalog) Left() string {
	if c.left == nil {
		return ""
	}
	return c.left.String()
}

// holds reports whether a cursor's key is of an input at one of the locations.
func (c *Catalog) holds(key string) bool {
	return slices.ContainsFunc(c.locations, func(p location) bool { return p.holds(key) })
}

// Close ends the connections to stores. Inputs cannot be read after it.
func (c *Catalog) Close() error {
	var errs []error
	for _, p := range c.locations {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Paths lists the inputs at files, directories and "-", as a Catalog does. It ends with
// the first error.
func Paths(stdin io.Reader, paths ...string) ([]*Input, error) {
	var inputs []*Input
	for _, path := range paths {
		p := location(fileTree{path})
		if path == "-" {
			p = stream{NDJSON("stdin", stdin)}
		}
		for in, err := range p.inputs(context.Background(), &walk.Left{}) {
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

func (s stream) inputs(context.Context, *walk.Left) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) { yield(s.in, nil) }
}

func (stream) holds(string) bool { return false }

// Close does nothing: the stream is not ours.
func (stream) Close() error { return nil }
