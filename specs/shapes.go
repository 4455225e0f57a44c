package specs

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/feed"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// shapeSpecs are about text that parsers disagree about. The same events come by posts and
// by each input that is claimed, and must have one outcome.
var shapeSpecs = []spec{
	{"IN-007", byAllInputs("odd text", "Custom events are given with half of a surrogate pair, or with bytes that are not UTF-8: in a custom property, "+
		"in a member that is mapped and in one that is not.", oddText), mapping(all, func(d verdict.Difference) bool {
		return verdict.CustomValue(d) || verdict.Text(d)
	})},
	{"IN-008", byAllInputs("member twice", "Custom events are given that have one member twice: a custom property, one nested in it, and the time of the event.", membersTwice), mapping(all, firstCounted)},
}

func all(verdict.Posted) bool { return true }

// byAllInputs gives cases by posts and by all inputs that end.
func byAllInputs(name, about string, cases func(*eventFactory) []fixtures.Case) *scenario {
	return withInputs(name, about, func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		var events []verdict.Posted
		for _, c := range cases(r.events) {
			p := r.events.posted(c)
			if strings.HasPrefix(string(c.Input), earlierTime) {
				p.Currents = json.RawMessage(earlierTime + string(p.Currents[1:]))
			}
			events = append(events, p)
		}
		return r.deliver(ctx, events, r.events.onePerDevice("even", 2))
	}, func(ctx context.Context, r *run) error { return r.readCases(ctx, cases(r.events)) })
}

// oddText are events with text that cannot be read as it is: half of a surrogate pair, in
// a property, in a member of the type and in one of neither, and bytes that are not UTF-8.
// Each is sent with U+FFFD in the place of what is broken.
func oddText(c *eventFactory) []fixtures.Case {
	const half, replaced = `"half \ud83d of an emoji"`, `"half \ufffd of an emoji"`
	custom := c.custom("half-in-a-property", "half-in-a-property-device", `{"odd":`+half+`}`, `{"odd":`+replaced+`}`)
	model := c.custom("half-in-a-member", "half-in-a-member-device", `{"odd":true}`, `{"odd":true}`)
	model = withMember(model, "device_model", half, replaced)
	unmapped := c.custom("half-in-an-unknown-member", "half-in-an-unknown-member-device", `{"odd":true}`, `{"odd":true}`)
	unmapped = withMember(unmapped, "not_of_the_table", half, "")
	bytes := c.custom("bytes-in-a-property", "bytes-in-a-property-device", `{"odd":"caf`+feed.BadByte+` au lait"}`, `{"odd":"caf\ufffd au lait"}`)
	carried := c.custom("bytes-in-an-unknown-member", "bytes-in-an-unknown-member-device", `{"odd":true}`, `{"odd":true}`)
	carried = withMember(carried, "not_of_the_table", `"caf`+feed.BadByte+`"`, "")
	return []fixtures.Case{custom, model, unmapped, bytes, carried}
}

// earlierTime begins an event with a time that a second one replaces.
const earlierTime = `{"time":1,`

// membersTwice are events with two members of one name: among the custom properties, and
// of the event itself.
func membersTwice(c *eventFactory) []fixtures.Case {
	property := c.custom("property-twice", "property-twice-device", `{"odd":"first","other":true,"odd":"last"}`, `{"odd":"last","other":true}`)
	nested := c.custom("nested-twice", "nested-twice-device", `{"odd":{"deep":"first","deep":"last"}}`, `{"odd":{"deep":"last"}}`)
	event := c.custom("time-twice", "time-twice-device", `{"odd":true}`, `{"odd":true}`)
	event.Input = json.RawMessage(earlierTime + string(event.Input[1:]))
	return []fixtures.Case{property, nested, event}
}

// firstCounted concerns a time that a later one replaces, and custom properties that are
// missing or of another value.
func firstCounted(d verdict.Difference) bool {
	early := d.Path[0] == "time" && (d.Got == "1" || d.Got == "1000")
	return early || verdict.CustomValue(d) || verdict.CustomKey("[Custom event property] ")(d) && d.Got == ""
}

// custom makes a case of an anonymous custom event with those custom properties, as JSON
// text, and those that are to arrive.
func (c *eventFactory) custom(id, device, properties, arriving string) fixtures.Case {
	const prefix = "[Custom event property] "
	made, ok := c.set.Case(customEvent, "anonymous")
	if !ok {
		panic("the fixtures have no anonymous custom event")
	}
	text, err := json.Marshal(properties)
	if err != nil {
		panic(err) // a string encodes
	}
	input := members(made.Input)
	input["id"], input["device_id"], input["properties"] = quoted(id), quoted(device), text
	want := members(made.Expect.Amplitude)
	want["insert_id"], want["device_id"] = quoted(id), quoted(device)
	sent := members(want["event_properties"])
	maps.DeleteFunc(sent, func(name string, _ json.RawMessage) bool { return strings.HasPrefix(name, prefix) })
	for name, value := range members(json.RawMessage(arriving)) {
		sent[prefix+name] = value
	}
	want["event_properties"] = joined(sent)
	made.Name, made.Input, made.Expect.Amplitude = id, joined(input), joined(want)
	return made
}

// withMember gives a case a member, as JSON text, and the property it becomes, if any.
func withMember(made fixtures.Case, name, value, arriving string) fixtures.Case {
	input := members(made.Input)
	input[name] = json.RawMessage(value)
	made.Input = joined(input)
	if arriving != "" {
		want := members(made.Expect.Amplitude)
		sent := members(want["event_properties"])
		sent[name] = json.RawMessage(arriving)
		want["event_properties"] = joined(sent)
		made.Expect.Amplitude = joined(want)
	}
	return made
}
