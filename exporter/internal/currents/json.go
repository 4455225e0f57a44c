package currents

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/ammeter/ammeter/exporter/internal/window"
)

// MaxRecord is the size in bytes above which one record is not read. Braze
// drops events over 900 KB itself; the rest is room for escapes and spaces.
const MaxRecord = 1 << 20

// ReadNDJSON reads newline-delimited JSON: a line break ends every record, so a
// damaged line costs itself and nothing else. Several records on one line, an
// array or {"events":[...]} are read too. Empty lines, a byte order mark and
// CRLF are no error.
//
// A bad record is yielded as *[Error] and reading goes on. Where the input ends
// inside a record, the last thing yielded is an *[Error] with Cut. Any other error
// is the reader's own, and the last thing yielded too.
func ReadNDJSON(name string, r io.Reader, hint Hint) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		read := jsonReader{name: name, hint: hint, decoder: newRecordDecoder(), yield: yield}
		read.run(newRecordSplitter(window.New(r), 1, true))
	}
}

// ReadJSON reads a .json file: one object, an array, {"events":[...]}, or
// objects one after another, on one line each or spread over many. Errors are
// yielded as by [ReadNDJSON].
func ReadJSON(name string, r io.Reader, hint Hint) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		read := jsonReader{name: name, hint: hint, decoder: newRecordDecoder(), yield: yield}
		read.run(newRecordSplitter(window.New(r), 1, false))
	}
}

// DecodeBody reads a body that the Custom HTTP connector posts: one event or
// {"events":[...]}. Whatever [ReadJSON] reads is accepted too. The events keep
// nothing of body.
func DecodeBody(name string, body []byte) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		read := jsonReader{name: name, decoder: newRecordDecoder(), yield: yield}
		read.run(newRecordSplitter(window.Of(body), 1, false))
	}
}

// jsonReader decodes the records of a recordSplitter.
type jsonReader struct {
	name    string
	hint    Hint
	decoder *recordDecoder
	yield   func(Event, error) bool
}

func (j *jsonReader) run(s *recordSplitter) {
	for {
		// Mostly a line is a record. Only if not is it worth a closer look.
		if line, ok := s.whole(); ok {
			if ev, err := j.decoder.strict(bytes.Clone(line), nil, j.hint); err == nil {
				s.consume(len(line) + 1)
				if !j.yield(ev, nil) {
					return
				}
				continue
			}
		}
		p, ok := s.next()
		if !ok || p.cut && s.window.Failure() != nil { // the reader failed, not the input
			break
		}
		if !j.record(p) {
			return
		}
	}
	if err := s.window.Failure(); err != nil {
		j.yield(Event{}, fmt.Errorf("read %s: %w", j.name, err))
	}
}

func (j *jsonReader) record(p rawRecord) bool {
	if p.err != nil {
		return j.yield(Event{}, &Error{
			Source: j.name, Line: p.line, Offset: p.offset, Reason: p.reason, Cut: p.cut, Err: p.err,
		})
	}
	ev, err := j.decoder.decode(p.text, j.hint)
	if err == nil {
		return j.yield(ev, nil)
	}
	bad := &Error{Source: j.name, Line: p.line, Offset: p.offset, Reason: Malformed, Err: err}
	if f, ok := errors.AsType[*recordError](err); ok {
		bad.Offset, bad.Reason, bad.Err = p.offset+f.offset, f.reason, f.err
	}
	return j.yield(Event{}, bad)
}
