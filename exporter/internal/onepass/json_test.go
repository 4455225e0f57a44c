package onepass_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/fixtures"
)

// waysToRead are the pairs of readers that must yield the same.
var waysToRead = []struct {
	name         string
	simple, fast func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error]
}{
	{
		"NDJSON",
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return m.MapAll(currents.ReadNDJSON("x", bytes.NewReader(text), "users.canvas.Entry"))
		},
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return onepass.NDJSON(m, "x", bytes.NewReader(text), "users.canvas.Entry")
		},
	},
	{
		"NDJSON in halves",
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return m.MapAll(currents.ReadNDJSON("x", bytes.NewReader(text), ""))
		},
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return onepass.NDJSON(m, "x", iotest.HalfReader(bytes.NewReader(text)), "")
		},
	},
	{
		"JSON",
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return m.MapAll(currents.ReadJSON("x", bytes.NewReader(text), "users.canvas.Entry"))
		},
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return onepass.JSON(m, "x", bytes.NewReader(text), "users.canvas.Entry")
		},
	},
	{
		"a post",
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return m.MapAll(currents.DecodeBody("x", text))
		},
		func(m *mapping.Mapper, text []byte) iter.Seq2[mapping.Record, error] {
			return onepass.Body(m, "x", text)
		},
	},
}

// sameJSONBothWays keeps every record until the end, so that one that changes afterwards
// shows too. It returns the number of records.
func sameJSONBothWays(t errorer, m *mapping.Mapper, text []byte) (sent int) {
	t.Helper()
	for _, way := range waysToRead {
		var want, got []string
		for r, err := range way.simple(m, text) {
			want = append(want, outcome(r, err))
		}
		given := bytes.Clone(text)
		var records []mapping.Record
		var errs []error
		for r, err := range way.fast(m, given) {
			records, errs = append(records, r), append(errs, err)
		}
		clear(given) // the records keep nothing of it
		for _, r := range records {
			if _ = append(r.Wire, "must not reach the next record"...); r.Wire != nil {
				sent++
			}
		}
		for i, r := range records {
			got = append(got, outcome(r, errs[i]))
		}
		if !slices.Equal(want, got) {
			t.Errorf("%s of %.2000q (-simple +fast):\n%s", way.name, text, cmp.Diff(want, got))
		}
	}
	return sent
}

// mappers map all types, one, and unknown ones as well.
func mappers(tb testing.TB) []*mapping.Mapper {
	tb.Helper()
	keeping, err := mapping.New(mapping.Options{KeepUnknown: true})
	if err != nil {
		tb.Fatal(err)
	}
	return []*mapping.Mapper{mapper(tb), mapper(tb, "users.behaviors.CustomEvent"), keeping}
}

// shapes are all cases of the fixtures in all shapes of JSON.
func shapes(tb testing.TB) (texts [][]byte) {
	tb.Helper()
	set, err := fixtures.Load()
	if err != nil {
		tb.Fatal(err)
	}
	for _, typ := range set.Types {
		for _, c := range set.CasesOf(typ.Name) {
			for _, text := range [][]byte{c.Storage(), c.AvroJSON(), c.CustomHTTP()} {
				var line bytes.Buffer
				if err := json.Compact(&line, text); err != nil {
					tb.Fatal(err)
				}
				texts = append(texts, line.Bytes())
			}
		}
	}
	return texts
}

