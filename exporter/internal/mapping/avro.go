package mapping

import (
	"io"
	"iter"
	"strconv"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// ReadAvro reads an Avro file and maps its events: what [currents.ReadAvro] and
// [Mapper.Map] do one after the other, with the same records, drops and errors
// in the same order, without an Event in between where that can be avoided.
//
// The records may be kept. Their wire bytes and ids lie in pieces of memory that
// some thirty records share, so one record that is kept for long keeps 28 KiB.
func (m *Mapper) ReadAvro(name string, r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		w := rowWriter{m: m}
		for row, err := range currents.ReadAvroRows(name, r) {
			var record Record
			switch {
			case err != nil:
			case row.Event != nil:
				record, err = m.Map(*row.Event)
			default:
				record, err = w.record(row)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// rowWriter maps the rows of one file.
type rowWriter struct {
	m      *Mapper
	plan   *rowPlan
	custom customReader
	out    arena
}

// record is Map for a row.
func (w *rowWriter) record(row *currents.Row) (Record, error) {
	if w.plan == nil {
		w.plan = w.m.planRow(row)
	}
	p := w.plan
	if w.m.keeps(p.drop) {
		return bounded(unmappedRow(row))
	}
	if p.drop != "" {
		return Record{}, &Drop{Reason: p.drop, Type: row.Type}
	}
	r := Record{Type: p.t.name, UserID: usable(w.out.text(row.Text(row.ExternalUserID))), Time: row.Time * 1000}
	if p.t.deviceID {
		r.DeviceID = usable(w.out.text(row.Text(row.DeviceID)))
	}
	if r.UserID == "" && r.DeviceID == "" {
		return Record{}, &Drop{Reason: Unaddressable, Type: row.Type}
	}
	r.InsertID = w.out.text(row.Text(row.ID))
	dst, ok := p.head(w.out.take(), row, &r)
	if !ok {
		return Record{}, &Drop{Reason: Malformed, Type: row.Type}
	}
	open := len(dst)
	dst = p.properties(dst, row)
	if p.t.prefix != nil && row.Properties.Present() {
		dst, r.Faults = w.own(dst, p.t.prefix, row.Text(row.Properties))
	}
	if len(dst) > open {
		dst = dst[:len(dst)-1] // the last comma
	}
	dst = append(p.topLevel(append(dst, '}'), row), '}')
	r.Wire = w.out.done(dst)
	if len(dst) > MaxWire {
		return Record{}, &Drop{Reason: TooLarge, Type: row.Type}
	}
	return r, nil
}

// maxQuick is the length from which on custom properties may be nested too deep.
const maxQuick = 16 << 10

// own appends the customer's own properties. Nearly all are strict JSON; others are
// mended first.
func (w *rowWriter) own(dst, prefix, text []byte) (all []byte, faults []string) {
	if len(text) < maxQuick {
		if dst, ok := w.custom.append(dst, prefix, text); ok {
			return dst, nil
		}
	}
	object, replaced, ok := currents.CustomText(text)
	switch {
	case !ok:
		return dst, []string{MalformedCustomProperties}
	case object == nil:
		return dst, nil
	case replaced:
		faults = []string{InvalidText}
	}
	if dst, ok = w.custom.append(dst, prefix, object); !ok {
		panic("mapping: custom properties that were valid are not")
	}
	return dst, faults
}

// rowPlan is an event type laid over the fields of a file: which cell goes
// where, found out once. Writing by it is to give the same bytes as [writer].
type rowPlan struct {
	t    *eventType
	drop string // the reason, if no event of the type is sent

	props []cellMove

	// Cells; -1 for a field that the file has not.
	title, product, price, adID, adIDType, brazeID int
}

type cellMove struct {
	cell   int
	name   []byte // `"card_id":`
	unless int    // another cell with the same property; -1: none
}

func (m *Mapper) planRow(row *currents.Row) *rowPlan {
	t := m.types[row.Type]
	p := &rowPlan{t: t, drop: m.refuses(row.Type), title: -1, product: -1, price: -1, adID: -1, adIDType: -1, brazeID: -1}
	if p.drop != "" {
		return p
	}
	cells := make(map[uint64]int) // by slot
	for i, name := range row.Names {
		if name == "name" && t.custom {
			p.title = i
		}
		if name == brazeUserID && t.brazeID != nil {
			p.brazeID = i
		}
		route, ok := t.routes[name]
		switch {
		case !ok:
			continue
		case route.target == toProductID:
			p.product = i
			continue
		case route.target == toPrice:
			p.price = i
			continue
		case name == "ad_id" && t.adID:
			p.adID = i
		case name == "ad_id_type":
			p.adIDType = i
		}
		move := cellMove{cell: i, name: route.name, unless: -1}
		if first, twice := cells[route.slot]; twice {
			move.unless = first
		}
		cells[route.slot] = i
		p.props = append(p.props, move)
	}
	return p
}

// head writes everything before the properties; false if a custom event has no
// name.
func (p *rowPlan) head(dst []byte, row *currents.Row, r *Record) ([]byte, bool) {
	dst = append(dst, p.t.head...)
	if p.t.custom {
		title := at(row, p.title)
		if row.Text(title) == nil {
			return dst, false
		}
		open := len(dst)
		dst = row.Append(dst, title)
		dst = dst[:open+copy(dst[open:], dst[open+1:])] // the head is inside the string already
	}
	if r.UserID != "" {
		dst = appendID(append(dst, `,"user_id":`...), row, row.ExternalUserID, r.UserID)
	}
	if r.DeviceID != "" {
		dst = appendID(append(dst, `,"device_id":`...), row, row.DeviceID, r.DeviceID)
	}
	dst = strconv.AppendInt(append(dst, `,"time":`...), r.Time, 10)
	dst = row.Append(append(dst, `,"insert_id":`...), row.ID)
	return append(dst, `,"library":"Braze","event_properties":{`...), true
}

// appendID appends an id, which is that of the cell but for blanks around it.
func appendID(dst []byte, row *currents.Row, c currents.Cell, id string) []byte {
	if len(row.Text(c)) == len(id) {
		return row.Append(dst, c)
	}
	return appendString(dst, id)
}

func (p *rowPlan) properties(dst []byte, row *currents.Row) []byte {
	for i := range p.props {
		move := &p.props[i]
		if move.unless >= 0 && row.Cells[move.unless].Present() {
			continue
		}
		if c := row.Cells[move.cell]; c.Present() {
			dst = append(row.Append(append(dst, move.name...), c), ',')
		}
	}
	if c := at(row, p.brazeID); c.Present() {
		dst = append(row.Append(append(dst, p.t.brazeID...), c), ',')
	}
	return dst
}

func (p *rowPlan) topLevel(dst []byte, row *currents.Row) []byte {
	if product := at(row, p.product); product.Present() {
		dst = row.Append(append(dst, `,"productId":`...), product)
	}
	if price := at(row, p.price); price.Present() {
		dst = row.Append(append(dst, `,"price":`...), price)
	}
	adID := at(row, p.adID)
	if row.Text(adID) == nil {
		return dst
	}
	switch string(row.Text(at(row, p.adIDType))) {
	case "ios_idfa":
		dst = row.Append(append(dst, `,"idfa":`...), adID)
	case "google_ad_id":
		dst = row.Append(append(dst, `,"adid":`...), adID)
	}
	return dst
}

// at is a cell of a row, an absent one for a field that the file has not.
func at(row *currents.Row, i int) currents.Cell {
	if i < 0 {
		return currents.Cell{}
	}
	return row.Cells[i]
}
