// Package input opens what other programs hand over: it looks at the first bytes,
// unpacks gzip, zstd and bzip2, turns UTF-16 and UTF-32 into UTF-8, removes a byte
// order mark, and refuses by name what is neither text nor Avro.
//
// Reading has three ends. io.EOF is the end of a whole input. A [*CutError] is the
// end of an input that is not whole yet: an upload in progress, a copy that broke
// off. An [*UnreadableError] is an input of a form that cannot be read. Any other
// error is the underlying reader's own, unchanged.
package input

import (
	"errors"
	"io"
)

// maxLayers bounds how often an input may be packed in itself.
const maxLayers = 4

// Reader reads the content of an input, unpacked and as UTF-8. Where there is
// nothing to unpack, bytes pass through without a copy.
type Reader struct {
	source  *source
	top     *head
	form    Form
	packing []string
	closers []func()
	err     error // what Read ended with
}

// Open looks at the beginning of r. It reads no further than it must to tell what
// r holds, so a pipe is not waited for longer than the reader of its first record
// would wait. An empty input has the form [Empty]; it is no error.
func Open(r io.Reader) (*Reader, error) {
	s := &source{r: r}
	in := &Reader{source: s, top: &head{r: s}}
	if err := in.unpack(); err != nil {
		in.Close()
		return nil, err
	}
	return in, nil
}

// Form returns what the content is.
func (r *Reader) Form() Form { return r.form }

// Packing returns what was undone, the outermost first: "gzip", "UTF-16".
func (r *Reader) Packing() []string { return r.packing }

// Begin returns the first bytes of the content as they may be shown; see [Describe].
func (r *Reader) Begin() string { return Describe(r.top.first) }

// Position returns how many bytes of the packed input have been read.
func (r *Reader) Position() int64 { return r.source.at }

// Read reads content. Its last error says how the input ended.
func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.top.Read(p)
	if err != nil {
		err = r.ending(err)
		r.err = err
	}
	return n, err
}

// Close releases what unpacking holds. It does not close the underlying reader.
func (r *Reader) Close() {
	for _, release := range r.closers {
		release()
	}
	r.closers = nil
}

// unpack adds layers until the content is neither packed nor in another encoding.
func (r *Reader) unpack() error {
	for {
		form, err := r.top.look()
		if err != nil {
			return r.ending(err)
		}
		if layer := layers[form]; layer != nil {
			if len(r.packing) == maxLayers {
				return &UnreadableError{What: "an input that is packed in itself more than 4 times", Advice: "unpack it first"}
			}
			r.packing = append(r.packing, form.String())
			next, release, err := layer(r.top)
			if err != nil {
				return r.ending(err)
			}
			if release != nil {
				r.closers = append(r.closers, release)
			}
			r.top = &head{r: next}
			continue
		}
		r.form = form
		if err := form.refusal(r.top); err != nil {
			return err
		}
		if form == Empty && len(r.packing) == 0 {
			r.err = io.EOF
		}
		return nil
	}
}

// ending says which of the ends an error is.
func (r *Reader) ending(err error) error {
	switch {
	case r.source.err != nil && !errors.Is(r.source.err, io.EOF):
		return r.source.err
	case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	if _, named := errors.AsType[*UnreadableError](err); named {
		return err
	}
	if cut, isCut := errors.AsType[*CutError](err); isCut {
		cut.At = r.source.at
		return cut
	}
	what := "its packing"
	if len(r.packing) > 0 {
		what = "its " + r.packing[len(r.packing)-1] + " packing"
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &CutError{What: what, At: r.source.at}
	}
	return &UnreadableError{What: "an input with damage in " + what, At: r.source.at, Advice: "fetch it again", Err: err}
}

// source counts the bytes of the packed input and keeps its reader's error, so that
// a connection that broke is not taken for damage.
type source struct {
	r   io.Reader
	at  int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.at += int64(n)
	s.err = err
	return n, err
}
