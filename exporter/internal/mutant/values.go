package mutant

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// values are defects of single values.
var values = []Mutant{
	{
		Name: "seconds", Defect: "sends the time in seconds", Like: "M24", Mapping: true,
		event: func(event, _ object) {
			event["time"] = json.RawMessage(strings.TrimSuffix(string(event["time"]), "000"))
		},
	},
	{
		Name: "local-time", Defect: "sends the time of another zone", Like: "M24", Mapping: true,
		event: func(event, _ object) {
			const twoHours = 2 * 60 * 60 * 1000
			if t, err := strconv.ParseInt(string(event["time"]), 10, 64); err == nil {
				event["time"] = encoded(t + twoHours)
			}
		},
	},
	{
		Name: "own-insert-id", Defect: "makes up an insert_id for every upload of an event", Like: "M10", Mapping: true,
		event: func() func(event, currents object) {
			var n atomic.Int64
			return func(event, _ object) { event["insert_id"] = encoded(fmt.Sprintf("made-up-%d", n.Add(1))) }
		}(),
	},
	{
		Name: "wrong-library", Defect: "names itself as the library", Mapping: true,
		event: func(event, _ object) { event["library"] = json.RawMessage(`"currents-exporter"`) },
	},
	{
		Name: "numbers-through-float64", Defect: "reads numbers as float64", Mapping: true,
		event: func(event, _ object) { event["event_properties"] = floats(event["event_properties"]) },
	},
	{
		Name: "nulls-sent", Defect: "sends absent properties as null", Mapping: true,
		event: func(event, currents object) {
			properties := member(event, "event_properties")
			for name, v := range member(currents, "properties") {
				if string(v) == "null" {
					properties[name] = v
				}
			}
			event["event_properties"] = encoded(properties)
		},
	},
	{
		Name: "ascii-only", Defect: "replaces characters beyond ASCII", Mapping: true,
		event: func(event, _ object) {
			for _, name := range []string{"event_type", "event_properties"} {
				event[name] = ascii(event[name])
			}
		},
	},
}

func floats(raw json.RawMessage) json.RawMessage {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return raw
	}
	return encoded(v)
}

func ascii(raw json.RawMessage) json.RawMessage {
	return json.RawMessage(strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, string(raw)))
}
