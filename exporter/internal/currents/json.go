package currents

import (
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
	return events(ScanNDJSON(name, r, hint, nil))
}

// ReadJSON reads a .json file: one object, an array, {"events":[...]}, or
// objects one after another, on one line each or spread over many. Errors are
// yielded as by [ReadNDJSON].
func ReadJSON(name string, r io.Reader, hint Hint) iter.Seq2[Event, error] {
	return events(ScanJSON(name, r, hint, nil))
}

// DecodeBody reads a body that the Custom HTTP connector posts: one event or
// {"events":[...]}. Whatever [ReadJSON] reads is accepted too. The events keep
// nothing of body.
func DecodeBody(name string, body []byte) iter.Seq2[Event, error] {
	return events(ScanBody(name, body, nil))
}

// ScanNDJSON reads as [ReadNDJSON] does, with the same errors in the same places, for a
// caller that can do without most of the Events.
//
// scan reads the record that text begins with and returns its size, and a nil event is
// yielded for it. If it returns one of the results of package strictjson in place of a
// size, the record is decoded from its beginning. It must return a size only for an
// object of strict JSON on one line that is an event and no envelope of events: the end of
// any other record is for the reader to find.
func ScanNDJSON(name string, r io.Reader, hint Hint, scan func(text []byte) int) iter.Seq2[*Event, error] {
	return readRecords(name, hint, func() *recordSplitter { return newRecordSplitter(window.New(r), true) }, scan)
}

// ScanJSON is to [ReadJSON] what [ScanNDJSON] is to ReadNDJSON.
func ScanJSON(name string, r io.Reader, hint Hint, scan func(text []byte) int) iter.Seq2[*Event, error] {
	return readRecords(name, hint, func() *recordSplitter { return newRecordSplitter(window.New(r), false) }, scan)
}

// ScanBody is to [DecodeBody] what [ScanNDJSON] is to ReadNDJSON.
func ScanBody(name string, body []byte, scan func(text []byte) int) iter.Seq2[*Event, error] {
	return readRecords(name, "", func() *recordSplitter { return newRecordSplitter(window.Of(body), false) }, scan)
}

func readRecords(name string, hint Hint, split func() *recordSplitter, scan func(text []byte) int) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		read := jsonReader{name: name, hint: hint, yield: yield}
		s := split()
		s.scan = scan
		read.run(s)
	}
}

// events yields the events of a reader that has no scan.
func events(read iter.Seq2[*Event, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for ev, err := range read {
			if err != nil {
				ev = &Event{}
			}
			if !yield(*ev, err) {
				return
			}
		}
	}
}

// jsonReader decodes the records of a recordSplitter.
type jsonReader struct {
	name    string
	hint    Hint
	decoder *recordDecoder // nil until the first record is decoded
	yield   func(*Event, error) bool
}

func (j *jsonReader) run(s *recordSplitter) {
	for {
		p, ok := s.next()
		if !ok || p.cut && s.window.Failure() != nil { // the reader failed, not the input
			break
		}
		if !j.record(p) {
			return
		}
	}
	if err := s.window.Failure(); err != nil {
		j.yield(nil, fmt.Errorf("read %s: %w", j.name, err))
	}
}

func (j *jsonReader) record(p rawRecord) bool {
	if p.scanned {
		return j.yield(nil, nil)
	}
	if p.err != nil {
		return j.yield(nil, &Error{
			Source: j.name, Line: p.line, Offset: p.offset, Reason: p.reason, Lost: p.lost, Cut: p.cut, Err: p.err,
		})
	}
	if j.decoder == nil {
		j.decoder = newRecordDecoder()
	}
	ev, err := j.decoder.decode(p.text, j.hint)
	if err == nil {
		event := ev // a record that is no event costs no memory
		return j.yield(&event, nil)
	}
	bad := &Error{Source: j.name, Line: p.line, Offset: p.offset, Reason: Malformed, Err: err}
	if f, ok := errors.AsType[*recordError](err); ok {
		bad.Offset, bad.Reason, bad.Lost, bad.Err = p.offset+f.offset, f.reason, f.lost, f.err
	}
	return j.yield(nil, bad)
}
