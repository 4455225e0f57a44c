package mapping_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
)

// carried is a custom event whose texts may be anything, to be written in three shapes.
type carried struct {
	id, user, device, name string
	app                    string // app_id, which is sent
	other                  string // a member that is not
	custom                 string // the text of a JSON object, or what should be one
}

const carriedSchema = `{"type":"record","name":"CustomEvent","namespace":"dataexport.S3.inner.users.behaviors","fields":[
	{"name":"id","type":"string"},{"name":"external_user_id","type":"string"},{"name":"device_id","type":"string"},
	{"name":"app_id","type":"string"},{"name":"time","type":"int"},{"name":"name","type":"string"},
	{"name":"nobody_maps_this","type":"string"},{"name":"properties","type":"string"}]}`

func (c carried) avro() []byte {
	var record []byte
	for _, text := range []string{c.id, c.user, c.device, c.app} {
		record = append(record, sized(text)...)
	}
	record = append(record, long(1700000000)...)
	for _, text := range []string{c.name, c.other, c.custom} {
		record = append(record, sized(text)...)
	}
	return slices.Concat(header(carriedSchema), long(1), sized(string(record)), syncMarker)
}

// quoted writes text as JSON with its bytes as they are.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\x00", `\u0000`).Replace(text) + `"`
}

func (c carried) storage() string {
	return fmt.Sprintf(`{"event_type":"users.behaviors.CustomEvent","id":%s,"external_user_id":%s,"device_id":%s,"app_id":%s,`+
		`"time":1700000000,"name":%s,"nobody_maps_this":%s,"properties":%s}`,
		quoted(c.id), quoted(c.user), quoted(c.device), quoted(c.app), quoted(c.name), quoted(c.other), quoted(c.custom))
}

func (c carried) customHTTP() string {
	if strings.TrimSpace(c.custom) == "" { // no JSON
		c.custom = quoted(c.custom)
	}
	return fmt.Sprintf(`{"event_type":"users.behaviors.CustomEvent","id":%s,"time":1700000000,`+
		`"user":{"external_user_id":%s,"device_id":%s},"properties":{"app_id":%s,"name":%s,"nobody_maps_this":%s,"custom_properties":%s}}`,
		quoted(c.id), quoted(c.user), quoted(c.device), quoted(c.app), quoted(c.name), quoted(c.other), c.custom)
}

// outcomes are what becomes of the event in each shape and by each way to read it.
func (c carried) outcomes(t errorer, m *mapping.Mapper) map[string]string {
	all := map[string]string{}
	step := func(shape string, r mapping.Record, err error) {
		if bad, ok := errors.AsType[*currents.Error](err); ok {
			all[shape] = "cannot be read: " + bad.Reason
			return
		}
		if err == nil {
			// Escapes and the order of members may differ.
			clean, _, ok := currents.Mend(r.Wire)
			if !ok {
				t.Errorf("%s: the wire is no JSON: %s", shape, r.Wire)
			}
			if err := clean.Canonicalize(); err != nil {
				t.Errorf("%s: %v", shape, err)
			}
			r.Wire = clean
		}
		all[shape] += outcome(r, err)
	}
	for r, err := range m.MapAll(currents.ReadAvro("x.avro", bytes.NewReader(c.avro()))) {
		step("avro", r, err)
	}
	for r, err := range onepass.Avro(m, "x.avro", bytes.NewReader(c.avro())) {
		step("avro, fast", r, err)
	}
	for r, err := range m.MapAll(currents.ReadNDJSON("x.ndjson", strings.NewReader(c.storage()), "")) {
		step("storage as JSON", r, err)
	}
	for r, err := range onepass.NDJSON(m, "x.ndjson", strings.NewReader(c.storage()), "") {
		step("storage as JSON, fast", r, err)
	}
	for r, err := range m.MapAll(currents.DecodeBody("post", []byte(c.customHTTP()))) {
		step("custom HTTP", r, err)
	}
	for r, err := range onepass.Body(m, "post", []byte(c.customHTTP())) {
		step("custom HTTP, fast", r, err)
	}
	return all
}

