package currents

import (
	"bytes"
	"errors"

	"github.com/ammeter/ammeter/exporter/internal/strictjson"
	"github.com/ammeter/ammeter/exporter/internal/window"
)

// rawRecord is the text of one record, or why there is none.
type rawRecord struct {
	text    []byte // valid until the next piece
	scanned bool   // scan has read it
	line    int64
	offset  int64
	reason  string // set with err
	lost    int64  // set with err: see [Error]
	cut     bool   // the input ends inside it
	err     error
}

// recordSplitter cuts JSON input into records: objects one a line or spread over
// lines, one after another, in arrays, or in envelopes: objects that are no events and
// have members "events" that are arrays. It does not judge the records. What cannot be a record becomes a piece with
// an error, and the next record is looked for behind it.
type recordSplitter struct {
	window  window.Window
	line    int64
	scanner valueScanner
	lists   []list
	scan    func(text []byte) int // see [ScanNDJSON]; nil: none
}

// list is an array of records that is being read.
type list struct {
	envelope bool // it is a member of an object
}

// maxLists bounds how deep lists are nested: posts in an array, with events in each.
const maxLists = 2

// newRecordSplitter starts at line 1. With lines set a line break ends every record.
func newRecordSplitter(w window.Window, lines bool) *recordSplitter {
	s := &recordSplitter{window: w, line: 1, scanner: valueScanner{lines: lines}}
	if w.Offset() == 0 && s.window.Need(len(bom)) && bytes.HasPrefix(s.window.Data(), []byte(bom)) {
		s.window.Skip(len(bom))
	}
	return s
}

// bom is the byte order mark some editors put in front of UTF-8.
const bom = "\xef\xbb\xbf"

// next returns the next piece; false at the end of the input.
func (s *recordSplitter) next() (rawRecord, bool) {
	for s.window.Need(1) {
		switch c := s.window.Data()[0]; {
		case c == '\n', c == ' ', c == '\t', c == '\r', c == ',':
			s.consume(1)
		case c == bom[0] && s.window.Need(len(bom)) && bytes.HasPrefix(s.window.Data(), []byte(bom)):
			s.consume(len(bom)) // of a file that was appended to another
		case c == 0:
			return s.zeros(), true
		case c == '[' && len(s.lists) == 0:
			s.lists = append(s.lists, list{})
			s.consume(1)
		case c == '{' && s.scanned():
			return rawRecord{scanned: true}, true
		case c == '{', c == '[':
			if p, ok := s.record(); ok {
				return p, true
			}
		case c == ']' && len(s.lists) > 0:
			if p, ok := s.closeList(); ok {
				return p, true
			}
		default:
			return s.skipInvalid(), true
		}
	}
	if len(s.lists) > 0 {
		return s.cut(s.here(), "an array"), true
	}
	return rawRecord{}, false
}

// scanned lets scan read the record that begins here, and reports whether it did.
func (s *recordSplitter) scanned() bool {
	if s.scan == nil {
		return false
	}
	size := s.scan(s.text())
	if size == strictjson.Short && s.window.Fill() { // once: input can come byte by byte
		size = s.scan(s.text())
	}
	if size <= 0 {
		return false
	}
	s.window.Skip(size)
	return true
}

// text is what is in memory of what may be one record.
func (s *recordSplitter) text() []byte {
	data := s.window.Data()
	return data[:min(len(data), MaxRecord)]
}

func (s *recordSplitter) here() rawRecord { return rawRecord{line: s.line, offset: s.window.Offset()} }

func (s *recordSplitter) bad(p rawRecord, err error) rawRecord {
	p.text, p.err = nil, err
	if p.reason == "" {
		p.reason = Malformed
	}
	return p
}

// cut is for what the input ends in: the rest may come later.
func (s *recordSplitter) cut(p rawRecord, what string) rawRecord {
	s.lists = nil
	p.cut = true
	return s.bad(p, errors.New("the input ends inside "+what))
}

// zeros is a run of zero bytes. At the end of an input they are where a crash or a full
// disk left room for records that were never written.
func (s *recordSplitter) zeros() rawRecord {
	p := s.here()
	for s.window.Need(1) {
		data := s.window.Data()
		rest := bytes.TrimLeft(data, "\x00")
		if len(rest) < len(data) {
			s.consume(len(data) - len(rest))
		}
		if len(rest) > 0 {
			if s.window.Offset()-p.offset >= minHole {
				p.lost = -1
			}
			return s.bad(p, errors.New("zero bytes where a record is wanted"))
		}
	}
	return s.cut(p, "zero bytes: it was not written to its end")
}

// consume skips n bytes and counts their lines.
func (s *recordSplitter) consume(n int) []byte {
	text := s.window.Data()[:n]
	s.line += int64(bytes.Count(text, []byte{'\n'}))
	s.window.Skip(n)
	return text
}

// record cuts out the object or array that begins here. If it is an envelope, it opens it
// and returns false.
func (s *recordSplitter) record() (rawRecord, bool) {
	s.scanner.reset()
	p := s.here()
	text, v := s.measure(&p, len(s.lists) < maxLists)
	switch {
	case v == opened && p.reason == TooLarge:
		p = s.bad(p, errors.New("what precedes the events in their object is longer than 1 MiB, and is not read"))
	case v == opened:
		return rawRecord{}, false
	case v == inside && len(s.lists) > 0:
		p = s.cut(p, "the record and its array")
	case v == inside:
		p = s.cut(p, "the record")
	case p.reason == TooLarge:
		p = s.bad(p, errors.New("the record is longer than 1 MiB"))
	case v == truncated:
		p = s.bad(p, errors.New("the record is cut off"))
	case v == invalid:
		p = s.bad(p, errors.New("the record is nested too deeply"))
		s.restOfLine()
	default:
		p.text = text
	}
	return p, true
}

