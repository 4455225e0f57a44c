package onepass

import (
	"bytes"
	"io"
	"iter"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/strictjson"
)

// NDJSON reads newline-delimited JSON and maps its events: what [currents.ReadNDJSON] and
// [mapping.Mapper.Map] do one after the other, with the same records, drops and errors in
// the same order.
func NDJSON(m *mapping.Mapper, name string, r io.Reader, hint currents.Hint) iter.Seq2[mapping.Record, error] {
	return mapJSON(m, hint, func(scan func([]byte) int) iter.Seq2[*currents.Event, error] {
		return currents.ScanNDJSON(name, r, hint, scan)
	})
}

// JSON is to [currents.ReadJSON] what [NDJSON] is to ReadNDJSON.
func JSON(m *mapping.Mapper, name string, r io.Reader, hint currents.Hint) iter.Seq2[mapping.Record, error] {
	return mapJSON(m, hint, func(scan func([]byte) int) iter.Seq2[*currents.Event, error] {
		return currents.ScanJSON(name, r, hint, scan)
	})
}

// Body is to [currents.DecodeBody] what [NDJSON] is to ReadNDJSON.
func Body(m *mapping.Mapper, name string, body []byte) iter.Seq2[mapping.Record, error] {
	return mapJSON(m, "", func(scan func([]byte) int) iter.Seq2[*currents.Event, error] {
		return currents.ScanBody(name, body, scan)
	})
}

// jsonMappers are those at rest: most posts are of a few events, and have the names of
// the post before.
var jsonMappers = sync.Pool{New: func() any { return &jsonMapper{scanner: newJSONScanner()} }}

func mapJSON(m *mapping.Mapper, hint currents.Hint, read func(scan func([]byte) int) iter.Seq2[*currents.Event, error]) iter.Seq2[mapping.Record, error] {
	return func(yield func(mapping.Record, error) bool) {
		j, _ := jsonMappers.Get().(*jsonMapper)
		defer j.rest()
		j.m, j.hint = m, hint
		for ev, err := range read(j.scan) {
			var record mapping.Record
			switch {
			case err != nil:
			case ev != nil:
				record, err = m.Map(*ev)
			case j.drop != "":
				err = &mapping.Drop{Reason: j.drop, Type: j.typ}
			default:
				record, err = j.writer.record(j.t, j.scanner.names.of(j.t), &j.scanner.row)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// jsonMapper maps the records of one input after the other.
type jsonMapper struct {
	m       *mapping.Mapper
	hint    currents.Hint
	scanner *jsonScanner
	writer  writer
	text    []byte // of custom properties that are a string with escapes

	named string // the type of the last record as the record names it
	typ   string // its published name; empty if it has none
	t     *mapping.Type
	drop  string // the reason, if no event of the type is sent
}

// rest returns the mapper to those at rest, without what belongs to the input.
func (j *jsonMapper) rest() {
	if len(j.scanner.names.all) == maxNames {
		j.scanner = newJSONScanner()
	}
	j.scanner.row.reset(nil)
	j.scanner.row.json, j.scanner.row.custom = nil, nil
	*j = jsonMapper{scanner: j.scanner, writer: j.writer, text: j.text}
	jsonMappers.Put(j)
}

// scan is the scan of [currents.ScanNDJSON].
func (j *jsonMapper) scan(text []byte) int {
	size := j.scanner.record(text)
	if size > 0 && (!j.setType() || j.drop == "" && !j.setCustom()) {
		return strictjson.No
	}
	return size
}

// setType returns false for a type that is not known: such an event may be kept as it
// came, which takes all of an Event.
func (j *jsonMapper) setType() bool {
	named := j.scanner.row.textOf(j.scanner.typ)
	if j.typ != "" && string(named) == j.named {
		return true
	}
	j.named = string(named)
	j.typ = currents.Canonical(j.named)
	if j.named == "" {
		j.typ = currents.Canonical(string(j.hint))
	}
	if j.t, j.drop = j.m.Type(j.typ); j.drop == mapping.UnknownType {
		j.typ = ""
	}
	return j.typ != ""
}

// setCustom finds the custom properties of the row. It returns false for what package
// currents counts as a fault, or may.
func (j *jsonMapper) setCustom() bool {
	s, v := j.scanner, value{}
	switch hasCustom := j.t.Prefix != nil; {
	case s.custom.isPresent() && !hasCustom:
		return s.custom.kind == cellJSON && s.row.text[s.custom.from] == '{'
	case s.custom.isPresent():
		v = s.custom
	case hasCustom && s.properties.isPresent():
		v = s.properties
	case hasCustom && s.inline && s.flat && !s.customHTTP:
		return false
	case s.properties.isPresent():
		s.row.fields = append(s.row.fields, field{propertiesName, s.properties.cell})
	}
	if !v.isPresent() {
		return true
	}
	text := s.row.text[v.from:v.to]
	switch {
	case v.kind == cellPlain && v.escaped:
		var err error
		if j.text, err = jsontext.AppendUnquote(j.text[:0], s.row.text[v.from-1:v.to+1]); err != nil {
			return false
		}
		text = j.text
	case v.kind == cellJSON && text[0] != '{':
		return false
	}
	s.row.custom, s.row.hasCustom = text, true
	return !bytes.ContainsAny(text, "\n\r")
}