// oddMembers are members that are put into events.
var oddMembers = []string{
	`"app_id":"2"`, `"app_id":null`, `"app_id":"\u0041"`, `"app_id":"\ud83d\ude00"`, `"app_id":"\ud83d"`, `"app_id":"\ude00\ud83d"`, "\"app_id\":\"\xff\"",
	"\"app_id\":\"\t\"", `"app_id":"\q"`, `"app_id":"\u12"`, `"app_id":9007199254740993`, `"app_id":1.10e400`, `"app_id":-0`, `"app_id":01`, `"app_id":1.`,
	`"app_id":[1,{"a":null}]`, `"app_id":{"string":"x"}`, `"app_id":{"string":null}`, `"app_id": { "int" : 12 } `, `"app_id":{"a":1,"a":2}`, `"app_id":{"a":{"b":[{"c":"}"}]}}`,
	`"app_id":tru`, `"app_id":`, `"app_id"`, `"\u0061pp_id":"x"`, `"é":"é"`, "\"\xff\":1", `"":""`, `"app_id" : "spaced" `, "\n\"app_id\":\"1\"", "\r\"app_id\":[\r1]",
	`"event_type":"users.canvas.Exit"`, `"event_type":""`, `"event_type":null`, `"event_type":1`, `"event_type":"users_behaviors_purchase"`, `"event_type":"fax"`,
	`"id":"other"`, `"id":""`, `"id":1`, `"id":"a\nb"`, `"time":1`, `"time":1e9`, `"time":-1`, `"time":253402300799`, `"time":253402300800`, `"time":1.5`, `"time":"1"`, `"time":99999999999999999999`,
	`"external_user_id":" u "`, `"external_user_id":12`, `"external_user_id":-1`, `"external_user_id":true`, `"external_user_id":["u"]`, `"external_user_id":"null"`, `"external_user_id":"\u0075"`,
	`"device_id":"d"`, `"device_id":{"string":"d"}`, `"device_id":null`, `"user_id":"b"`, `"user_id":{"string":"b"}`, `"user_id":7`,
	`"name":"N"`, `"name":""`, `"name":5`, `"name":"\"q\""`, `"ad_id":"A"`, `"ad_id":1`, `"ad_id_type":"ios_idfa"`, `"ad_id_type":"google_ad_id"`, `"ad_id_type":"\u0069os_idfa"`,
	`"product_id":"p"`, `"product_id":["p"]`, `"price":19.99`, `"price":"19.99"`,
	`"user":{"external_user_id":"h","device_id":"h"}`, `"user":{"string":"x"}`, `"user":"text"`, `"user":{"properties":"{\"a\":1}"}`, `"user":{"id":"x","time":1,"name":"U"}`,
	`"properties":{}`, `"properties":{"string":"{\"a\":1}"}`, `"properties":{"string":"x","app_id":"y"}`, `"properties":{"string":1}`, `"properties":"{\"a\":{\"b\":null},\"c\":null}"`,
	`"properties":"{\n\"a\":1}"`, `"properties":"{\"a\":{\n\"b\":1}}"`, `"properties":""`, `"properties":"[]"`, `"properties":"null"`, `"properties":"{\"a\":1,\"a\":2}"`, `"properties":"{\"a\":\"\\ud83d\"}"`, `"properties":[]`, `"properties":1`,
	`"properties":{"app_id":"inside","name":"I","event_type":"x","properties":"{\"z\":1}"}`, `"properties":{"name":"P","custom_properties":{"a":1,"b":null,"c":{"d":[1.50]}}}`,
	`"properties":{"name":"P","custom_properties":"{\"a\":1}"}`, `"properties":{"custom_properties":null,"purchase_properties":{}}`, `"properties":{"custom_properties":5}`,
	`"properties":{"custom_properties":{"a":1},"purchase_properties":{"b":2}}`, `"properties":{"custom_properties":{"a":1,"a":2}}`, `"properties":{"custom_properties":{"\u0061":1,"b":"\ud800"}}`,
	`"properties":{"external_user_id":"in","time":3,"id":4,"user_id":"b"}`, `"custom_properties":{"top":1}`, `"events":[]`, `"events":1`, `"events":[{"id":"b","time":1,"event_type":"users.canvas.Entry","external_user_id":"u"}]`,
	`"deep":` + strings.Repeat("[", 80) + strings.Repeat("]", 80), `"deep":` + strings.Repeat(`{"a":`, 80) + "1" + strings.Repeat("}", 80), `"deep":` + strings.Repeat("[", 12_000) + strings.Repeat("]", 12_000),
	`"properties":{"custom_properties":{"deep":` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `}}`, `"timezone":"Europe/Berlin"`,
	`"user_id":"b","properties":{"user_id":"c"}`, `"price":1,"properties":{"price":2,"product_id":"q"},"product_id":"p"`, `"properties":{"custom_properties":{"a":1},"purchase_properties":null}`,
	`"external_user_id":"","user":{"external_user_id":"second"}`, `"unknown":{"array":[1,2]}`,
}

// oddEvents are events with one or two odd members.
func oddEvents() (texts [][]byte) {
	for _, typ := range []string{"users.behaviors.CustomEvent", "users.behaviors.Purchase", "users.messages.email.Click", "users.messages.banner.Dismiss"} {
		for _, odd := range oddMembers {
			for _, form := range []string{
				`{"event_type":%q,"id":"a","time":1,"external_user_id":"u","name":"n",%s}`, // twice the same name, now and then
				`{%[2]s,"event_type":%[1]q,"id":"a","time":1}`,
				`{"event_type":%q,"id":"a","user":{"external_user_id":"u"},%s,"time":1}`,
				`{"event_type":%q,"id":"a","time":1,"user":{"external_user_id":"u"},"properties":{"name":"n",%s}}`,
				`{"event_type":%q,"id":"a",%s,"external_user_id":"u"}`,
				`{"event_type":%q,"time":1,"external_user_id":"u",%s}`,
				`{"id":"a","time":1,%[2]s,"external_user_id":"u","name":"n"}`,
			} {
				texts = append(texts, fmt.Appendf(nil, form, typ, odd))
			}
		}
	}
	return texts
}

