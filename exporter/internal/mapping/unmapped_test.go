package mapping_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/fixtures"
)

// What is kept of an event of an unknown type is all of it: a version that knows the
// type makes of it what it would have made of the event.
func TestUnmapped_nothingIsLost(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	later, err := mapping.New(mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	earlier := mapping.KnowsNothing()
	remap := func(t *testing.T, c fixtures.Case, shape string, r mapping.Record, err error) {
		t.Helper()
		if err != nil || !r.IsUnmapped() || r.Type != c.EventType || r.InsertID != c.ID() {
			t.Errorf("%s, %s: %v, %+v; want it unmapped", c.Name, shape, err, r)
			return
		}
		ev, err := only(currents.ReadNDJSON("kept", bytes.NewReader(r.Wire), ""))
		if err != nil {
			t.Errorf("%s, %s: read what was kept: %v", c.Name, shape, err)
			return
		}
		again, err := later.Map(ev)
		if drop, ok := errors.AsType[*mapping.Drop](err); ok {
			if drop.Reason != c.Expect.Dropped {
				t.Errorf("%s, %s: %v, want %q", c.Name, shape, err, c.Expect.Dropped)
			}
			return
		}
		if diff := cmp.Diff(parse(t, c.Expect.Amplitude), parse(t, again.Wire)); diff != "" {
			t.Errorf("%s, %s: (-want +got):\n%s", c.Name, shape, diff)
		}
		if again.UserID != r.UserID || again.Time != r.Time {
			t.Errorf("%s, %s: user %q at %d, was %q at %d", c.Name, shape, again.UserID, again.Time, r.UserID, r.Time)
		}
	}
	for _, typ := range set.Types {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			var cases []fixtures.Case
			for _, c := range set.CasesOf(typ.Name) {
				if len(c.Expect.Faults) == 0 { // known by the type alone
					cases = append(cases, c)
				}
			}
			i := 0
			for r, err := range onepass.Avro(earlier, "events.avro", bytes.NewReader(avroFile(t, typ, cases, "null"))) {
				remap(t, cases[i], "avro", r, err)
				i++
			}
			if i != len(cases) {
				t.Errorf("%d records, want %d", i, len(cases))
			}
			for _, c := range cases {
				ev, err := only(currents.DecodeBody("body", c.CustomHTTP()))
				if err != nil {
					t.Fatal(err)
				}
				r, err := earlier.Map(ev)
				remap(t, c, "custom http", r, err)
			}
		})
	}
}

// Braze's own id of a user is no id at Amplitude, and what is larger than any event is not
// kept.
func TestUnmapped_bounds(t *testing.T) {
	t.Parallel()
	const head = `{"event_type":"users.messages.fax.Send","id":"i","time":1700000000,"user_id":"braze-internal","external_user_id":"u","n":"`
	m := mapping.KnowsNothing()
	ev, err := only(currents.DecodeBody("body", []byte(head+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := m.Map(ev); err != nil || r.UserID != "u" {
		t.Errorf("%+v, %v", r, err)
	}
	ev, err = only(currents.DecodeBody("body", []byte(head+strings.Repeat("x", mapping.MaxWire)+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Map(ev)
	if drop, ok := errors.AsType[*mapping.Drop](err); !ok || drop.Reason != mapping.TooLarge {
		t.Errorf("%v, want too_large", err)
	}
}
