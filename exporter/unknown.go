package exporter

import (
	"bytes"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// remap maps an event that was kept because its type was not known: this process may
// be of a later version than the one that kept it. It reports whether the record can
// be sent now.
func (x *Exporter) remap(r *mapping.Record) bool {
	for ev, err := range currents.ReadNDJSON("queue", bytes.NewReader(r.Wire), "") {
		if err != nil {
			return false
		}
		mapped, err := x.mapper.Map(ev)
		if err != nil || mapped.IsUnmapped() {
			return false
		}
		*r = mapped
		return true
	}
	return false
}
