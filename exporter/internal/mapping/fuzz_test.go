package mapping_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// FuzzMap maps any event a reader could yield: the wire bytes are one strict
// JSON object on one line that carries the ids as they are.
func FuzzMap(f *testing.F) {
	f.Add(0, "id", "user", "device", "app_id", []byte(`"x"`), []byte(`{"a":{"b":1}}`))
	f.Add(3, "id\x00", "null", "Unknown", "name", []byte(`"\ud83d\ude00"`), []byte(`{}`))
	f.Add(4, "\xff", "", "d", "price", []byte(`1e400`), []byte(`[]`))
	f.Add(30, "id", "u", "d", "content_card_id", []byte(`[1,{"a":null}]`), []byte(`{"":"","a":null}`))
	m := mapper(f)
	types := append(mapping.Types(), "users.RandomBucketNumberUpdate", "unknown")
	f.Fuzz(func(t *testing.T, typ int, id, user, device, name string, value, custom []byte) {
		ev := currents.Event{
			Type: types[uint(typ)%uint(len(types))], ID: clean(id, "x"), Time: 1_700_000_000,
			ExternalUserID: clean(user, ""), DeviceID: clean(device, ""), Fields: fields("name", `"N"`, "ad_id", `"A"`, "ad_id_type", `"ios_idfa"`),
		}
		if v := jsontext.Value(value); oneLine(v) && v.Kind() != jsontext.KindNull {
			ev.Fields = append(ev.Fields, currents.Field{Name: name, Value: v}, currents.Field{Name: name, Value: v})
		}
		if v := jsontext.Value(custom); oneLine(v) && v.Kind() == jsontext.KindBeginObject {
			ev.Custom = v
		}
		r, err := m.Map(ev)
		if err != nil {
			if _, ok := errors.AsType[*mapping.Drop](err); !ok || r.Wire != nil {
				t.Errorf("Map = %v, %v", r, err)
			}
			return
		}
		var wire struct {
			EventType string `json:"event_type"`
			UserID    string `json:"user_id"`
			DeviceID  string `json:"device_id"`
			InsertID  string `json:"insert_id"`
			Time      int64  `json:"time"`
			Library   string `json:"library"`
		}
		if err := json.Unmarshal(r.Wire, &wire); err != nil || bytes.ContainsAny(r.Wire, "\r\n") {
			t.Fatalf("wire: %v: %s", err, r.Wire)
		}
		if !strings.HasPrefix(wire.EventType, "[Appboy] ") || wire.InsertID != ev.ID || wire.Time != 1_700_000_000_000 ||
			wire.Library != "Braze" || wire.UserID != r.UserID || wire.DeviceID != r.DeviceID || wire.UserID+wire.DeviceID == "" {
			t.Errorf("wire %s of %+v", r.Wire, r)
		}
	})
}

// clean makes the text what a reader lets through.
func clean(text, otherwise string) string {
	if text = strings.ToValidUTF8(text, ""); text == "" {
		return otherwise
	}
	return text
}

func oneLine(v jsontext.Value) bool { return v.IsValid() && !bytes.ContainsAny(v, "\r\n") }
