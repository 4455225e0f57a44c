package scan

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// bodies are the seeds of the fuzzer, and a test by themselves.
var bodies = []string{
	`{"api_key":"k","events":[{"user_id":"user-0001","event_type":"e1"}]}`,
	` { "events" : [ { "device_id" : 17 , "time" : 1.5e3 } , 1 , null ] , "options" : { "min_id_length" : 1 } } `,
	`{"api_key":"k","api_key":null,"events":[],"events":{}}`,
	`{"api_key":"a\u0062c","ev\u0065nts":[{"user\u005fid":"\ud83d\ude00","event_type":"\ud800"}]}`,
	`{"events":[{"user_id":"a","user_id":null,"device_id":true,"device_id":"d","event_type":7,"time":"1"}]}`,
	`{"events":[{"user_id":1e3,"device_id":-0,"insert_id":12345678901234567890,"time":1e400}]}`,
	`{"events":[{"event_properties":[],"user_properties":{"a":{"b":[1,2,{"c":null}]}}}]}`,
	`{"api_key":"k","events":[{"user_id":"user-0001","event_type":"e","time":1e10,"event_properties":` + strings.Repeat(`{"a":[`, 21) + strings.Repeat(`]}`, 21) + `}]}`,
	`{"api_key":"k","events":[{"user_id":123456,"device_id":"d","event_type":"` + strings.Repeat(`\ud83d\ude00`, 1025) + `","groups":{"a":["b"]}}]}`,
	`{"options":{"min_id_length":1.0},"options":{"min_id_length":-1}}`,
	`{"options":{"min_id_length":99999999999999999999}}`,
	`{"events":[{}`, `{"events":[{"a":}]}`, `{}{}`, `[]`, ``, `{"a":01}`, "{\"a\":\"\xff\"}", `{"a":"` + "\x01" + `"}`,
	`{"events":[{"user_id":"` + "\u00e9\u4e2d" + `","insert_id":"\"\\\/\b\f\n\r\t"}]}`,
	`{"events":[{"a":[1,2.5e-7,-0,true,false,null,"x",{"b":{}},[]],"time":-1}]}`, `{"a":[1,]}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":tru}`, `{"a":nulL}`,
	`{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":1e+}`, `{"a":.5}`, `{"a":+1}`, `{"a":"\u00g0"}`, `{"a":"\x"}`, `{"a":"`, `{"a":"\`, `{"a":"\u12`, `{"a":"12345678`,
	"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"1234567\xf4\x90\x80\x80\"}", "{\"a\":\"\xc0\x80\"}", "{\"\x7f\":\"\x7f\"}", "\ufeff{}", "{\"a\"\v:1}",
	"{\"a\":\"\xc1\x80\"}", "{\"a\":\"\xc2\"}", "{\"a\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\"}", "{\"a\":\"\xdf\xc0\"}", "{\"a\":\"1234567\xc3", `{"a":"\u00e`, `{"a":"\u00e9`, `["a",1,"b\n"]`,
	`{"events":[{"time":100000000000},{"time":999999999999999999},{"time":9999999999999999999},{"time":012345678901234},{"time":123456789012.5}]}`,
	`{"events":[{"time":123456789012 },{"time":12345678901},{"time":1234567890123e0},{"time":123456789012345678}]}`,
	`{"events":[{"event_properties":` + nested(40) + `,"user_properties":` + nested(41) + `}]}`,
	`{"events":[{"event_properties":` + nested(41) + `,"event_properties":` + nested(3) + `}]}`,
	nested(10_000), nested(10_001),
}

// nested is an object with so many layers, objects and lists in turn.
func nested(layers int) string {
	return strings.Repeat(`{"a":[`, layers/2) + strings.Repeat(`{}`, layers%2) + strings.Repeat(`]}`, layers/2)
}

func TestParseLikeReference(t *testing.T) {
	t.Parallel()
	for _, body := range bodies {
		compare(t, body)
	}
}

// A body as large as the batch endpoint takes is read in the time of its length,
// whatever is in it: json.Valid looks at each byte once, so a hundred times as long
// would be another order.
func TestParse_LongLists(t *testing.T) {
	t.Parallel()
	for _, element := range []string{`1,`, `[],`, `"a",`, `{"a":1},`} {
		const size = 1 << 20
		list := strings.Repeat(element, size/len(element))
		body := []byte(`{"events":[{"event_properties":{"a":[` + strings.TrimSuffix(list, ",") + `]}}]}`)
		began := time.Now()
		if !json.Valid(body) {
			t.Fatalf("a list of %s is not JSON", element)
		}
		usual := time.Since(began)
		began = time.Now()
		if err := new(Parser).Parse(body, new(upload.Batch)); err != nil {
			t.Fatalf("list of %s: %v", element, err)
		}
		if took := time.Since(began); took > 100*usual {
			t.Errorf("parsing a list of %s took %v; looking at each byte once takes %v", element, took, usual)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range bodies {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		compare(t, body)
		rules := upload.Rules{MaxEvents: 2000, MissingIDs: upload.UserID | upload.DeviceID, StripShortIDs: true, Truncate: true}
		var u upload.Batch
		var p Parser
		if p.Parse([]byte(body), &u) != nil || rules.Request(&u) != nil || rules.Events(&u) != nil {
			return
		}
		for i := range u.Events {
			compareStored(t, &u, &u.Events[i])
		}
	})
}

// compareStored holds the stored view of an event against the reference.
func compareStored(t *testing.T, u *upload.Batch, e *upload.Event) {
	t.Helper()
	event, user, device := u.Bytes(e.Raw), string(u.Bytes(e.UserID)), string(u.Bytes(e.DeviceID))
	got := upload.Normalizer{Truncate: true}.Normalize(event, user, device)
	if got == nil {
		got = event
	}
	want := stored(event, user, device)
	if want == nil {
		return // numbers that the standard library does not hold
	}
	var fields map[string]any
	if err := json.Unmarshal(got, &fields); err != nil || !reflect.DeepEqual(fields, want) {
		t.Errorf("Stored(%s) = %s, %v; want the fields %v", event, got, err, want)
	}
	_ = upload.Normalizer{Truncate: true, DropGroups: true}.Normalize(event, user, device)
}

// compare parses a body with the parser, with the oracle and with the reference.
func compare(t *testing.T, body string) {
	t.Helper()
	var u upload.Batch
	var p Parser
	err := p.Parse([]byte(body), &u)
	compareOracle(t, body, &u, err)
	want := reference([]byte(body))
	if (err == nil) != want.ok {
		t.Fatalf("Parse(%q) = %v, the reference says %v", body, err, want.ok)
	}
	if err != nil {
		return
	}
	if got := string(u.Bytes(u.APIKey)); got != want.key {
		t.Errorf("Parse(%q): api_key %q, want %q", body, got, want.key)
	}
	if u.HasEvents != want.hasEvents || u.HasMinID != want.hasMinID || u.MinIDLength != want.minID {
		t.Errorf("Parse(%q): events %v, min_id_length %v %d; want %v, %v %d",
			body, u.HasEvents, u.HasMinID, u.MinIDLength, want.hasEvents, want.hasMinID, want.minID)
	}
	if len(u.Events) != len(want.events) {
		t.Fatalf("Parse(%q): %d events, want %d", body, len(u.Events), len(want.events))
	}
	for i := range u.Events {
		compareEvent(t, body, &u, &u.Events[i], want.events[i])
	}
}

func compareOracle(t *testing.T, body string, u *upload.Batch, err error) {
	t.Helper()
	var want upload.Batch
	var o oracle
	wantErr := o.Parse([]byte(body), &want)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("Parse(%q) = %v, the oracle says %v", body, err, wantErr)
	}
	if err != nil {
		return
	}
	if got, want := legible(u), legible(&want); got != want {
		t.Fatalf("Parse(%q) reads\n%s\nthe oracle reads\n%s", body, got, want)
	}
}

// legible is all of an upload, with texts in place of spans: parsers may differ in
// where they put what they have rewritten.
func legible(u *upload.Batch) string {
	text := func(s upload.Span) string { return fmt.Sprintf("%v:%q", s.Present(), u.Bytes(s)) }
	var out strings.Builder
	fmt.Fprintln(&out, text(u.APIKey), u.BodyLen, u.HasEvents, u.MinIDLength, u.HasMinID)
	for i := range u.Events {
		e := &u.Events[i]
		fmt.Fprintln(&out, e.Raw, text(e.UserID), text(e.DeviceID), text(e.EventType), text(e.InsertID), e.Invalid, e.Numeric, e.MaybeInvalid, e.NotObject)
	}
	return out.String()
}

func compareEvent(t *testing.T, body string, u *upload.Batch, e *upload.Event, want refEvent) {
	t.Helper()
	if got := string(u.Bytes(e.Raw)); got != want.raw || e.NotObject != want.notObject || e.Invalid != want.invalid || e.MaybeInvalid != want.maybeInvalid {
		t.Errorf("Parse(%q): event %q, not an object %v, invalid fields %b, maybe invalid %b; want %q, %v, %b, %b",
			body, got, e.NotObject, e.Invalid, e.MaybeInvalid, want.raw, want.notObject, want.invalid, want.maybeInvalid)
	}
	for _, f := range []struct {
		name string
		got  upload.Span
		want *string
	}{
		{"user_id", e.UserID, want.user},
		{"device_id", e.DeviceID, want.device},
		{"event_type", e.EventType, want.kind},
		{"insert_id", e.InsertID, want.insertID},
	} {
		if f.got.Present() != (f.want != nil) || f.want != nil && string(u.Bytes(f.got)) != *f.want {
			t.Errorf("Parse(%q): %s is %q, want %v", body, f.name, u.Bytes(f.got), f.want)
		}
	}
}

// TestParseReuse parses a small body after a large one with the same memory.
func TestParseReuse(t *testing.T) {
	t.Parallel()
	var u upload.Batch
	var p Parser
	for _, body := range bodies {
		_ = p.Parse([]byte(body), &u)
		var fresh upload.Batch
		err := new(Parser).Parse([]byte(body), &fresh)
		if again := p.Parse([]byte(body), &u); (again == nil) != (err == nil) || !slices.Equal(u.Events, fresh.Events) || string(u.Text) != string(fresh.Text) {
			t.Errorf("Parse(%.99q) with used memory: %v %+v, want %v %+v", body, again, u, err, fresh)
		}
	}
}

// TestParseAllocations keeps the parser from allocating per event.
func TestParseAllocations(t *testing.T) {
	body := []byte(`{"api_key":"k","events":[` +
		`{"user_id":"user-0001","event_type":"e1","time":1700000000000,"insert_id":"i","event_properties":{"a":"b"}},` +
		`{"user_id":"user-0001","event_type":"e1","time":1700000000000,"insert_id":"i","event_properties":{"a":"b"}}]}`)
	var u upload.Batch
	var p Parser
	allocated := testing.AllocsPerRun(100, func() {
		if err := p.Parse(body, &u); err != nil {
			t.Fatal(err)
		}
	})
	if allocated > 10 {
		t.Errorf("Parse allocates %v times for two events, want at most 10", allocated)
	}
}
