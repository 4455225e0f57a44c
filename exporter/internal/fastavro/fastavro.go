// Package fastavro reads Avro files and maps their events in one pass, without an
// Event in between where that can be avoided. [Read] is its one entry, and the tests
// and the fuzzer hold it to what packages currents and mapping do one after the other.
//
// A record goes three steps: the scanner finds its fields in the binary data, the
// layout says where each goes, and the writer copies it there. A record that is in any
// way unusual goes the simple way.
package fastavro

import (
	"io"
	"iter"

	"github.com/ammeter/ammeter/exporter/internal/avro"
	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Read reads an Avro file and maps its events: what [currents.ReadAvro] and
// [mapping.Mapper.Map] do one after the other, with the same records, drops and errors
// in the same order.
//
// The records may be kept. Their wire bytes and ids lie in pieces of memory that
// some thirty records share, so one record that is kept for long keeps 28 KiB.
func Read(m *mapping.Mapper, name string, r io.Reader) iter.Seq2[mapping.Record, error] {
	return func(yield func(mapping.Record, error) bool) {
		f := file{m: m}
		for ev, err := range currents.ScanAvro(name, r, f.open) {
			var record mapping.Record
			switch {
			case err != nil:
			case ev != nil:
				record, err = m.Map(*ev)
			case f.drop != "":
				err = &mapping.Drop{Reason: f.drop, Type: f.scanner.typ}
			default:
				record, err = f.writer.record(&f.scanner.row)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// file is the file that is read.
type file struct {
	m       *mapping.Mapper
	scanner *scanner
	drop    string // the reason, if no event of the type is sent
	writer  writer
}

// open returns the scan of the file. Events of unknown types may be kept as they came,
// which takes all of an Event.
func (f *file) open(typ string, fields []currents.AvroField) func(d *avro.Datum) bool {
	t, reason := f.m.Type(typ)
	if reason == mapping.UnknownType {
		return nil
	}
	f.scanner = newScanner(typ, fields)
	if f.drop = reason; reason == "" {
		f.writer.layout = newLayout(t, fields)
	}
	return f.scanner.record
}
