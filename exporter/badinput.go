package exporter

import (
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// placed returns the error of a bad record with its place: the input and the number of the
// record there, from 1. An error of the reader adds line and offset.
func placed(input string, record int64, err error) error {
	at := fmt.Sprintf("%s: record %d", input, record)
	if unread, ok := errors.AsType[*currents.Error](err); ok {
		numbered := *unread
		numbered.Source = at
		return &numbered
	}
	return fmt.Errorf("%s: %w", at, err)
}

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
