package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ammeter/ammeter/internal/input"
)

var errTooLong = fmt.Errorf("is longer than %d bytes", maxLine)

// values yields the JSON values of an input with their lines: one a line, one after
// another over many lines, or in an array.
type values struct {
	lines   *lines
	decoder *json.Decoder
	inArray bool
}

func newValues(in io.Reader) *values {
	l := &lines{r: in, line: 1}
	return &values{lines: l, decoder: json.NewDecoder(l)}
}

// next returns a value, and the line on which it begins; io.EOF at the end.
func (v *values) next() (json.RawMessage, int, error) {
	for {
		more := v.decoder.More()
		line := v.lines.at(v.decoder.InputOffset())
		if !v.inArray && more && v.peek() == '[' {
			_, err := v.decoder.Token()
			v.inArray = true
			if err != nil {
				return nil, line, v.ending(err)
			}
			continue
		}
		if v.inArray && !more {
			if _, err := v.decoder.Token(); err != nil {
				return nil, line, v.ending(err)
			}
			v.inArray = false
			continue
		}
		var value json.RawMessage
		err := v.decoder.Decode(&value)
		v.lines.value = v.decoder.InputOffset()
		if err != nil {
			return nil, line, v.ending(err)
		}
		return value, v.lines.at(v.lines.value - int64(len(value))), nil
	}
}

// peek returns the next byte, which More has found.
func (v *values) peek() byte {
	var c [1]byte
	_, _ = v.decoder.Buffered().Read(c[:]) // it is in memory
	return c[0]
}

// ending says how the input ends, without what is in it.
func (v *values) ending(err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case v.lines.err != nil && !errors.Is(v.lines.err, io.EOF):
		return v.lines.err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF) && v.inArray:
		what := "an event"
		if v.inArray {
			what = "an array"
		}
		return &input.CutError{What: what, At: v.lines.read}
	case syntax:
		return errNoObject
	}
	return err
}

// lines counts the lines of what is read, and refuses a value that is too long before
// all of it is in memory.
type lines struct {
	r      io.Reader
	read   int64   // bytes
	breaks []int64 // offsets of line breaks that were not passed yet
	line   int     // of the last offset asked for
	value  int64   // offset where the last value ended
	err    error
}

func (l *lines) Read(p []byte) (int, error) {
	if l.read-l.value > maxLine {
		l.err = errTooLong
		return 0, l.err
	}
	n, err := l.r.Read(p)
	for i := 0; i < n; i++ {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next
		l.breaks = append(l.breaks, l.read+int64(i))
	}
	l.read += int64(n)
	l.err = err
	return n, err
}

// at returns the line of an offset. Offsets must not decrease.
func (l *lines) at(offset int64) int {
	n := 0
	for n < len(l.breaks) && l.breaks[n] < offset {
		n++
	}
	l.breaks = l.breaks[n:]
	l.line += n
	return l.line
}
