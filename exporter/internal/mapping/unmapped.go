package mapping

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// Unmapped is the only fault of a record that is an event as it came: of a type that
// is not known, for somebody to look at or for a later version to map. Its wire bytes
// are a storage record that [currents.ReadNDJSON] reads.
const Unmapped = "unmapped"

// IsUnmapped reports whether a record is an event as it came.
func (r *Record) IsUnmapped() bool { return len(r.Faults) == 1 && r.Faults[0] == Unmapped }

// unmapped returns an event as it came.
func unmapped(ev *currents.Event) Record {
	r := Record{
		Type: ev.Type, InsertID: ev.ID, UserID: UsableID(ev.ExternalUserID), DeviceID: UsableID(ev.DeviceID),
		Time: ev.Time * 1000, Faults: []string{Unmapped},
	}
	w := storageWriter{dst: make([]byte, 0, sizeHint(ev))}
	w.text("event_type", ev.Type)
	w.text("id", ev.ID)
	w.value("time", strconv.AppendInt(nil, ev.Time, 10))
	w.text("external_user_id", ev.ExternalUserID)
	w.text("device_id", ev.DeviceID)
	if ev.BrazeUserID != nil {
		w.value(BrazeUserID, ev.BrazeUserID)
	}
	if ev.Custom != nil {
		w.text("properties", string(ev.Custom))
	}
	for i := range ev.Fields {
		w.value(ev.Fields[i].Name, ev.Fields[i].Value)
	}
	r.Wire = w.done()
	return r
}

// storageWriter writes a storage record. Of two members of one name the first counts.
type storageWriter struct {
	dst  []byte
	seen map[string]bool
}

func (w *storageWriter) value(name string, value []byte) {
	if w.seen[name] {
		return
	}
	if w.seen == nil {
		w.seen = make(map[string]bool)
		w.dst = append(w.dst, '{')
	} else {
		w.dst = append(w.dst, ',')
	}
	w.seen[name] = true
	w.dst = append(appendText(w.dst, name), ':')
	w.dst = append(w.dst, value...)
}

func (w *storageWriter) text(name, value string) {
	if value != "" {
		w.value(name, appendText(nil, value))
	}
}

func (w *storageWriter) done() []byte { return append(w.dst, '}') }

// appendText writes a JSON string. A string that is not UTF-8 gets replacement
// characters, as everywhere.
func appendText(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
