package fastavro

import (
	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// layout says which field of a file goes where in an event of its type.
type layout struct {
	t *mapping.Type

	props []fieldCopy

	// Cells; -1 for a field that the file has not.
	title, product, price, adID, adIDType, brazeID int
}

type fieldCopy struct {
	cell   int
	name   []byte // `"card_id":`
	unless int    // another cell with the same property; -1: none
}

func newLayout(t *mapping.Type, fields []currents.AvroField) *layout {
	p := &layout{t: t, title: -1, product: -1, price: -1, adID: -1, adIDType: -1, brazeID: -1}
	cells := make(map[uint64]int) // by slot
	for i := range fields {
		name := fields[i].Name
		if name == "name" && t.Custom {
			p.title = i
		}
		if name == mapping.BrazeUserID && t.BrazeID != nil {
			p.brazeID = i
		}
		route, ok := t.Routes[name]
		switch {
		case !ok:
			continue
		case route.Target == mapping.ToProductID:
			p.product = i
			continue
		case route.Target == mapping.ToPrice:
			p.price = i
			continue
		case name == "ad_id" && t.AdID:
			p.adID = i
		case name == "ad_id_type":
			p.adIDType = i
		}
		move := fieldCopy{cell: i, name: route.Name, unless: -1}
		if first, twice := cells[route.Slot]; twice {
			move.unless = first
		}
		cells[route.Slot] = i
		p.props = append(p.props, move)
	}
	return p
}
