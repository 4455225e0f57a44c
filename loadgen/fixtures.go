package loadgen

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ammeter/ammeter/fixtures"
)

// Payload describes one thing an encoder can send.
type Payload struct {
	Type string `json:"type"` // Braze event type
	Case string `json:"case"`
	// Delivers reports whether the event must arrive at Amplitude in the end: an
	// exporter has to drop the others.
	Delivers bool `json:"delivers"`
	// User and Device report which ids of the population the event gets. An id it
	// does not get is as in the fixture, or absent.
	User   bool `json:"user,omitempty"`
	Device bool `json:"device,omitempty"`
	// Dropped is the reason for which an exporter must drop the event.
	Dropped string `json:"dropped,omitempty"`
	// Defect is what is wrong with the event on purpose, None in a fixture as it is.
	Defect Defect `json:"defect,omitempty"`
}

// Fixtures is the Encoder of the events of package fixtures. Every event sent
// has an id and a time of its own; all else is as in the fixture, except that
// ids of users and devices are replaced by those of the population. An id that a
// fixture is about (too short, on the list of refused ids, not passed on) stays.
type Fixtures struct {
	// Payloads are what can be sent, by index.
	Payloads []Payload

	body      body
	templates []template
}

// FixturesConfig says which fixtures to send and how.
type FixturesConfig struct {
	Kind Kind
	// Types selects event types by name or alias; empty selects all.
	Types []string
	// APIKey goes into the bodies for a target of kind Amplitude.
	APIKey string
	// Identities makes the ids. Devices reports whether events have devices of a
	// population; otherwise ids of users and devices stay as in the fixture.
	Identities Identities
	Devices    bool
	// Defects adds events with these defects to the valid ones, for every
	// type. They need Devices.
	Defects []Defect
	// DefaultIDLength leaves options.min_id_length out of the bodies for a target
	// of kind Amplitude, which then refuses ids shorter than five characters.
	DefaultIDLength bool
}

// NewFixtures prepares the events. A target of kind Amplitude gets only what
// must arrive there, already mapped, with options.min_id_length 1 unless told
// otherwise.
func NewFixtures(set *fixtures.Set, cfg FixturesConfig) (*Fixtures, error) {
	wanted := map[string]bool{}
	for _, name := range cfg.Types {
		t, ok := set.Type(name)
		if !ok {
			return nil, fmt.Errorf("event type %q is not in the fixtures; `fixtures list` shows all", name)
		}
		wanted[t.Name] = true
	}
	options := shortIDs
	if cfg.DefaultIDLength {
		options = ""
	}
	f := &Fixtures{body: newBody(cfg.Kind, cfg.APIKey, options, cfg.Identities)}
	for _, c := range set.Cases {
		if len(wanted) > 0 && !wanted[c.EventType] || cfg.Kind == Amplitude && !c.Expect.Sent() {
			continue
		}
		for _, defect := range defects(c, cfg) {
			t, err := fixtureTemplate(c, cfg, defect)
			if err != nil {
				return nil, fmt.Errorf("fixture %s: %w", c.Path(), err)
			}
			f.Payloads = append(f.Payloads, Payload{
				Type: c.EventType, Case: c.Name, Defect: defect,
				Delivers: c.Expect.Sent() && defect.delivers(), Dropped: c.Expect.Dropped,
				User: t.has(slotUser), Device: t.has(slotDevice),
			})
			f.templates = append(f.templates, t)
		}
	}
	if len(f.Payloads) == 0 {
		return nil, fmt.Errorf("the types %q have nothing that is sent to Amplitude", cfg.Types)
	}
	return f, nil
}

// Append implements Encoder.
func (f *Fixtures) Append(dst []byte, s *Send, start time.Time) []byte {
	return f.body.append(dst, s, start, func(e *Event) *template { return &f.templates[e.Payload] })
}

type object = map[string]json.RawMessage

func fixtureTemplate(c fixtures.Case, cfg FixturesConfig, defect Defect) (template, error) {
	var storage, mapped object
	if err := json.Unmarshal(c.Storage(), &storage); err != nil {
		return template{}, err
	}
	if c.Expect.Sent() {
		if err := json.Unmarshal(c.Expect.Amplitude, &mapped); err != nil {
			return template{}, err
		}
	}
	passedUser := cfg.Devices && passed(storage, "external_user_id", mapped, "user_id")
	passedDevice := cfg.Devices && passed(storage, "device_id", mapped, "device_id")
	if cfg.Kind == Amplitude {
		var s slots
		s = s.with(mapped, "insert_id", slotEvent).with(mapped, "time", slotMillis)
		s = s.withIf(passedUser, mapped, "user_id", slotUser).withIf(passedDevice, mapped, "device_id", slotDevice)
		return templateOf(mapped, defect.breakMapped(mapped, s))
	}
	var event, user object
	if err := json.Unmarshal(c.CustomHTTP(), &event); err != nil {
		return template{}, err
	}
	if err := json.Unmarshal(event["user"], &user); err != nil {
		return template{}, err
	}
	_, err := json.Number(event["time"]).Int64()
	var s slots
	s = s.with(event, "id", slotEvent).withIf(err == nil, event, "time", slotSeconds)
	s = s.withIf(passedUser, user, "external_user_id", slotUser).withIf(passedDevice, user, "device_id", slotDevice)
	if event["user"], err = json.Marshal(user); err != nil {
		return template{}, err
	}
	return templateOf(event, defect.breakCurrents(event, s))
}

// slots collects what newTemplate has to find.
type slots []slotKind

// with adds a member to be filled in.
func (s slots) with(o object, member string, k slotKind) slots {
	o[member] = k.marker()
	return append(s, k)
}

// withIf adds a member to be filled in if yes is true.
func (s slots) withIf(yes bool, o object, member string, k slotKind) slots {
	if !yes {
		return s
	}
	return s.with(o, member, k)
}

// passed reports whether an id travels from input to output unchanged and is
// long enough not to be there for its length.
func passed(in object, inName string, out object, outName string) bool {
	return len(out[outName]) >= len(`"12345"`) && slices.Equal(in[inName], out[outName])
}
