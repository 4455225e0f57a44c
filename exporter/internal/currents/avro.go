package currents

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/ammeter/ammeter/exporter/internal/avro"
	"github.com/ammeter/ammeter/internal/input"
)

// ReadAvro reads an Avro object container file with one of the codecs null,
// deflate, snappy and zstandard. The whole file is of one event type: the name
// of its schema with the namespace (dataexport.S3.inner.users.messages.email
// and Open) if that is a published type as [Canonical] reads it, else what
// [PathHint] finds in name. A field event_type in the record wins over both.
//
// Values become JSON without Avro's union wrappers; see [avro.Datum.Value] for the rest.
//
// A record that is no event is yielded as *[Error], as by [ReadNDJSON]. Damage
// to the container costs the block it is in: the error has the block's
// offset, and reading goes on behind the next sync marker. A file cut short
// yields every complete block and then an *[Error] with Cut. A file whose header
// cannot be read yields an [*input.UnreadableError] and nothing else. An empty file
// yields nothing. Files that were joined are read one after the other.
func ReadAvro(name string, r io.Reader) iter.Seq2[Event, error] {
	return events(ScanAvro(name, r, nil))
}

// ScanAvro reads a file as [ReadAvro] does, with the same errors in the same places,
// for a caller that can do without most of the Events. open is called with the type
// of the events and the fields of the file, and returns the caller's scan, or nil.
//
// scan reads the record that d.Src begins with, and a nil event is yielded for it. If
// it returns false, the record is decoded from its beginning.
func ScanAvro(name string, r io.Reader, open func(typ string, fields []AvroField) (scan func(d *avro.Datum) bool)) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		read := avroReader{name: name, yield: yield, openScan: open}
		read.run(r)
	}
}

// avroReader decodes the blocks of a container.
type avroReader struct {
	name     string
	hint     Hint
	fields   []AvroField
	out      arena
	size     int // bytes of the record read so far, as JSON and as text
	openScan func(typ string, fields []AvroField) func(d *avro.Datum) bool
	scan     func(d *avro.Datum) bool // nil if every record is decoded
	yield    func(*Event, error) bool
}

func (a *avroReader) run(r io.Reader) {
	c := avro.New(r)
	if a.open(c) && !a.blocks(c) {
		return
	}
	if err := c.Failure(); err != nil {
		a.yield(nil, fmt.Errorf("read %s: %w", a.name, err))
	}
}

// open reads the header; false if that failed, which is reported then, or if there
// is nothing to read.
func (a *avroReader) open(c *avro.Container) bool {
	if c.IsEmpty() {
		return false
	}
	schema, err := c.Open()
	if err != nil {
		switch {
		case c.Failure() != nil:
		case errors.Is(err, avro.ErrCut):
			a.cut(c.Offset(), "its header")
		default:
			a.yield(nil, &input.UnreadableError{What: "an Avro file that cannot be read", Err: err})
		}
		return false
	}
	typ := Canonical(schema.Name)
	if hint := PathHint(a.name); !Published(typ) && hint != "" {
		typ = string(hint)
	}
	a.hint, a.fields, a.scan = Hint(typ), nil, nil
	for i := range schema.Fields {
		f := &schema.Fields[i]
		a.fields = append(a.fields, AvroField{Name: f.Name, Role: RoleOf(f.Name), Value: f.Value})
	}
	a.out.fields = len(a.fields)
	if a.openScan != nil && typ != "" {
		a.scan = a.openScan(typ, a.fields)
	}
	return true
}

// blocks reports whether the caller wants more.
func (a *avroReader) blocks(c *avro.Container) bool {
	for {
		b, ok := c.Next()
		if !ok {
			return true
		}
		if b.Err != nil {
			if c.Failure() != nil {
				return true // the reader failed, not the file
			}
			if b.Cut {
				a.cut(b.At, "the block")
				return true
			}
			if errors.Is(b.Err, avro.ErrJoined) {
				if !a.open(c) {
					return true
				}
				continue
			}
			if !a.bad(b.At, b.Lost, b.Err) {
				return false
			}
			continue
		}
		if !a.records(b) {
			return false
		}
	}
}

// records reads the records of one block. They have no marks between them:
// when one cannot be decoded, the rest of the block is lost with it.
func (a *avroReader) records(b avro.Block) bool {
	d := avro.Datum{Src: b.Data}
	for i := range b.Count {
		before := d.Src
		if a.scan != nil {
			if a.scan(&d) {
				if !a.yield(nil, nil) {
					return false
				}
				continue
			}
			d = avro.Datum{Src: before}
		}
		ev, reason, err := a.record(&d)
		if d.Err == nil && len(before) == len(d.Src) {
			d.Err = errors.New("the record is empty")
		}
		if d.Err != nil {
			return a.bad(b.At, b.Count-i-1, fmt.Errorf("record %d of the block: %w", i+1, d.Err))
		}
		event := &ev
		if err != nil {
			event, err = nil, &Error{
				Source: a.name, Offset: b.At, Reason: reason,
				Err: fmt.Errorf("record %d of the block: %w", i+1, err),
			}
		}
		if !a.yield(event, err) {
			return false
		}
	}
	if len(d.Src) > 0 {
		return a.bad(b.At, -1, fmt.Errorf("%d bytes are left over in the block", len(d.Src)))
	}
	return true
}

func (a *avroReader) cut(at int64, what string) {
	a.yield(nil, &Error{Source: a.name, Offset: at, Reason: Malformed, Cut: true, Err: errors.New("the input ends inside " + what)})
}

func (a *avroReader) bad(at, lost int64, err error) bool {
	return a.yield(nil, &Error{Source: a.name, Offset: at, Reason: Malformed, Lost: lost, Err: err})
}
