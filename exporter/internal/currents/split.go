package currents

import (
	"bytes"
	"errors"
)

// piece is the text of one record, or why there is none.
type piece struct {
	text   []byte // valid until the next piece
	line   int64
	offset int64
	reason string // set with err
	lost   int64
	err    error
}

// splitter cuts JSON input into records: objects one a line or spread over
// lines, one after another, in an array, or in the envelope {"events":[...]}.
// It does not judge the records. What cannot be a record becomes a piece with
// an error, and the next record is looked for behind it.
type splitter struct {
	window   window
	line     int64
	extent   extent
	inArray  bool
	envelope bool // the array is the member "events" of an object
}

// newSplitter starts at the given line. With lines set a line break ends every
// record.
func newSplitter(w window, line int64, lines bool) *splitter {
	s := &splitter{window: w, line: line, extent: extent{lines: lines}}
	if w.at == 0 && s.window.need(len(bom)) && bytes.HasPrefix(s.window.data(), []byte(bom)) {
		s.window.skip(len(bom))
	}
	return s
}

// bom is the byte order mark some editors put in front of UTF-8.
const bom = "\xef\xbb\xbf"

// next returns the next piece; false at the end of the input.
func (s *splitter) next() (piece, bool) {
	for s.window.need(1) {
		switch c := s.window.data()[0]; {
		case c == '\n', c == ' ', c == '\t', c == '\r', c == ',':
			s.consume(1)
		case c == '{' && !s.inArray && s.openEnvelope():
		case c == '[' && !s.inArray:
			s.inArray = true
			s.consume(1)
		case c == '{', c == '[':
			return s.record(), true
		case c == ']' && s.inArray:
			s.inArray = false
			s.consume(1)
			if s.envelope {
				s.envelope = false
				if p := s.closeEnvelope(); p.err != nil {
					return p, true
				}
			}
		default:
			return s.garbage(), true
		}
	}
	if s.inArray {
		s.inArray = false
		return s.bad(s.here(), errors.New("the input ends inside an array"), -1), true
	}
	return piece{}, false
}

// whole returns the line that begins here if it is in memory and looks like one
// record and nothing else, which is for a parser to find out. It consumes nothing.
func (s *splitter) whole() ([]byte, bool) {
	data := s.window.data()
	if !s.extent.lines || s.inArray || len(data) == 0 || data[0] != '{' {
		return nil, false
	}
	i := bytes.IndexByte(data, '\n')
	if i < 0 || i > MaxRecord || bytes.Contains(data[:i], []byte(`"events"`)) {
		return nil, false
	}
	return data[:i], true
}

func (s *splitter) here() piece { return piece{line: s.line, offset: s.window.at} }

func (s *splitter) bad(p piece, err error, lost int64) piece {
	p.text, p.err, p.lost = nil, err, lost
	if p.reason == "" {
		p.reason = Malformed
	}
	return p
}

// consume skips n bytes and counts their lines.
func (s *splitter) consume(n int) []byte {
	text := s.window.data()[:n]
	s.line += int64(bytes.Count(text, []byte{'\n'}))
	s.window.skip(n)
	return text
}

// record cuts out the object or array that begins here.
func (s *splitter) record() piece {
	s.extent.reset()
	p := s.here()
	text, v := s.measure(&p)
	switch {
	case p.reason == TooLarge:
		p = s.bad(p, errors.New("the record is longer than 1 MiB"), 0)
	case v == inside && s.inArray:
		s.inArray, s.envelope = false, false
		p = s.bad(p, errors.New("the input ends inside the record and its array"), -1)
	case v == inside:
		p = s.bad(p, errors.New("the input ends inside the record"), 0)
	case v == broken:
		p = s.bad(p, errors.New("the record is cut off"), 0)
	case v == hopeless:
		p = s.bad(p, errors.New("the record is nested too deeply"), 0)
		s.restOfLine()
	default:
		p.text = text
	}
	return p
}

// measure consumes up to the end of the current extent. It returns the text,
// unless it is too large, which the piece's reason tells then.
func (s *splitter) measure(p *piece) ([]byte, verdict) {
	i := 0
	for {
		data := s.window.data()
		for ; i < len(data); i++ {
			if i += s.extent.plain(data[i:]); i == len(data) {
				break
			}
			switch v := s.extent.step(data[i]); v {
			case inside:
			case complete:
				i++
				if i > MaxRecord {
					p.reason = TooLarge
				}
				return s.consume(i), v
			case broken, hopeless:
				if v == hopeless || !s.giveUp(i) {
					s.consume(i)
				}
				return nil, v
			}
		}
		if i > MaxRecord && s.giveUp(i) {
			return nil, broken
		}
		if i > MaxRecord { // nothing but its end matters any more
			p.reason = TooLarge
		}
		if p.reason == TooLarge {
			s.consume(i)
			i = 0
		}
		if s.window.fill() {
			continue
		}
		if s.giveUp(i) {
			return nil, broken
		}
		s.consume(i)
		return nil, inside
	}
}

// giveUp is for a record without an end in n bytes: if a line in them begins
// with an object, the record was cut off and the rest is one record a line. It
// consumes up to that line.
func (s *splitter) giveUp(n int) bool {
	if s.extent.lines {
		return false
	}
	i := bytes.Index(s.window.data()[:n], []byte("\n{"))
	if i < 0 {
		return false
	}
	s.extent.lines = true
	s.consume(i + 1)
	return true
}

// garbage consumes what is no record: in an array one element, else the line.
func (s *splitter) garbage() piece {
	p := s.here()
	inString, length := false, 0
	for s.window.need(1) {
		data := s.window.data()
		i := 0
		for ; i < len(data); i++ {
			c := data[i]
			if c == '\n' || s.inArray && !inString && (c == ',' || c == ']') {
				s.consume(i)
				return s.bad(s.sized(p, length+i), errors.New("not a JSON object"), 0)
			}
			if c == '"' {
				inString = !inString
			}
		}
		s.consume(i)
		length += i
	}
	return s.bad(s.sized(p, length), errors.New("not a JSON object"), 0)
}

func (s *splitter) sized(p piece, length int) piece {
	if length > MaxRecord {
		p.reason = TooLarge
	}
	return p
}

func (s *splitter) restOfLine() {
	for s.window.need(1) {
		data := s.window.data()
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			s.consume(i)
			return
		}
		s.consume(len(data))
	}
}

// openEnvelope consumes {"events":[ if it stands here. It reads ahead only as
// far as the text still fits, so that a pipe is never waited for in vain.
func (s *splitter) openEnvelope() bool {
	i := 0
	for _, want := range []string{"{", `"events"`, ":", "["} {
		for s.window.need(i+1) && isSpace(s.window.data()[i]) && i < MaxRecord {
			i++
		}
		for j := range len(want) {
			if !s.window.need(i+1) || s.window.data()[i] != want[j] {
				return false
			}
			i++
		}
	}
	s.consume(i)
	s.inArray, s.envelope = true, true
	return true
}

// closeEnvelope consumes what follows the array up to the closing brace.
func (s *splitter) closeEnvelope() piece {
	s.extent.reset('{')
	s.extent.last = ']'
	p := s.here()
	if _, v := s.measure(&p); v != complete {
		return s.bad(p, errors.New("the object around the events is not closed"), -1)
	}
	return piece{}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