// The same event has one outcome in all shapes, whatever its texts are: half an emoji,
// bytes that are no text, names that occur twice.
func TestShapes_oneOutcome(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"plain", "x", "é", "😀", "\ufffd", "\xff", "\xed\xa0\xbd", "\xf0\x9f", `"`, `\`, "\t", "\x00", " ", `\ud83d`,
		}), 1, 4).Draw(t, "text"), "")
	})
	inside := rapid.SampledFrom([]string{
		`\ud83d`, `\ud83d\ude00`, `\ude00\ud83d`, "\xff", "😀", "plain", `\n`, `\u0000`, "\ufffd", "\t", "\x00", `\q`, `\u12`, `\é`, "\\\t", `\ud83d\q`,
	})
	custom := rapid.Custom(func(t *rapid.T) string {
		var members []string
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			key := rapid.SampledFrom([]string{"a", "b", `\u0061`, `\ud800`, "\xff"}).Draw(t, "key")
			value := rapid.SampledFrom([]string{`"%s"`, `["%s"]`, `{"k":"%s","k":2}`, `{"k":1,"k":"%s"}`, `null`, `1.50`}).Draw(t, "value")
			if strings.Contains(value, "%s") {
				value = fmt.Sprintf(value, inside.Draw(t, "inside"))
			}
			members = append(members, `"`+key+`":`+value)
		}
		return "{" + strings.Join(members, ",") + "}"
	})
	rapid.Check(t, func(t *rapid.T) {
		c := carried{
			id: text.Draw(t, "id"), user: text.Draw(t, "user"), device: text.Draw(t, "device"), name: text.Draw(t, "name"),
			app: text.Draw(t, "app"), other: text.Draw(t, "other"), custom: custom.Draw(t, "custom"),
		}
		all := c.outcomes(t, m)
		for shape, got := range all {
			if want := all["avro"]; got != want {
				t.Errorf("%s of %+q (-avro +%s):\n%s", shape, c, shape, cmp.Diff(want, got))
			}
		}
	})
}

// Each way in which a text can be wrong, and what becomes of the event in every shape.
func TestShapes_faults(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	good := carried{id: "id-1", user: "user-1", device: "device-1", name: "n", app: "app-1", other: "o", custom: `{"a":1}`}
	for _, row := range []struct {
		name   string
		change func(*carried)
		wire   string // is part of it
		faults []string
	}{
		{"nothing wrong", func(*carried) {}, `"[Custom event property] a":1`, nil},
		{"an emoji", func(c *carried) { c.app = "😀" }, `"app_id":"😀"`, nil},
		{"bytes in a member that is not sent", func(c *carried) { c.other = "\xff" }, `"app_id":"app-1"`, nil},
		{"bytes in a member that is sent", func(c *carried) { c.app = "a\xffb" }, "\"app_id\":\"a\ufffdb\"", []string{mapping.InvalidText}},
		{"bytes in the name", func(c *carried) { c.name = "a\xff" }, "a\ufffd\"", []string{mapping.InvalidText}},
		{"bytes in the id", func(c *carried) { c.id = "a\xff" }, "\"insert_id\":\"a\ufffd\"", []string{mapping.InvalidText}},
		{"bytes in the user id", func(c *carried) { c.user = "maria\xff" }, "\"user_id\":\"maria\ufffd\"", []string{mapping.InvalidText}},
		{"bytes in the device id", func(c *carried) { c.device = "phone\xff" }, "\"device_id\":\"phone\ufffd\"", []string{mapping.InvalidText}},
		{"half an emoji in a custom property", func(c *carried) { c.custom = `{"a":"x\ud83d"}` }, "a\":\"x\ufffd\"", []string{mapping.InvalidText}},
		{"half an emoji deep in one", func(c *carried) { c.custom = `{"a":[{"b":"\ude00"}]}` }, "{\"b\":\"\ufffd\"}", []string{mapping.InvalidText}},
		{"bytes in the name of one", func(c *carried) { c.custom = "{\"a\xff\":1}" }, "property] a\ufffd\":1", []string{mapping.InvalidText}},
		{"two custom properties of one name", func(c *carried) { c.custom = `{"a":1,"b":2,"a":3}` }, `property] a":3`, nil},
		{"two names inside one", func(c *carried) { c.custom = `{"a":{"x":1,"x":2}}` }, `{"x":2}`, nil},
		{"half an emoji that the last one hides", func(c *carried) { c.custom = `{"a":"\ud83d","a":"x"}` }, `property] a":"x"`, []string{mapping.InvalidText}},
		{"bytes that the last one hides", func(c *carried) { c.custom = "{\"a\":\"\xff\",\"a\":\"x\"}" }, `property] a":"x"`, []string{mapping.InvalidText}},
		{"nested as deep as can be read", func(c *carried) { c.custom = nested(9_997) }, `"app_id":"app-1"`, nil},
		{"nested too deep", func(c *carried) { c.custom = nested(9_999) }, `"app_id":"app-1"`, []string{mapping.MalformedCustomProperties}},
		{"nested deeper than the parser goes", func(c *carried) { c.custom = nested(12_000) }, `"app_id":"app-1"`, []string{mapping.MalformedCustomProperties}},
		{"nested as deep as a record is long", func(c *carried) { c.custom = nested(400_000) }, `"app_id":"app-1"`, []string{mapping.MalformedCustomProperties}},
		{"custom properties that are an empty text", func(c *carried) { c.custom = "" }, `"app_id":"app-1"`, []string{mapping.MalformedCustomProperties}},
		{"custom properties that are blank", func(c *carried) { c.custom = " " }, `"app_id":"app-1"`, []string{mapping.MalformedCustomProperties}},
		{"an empty text that is sent", func(c *carried) { c.app = "" }, `"app_id":""`, nil},
		{"an empty name of a custom property", func(c *carried) { c.custom = `{"":1}` }, `"[Custom event property] ":1`, nil},
		{"nested deep in text", func(c *carried) { c.custom = `{"a":"` + strings.Repeat("[", 12_000) + `"}` }, `property] a":"[[`, nil},
		{"bytes behind bytes that are not sent", func(c *carried) { c.other, c.app = "\xff", "x" }, `"app_id":"x"`, nil},
	} {
		c := good
		row.change(&c)
		for shape, got := range c.outcomes(t, m) {
			if !strings.Contains(got, row.wire) || !strings.Contains(got, fmt.Sprintf(" %q <nil>", row.faults)) {
				t.Errorf("%s: %s: %s; want %q and the faults %q", row.name, shape, got, row.wire, row.faults)
			}
		}
	}
}

