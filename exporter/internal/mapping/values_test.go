package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/fixtures"
)

// Ids are read by the rules that the simulator and the checker read them by.
func TestValues_ids(t *testing.T) {
	t.Parallel()
	values, err := fixtures.LoadValues()
	if err != nil {
		t.Fatal(err)
	}
	m := mapper(t)
	for _, v := range values.ID.Vectors {
		for shape, text := range map[string]string{
			"custom HTTP": fmt.Sprintf(`{"event_type":"users.behaviors.CustomEvent","id":"i","time":1,"user":{"external_user_id":%s,"device_id":%s},"properties":{"name":"n"}}`, v.JSON, v.JSON),
			"storage":     fmt.Sprintf(`{"event_type":"users.behaviors.CustomEvent","id":"i","time":1,"external_user_id":%s,"device_id":%s,"name":"n"}`, v.JSON, v.JSON),
		} {
			for r, err := range m.MapAll(currents.DecodeBody("post", []byte(text))) {
				checkIDs(t, shape+" "+v.JSON, r, err, v.ID)
			}
		}
		var id string
		if json.Unmarshal([]byte(v.JSON), &id) != nil {
			continue // a number: no string of Avro
		}
		c := carried{id: "i", user: id, device: id, name: "n", custom: "{}"}
		n := 0
		for r, err := range onepass.Avro(m, "x.avro", bytes.NewReader(c.avro())) {
			n++
			checkIDs(t, "avro "+v.JSON, r, err, v.ID)
		}
		if n != 1 {
			t.Errorf("avro %s: %d records", v.JSON, n)
		}
	}
}

func checkIDs(t *testing.T, what string, r mapping.Record, err error, want string) {
	t.Helper()
	if want == "" {
		if drop, ok := err.(*mapping.Drop); !ok || drop.Reason != mapping.Unaddressable { //nolint:errorlint // never wrapped
			t.Errorf("%s: %+v, %v; want no usable id", what, r, err)
		}
		return
	}
	var wire struct {
		UserID   string `json:"user_id"`
		DeviceID string `json:"device_id"`
	}
	if err != nil || json.Unmarshal(r.Wire, &wire) != nil {
		t.Errorf("%s: %v, %s", what, err, r.Wire)
		return
	}
	if r.UserID != want || r.DeviceID != want || wire.UserID != want || wire.DeviceID != want {
		t.Errorf("%s: ids %q and %q, sent as %s; want %q", what, r.UserID, r.DeviceID, r.Wire, want)
	}
}

// Custom properties are read by one rule in all shapes.
func TestValues_customProperties(t *testing.T) {
	t.Parallel()
	values, err := fixtures.LoadValues()
	if err != nil {
		t.Fatal(err)
	}
	m := mapper(t)
	for _, v := range values.CustomProperties.Vectors {
		var sent map[string]json.RawMessage
		if err := json.Unmarshal(v.Sent, &sent); err != nil {
			t.Fatal(err)
		}
		want := map[string]json.RawMessage{"app_id": json.RawMessage(`"app-1"`)}
		for name, value := range sent {
			want["[Custom event property] "+name] = value
		}
		faults := []string{}
		if v.Fault != "" {
			faults = []string{v.Fault}
		}
		text := canonical(t, map[string]any{"event_properties": want})
		c := carried{id: "i", user: "user-1", device: "device-1", name: "n", app: "app-1", custom: v.JSON}
		for shape, got := range c.outcomes(t, m) {
			if !strings.Contains(got, text) || !strings.Contains(got, fmt.Sprintf(" %q <nil>", faults)) {
				t.Errorf("%s of %s: %s; want %s and the faults %q", shape, v.JSON, got, text, faults)
			}
		}
	}
}

// canonical is the inside of an object as outcomes writes it.
func canonical(t *testing.T, object map[string]any) string {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return string(value[1 : len(value)-1])
}
