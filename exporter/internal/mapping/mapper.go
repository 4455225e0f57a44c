package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// Options say what a [Mapper] exports.
type Options struct {
	// Events are the event types to export, in any spelling
	// currents.Canonical knows; empty means all of [Types].
	Events []string
	// KeepUnknown makes events of unknown types [Unmapped] records instead of drops.
	KeepUnknown bool
}

// Mapper maps events of the selected types. It is never changed after New, so
// any number of goroutines may use one.
type Mapper struct {
	types       map[string]*Type
	selected    map[string]bool
	keepUnknown bool
}

// New makes a Mapper. A name that is no exportable type is an error that lists
// the nearest names; every wrong name is reported.
func New(opts Options) (*Mapper, error) {
	m := &Mapper{types: table(), selected: make(map[string]bool), keepUnknown: opts.KeepUnknown}
	var errs []error
	for _, event := range opts.Events {
		name := currents.Canonical(strings.TrimSpace(event))
		t, ok := m.types[name]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("event type %q is not known, %s", event, suggest(name)))
		case !t.exported:
			errs = append(errs, fmt.Errorf("event type %q is not exported to Amplitude", event))
		default:
			m.selected[name] = true
		}
	}
	if len(opts.Events) == 0 {
		for _, name := range Types() {
			m.selected[name] = true
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return m, nil
}

// Selected lists the event types the mapper exports, sorted.
func (m *Mapper) Selected() []string { return slices.Sorted(maps.Keys(m.selected)) }
