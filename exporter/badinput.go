package exporter

import (
	"errors"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// logBadInput is what Config.OnBadInput is by default. Each unknown type is named
// once for itself, so that many events of one type do not hide the others.
func (x *Exporter) logBadInput(err error) {
	if drop, ok := errors.AsType[*mapping.Drop](err); ok {
		if drop.Reason == mapping.UnknownType {
			name := x.types.name(drop.Type)
			x.rateLog.Warn("type "+name, "event of an unknown type", "type", name, "err", err)
			return
		}
		x.rateLog.Warn("drop "+drop.Reason, "event dropped", "err", err)
		return
	}
	if unread, ok := errors.AsType[*currents.Error](err); ok {
		x.rateLog.Warn("unread "+unread.Reason, "event dropped", "err", err)
		return
	}
	x.rateLog.Warn("bad", "event dropped", "err", err)
}
