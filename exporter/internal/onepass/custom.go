package onepass

import (
	"bytes"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/strictjson"
)

// customWriter writes custom properties, and checks them in the same pass.
type customWriter struct{ scanner strictjson.Scanner }

// append appends the customer's own properties, each with a comma behind it. Nearly all
// are strict JSON; others are mended first.
func (c *customWriter) append(dst, prefix, text []byte) (all []byte, faults []string) {
	if dst, ok := c.strict(dst, prefix, text); ok {
		return dst, nil
	}
	object, replaced, ok := currents.CustomText(text)
	switch {
	case !ok:
		return dst, []string{mapping.MalformedCustomProperties}
	case replaced && object != nil:
		faults = []string{mapping.InvalidText}
	}
	return mapping.AppendCustom(dst, prefix, object), faults
}

// strict returns false and appends nothing if text is anything but one object of strict
// JSON.
func (c *customWriter) strict(dst, prefix, text []byte) ([]byte, bool) {
	text = bytes.TrimSpace(text)
	open := len(dst)
	end := c.scanner.Object(text, 0, func(name, value []byte) {
		if value[0] != 'n' { // null
			dst = append(append(append(append(append(dst, prefix...), name[1:]...), ':'), value...), ',')
		}
	})
	if end != len(text) {
		return dst[:open], false
	}
	return dst, true
}
