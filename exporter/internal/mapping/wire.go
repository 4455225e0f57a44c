package mapping

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// writer writes one Amplitude event.
type writer struct {
	t    *Type
	dst  []byte
	seen uint64 // slots of the properties written

	replaced bool // text that is sent was not Unicode

	product  jsontext.Value
	price    jsontext.Value
	adID     jsontext.Value
	adIDType jsontext.Value
}

// write reports false if a custom event has no name.
func (w *writer) write(ev *currents.Event, r *Record) bool {
	w.dst = append(w.dst, w.t.Head...)
	if w.t.Custom && !w.title(ev) {
		return false
	}
	if r.UserID != "" {
		w.dst = appendString(append(w.dst, `,"user_id":`...), r.UserID)
		w.note(ev, currents.ReplacedExternalUserID)
	}
	if r.DeviceID != "" {
		w.dst = appendString(append(w.dst, `,"device_id":`...), r.DeviceID)
		w.note(ev, currents.ReplacedDeviceID)
	}
	w.dst = strconv.AppendInt(append(w.dst, `,"time":`...), r.Time, 10)
	w.dst = appendString(append(w.dst, `,"insert_id":`...), r.InsertID)
	w.note(ev, currents.ReplacedID)
	w.dst = append(w.dst, `,"library":"Braze","event_properties":{`...)
	open := len(w.dst)
	w.properties(ev)
	if w.t.Prefix != nil {
		w.dst = AppendCustom(w.dst, w.t.Prefix, ev.Custom)
		w.note(ev, currents.ReplacedCustom)
	}
	if len(w.dst) > open {
		w.dst = w.dst[:len(w.dst)-1] // the last comma
	}
	w.dst = append(w.dst, '}')
	w.topLevel()
	w.dst = append(w.dst, '}')
	return true
}

// title ends the title of a custom event with its name.
func (w *writer) title(ev *currents.Event) bool {
	for i := range ev.Fields {
		name := ev.Fields[i].Value
		route, ok := w.t.Routes[ev.Fields[i].Name]
		if ok && route.Target == ToTitle && name.Kind() == jsontext.KindString && len(name) > len(`""`) {
			w.dst = append(w.dst, name[1:]...)
			w.replaced = w.replaced || ev.Fields[i].Replaced
			return true
		}
	}
	return false
}

// properties writes the listed storage fields and remembers those that belong
// to the top level. Fields hold no nulls: an absent value is left out (DERIVED).
func (w *writer) properties(ev *currents.Event) {
	for i := range ev.Fields {
		f := &ev.Fields[i]
		route, ok := w.t.Routes[f.Name]
		switch {
		case !ok, route.Target == ToTitle:
			continue
		case route.Target == ToProductID && w.product == nil:
			w.product = f.Value
			w.replaced = w.replaced || f.Replaced
			continue
		case route.Target == ToPrice && w.price == nil:
			w.price = f.Value
			w.replaced = w.replaced || f.Replaced
			continue
		case route.Target == ToProductID, route.Target == ToPrice, w.seen&route.Slot != 0:
			continue
		}
		w.replaced = w.replaced || f.Replaced
		w.seen |= route.Slot
		w.dst = append(w.dst, route.Name...)
		w.dst = append(w.dst, f.Value...)
		w.dst = append(w.dst, ',')
		switch {
		case route.AdID:
			w.adID = f.Value
		case route.AdIDType:
			w.adIDType = f.Value
		}
	}
	if w.t.BrazeID != nil && ev.BrazeUserID != nil {
		w.note(ev, currents.ReplacedBrazeUserID)
		w.dst = append(append(append(w.dst, w.t.BrazeID...), ev.BrazeUserID...), ',')
	}
}

// note notes that a text is sent, which may not have been Unicode.
func (w *writer) note(ev *currents.Event, text currents.Replaced) {
	w.replaced = w.replaced || ev.Replaced&text != 0
}

// topLevel writes the members that not every type has. DERIVED: the ad id goes
// into the member that its type names; an ad id of another type, or an empty
// one, stays a property only.
func (w *writer) topLevel() {
	if w.product != nil {
		w.dst = append(append(w.dst, `,"productId":`...), w.product...)
	}
	if w.price != nil {
		w.dst = append(append(w.dst, `,"price":`...), w.price...)
	}
	if !w.t.AdID || w.adID.Kind() != jsontext.KindString || len(w.adID) == len(`""`) {
		return
	}
	switch {
	case bytes.Equal(w.adIDType, []byte(`"ios_idfa"`)):
		w.dst = append(append(w.dst, `,"idfa":`...), w.adID...)
	case bytes.Equal(w.adIDType, []byte(`"google_ad_id"`)):
		w.dst = append(append(w.dst, `,"adid":`...), w.adID...)
	}
}

// AppendCustom appends the customer's own properties, which are an object or nil, each with
// a comma behind it: only the outermost names get the prefix, nulls are left out (both
// DERIVED).
func AppendCustom(dst, prefix []byte, object jsontext.Value) []byte {
	if object == nil {
		return dst
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return dst
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadValue()
		if err != nil { // cannot be: it was valid when it was read
			return dst
		}
		name = name[1:]
		value, err := dec.ReadValue()
		if err != nil {
			return dst
		}
		if value.Kind() != jsontext.KindNull {
			dst = append(append(append(append(append(dst, prefix...), name...), ':'), value...), ',')
		}
	}
	return dst
}
