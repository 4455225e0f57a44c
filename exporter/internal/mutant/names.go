package mutant

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/exporter"
)

const (
	customProperty   = "[Custom event property] "
	purchaseProperty = "[Purchase property] "
)

// names are defects of the names of events and properties.
var names = []Mutant{
	{
		Name: "wrong-event-prefix", Defect: "names events [Braze] instead of [Appboy]", Mapping: true,
		event: func(event, _ object) {
			event["event_type"] = json.RawMessage(strings.Replace(string(event["event_type"]), "[Appboy]", "[Braze]", 1))
		},
	},
	{
		Name: "no-custom-event-prefix", Defect: "names custom events without [Custom Event]", Mapping: true,
		event: func(event, _ object) {
			event["event_type"] = json.RawMessage(strings.Replace(string(event["event_type"]), "[Custom Event] ", "", 1))
		},
	},
	{
		Name: "one-spelling-only", Defect: "does not know users_campaigns_abort and users_canvas_abort", Mapping: true,
		post: rewriting(func(_ *harness, event object) object {
			if strings.HasPrefix(text(event, "event_type"), "users_") {
				return nil
			}
			return event
		}),
	},
	{
		Name: "type-not-supported", Defect: "does not know the event type users.messages.sms.Send", Mapping: true,
		post: rewriting(func(_ *harness, event object) object {
			if text(event, "event_type") == "users.messages.sms.Send" {
				return nil
			}
			return event
		}),
	},
	{Name: "custom-property-unprefixed", Defect: "sends custom event properties without their prefix", Mapping: true, event: unprefixing(customProperty)},
	{Name: "purchase-property-unprefixed", Defect: "sends purchase properties without their prefix", Mapping: true, event: unprefixing(purchaseProperty)},
	{
		Name: "nested-keys-prefixed", Defect: "prefixes the keys of nested objects as well", Mapping: true,
		event: func(event, _ object) {
			properties := member(event, "event_properties")
			for name := range properties {
				if !strings.HasPrefix(name, customProperty) && !strings.HasPrefix(name, purchaseProperty) {
					continue
				}
				if inner := member(properties, name); len(inner) > 0 {
					prefixed := object{}
					for k, v := range inner {
						prefixed[customProperty+k] = v
					}
					properties[name] = encoded(prefixed)
				}
			}
			event["event_properties"] = encoded(properties)
		},
	},
	{
		Name: "broken-properties-cost-the-event", Defect: "drops an event whose custom properties cannot be read", Mapping: true,
		post: rewriting(func(_ *harness, event object) object {
			properties := member(event, "properties")
			for _, name := range []string{"custom_properties", "purchase_properties"} {
				if raw := properties[name]; len(raw) > 0 && raw[0] != '{' && string(raw) != "null" {
					return nil
				}
			}
			return event
		}),
	},
}

// unprefixing takes a prefix off the properties. In order, so that a custom
// property wins over Braze's own of that name.
func unprefixing(prefix string) func(event, currents object) {
	return func(event, _ object) {
		renamed := object{}
		properties := member(event, "event_properties")
		for _, name := range slices.Backward(slices.Sorted(maps.Keys(properties))) {
			renamed[strings.TrimPrefix(name, prefix)] = properties[name]
		}
		event["event_properties"] = encoded(renamed)
	}
}

// lacking makes a mutant of each event type that lacks its first property, or has
// one too many where there is none.
func lacking() []Mutant {
	var all []Mutant
	for _, name := range exporter.Types() {
		all = append(all, Mutant{
			Name: "property-missing:" + name, Defect: "loses a property of " + name, Mapping: true,
			event: func(event, currents object) {
				if text(currents, "event_type") != name {
					return
				}
				properties := member(event, "event_properties")
				own := slices.DeleteFunc(slices.Sorted(maps.Keys(properties)), func(p string) bool { return strings.HasPrefix(p, "[") })
				if len(own) == 0 {
					properties["surplus"] = json.RawMessage("true")
				} else {
					delete(properties, own[0])
				}
				event["event_properties"] = encoded(properties)
			},
		})
	}
	return all
}