// measure consumes up to the end of the current record. It returns the text,
// unless it is too large: then p.reason is TooLarge. With envelopes set, it ends at a list
// of events.
func (s *recordSplitter) measure(p *rawRecord, envelopes bool) ([]byte, scanState) {
	i := 0
	for {
		data := s.window.Data()
		for ; i < len(data); i++ {
			if i += s.scanner.plain(data[i:]); i == len(data) {
				break
			}
			switch v := s.scanner.step(data[i]); v {
			case inside:
				if !envelopes || data[i] != '[' || len(s.scanner.open) != 2 {
					continue
				}
				if front, ok := beforeEvents(data[:i]); !ok {
					continue
				} else if isEvent(front) {
					envelopes = false
					continue
				}
				if i > MaxRecord {
					p.reason = TooLarge
				}
				s.consume(i + 1)
				s.lists = append(s.lists, list{envelope: true})
				return nil, opened
			case complete:
				i++
				if i > MaxRecord {
					p.reason = TooLarge
				}
				return s.consume(i), v
			case truncated, invalid, opened:
				if hasHole(data[:i]) {
					p.lost = -1
				}
				if v == invalid || !s.resyncAtLine(i) {
					s.consume(i)
				}
				return nil, v
			}
		}
		if i > MaxRecord && s.resyncAtLine(i) {
			return nil, truncated
		}
		if i > MaxRecord { // nothing but its end matters any more
			p.reason = TooLarge
		}
		if p.reason == TooLarge {
			s.consume(i - min(i, maxEventsName))
			i = min(i, maxEventsName)
		}
		if s.window.Fill() {
			continue
		}
		if s.resyncAtLine(i) {
			return nil, truncated
		}
		s.consume(i)
		return nil, inside
	}
}

// resyncAtLine is for a record without an end in n bytes: if a line in them begins
// with an object, the record was cut off and the rest is one record a line. It
// consumes up to that line.
func (s *recordSplitter) resyncAtLine(n int) bool {
	if s.scanner.lines {
		return false
	}
	i := bytes.Index(s.window.Data()[:n], []byte("\n{"))
	if i < 0 {
		return false
	}
	s.scanner.lines = true
	s.consume(i + 1)
	return true
}

// skipInvalid consumes what is no record: in an array one element, else the line. An
// object behind other text is not looked into: it may be commented out, or a part of
// a record whose beginning is lost.
func (s *recordSplitter) skipInvalid() rawRecord {
	p := s.here()
	inString, binary, length := false, false, 0
	why := errNoObject
	for s.window.Need(1) {
		data := s.window.Data()
		i := 0
		for ; i < len(data); i++ {
			c := data[i]
			if c == '\n' || len(s.lists) > 0 && !inString && (c == ',' || c == ']') {
				s.consume(i)
				return s.bad(s.sized(p, length+i, binary), why)
			}
			binary = binary || isControl(c)
			if c == '{' && !inString {
				why = errTextInFront
				if len(s.lists) > 0 {
					break // commas in it end no element
				}
			}
			if c == '"' {
				inString = !inString
			}
		}
		s.consume(i)
		length += i
		if i < len(data) {
			s.scanner.reset()
			if _, v := s.measure(&p, false); v != complete {
				return s.bad(p, why)
			}
		}
	}
	return s.bad(s.sized(p, length, binary), why)
}

var (
	errNoObject    = errors.New("not a JSON object")
	errTextInFront = errors.New("not a JSON object: other text stands in front of its {")
)

// sized notes what follows from the length of what is no record: binary data as long as
// an event may hold any number of them.
func (s *recordSplitter) sized(p rawRecord, length int, binary bool) rawRecord {
	if length > MaxRecord {
		p.reason = TooLarge
	}
	if binary && length >= minHole {
		p.lost = -1
	}
	return p
}

func (s *recordSplitter) restOfLine() {
	for s.window.Need(1) {
		data := s.window.Data()
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			s.consume(i)
			return
		}
		s.consume(len(data))
	}
}

// closeList ends a list. Of one in an envelope it consumes what follows up to the closing
// brace, or up to the next list of events. It returns true if something is wrong with it.
func (s *recordSplitter) closeList() (rawRecord, bool) {
	last := len(s.lists) - 1
	envelope := s.lists[last].envelope
	s.lists = s.lists[:last]
	s.consume(1)
	if !envelope {
		return rawRecord{}, false
	}
	lines := s.scanner.lines
	s.scanner.reset('{')
	s.scanner.last, s.scanner.lines = ']', false
	p := s.here()
	_, v := s.measure(&p, true)
	s.scanner.lines = s.scanner.lines || lines
	switch v {
	case complete, opened:
		return rawRecord{}, false
	case inside:
		return s.cut(p, "the object around the events"), true
	default:
		return s.bad(p, errors.New("the object around the events is not closed")), true
	}
}

// maxEventsName is how much is kept of an object that is too large to be a record, to see
// a list of events in it.
const maxEventsName = 64

// beforeEvents takes the beginning of an object up to an array in it. It returns the
// members in front as an object, and whether the array is the member "events".
func beforeEvents(text []byte) (front []byte, ok bool) {
	for _, want := range []string{":", `"events"`} {
		if text, ok = bytes.CutSuffix(bytes.TrimRight(text, spaces), []byte(want)); !ok {
			return nil, false
		}
	}
	text = bytes.TrimRight(text, spaces)
	if !bytes.HasSuffix(text, []byte("{")) && !bytes.HasSuffix(text, []byte(",")) {
		return nil, false // a string that ends in the name
	}
	return append(bytes.Clone(bytes.TrimRight(text, ",")), '}'), true
}

const spaces = " \n\t\r"
