package mapping

import (
	"iter"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// MaxWire is the size of one event in bytes above which Braze drops it: the
// published 900 KB. That it is counted in KiB and on the mapped event is
// DERIVED.
const MaxWire = 900 << 10

// Record is one mapped event, ready for the wire.
type Record struct {
	Type     string   // canonical Currents type
	InsertID string   // the event's id
	UserID   string   // as sent; empty if not sent
	DeviceID string   // as sent; empty if not sent
	Time     int64    // milliseconds since the epoch
	Wire     []byte   // the Amplitude event: one strict JSON object without newlines
	Faults   []string // faults the event is sent in spite of
}

// Map maps one event. The error is a *[Drop] that says why the event is not
// sent.
func (m *Mapper) Map(ev currents.Event) (Record, error) {
	t, reason := m.Type(ev.Type)
	if reason != "" {
		if !m.keepUnknown || reason != UnknownType {
			return Record{}, &Drop{Reason: reason, Type: ev.Type}
		}
		r := unmapped(&ev)
		if len(r.Wire) > MaxWire {
			return Record{}, &Drop{Reason: TooLarge, Type: ev.Type}
		}
		return r, nil
	}
	r := Record{Type: t.Name, InsertID: ev.ID, UserID: UsableID(ev.ExternalUserID), Time: ev.Time * 1000}
	if t.DeviceID { // DERIVED: a device id the type's payload does not list is not sent
		r.DeviceID = UsableID(ev.DeviceID)
	}
	if r.UserID == "" && r.DeviceID == "" {
		return Record{}, &Drop{Reason: Unaddressable, Type: ev.Type}
	}
	w := writer{t: t, dst: make([]byte, 0, sizeHint(&ev))}
	if !w.write(&ev, &r) {
		return Record{}, &Drop{Reason: Malformed, Type: ev.Type}
	}
	if len(w.dst) > MaxWire {
		return Record{}, &Drop{Reason: TooLarge, Type: ev.Type}
	}
	r.Wire = w.dst
	if ev.CustomFault {
		r.Faults = append(r.Faults, MalformedCustomProperties)
	}
	if w.replaced {
		r.Faults = append(r.Faults, InvalidText)
	}
	return r, nil
}

// MapAll maps what a reader of package currents yields. Its errors go through;
// for every event comes what [Mapper.Map] returns.
func (m *Mapper) MapAll(events iter.Seq2[currents.Event, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for ev, err := range events {
			var record Record
			if err == nil {
				record, err = m.Map(ev)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// Type returns an event type, or the reason to drop every event of it.
func (m *Mapper) Type(name string) (t *Type, reason string) {
	t, ok := m.types[name]
	switch {
	case !ok:
		return nil, UnknownType
	case !t.exported:
		return nil, NotExported
	case !m.selected[name]:
		return nil, NotSelected
	}
	return t, ""
}

// sizeHint guesses the length of the wire bytes, so that they are allocated once.
func sizeHint(ev *currents.Event) int {
	n := 256 + len(ev.ID) + len(ev.ExternalUserID) + len(ev.DeviceID) + len(ev.Custom)
	for i := range ev.Fields {
		n += len(ev.Fields[i].Name) + len(ev.Fields[i].Value) + 4
	}
	return n
}
