package fastavro

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// writer writes the events of one file. They have the same bytes as those that package
// mapping writes.
type writer struct {
	layout *layout
	custom customReader
	out    arena
}

// record maps a row.
func (w *writer) record(row *row) (mapping.Record, error) {
	p := w.layout
	r := mapping.Record{Type: p.t.Name, UserID: mapping.UsableID(w.out.text(row.textOf(row.externalUserID))), Time: row.time * 1000}
	if p.t.DeviceID {
		r.DeviceID = mapping.UsableID(w.out.text(row.textOf(row.deviceID)))
	}
	if r.UserID == "" && r.DeviceID == "" {
		return mapping.Record{}, &mapping.Drop{Reason: mapping.Unaddressable, Type: p.t.Name}
	}
	r.InsertID = w.out.text(row.textOf(row.id))
	dst, ok := p.head(w.out.take(), row, &r)
	if !ok {
		return mapping.Record{}, &mapping.Drop{Reason: mapping.Malformed, Type: p.t.Name}
	}
	open := len(dst)
	dst = p.properties(dst, row)
	if p.t.Prefix != nil && row.properties.isPresent() {
		dst, r.Faults = w.own(dst, p.t.Prefix, row.textOf(row.properties))
	}
	if len(dst) > open {
		dst = dst[:len(dst)-1] // the last comma
	}
	dst = append(p.topLevel(append(dst, '}'), row), '}')
	r.Wire = w.out.done(dst)
	if len(dst) > mapping.MaxWire {
		return mapping.Record{}, &mapping.Drop{Reason: mapping.TooLarge, Type: p.t.Name}
	}
	return r, nil
}

// maxQuick is the length from which on custom properties may be nested too deep.
const maxQuick = 16 << 10

// own appends the customer's own properties. Nearly all are strict JSON; others are
// mended first.
func (w *writer) own(dst, prefix, text []byte) (all []byte, faults []string) {
	if len(text) < maxQuick {
		if dst, ok := w.custom.append(dst, prefix, text); ok {
			return dst, nil
		}
	}
	object, replaced, ok := currents.CustomText(text)
	switch {
	case !ok:
		return dst, []string{mapping.MalformedCustomProperties}
	case object == nil:
		return dst, nil
	case replaced:
		faults = []string{mapping.InvalidText}
	}
	if dst, ok = w.custom.append(dst, prefix, object); !ok {
		panic("fastavro: custom properties that were valid are not")
	}
	return dst, faults
}

// head writes everything before the properties; false if a custom event has no
// name.
func (p *layout) head(dst []byte, row *row, r *mapping.Record) ([]byte, bool) {
	dst = append(dst, p.t.Head...)
	if p.t.Custom {
		title := at(row, p.title)
		if row.textOf(title) == nil {
			return dst, false
		}
		open := len(dst)
		dst = row.append(dst, title)
		dst = dst[:open+copy(dst[open:], dst[open+1:])] // the head is inside the string already
	}
	if r.UserID != "" {
		dst = appendID(append(dst, `,"user_id":`...), row, row.externalUserID, r.UserID)
	}
	if r.DeviceID != "" {
		dst = appendID(append(dst, `,"device_id":`...), row, row.deviceID, r.DeviceID)
	}
	dst = strconv.AppendInt(append(dst, `,"time":`...), r.Time, 10)
	dst = row.append(append(dst, `,"insert_id":`...), row.id)
	return append(dst, `,"library":"Braze","event_properties":{`...), true
}

// appendID appends an id, which is that of the cell but for blanks around it.
func appendID(dst []byte, row *row, c cell, id string) []byte {
	if len(row.textOf(c)) == len(id) {
		return row.append(dst, c)
	}
	return appendText(dst, id)
}

func (p *layout) properties(dst []byte, row *row) []byte {
	for i := range p.props {
		copied := &p.props[i]
		if copied.unless >= 0 && row.cells[copied.unless].isPresent() {
			continue
		}
		if c := row.cells[copied.cell]; c.isPresent() {
			dst = append(row.append(append(dst, copied.name...), c), ',')
		}
	}
	if c := at(row, p.brazeID); c.isPresent() {
		dst = append(row.append(append(dst, p.t.BrazeID...), c), ',')
	}
	return dst
}

func (p *layout) topLevel(dst []byte, row *row) []byte {
	if product := at(row, p.product); product.isPresent() {
		dst = row.append(append(dst, `,"productId":`...), product)
	}
	if price := at(row, p.price); price.isPresent() {
		dst = row.append(append(dst, `,"price":`...), price)
	}
	adID := at(row, p.adID)
	if row.textOf(adID) == nil {
		return dst
	}
	switch string(row.textOf(at(row, p.adIDType))) {
	case "ios_idfa":
		dst = row.append(append(dst, `,"idfa":`...), adID)
	case "google_ad_id":
		dst = row.append(append(dst, `,"adid":`...), adID)
	}
	return dst
}

// at is a cell of a row, an absent one for a field that the file has not.
func at(row *row, i int) cell {
	if i < 0 {
		return cell{}
	}
	return row.cells[i]
}

// appendText appends text as a JSON string.
func appendText(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
