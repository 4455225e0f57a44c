package onepass

import (
	"io"
	"iter"

	"github.com/ammeter/ammeter/exporter/internal/avro"
	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Avro reads an Avro file and maps its events: what [currents.ReadAvro] and
// [mapping.Mapper.Map] do one after the other, with the same records, drops and errors
// in the same order.
func Avro(m *mapping.Mapper, name string, r io.Reader) iter.Seq2[mapping.Record, error] {
	return func(yield func(mapping.Record, error) bool) {
		f := avroFile{m: m}
		for ev, err := range currents.ScanAvro(name, r, f.open) {
			var record mapping.Record
			switch {
			case err != nil:
			case ev != nil:
				record, err = m.Map(*ev)
			case f.drop != "":
				err = &mapping.Drop{Reason: f.drop, Type: f.scanner.typ}
			default:
				record, err = f.writer.record(f.t, f.routes, &f.scanner.row)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// avroFile is the file that is read.
type avroFile struct {
	m       *mapping.Mapper
	scanner *avroScanner
	t       *mapping.Type
	drop    string           // the reason, if no event of the type is sent
	routes  []*mapping.Route // of its fields
	writer  writer
}

// open returns the scan of the file. Events of unknown types may be kept as they came,
// which takes all of an Event.
func (f *avroFile) open(typ string, fields []currents.AvroField) func(d *avro.Datum) bool {
	t, reason := f.m.Type(typ)
	if reason == mapping.UnknownType {
		return nil
	}
	f.t, f.drop, f.routes = t, reason, make([]*mapping.Route, len(fields))
	for i := range fields {
		if t != nil {
			f.routes[i] = t.Routes[fields[i].Name]
		}
	}
	f.scanner = newAvroScanner(typ, fields, f.routes)
	return f.scanner.record
}
