package onepass

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// writer writes events. They have the same bytes as those that package mapping writes.
type writer struct {
	custom customWriter
	out    arena

	product, price, adID, adIDType cell // of the record that is written
}

// record maps a row whose fields take these routes.
func (w *writer) record(t *mapping.Type, routes []*mapping.Route, row *row) (mapping.Record, error) {
	r := mapping.Record{Type: t.Name, UserID: mapping.UsableID(w.out.text(row.textOf(row.externalUserID))), Time: row.time * 1000}
	if t.DeviceID {
		r.DeviceID = mapping.UsableID(w.out.text(row.textOf(row.deviceID)))
	}
	if r.UserID == "" && r.DeviceID == "" {
		return mapping.Record{}, &mapping.Drop{Reason: mapping.Unaddressable, Type: t.Name}
	}
	r.InsertID = w.out.text(row.textOf(row.id))
	dst, ok := appendTitle(w.out.take(), t, routes, row)
	if !ok {
		return mapping.Record{}, &mapping.Drop{Reason: mapping.Malformed, Type: t.Name}
	}
	dst = append(appendHead(dst, row, &r), `,"library":"Braze","event_properties":{`...)
	open := len(dst)
	dst = w.properties(dst, routes, row)
	if t.BrazeID != nil && row.brazeID.isPresent() {
		dst = append(row.append(append(dst, t.BrazeID...), row.brazeID), ',')
	}
	if t.Prefix != nil && row.hasCustom {
		dst, r.Faults = w.custom.append(dst, t.Prefix, row.custom)
	}
	if len(dst) > open {
		dst = dst[:len(dst)-1] // the last comma
	}
	dst = append(w.topLevel(append(dst, '}'), t, row), '}')
	r.Wire = w.out.done(dst)
	if len(dst) > mapping.MaxWire {
		return mapping.Record{}, &mapping.Drop{Reason: mapping.TooLarge, Type: t.Name}
	}
	return r, nil
}

// appendTitle appends the title, which for a custom event ends with its name; false if
// that has none.
func appendTitle(dst []byte, t *mapping.Type, routes []*mapping.Route, row *row) ([]byte, bool) {
	dst = append(dst, t.Head...)
	if !t.Custom {
		return dst, true
	}
	for _, f := range row.fields {
		if route := routes[f.route]; route == nil || route.Target != mapping.ToTitle || row.textOf(f.cell) == nil {
			continue
		}
		open := len(dst)
		dst = row.append(dst, f.cell)
		return dst[:open+copy(dst[open:], dst[open+1:])], true // the head is inside the string already
	}
	return dst, false
}

func appendHead(dst []byte, row *row, r *mapping.Record) []byte {
	if r.UserID != "" {
		dst = appendID(append(dst, `,"user_id":`...), row, row.externalUserID, r.UserID)
	}
	if r.DeviceID != "" {
		dst = appendID(append(dst, `,"device_id":`...), row, row.deviceID, r.DeviceID)
	}
	dst = strconv.AppendInt(append(dst, `,"time":`...), r.Time, 10)
	return row.append(append(dst, `,"insert_id":`...), row.id)
}

// appendID appends an id, which is that of the cell but for blanks around it.
func appendID(dst []byte, row *row, c cell, id string) []byte {
	if len(row.textOf(c)) == len(id) {
		return row.append(dst, c)
	}
	dst, _ = jsontext.AppendQuote(dst, id)
	return dst
}

// properties appends the listed fields, each with a comma behind it, and keeps those that
// belong to the top level.
func (w *writer) properties(dst []byte, routes []*mapping.Route, row *row) []byte {
	w.product, w.price, w.adID, w.adIDType = cell{}, cell{}, cell{}, cell{}
	seen := uint64(0) // slots
	for i := range row.fields {
		f := &row.fields[i]
		route := routes[f.route]
		if route == nil {
			continue
		}
		switch route.Target {
		case mapping.ToProperty:
			if seen&route.Slot != 0 {
				continue
			}
			seen |= route.Slot
			dst = append(row.append(append(dst, route.Name...), f.cell), ',')
			switch {
			case route.AdID:
				w.adID = f.cell
			case route.AdIDType:
				w.adIDType = f.cell
			}
		case mapping.ToProductID:
			w.product = first(w.product, f.cell)
		case mapping.ToPrice:
			w.price = first(w.price, f.cell)
		case mapping.ToTitle:
		}
	}
	return dst
}

// first returns the first of two cells that is present.
func first(a, b cell) cell {
	if a.isPresent() {
		return a
	}
	return b
}

func (w *writer) topLevel(dst []byte, t *mapping.Type, row *row) []byte {
	if w.product.isPresent() {
		dst = row.append(append(dst, `,"productId":`...), w.product)
	}
	if w.price.isPresent() {
		dst = row.append(append(dst, `,"price":`...), w.price)
	}
	if !t.AdID || row.textOf(w.adID) == nil {
		return dst
	}
	switch string(row.textOf(w.adIDType)) {
	case "ios_idfa":
		dst = row.append(append(dst, `,"idfa":`...), w.adID)
	case "google_ad_id":
		dst = row.append(append(dst, `,"adid":`...), w.adID)
	}
	return dst
}
