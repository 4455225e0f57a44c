package currents_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

func TestFields(t *testing.T) {
	t.Parallel()
	const custom, open = "users.behaviors.CustomEvent", "users.messages.email.Open"
	tests := []struct {
		name, input string
		want        currents.Event
	}{
		{
			name: "flat",
			input: `{"event_type":"users.messages.email.Open","id":"a","time":1700000000,"user_id":"braze","external_user_id":"u",
				"device_id":"d","app_id":"x","no":null,"n":9007199254740993,"f":19.990,"big":1e400,"zero":-0,"list":[1,
				2]}`,
			want: currents.Event{
				Type: open, ID: "a", Time: 1_700_000_000, ExternalUserID: "u", DeviceID: "d", BrazeUserID: []byte(`"braze"`),
				Fields: fields("app_id", `"x"`, "n", "9007199254740993", "f", "19.990", "big", "1e400", "zero", "-0", "list", "[1,2]"),
			},
		},
		{
			name: "avro wrappers",
			input: `{"id":"a","time":{"int":1},"external_user_id":{"string":"u"},"device_id":null,"b":{"boolean":true},
				"list":{"array":["x"]},"other":{"string":"x","y":1},"odd":{"string" : "x" }}`,
			want: currents.Event{
				Type: "hint", ID: "a", Time: 1, ExternalUserID: "u",
				Fields: fields("b", "true", "list", `["x"]`, "other", `{"string":"x","y":1}`, "odd", `"x"`),
			},
		},
		{
			name: "custom http",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,
				"user":{"user_id":"braze","external_user_id":"u","device_id":"d","timezone":"UTC"},
				"properties":{"name":"N","custom_properties":{"string":"kept"},"app_id":"x","time":2,"no":null}}`,
			want: currents.Event{
				Type: custom, ID: "a", Time: 1, ExternalUserID: "u", DeviceID: "d", BrazeUserID: []byte(`"braze"`),
				Fields: fields("timezone", `"UTC"`, "name", `"N"`, "app_id", `"x"`, "time", "2"),
				Custom: []byte(`{"string":"kept"}`),
			},
		},
		{
			name:  "custom properties as text",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"properties":" {\"a\":{\"b\":1e2}}\n"}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1, Custom: []byte(`{"a":{"b":1e2}}`)},
		},
		{
			name:  "custom properties as wrapped text",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"properties":{"string":"{\"a\":1}"}}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1, Custom: []byte(`{"a":1}`)},
		},
		{
			name:  "custom properties in place in a flat record",
			input: `{"event_type":"users.behaviors.CustomEvent","properties":{ "a" : [1, 2] },"id":"a","time":1,"name":"N"}`,
			want: currents.Event{
				Type: custom, ID: "a", Time: 1, Fields: fields("name", `"N"`), Custom: []byte(`{ "a" : [1, 2] }`),
			},
		},
		{
			name:  "custom properties null",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"properties":null}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1},
		},
		{
			name:  "custom properties empty text",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"properties":""}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1, CustomFault: true},
		},
		{
			name:  "custom properties not an object",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"user":{},"properties":{"custom_properties":[1]}}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1, CustomFault: true},
		},
		{
			name:  "custom properties with a name twice",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"properties":"{\"a\":1,\"a\":2}"}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1, Custom: []byte(`{"a":2}`)},
		},
		{
			name:  "custom properties not UTF-8",
			input: `{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"properties":"{\"a\":\"\\ud800\"}"}`,
			want:  currents.Event{Type: custom, ID: "a", Time: 1, Custom: []byte("{\"a\":\"\ufffd\"}"), Replaced: currents.ReplacedCustom},
		},
		{
			name:  "properties of another type is a field",
			input: `{"id":"a","time":1,"properties":"x"}`,
			want:  currents.Event{Type: "hint", ID: "a", Time: 1, Fields: fields("properties", `"x"`)},
		},
		{
			name:  "alias",
			input: `{"event_type":"users_campaigns_abort","id":"\u0061","time":1.7e9}`,
			want:  currents.Event{Type: "users.campaigns.Abort", ID: "a", Time: 1_700_000_000},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for got, err := range currents.ReadJSON("in", strings.NewReader(tt.input), "hint") {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("event differs (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func fields(namesAndValues ...string) []currents.Field {
	var fs []currents.Field
	for pair := range slices.Chunk(namesAndValues, 2) {
		fs = append(fs, currents.Field{Name: pair[0], Value: []byte(pair[1])})
	}
	return fs
}
