package specs

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// plainType is the event type of made-up traffic. It has both ids and nothing
// special, and every exporter must support it.
const plainType = "users.behaviors.app.SessionStart"

// eventFactory makes the events that are posted, from the fixtures.
type eventFactory struct {
	set   *fixtures.Set
	plain fixtures.Case
	// minimal is a plain event with the fewest properties, for traffic of thousands: a
	// report holds each of them several times.
	minimal fixtures.Case
}

func loadEvents() (*eventFactory, error) {
	set, err := fixtures.Load()
	if err != nil {
		return nil, fmt.Errorf("load fixtures: %w", err)
	}
	c := eventFactory{set: set}
	for name, made := range map[string]*fixtures.Case{"identified": &c.plain, "required-only": &c.minimal} {
		var ok bool
		if *made, ok = set.Case(plainType, name); !ok {
			return nil, fmt.Errorf("load fixtures: there is no case %s/%s", plainType, name)
		}
	}
	return &c, nil
}

// all returns the cases of every type, in groups to be posted apart: those that are
// sent, those that may be left out, those that are dropped. An exporter that
// refuses posts with the latter so still shows how it maps the former.
func (c *eventFactory) all() (sent, optional, dropped []verdict.Posted) {
	for _, t := range c.set.Types {
		s, d := c.of(t.Name)
		dropped = append(dropped, d...)
		if t.Required {
			sent = append(sent, s...)
		} else {
			optional = append(optional, s...)
		}
	}
	return sent, optional, dropped
}

// of returns the cases of a type that are sent, and those that are dropped.
func (c *eventFactory) of(eventType string) (sent, dropped []verdict.Posted) {
	for _, fixture := range c.set.CasesOf(eventType) {
		p := c.posted(fixture)
		if p.Want == nil {
			dropped = append(dropped, p)
		} else {
			sent = append(sent, p)
		}
	}
	return sent, dropped
}

func (c *eventFactory) posted(f fixtures.Case) verdict.Posted {
	var in struct {
		DeviceID       string `json:"device_id"`
		UserID         string `json:"user_id"`
		ExternalUserID string `json:"external_user_id"`
	}
	// The loader has checked that the input decodes; ids of other types stay empty.
	_ = json.Unmarshal(f.Input, &in)
	t, _ := c.set.Type(f.EventType)
	return verdict.Posted{
		Name: f.EventType + "/" + f.Name, EventType: f.EventType, Case: f.Name, ID: f.ID(),
		Device: in.DeviceID, User: in.ExternalUserID, BrazeUser: in.UserID, Currents: f.CustomHTTP(), Storage: f.Storage(),
		Want: f.Expect.Amplitude, Dropped: f.Expect.Dropped, Faulty: len(f.Expect.Faults) > 0,
		Optional: !t.Required,
	}
}

// anonymous makes an event of a device without a user, so that only the limits of
// the device apply to it.
func (c *eventFactory) anonymous(id, device string) verdict.Posted {
	return c.anonymousLike(c.plain, id, device)
}

func (c *eventFactory) anonymousLike(made fixtures.Case, id, device string) verdict.Posted {
	input := members(made.Input)
	input["id"], input["device_id"] = quoted(id), quoted(device)
	delete(input, "external_user_id")
	want := members(made.Expect.Amplitude)
	want["insert_id"], want["device_id"] = quoted(id), quoted(device)
	delete(want, "user_id")
	made.Input, made.Expect.Amplitude, made.Name = joined(input), joined(want), id
	return c.posted(made)
}

// identified makes an event of a user on a device.
func (c *eventFactory) identified(id, device, user string) verdict.Posted {
	input := members(c.plain.Input)
	input["id"], input["device_id"], input["external_user_id"] = quoted(id), quoted(device), quoted(user)
	want := members(c.plain.Expect.Amplitude)
	want["insert_id"], want["device_id"], want["user_id"] = quoted(id), quoted(device), quoted(user)
	made := c.plain
	made.Input, made.Expect.Amplitude, made.Name = joined(input), joined(want), id
	return c.posted(made)
}

// large makes a custom event of about that many bytes, in strings of a length that
// Amplitude stores. They are random, so that they take room in a queue that is compressed.
func (c *eventFactory) large(id, device string, size int) verdict.Posted {
	const stored, random = 1000, 750 // in base 64 these are as long as those
	source := rand.NewChaCha8(sha256.Sum256([]byte(id)))
	pages := make([]string, size/stored)
	for i := range pages {
		var page [random]byte
		_, _ = source.Read(page[:]) // never fails
		pages[i] = base64.StdEncoding.EncodeToString(page[:])
	}
	text, err := json.Marshal(pages)
	if err != nil {
		panic(err) // strings encode
	}
	properties := fmt.Sprintf(`{"pages":%s}`, text)
	return c.posted(c.custom(id, device, properties, properties))
}

// rejected marks an event as one that the service never takes.
func rejected(p verdict.Posted) verdict.Posted {
	p.Want, p.Dropped, p.Poison = nil, "never taken by the service", true
	return p
}

// noisy is the device that sends more than its share.
const noisy = "noisy-device"

// eventsOf makes n events of a device.
func (c *eventFactory) eventsOf(device string, n int) []verdict.Posted {
	made := make([]verdict.Posted, 0, n)
	for i := range n {
		made = append(made, c.anonymous(fmt.Sprintf("%s-event-%03d", device, i+1), device))
	}
	return made
}

// onePerDevice makes one event for each of n devices.
func (c *eventFactory) onePerDevice(name string, n int) []verdict.Posted {
	made := make([]verdict.Posted, 0, n)
	for i := range n {
		device := fmt.Sprintf("%s-device-%03d", name, i+1)
		made = append(made, c.anonymous(device+"-event", device))
	}
	return made
}

// minimalOnePerDevice is a onePerDevice of minimal events.
func (c *eventFactory) minimalOnePerDevice(name string, n int) []verdict.Posted {
	made := make([]verdict.Posted, 0, n)
	for i := range n {
		device := fmt.Sprintf("%s-%04d", name, i+1)
		made = append(made, c.anonymousLike(c.minimal, device+"-event", device))
	}
	return made
}

func members(object json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	// Only objects of the fixtures come here, which their loader has decoded.
	_ = json.Unmarshal(object, &m)
	return m
}

func joined(m map[string]json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the bytes of the fixtures are kept
	_ = e.Encode(m)        // raw messages that came out of a decoder encode
	return bytes.TrimSpace(b.Bytes())
}

func quoted(s string) json.RawMessage { return fmt.Appendf(nil, "%q", s) }