// layouts are ways to put events together: around all of them, and between two.
var layouts = [][3]string{
	{"", "\n", "\n"},
	{"", "\r\n", ""},
	{"", "", ""},
	{"[", ",", "]"},
	{`{"events":[`, ",", `]}`},
	{`{"more":[1],"events" : [`, " , ", `],"x":1}`},
	{`[{"events":[`, ",", `]}]`},
	{"\ufeff", " x\n", ""},
	{"{", "\n", ""},
	{"", "\n\x00\n", "\x00"},
	{`{"events":[`, "\n,\n", ``},
	{"", ",", "]"},
}

// All cases of the fixtures, and events with anything odd in them, in all layouts.
func TestJSON_sameAsSimple(t *testing.T) {
	t.Parallel()
	all, cases, odd := mappers(t), shapes(t), oddEvents()
	for i, layout := range layouts {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			var texts [][]byte // a part in each layout
			for j, text := range slices.Concat(cases, odd) {
				if (i+j)%5 == 0 {
					texts = append(texts, text)
				}
			}
			sent := sameJSONBothWays(t, all[i%len(all)], []byte(layout[0]+string(bytes.Join(texts, []byte(layout[1])))+layout[2]))
			if sent == 0 {
				t.Error("not one event is sent")
			}
		})
	}
	for _, text := range odd {
		sameJSONBothWays(t, all[0], text)
	}
}

// Any two odd members in an event of any type, cut off or damaged now and then.
func TestJSON_anyMembers(t *testing.T) {
	t.Parallel()
	all, texts, sent := mappers(t), shapes(t), 0
	rapid.Check(t, func(t *rapid.T) {
		var events [][]byte
		for range rapid.IntRange(1, 4).Draw(t, "events") {
			text := bytes.Clone(rapid.SampledFrom(texts).Draw(t, "event"))
			for _, odd := range rapid.SliceOfN(rapid.SampledFrom(oddMembers), 0, 2).Draw(t, "odd") {
				at := rapid.SampledFrom(places(text)).Draw(t, "at")
				text = slices.Insert(text, at, []byte(odd+",")...)
			}
			events = append(events, text)
		}
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		text := []byte(layout[0] + string(bytes.Join(events, []byte(layout[1]))) + layout[2])
		sent += sameJSONBothWays(t, rapid.SampledFrom(all).Draw(t, "mapper"), damaged(t, text, len(text)))
	})
	if sent == 0 {
		t.Error("not one event is sent")
	}
}

// places are those in an event where a member can begin.
func places(text []byte) (places []int) {
	for i, c := range text {
		if c == '{' && i+1 < len(text) && text[i+1] != '}' {
			places = append(places, i+1)
		}
	}
	return places
}

// Records around the limits, of the record, of the event and of the buffer.
func TestJSON_sizes(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	var lines []string
	for _, n := range []int{0, 60 << 10, 64 << 10, 130 << 10, mapping.MaxWire - 400, mapping.MaxWire, currents.MaxRecord - 200, currents.MaxRecord - 50, currents.MaxRecord, 3 << 20} {
		for _, name := range []string{"url", "unknown"} {
			lines = append(lines, fmt.Sprintf(`{"event_type":"users.messages.email.Click","id":"e","time":1,"external_user_id":"u",%q:%q}`, name, strings.Repeat("a", n)))
		}
	}
	if sent := sameJSONBothWays(t, m, []byte(strings.Join(lines, "\n"))); sent < 20 {
		t.Errorf("%d events are sent", sent)
	}
}

// FuzzJSONAgainstSimple compares the two ways on any text.
func FuzzJSONAgainstSimple(f *testing.F) {
	all := mappers(f)
	seeds := slices.Concat(slices.Collect(slices.Chunk(shapes(f), 24)), slices.Collect(slices.Chunk(oddEvents(), 7)))
	for i, texts := range seeds { // one for each event would take minutes to begin
		layout := layouts[i%len(layouts)]
		f.Add([]byte(layout[0]+string(bytes.Join(texts, []byte(layout[1])))+layout[2]), i)
	}
	f.Fuzz(func(t *testing.T, text []byte, m int) {
		sameJSONBothWays(t, all[uint(m)%uint(len(all))], text)
	})
}
