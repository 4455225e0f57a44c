package currents

import (
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/avro"
)

// AvroField is one field of the records of a file.
type AvroField struct {
	Name  string
	Role  Role
	Value *avro.Node
}

// record decodes one record. If the data cannot be followed any further, d.Err
// is set; else err is a fault of this record alone.
func (a *avroReader) record(d *avro.Datum) (ev Event, reason string, err error) {
	d.Dst = a.out.take()
	a.size = 0
	as := eventBuilder{event: Event{Fields: a.out.takeFields()}}
	for i := range a.fields {
		if e := a.member(d, &as, &a.fields[i]); e != nil && err == nil {
			err = e
		}
		if d.Err != nil {
			return Event{}, Malformed, d.Err
		}
	}
	ev, reason, finishErr := as.finish(a.hint)
	n := len(as.event.Fields)
	a.out.done(len(d.Dst), n)
	ev.Fields = slices.Clip(ev.Fields)
	switch {
	case err != nil:
		return Event{}, Malformed, err
	case a.size > MaxRecord:
		return Event{}, TooLarge, errors.New("the record is longer than 1 MiB")
	}
	return ev, reason, finishErr
}

// member reads one field of the event's record into the eventBuilder.
func (a *avroReader) member(d *avro.Datum, as *eventBuilder, f *AvroField) error {
	n := d.Branch(f.Value)
	if d.Err != nil || n.Kind == avro.KindNull {
		return d.Err
	}
	switch {
	case f.Role == RoleTime && (n.Kind == avro.KindLong || n.Kind == avro.KindInt):
		return as.setSeconds(avro.Seconds(d.Long(), n.Logical))
	case f.Role != RoleField && f.Role != RoleBrazeID && n.Kind == avro.KindString:
		a.text(d, as, f.Role)
		return nil
	}
	from := len(d.Dst)
	d.Replaced = false
	d.Value(n, 0)
	if d.Err != nil {
		return d.Err
	}
	value := jsontext.Value(d.Dst[from:len(d.Dst):len(d.Dst)])
	a.size += len(value) + len(f.Name) + 4
	// Names of nested records and keys of maps may occur twice in Avro.
	if k := value.Kind(); (k == jsontext.KindBeginObject || k == jsontext.KindBeginArray) && !value.IsValid() {
		clean, _, ok := Mend(value)
		if !ok {
			panic("currents: a value that was written is no JSON")
		}
		value = clean
	}
	return as.add(f.Role, f.Name, value, d.Replaced)
}

// text reads a string with a role without a detour through JSON.
func (a *avroReader) text(d *avro.Datum, as *eventBuilder, r Role) {
	b := d.Bytes()
	a.size += len(b)
	switch {
	case d.Err != nil:
	case r == RoleProperties:
		as.propertiesText, as.replacedProps = unicode(b)
		as.propertiesSet = true
	case len(b) > 0:
		text, replaced := unicode(b)
		as.setText(r, text, replaced)
	}
}