// An event whose name, or all of whose ids, are empty texts has one outcome in every shape.
func TestShapes_emptyTexts(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	for name, c := range map[string]carried{
		"name": {id: "id-1", user: "user-1", device: "device-1", custom: `{}`},
		"ids":  {id: "id-1", name: "n", custom: `{}`},
		"id":   {user: "user-1", device: "device-1", name: "n", custom: `{}`},
		"user": {id: "id-1", device: "device-1", name: "n", custom: `{}`},
	} {
		all := c.outcomes(t, m)
		for shape, got := range all {
			if want := all["avro"]; got != want {
				t.Errorf("an empty %s (-avro +%s):\n%s", name, shape, cmp.Diff(want, got))
			}
		}
		t.Log(name, all["avro"])
	}
}

// nested is an object that is nested so deep.
func nested(depth int) string {
	return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
}

// A member that is nested too deep costs itself, not the event, in both shapes of JSON.
func TestShapes_nestedMembers(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	deep := nested(20_000)
	for name, text := range map[string]string{
		"storage as JSON, not sent": `{"id":"a","event_type":"users.behaviors.CustomEvent","time":1,"external_user_id":"user-1","nobody_maps_this":` + deep + `,"app_id":"app-1","name":"n"}`,
		"custom HTTP, not sent":     `{"id":"a","event_type":"users.behaviors.CustomEvent","time":1,"user":{"external_user_id":"user-1","x":` + deep + `},"properties":{"app_id":"app-1","y":` + deep + `,"name":"n"},"z":` + deep + `}`,
	} {
		for r, err := range m.MapAll(currents.DecodeBody("post", []byte(text))) {
			if err != nil || !bytes.Contains(r.Wire, []byte(`"app_id":"app-1"`)) || len(r.Faults) > 0 {
				t.Errorf("%s: %.200s, %q, %v", name, r.Wire, r.Faults, err)
			}
		}
	}
	sent := `{"id":"a","event_type":"users.behaviors.CustomEvent","time":1,"external_user_id":"user-1","app_id":` + deep + `,"name":"n"}`
	for r, err := range m.MapAll(currents.DecodeBody("post", []byte(sent))) {
		if err != nil || len(r.Wire) > 1000 || !slices.Equal(r.Faults, []string{mapping.InvalidText}) {
			t.Errorf("a member that is sent: %.200s, %q, %v", r.Wire, r.Faults, err)
		}
	}
}

// Of two members of one name the last one counts, in both shapes of JSON.
func TestShapes_lastOfTwo(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	for shape, text := range map[string]string{
		"storage as JSON": `{"id":"a","event_type":"users.behaviors.CustomEvent","time":1,"name":"x","id":"b","app_id":"1","external_user_id":"u1","app_id":"2","external_user_id":"u2","name":"y"}`,
		"custom HTTP": `{"id":"a","event_type":"users.behaviors.CustomEvent","time":1,"user":{"external_user_id":"u0"},"id":"b","user":{"external_user_id":"u1","external_user_id":"u2"},` +
			`"properties":{"name":"x","app_id":"1","app_id":"2","name":"y"}}`,
	} {
		var got []mapping.Record
		for r, err := range m.MapAll(currents.DecodeBody("post", []byte(text))) {
			if err != nil {
				t.Fatalf("%s: %v", shape, err)
			}
			got = append(got, r)
		}
		if len(got) != 1 || got[0].InsertID != "b" || got[0].UserID != "u2" || !bytes.Contains(got[0].Wire, []byte(`"app_id":"2"`)) ||
			!bytes.Contains(got[0].Wire, []byte(`] y"`)) || !slices.Equal(got[0].Faults, nil) {
			t.Errorf("%s: %+v", shape, got)
		}
	}
}
