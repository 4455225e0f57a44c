package currents

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/ammeter/ammeter/internal/input"
)

// ReadAvro reads an Avro object container file with one of the codecs null,
// deflate, snappy and zstandard. The whole file is of one event type: the name
// of its schema with the namespace (dataexport.S3.inner.users.messages.email
// and Open) if that is a published type as [Canonical] reads it, else what
// [PathHint] finds in name. A field event_type in the record wins over both.
//
// Values become JSON without Avro's union wrappers; see jsonWriter for the rest.
//
// A record that is no event is yielded as *[Error], as by [ReadNDJSON]. Damage
// to the container costs the block it is in: the error tells the block's
// offset, and reading goes on behind the next sync marker. A file cut short
// yields every complete block and then an *[Error] with Cut. A file whose header
// cannot be read yields an [*input.UnreadableError] and nothing else. An empty file
// yields nothing.
func ReadAvro(name string, r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		read := avroReader{name: name, yield: func(row *Row, err error) bool {
			if err != nil {
				return yield(Event{}, err)
			}
			return yield(*row.Event, nil)
		}}
		read.run(r)
	}
}

// avroReader decodes the blocks of a container.
type avroReader struct {
	name  string
	hint  Hint
	plan  plan
	out   arena
	scan  bool     // rows will do
	rows  *scanner // nil if records must be decoded
	yield func(*Row, error) bool
}

func (a *avroReader) run(r io.Reader) {
	c := container{window: window{r: r}}
	if a.open(&c) && !a.blocks(&c) {
		return
	}
	if err := c.window.failure(); err != nil {
		a.yield(nil, fmt.Errorf("read %s: %w", a.name, err))
	}
}

// open reads the header; false if that failed, which is reported then, or if there
// is nothing to read.
func (a *avroReader) open(c *container) bool {
	if !c.window.need(1) {
		return false
	}
	schema, err := c.open()
	if err == nil {
		a.plan, err = compile(schema)
	}
	if err != nil {
		switch {
		case c.window.failure() != nil:
		case errors.Is(err, errCut):
			a.cut(c.window.at, "its header")
		default:
			a.yield(nil, &input.UnreadableError{What: "an Avro file that cannot be read", Err: err})
		}
		return false
	}
	typ := Canonical(a.plan.name)
	if hint := PathHint(a.name); !Published(typ) && hint != "" {
		typ = string(hint)
	}
	a.hint = Hint(typ)
	a.out.fields = len(a.plan.fields)
	if a.scan && typ != "" {
		a.rows = newScanner(&a.plan, typ)
	}
	return true
}

// blocks reports whether the caller wants more.
func (a *avroReader) blocks(c *container) bool {
	for {
		b, ok := c.next()
		if !ok {
			return true
		}
		if b.err != nil {
			if c.window.failure() != nil {
				return true // the reader failed, not the file
			}
			if b.cut {
				a.cut(b.at, "the block")
				return true
			}
			if !a.bad(b.at, b.lost, b.err) {
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
func (a *avroReader) records(b block) bool {
	d := datum{src: b.data}
	for i := range b.count {
		before := d.src
		if a.rows != nil {
			if a.rows.record(&d) {
				if !a.yield(&a.rows.row, nil) {
					return false
				}
				continue
			}
			d = datum{src: before}
		}
		ev, reason, err := a.record(&d)
		if d.err == nil && len(before) == len(d.src) {
			d.err = errors.New("the record is empty")
		}
		if d.err != nil {
			return a.bad(b.at, b.count-i-1, fmt.Errorf("record %d of the block: %w", i+1, d.err))
		}
		row := &Row{Event: &ev}
		if err != nil {
			row, err = nil, &Error{
				Source: a.name, Offset: b.at, Reason: reason,
				Err: fmt.Errorf("record %d of the block: %w", i+1, err),
			}
		}
		if !a.yield(row, err) {
			return false
		}
	}
	if len(d.src) > 0 {
		return a.bad(b.at, -1, fmt.Errorf("%d bytes are left over in the block", len(d.src)))
	}
	return true
}

// record decodes one record. If the data cannot be followed any further, d.err
// is set; else err is a fault of this record alone.
func (a *avroReader) record(d *datum) (ev Event, reason string, err error) {
	d.dst = a.out.take()
	d.size = 0
	as := eventBuilder{event: Event{Fields: a.out.takeFields()}}
	for i := range a.plan.fields {
		if e := d.member(&as, &a.plan.fields[i]); e != nil && err == nil {
			err = e
		}
		if d.err != nil {
			return Event{}, Malformed, d.err
		}
	}
	ev, reason, finishErr := as.finish(a.hint)
	n := len(as.event.Fields)
	a.out.done(len(d.dst), n)
	ev.Fields = slices.Clip(ev.Fields)
	switch {
	case err != nil:
		return Event{}, Malformed, err
	case d.size > MaxRecord:
		return Event{}, TooLarge, errors.New("the record is longer than 1 MiB")
	}
	return ev, reason, finishErr
}

func (a *avroReader) cut(at int64, what string) {
	a.yield(nil, &Error{Source: a.name, Offset: at, Reason: Malformed, Cut: true, Err: errors.New("the input ends inside " + what)})
}

func (a *avroReader) bad(at, lost int64, err error) bool {
	return a.yield(nil, &Error{Source: a.name, Offset: at, Reason: Malformed, Lost: lost, Err: err})
}
