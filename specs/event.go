package specs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// plainType is the event type of made-up traffic. It has both ids and nothing
// special, and every exporter must support it.
const plainType = "users.behaviors.app.SessionStart"

// corpus makes posted events of the fixtures.
type corpus struct {
	set   *fixtures.Set
	plain fixtures.Case
	// lean is a plain event with the fewest properties, for traffic of thousands: a
	// report holds each of them several times.
	lean fixtures.Case
}

func loadCorpus() (*corpus, error) {
	set, err := fixtures.Load()
	if err != nil {
		return nil, fmt.Errorf("load fixtures: %w", err)
	}
	c := corpus{set: set}
	for name, made := range map[string]*fixtures.Case{"identified": &c.plain, "required-only": &c.lean} {
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
func (c *corpus) all() (sent, optional, dropped []verdict.Posted) {
	for _, t := range c.set.Types {
		s, d := c.of(t.Name)
		dropped = append(dropped, d...)
		if t.Mission {
			sent = append(sent, s...)
		} else {
			optional = append(optional, s...)
		}
	}
	return sent, optional, dropped
}

// of returns the cases of a type that are sent, and those that are dropped.
func (c *corpus) of(eventType string) (sent, dropped []verdict.Posted) {
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

func (c *corpus) posted(f fixtures.Case) verdict.Posted {
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
		Device: in.DeviceID, User: in.ExternalUserID, BrazeUser: in.UserID, Currents: f.CustomHTTP(),
		Want: f.Expect.Amplitude, Dropped: f.Expect.Dropped, Faulty: len(f.Expect.Faults) > 0,
		Optional: !t.Mission,
	}
}

// anonymous makes an event of a device without a user, so that only the limits of
// the device apply to it.
func (c *corpus) anonymous(id, device string) verdict.Posted {
	return c.anonymousLike(c.plain, id, device)
}

func (c *corpus) anonymousLike(made fixtures.Case, id, device string) verdict.Posted {
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
func (c *corpus) identified(id, device, user string) verdict.Posted {
	input := members(c.plain.Input)
	input["id"], input["device_id"], input["external_user_id"] = quoted(id), quoted(device), quoted(user)
	want := members(c.plain.Expect.Amplitude)
	want["insert_id"], want["device_id"], want["user_id"] = quoted(id), quoted(device), quoted(user)
	made := c.plain
	made.Input, made.Expect.Amplitude, made.Name = joined(input), joined(want), id
	return c.posted(made)
}

// large makes a custom event of about that many bytes, in strings of a length that
// Amplitude stores.
func (c *corpus) large(id, device string, size int) verdict.Posted {
	const stored = 1000
	pages := slices.Repeat([]string{strings.Repeat("x", stored)}, size/stored)
	text, err := json.Marshal(pages)
	if err != nil {
		panic(err) // strings encode
	}
	p := c.anonymous(id, device)
	p.EventType, p.Name = customEvent, id
	p.Currents = fmt.Appendf(nil, `{"event_type":%q,"id":%q,"time":1767229993,"user":{"user_id":"braze-user-of-%s","device_id":%q},`+
		`"properties":{"name":"long_story","custom_properties":{"pages":%s}}}`, customEvent, id, id, device, text)
	p.Want = fmt.Appendf(nil, `{"event_type":"[Appboy] [Custom Event] long_story","insert_id":%q,"time":1767229993000,"device_id":%q,`+
		`"library":"Braze","event_properties":{"[Custom event property] pages":%s}}`, id, device, text)
	p.BrazeUser = "braze-user-of-" + id
	return p
}

// doomed marks an event as one that the service never takes.
func doomed(p verdict.Posted) verdict.Posted {
	p.Want, p.Dropped, p.Poison = nil, "never taken by the service", true
	return p
}

// noisy is the device that sends more than its share.
const noisy = "noisy-device"

// burst makes n events of the noisy device.
func (c *corpus) burst(n int) []verdict.Posted {
	made := make([]verdict.Posted, 0, n)
	for i := range n {
		made = append(made, c.anonymous(fmt.Sprintf("%s-event-%03d", noisy, i+1), noisy))
	}
	return made
}

// crowd makes one event for each of n devices.
func (c *corpus) crowd(name string, n int) []verdict.Posted {
	made := make([]verdict.Posted, 0, n)
	for i := range n {
		device := fmt.Sprintf("%s-device-%03d", name, i+1)
		made = append(made, c.anonymous(device+"-event", device))
	}
	return made
}

// throng is a crowd of lean events.
func (c *corpus) throng(name string, n int) []verdict.Posted {
	made := make([]verdict.Posted, 0, n)
	for i := range n {
		device := fmt.Sprintf("%s-%04d", name, i+1)
		made = append(made, c.anonymousLike(c.lean, device+"-event", device))
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