// identity are defects of user and device ids.
var identity = []Mutant{
	{
		Name: "braze-user-id-sent", Defect: "sends Braze's user id in place of the external one", Mapping: true,
		event: func(event, currents object) {
			if id := member(currents, "user")["user_id"]; event["user_id"] != nil && id != nil && string(id) != "null" {
				event["user_id"] = id
			}
		},
	},
	{
		Name: "braze-user-id-among-properties", Defect: "sends Braze's user id as a property of every type", Mapping: true,
		event: func(event, currents object) {
			properties := member(event, "event_properties")
			properties["braze_user_id"] = member(currents, "user")["user_id"]
			event["event_properties"] = encoded(properties)
		},
	},
	{
		Name: "device-as-user", Defect: "sends the device id of an anonymous event as user id too", Mapping: true,
		event: func(event, _ object) {
			if event["user_id"] == nil {
				event["user_id"] = event["device_id"]
			}
		},
	},
	{
		Name: "empty-id-sent", Defect: "sends an id that is empty", Mapping: true,
		event: func(event, currents object) {
			user := member(currents, "user")
			for in, out := range map[string]string{"external_user_id": "user_id", "device_id": "device_id"} {
				if string(user[in]) == `""` {
					event[out] = user[in]
				}
			}
		},
	},
	{
		Name: "no-device-beside-user", Defect: "leaves the device id out of an event that has a user id", Mapping: true,
		event: func(event, _ object) {
			if event["user_id"] != nil {
				delete(event, "device_id")
			}
		},
	},
	{
		Name: "device-always-sent", Defect: "sends a device id for event types that have none", Mapping: true,
		event: func(event, currents object) {
			if id := text(member(currents, "user"), "device_id"); event["device_id"] == nil && len(id) > len("undefined") {
				event["device_id"] = encoded(id)
			}
		},
	},
	{
		Name: "invalid-id-sent", Defect: "sends ids that Amplitude never accepts", Mapping: true,
		event: func(event, currents object) {
			user := member(currents, "user")
			for in, out := range map[string]string{"external_user_id": "user_id", "device_id": "device_id"} {
				if id := text(user, in); id != "" && event[out] == nil && (in == "external_user_id" || id == "unknown") {
					event[out] = user[in]
				}
			}
		},
	},
	{
		Name: "short-ids-refused", Defect: "does not send options.min_id_length", Mapping: true,
		config: func(c *exporter.Config) { c.MinIDLength = -1 },
	},
}

// drops are defects in what is not sent.
var drops = []Mutant{
	{
		Name: "unaddressable-sent", Defect: "makes up a user for events that have no id", Mapping: true,
		post: rewriting(func(_ *harness, event object) object {
			user := member(event, "user")
			if user["external_user_id"] == nil && user["device_id"] == nil {
				user["external_user_id"] = json.RawMessage(`"made-up-user"`)
				event["user"] = encoded(user)
			}
			return event
		}),
	},
	{
		Name: "unaddressable-costs-the-post", Defect: "loses a whole post for one event without ids",
		post: losing(func(p posted) bool {
			return slices.ContainsFunc(p.events, func(raw json.RawMessage) bool {
				user := member(decoded(raw), "user")
				return len(user) > 0 && text(user, "external_user_id") == "" && text(user, "device_id") == ""
			})
		}),
	},
	{
		Name: "bucket-update-sent", Defect: "sends users.RandomBucketNumberUpdate", Mapping: true,
		post: rewriting(func(_ *harness, event object) object {
			if text(event, "event_type") == "users.RandomBucketNumberUpdate" {
				event["event_type"] = json.RawMessage(`"users.behaviors.app.SessionStart"`)
			}
			return event
		}),
	},
	{
		Name: "unknown-type-sent", Defect: "sends events of types nobody knows",
		post: rewriting(func(_ *harness, event object) object {
			if name := text(event, "event_type"); strings.Contains(name, "Never") {
				event["event_type"] = json.RawMessage(`"users.behaviors.app.SessionStart"`)
			}
			return event
		}),
	},
	{
		Name: "too-large-sent", Defect: "sends events that are larger than Braze exports",
		post: rewriting(func(g *harness, event object) object {
			properties := member(event, "properties")
			const large = 900 << 10
			if raw := properties["custom_properties"]; len(raw) > large {
				g.mu.Lock()
				g.currents["large:"+text(event, "id")] = raw
				g.mu.Unlock()
				properties["custom_properties"] = json.RawMessage(`{}`)
				event["properties"] = encoded(properties)
			}
			return event
		}),
		upload: func(g *harness, next sender) sender {
			return g.changeEvents(func(event, _ object) {
				g.mu.Lock()
				raw := g.currents["large:"+text(event, "insert_id")]
				g.mu.Unlock()
				if raw == nil {
					return
				}
				properties := member(event, "event_properties")
				for k, v := range decoded(raw) {
					properties[customProperty+k] = v
				}
				event["event_properties"] = encoded(properties)
			}, next)
		},
	},
}
