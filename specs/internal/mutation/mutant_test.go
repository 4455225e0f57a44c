package mutation

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// object is a JSON object whose values keep their spelling.
type object = map[string]json.RawMessage

// mutant is one defect, and the requirements that must fail for it: these and no
// others. Each is our exporter behind proxies that spoil what goes in or comes out.
type mutant struct {
	name  string
	fails []string
	// currents spoils an event on its way to the exporter, amplitude one on its
	// way to the simulator. Nil: nothing is spoiled there.
	currents  func(event object)
	amplitude func(event object, users *brazeUsers)
	// upload makes an upload and returns what the exporter gets to see of the
	// answer. Nil: one upload, its answer.
	upload func(send func() answer) answer
	// prints is what the exporter prints besides, given the answer.
	prints func(answer) []byte
}

// answer is an answer of the simulator.
type answer struct {
	status int
	body   []byte
}

// again makes the same upload n more times for as long as it is answered with the
// status, without a pause.
func again(status, n int) func(func() answer) answer {
	return func(send func() answer) answer {
		a := send()
		for range n {
			if a.status != status {
				break
			}
			a = send()
		}
		return a
	}
}

// brazeUsers remembers which user, by Braze's id, an event came from.
type brazeUsers struct {
	mu    sync.Mutex // guards byEvent
	users map[string]json.RawMessage
}

func (b *brazeUsers) note(event object) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.users[string(event["id"])] = nested(event, "user")["user_id"]
}

func (b *brazeUsers) of(event object) json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.users[string(event["insert_id"])]
}

var mutants = []mutant{
	{
		// Nothing is spoiled: what fails elsewhere is not the proxies' doing.
		name: "healthy",
	},
	{
		// The type rows pass: they judge the title, and that is right.
		name: "wrong-event-prefix", fails: []string{"MAP-001", "MAP-002"},
		amplitude: func(event object, _ *brazeUsers) {
			event["event_type"] = json.RawMessage(strings.Replace(string(event["event_type"]), "[Appboy]", "[Braze]", 1))
		},
	},
	{
		name: "no-custom-event-prefix", fails: []string{"MAP-002"},
		amplitude: func(event object, _ *brazeUsers) {
			event["event_type"] = json.RawMessage(strings.Replace(string(event["event_type"]), "[Custom Event] ", "", 1))
		},
	},
	{
		// The two type rows fail because an unprefixed custom property overwrites
		// Braze's own of that name, which the nested fixtures provoke.
		name: "no-property-prefix", fails: []string{
			"PROP-001", "PROP-002", "TYPE-users.behaviors.CustomEvent", "TYPE-users.behaviors.Purchase",
		},
		amplitude: func(event object, _ *brazeUsers) {
			renamed := object{}
			properties := nested(event, "event_properties")
			// In order, so that a custom property wins over Braze's own.
			for _, name := range slices.Backward(slices.Sorted(maps.Keys(properties))) {
				bare := strings.TrimPrefix(strings.TrimPrefix(name, "[Custom event property] "), "[Purchase property] ")
				renamed[bare] = properties[name]
			}
			event["event_properties"] = encoded(renamed)
		},
	},
	{
		name: "braze-user-id-sent", fails: []string{"ID-001", "ID-002"},
		amplitude: func(event object, users *brazeUsers) {
			// Some fixtures have no user of Braze either.
			if id := users.of(event); event["user_id"] != nil && id != nil && string(id) != "null" {
				event["user_id"] = id
			}
		},
	},
	{
		name: "seconds-not-milliseconds", fails: []string{"VAL-001"},
		amplitude: func(event object, _ *brazeUsers) {
			event["time"] = json.RawMessage(strings.TrimSuffix(string(event["time"]), "000"))
		},
	},
	{
		name: "unaddressable-event-sent", fails: []string{"DROP-001"},
		currents: func(event object) {
			user := nested(event, "user")
			if user["external_user_id"] == nil && user["device_id"] == nil {
				user["external_user_id"] = json.RawMessage(`"made-up-user"`)
				event["user"] = encoded(user)
			}
		},
	},
	{
		name: "one-property-missing", fails: []string{"TYPE-users.messages.email.Open"},
		amplitude: func(event object, _ *brazeUsers) {
			if string(event["event_type"]) == `"[Appboy] Email Open"` {
				properties := nested(event, "event_properties")
				delete(properties, "campaign_name")
				event["event_properties"] = encoded(properties)
			}
		},
	},
	{
		name: "throttled-counts-as-sent",
		fails: []string{
			"RATE-005", "RATE-006", "RATE-007", "QUOTA-001", "QUOTA-002", "QUOTA-004",
		},
		upload: func(send func() answer) answer {
			a := send()
			if a.status == http.StatusTooManyRequests {
				a = answer{http.StatusOK, []byte(`{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1}`)}
			}
			return a
		},
	},
	{
		name: "no-pause", fails: []string{"RATE-004", "QUOTA-003"},
		upload: again(http.StatusTooManyRequests, 5),
	},
	{
		name: "storm-on-refused-key", fails: []string{"KEY-002"},
		upload: again(http.StatusBadRequest, 30),
	},
	{
		name: "prints-the-refusal", fails: []string{"KEY-004"},
		prints: func(a answer) []byte {
			if a.status == http.StatusOK {
				return nil
			}
			return a.body
		},
	},
}

func nested(event object, name string) object {
	o := object{}
	_ = json.Unmarshal(event[name], &o) // absent, or an object
	return o
}

func encoded(o object) json.RawMessage {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // raw messages that came out of a decoder encode
	}
	return text
}
