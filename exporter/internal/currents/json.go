package currents

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// MaxRecord is the size in bytes above which one record is not read. Braze
// drops events over 900 KB itself; the rest is room for escapes and spaces.
const MaxRecord = 1 << 20

// ReadNDJSON reads newline-delimited JSON.
func ReadNDJSON(name string, r io.Reader, hint Hint) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		d := newRecordDecoder()
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, MaxRecord)
		n, offset := int64(0), int64(0)
		for lines.Scan() {
			n++
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			ev, err := d.decode(line, hint)
			if f, ok := errors.AsType[*faultError](err); ok {
				err = &Error{Source: name, Line: n, Offset: offset + f.offset, Reason: f.reason, Err: f.err}
			}
			if !yield(ev, err) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Event{}, fmt.Errorf("read %s: %w", name, err))
		}
	}
}

// ReadJSON reads a .json file.
func ReadJSON(name string, r io.Reader, hint Hint) iter.Seq2[Event, error] {
	return ReadNDJSON(name, r, hint)
}

// DecodeBody reads a Custom HTTP body.
func DecodeBody(name string, body []byte) iter.Seq2[Event, error] {
	return ReadJSON(name, bytes.NewReader(body), "")
}
