package mapping_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func mapper(tb testing.TB, events ...string) *mapping.Mapper {
	tb.Helper()
	m, err := mapping.New(mapping.Options{Events: events})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func fields(namesAndValues ...string) []currents.Field {
	var fs []currents.Field
	for pair := range slices.Chunk(namesAndValues, 2) {
		fs = append(fs, currents.Field{Name: pair[0], Value: []byte(pair[1])})
	}
	return fs
}

func TestWire(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ev   currents.Event
		want string
	}{
		{
			"both ids, listed fields only, in input order",
			currents.Event{
				Type: "users.messages.email.Open", ID: "e-1", Time: 1_700_000_000, ExternalUserID: "user-1", DeviceID: "device-1",
				Fields: fields("timezone", `"UTC"`, "user_agent", `"UA"`, "campaign_id", `"c"`, "made_up", `1`),
			},
			`{"event_type":"[Appboy] Email Open","user_id":"user-1","device_id":"device-1","time":1700000000000,"insert_id":"e-1",` +
				`"library":"Braze","event_properties":{"user_agent":"UA","campaign_id":"c"}}`,
		},
		{
			"nothing but the envelope",
			currents.Event{Type: "users.messages.email.Open", ID: "e-1", Time: 1, DeviceID: "device-1"},
			`{"event_type":"[Appboy] Email Open","device_id":"device-1","time":1000,"insert_id":"e-1","library":"Braze","event_properties":{}}`,
		},
		{
			"no place for a device id",
			currents.Event{Type: "users.canvas.exit.MatchedAudience", ID: "e-1", Time: 1, ExternalUserID: "user-1", DeviceID: "device-1"},
			`{"event_type":"[Appboy] Exit Match Audience","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze","event_properties":{}}`,
		},
		{
			"Braze's own id where the type publishes it",
			currents.Event{
				Type: "users.messages.landingpage.Click", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				BrazeUserID: []byte(`"braze-1"`), Fields: fields("target", `"shop"`),
			},
			`{"event_type":"[Appboy] Landing Page Click","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"target":"shop","braze_user_id":"braze-1"}}`,
		},
		{
			"Braze's own id where the type does not",
			currents.Event{
				Type: "users.messages.banner.Click", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				BrazeUserID: []byte(`"braze-1"`), Fields: fields("user_id", `"braze-1"`, "braze_user_id", `"braze-1"`, "button_id", `"b"`),
			},
			`{"event_type":"[Appboy] Banner Click","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze","event_properties":{"button_id":"b"}}`,
		},
		{
			"the step variation under the name of storage files, and the one of Custom HTTP after it",
			currents.Event{
				Type: "users.messages.banner.Click", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				Fields: fields("canvas_step_message_variation_id", `"v1"`, "canvas_step_message_variation_api_id", `"v2"`),
			},
			`{"event_type":"[Appboy] Banner Click","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"canvas_step_message_variation_api_id":"v1"}}`,
		},
		{
			"the step variation under the name of Custom HTTP",
			currents.Event{
				Type: "users.messages.survey.Response", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				Fields: fields("canvas_step_message_variation_api_id", `"v2"`),
			},
			`{"event_type":"[Appboy] Survey Response","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"canvas_step_message_variation_api_id":"v2"}}`,
		},
		{
			"custom event",
			currents.Event{
				Type: "users.behaviors.CustomEvent", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				Fields: fields("name", `"a \"b\" ü\n"`, "app_id", `"x"`, "ad_id", `"AD"`, "ad_id_type", `"ios_idfa"`),
				Custom: []byte(`{"a b":9007199254740993,"c":{"d":null,"e":[1.10]},"n":null,"app_id":false}`),
			},
			`{"event_type":"[Appboy] [Custom Event] a \"b\" ü\n","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"app_id":"x","ad_id":"AD","ad_id_type":"ios_idfa","[Custom event property] a b":9007199254740993,` +
				`"[Custom event property] c":{"d":null,"e":[1.10]},"[Custom event property] app_id":false},"idfa":"AD"}`,
		},
		{
			"purchase",
			currents.Event{
				Type: "users.behaviors.Purchase", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				Fields: fields("product_id", `"sku"`, "price", `19.99`, "currency", `"EUR"`, "ad_id_type", `"google_ad_id"`, "ad_id", `"AD"`),
				Custom: []byte(`{"size":"M"}`),
			},
			`{"event_type":"[Appboy] Purchase","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"currency":"EUR","ad_id_type":"google_ad_id","ad_id":"AD","[Purchase property] size":"M"},` +
				`"productId":"sku","price":19.99,"adid":"AD"}`,
		},
		{
			"ad id of another type, and an empty one",
			currents.Event{
				Type: "users.behaviors.Location", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				Fields: fields("ad_id", `""`, "ad_id_type", `"ios_idfa"`, "latitude", `1e-7`),
			},
			`{"event_type":"[Appboy] Location","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"ad_id":"","ad_id_type":"ios_idfa","latitude":1e-7}}`,
		},
		{
			"content card, and a field that came twice",
			currents.Event{
				Type: "users.messages.contentcard.Click", ID: "e-1", Time: 1, ExternalUserID: "user-1",
				Fields: fields("content_card_id", `"1"`, "card_id", `"2"`, "content_card_id", `"3"`),
			},
			`{"event_type":"[Appboy] Content Card Click","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze",` +
				`"event_properties":{"card_id":"1"}}`,
		},
		{
			"custom properties of a type that has none",
			currents.Event{Type: "users.messages.email.Open", ID: "e-1", Time: 1, ExternalUserID: "user-1", Custom: []byte(`{"a":1}`)},
			`{"event_type":"[Appboy] Email Open","user_id":"user-1","time":1000,"insert_id":"e-1","library":"Braze","event_properties":{}}`,
		},
	}
	m := mapper(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := m.Map(tt.ev)
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Wire) != tt.want {
				t.Errorf("wire\n%s, want\n%s", r.Wire, tt.want)
			}
			if r.InsertID != tt.ev.ID || r.Type != tt.ev.Type || r.Time != tt.ev.Time*1000 || r.Faults != nil {
				t.Errorf("record %+v", r)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	tests := []struct{ user, device, wantUser, wantDevice string }{
		{"u1", "d1", "u1", "d1"},
		{"u1", "", "u1", ""},
		{"", "d1", "", "d1"},
		{"Anonymous", "d1", "", "d1"},
		{"u1", "00000000-0000-0000-0000-000000000000", "u1", ""},
		{"UNDEFINED", "d1", "", "d1"},
		{"undefined-1", "d1", "undefined-1", "d1"},
		{"{}", "lmy47d", "", ""},
		{"n/a", "-1", "", ""},
		{"nil", "none", "", ""},
		{"null", "na", "", ""},
		{"unknown", "0", "", ""},
		{"", "", "", ""},
		{" ", "00000000-0000-0000-0000-000000000001", "", "00000000-0000-0000-0000-000000000001"},
		{" u1 ", "d1  ", "u1", "d1"},
		{"u 1", " Unknown ", "u 1", ""},
		{"  ", " ", "", ""},
	}
	m := mapper(t)
	for _, tt := range tests {
		r, err := m.Map(currents.Event{Type: "users.messages.email.Open", ID: "e-1", Time: 1, ExternalUserID: tt.user, DeviceID: tt.device})
		if r.UserID != tt.wantUser || r.DeviceID != tt.wantDevice {
			t.Errorf("(%q, %q) is sent as (%q, %q), want (%q, %q)", tt.user, tt.device, r.UserID, r.DeviceID, tt.wantUser, tt.wantDevice)
		}
		drop, dropped := errors.AsType[*mapping.Drop](err)
		if want := tt.wantUser == "" && tt.wantDevice == ""; dropped != want || dropped && drop.Reason != "unaddressable" {
			t.Errorf("(%q, %q): %v", tt.user, tt.device, err)
		}
	}
}

func TestDrops(t *testing.T) {
	t.Parallel()
	big := `"` + strings.Repeat("x", 900<<10) + `"`
	tests := []struct {
		ev   currents.Event
		want string
	}{
		{currents.Event{Type: "users.messages.email.Click"}, "not_selected"},
		{currents.Event{Type: "users.RandomBucketNumberUpdate"}, "not_exported"},
		{currents.Event{Type: "users.messages.email.open"}, "unknown_type"},
		{currents.Event{Type: ""}, "unknown_type"},
		{currents.Event{Type: "users.behaviors.CustomEvent"}, "malformed"},
		{currents.Event{Type: "users.behaviors.CustomEvent", Fields: fields("name", `""`)}, "malformed"},
		{currents.Event{Type: "users.behaviors.CustomEvent", Fields: fields("name", `7`)}, "malformed"},
		{currents.Event{Type: "users.messages.email.Open", Fields: fields("app_group_id", big)}, "too_large"},
		{currents.Event{Type: "users.messages.email.Open", Fields: fields("made_up", big)}, ""},
	}
	m := mapper(t, "users.messages.email.open", "users.behaviors.CustomEvent")
	for _, tt := range tests {
		tt.ev.ID, tt.ev.Time, tt.ev.ExternalUserID = "e-1", 1, "secret"
		_, err := m.Map(tt.ev)
		got := ""
		if drop, ok := errors.AsType[*mapping.Drop](err); ok {
			got = drop.Reason
		}
		if got != tt.want {
			t.Errorf("%s: dropped as %q, want %q", tt.ev.Type, got, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error holds an id: %v", tt.ev.Type, err)
		}
	}
}

func TestFaultIsReportedAndEventSent(t *testing.T) {
	t.Parallel()
	r, err := mapper(t).Map(currents.Event{
		Type: "users.behaviors.Purchase", ID: "e-1", Time: 1, ExternalUserID: "u1", CustomFault: true,
		Fields: fields("product_id", `"sku"`, "price", "1"),
	})
	if err != nil || !slices.Equal(r.Faults, []string{"malformed_custom_properties"}) || len(r.Wire) == 0 {
		t.Errorf("= %+v, %v", r, err)
	}
}
