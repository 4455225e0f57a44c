package currents_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// outcomes sums an iteration up: the id of every event, "reason@line:offset"
// of every error, with "+n" for records lost beside it.
func outcomes(events iter.Seq2[currents.Event, error]) []string {
	var got []string
	for ev, err := range events {
		bad, isBad := errors.AsType[*currents.Error](err)
		switch {
		case err == nil:
			got = append(got, ev.ID)
		case isBad && bad.Cut:
			got = append(got, fmt.Sprintf("cut@%d:%d", bad.Line, bad.Offset))
		case isBad && bad.Lost != 0:
			got = append(got, fmt.Sprintf("%s@%d:%d%+d", bad.Reason, bad.Line, bad.Offset, bad.Lost))
		case isBad:
			got = append(got, fmt.Sprintf("%s@%d:%d", bad.Reason, bad.Line, bad.Offset))
		default:
			got = append(got, err.Error())
		}
	}
	return got
}

// e is a minimal event.
func e(id string) string {
	return `{"event_type":"users.messages.email.Open","id":"` + id + `","time":1}`
}

func TestRecordsAreFound(t *testing.T) {
	t.Parallel()
	long := `{"id":"` + strings.Repeat("x", currents.MaxRecord) + `"}`
	tests := []struct {
		name   string
		input  string
		json   []string // from ReadJSON
		ndjson []string // from ReadNDJSON, if different
	}{
		{name: "empty", input: ""},
		{name: "only space", input: " \r\n\n\t"},
		{name: "one", input: e("a"), json: []string{"a"}},
		{name: "lines", input: e("a") + "\n" + e("b") + "\n", json: []string{"a", "b"}},
		{name: "crlf and empty lines", input: e("a") + "\r\n\r\n" + e("b") + "\r\n", json: []string{"a", "b"}},
		{name: "byte order mark", input: "\ufeff" + e("a") + "\n" + e("b"), json: []string{"a", "b"}},
		{name: "concatenated", input: e("a") + e("b") + " " + e("c"), json: []string{"a", "b", "c"}},
		{name: "array", input: "[" + e("a") + "," + e("b") + "]", json: []string{"a", "b"}},
		{name: "array over lines", input: "[\n" + e("a") + ",\n" + e("b") + "\n]\n", json: []string{"a", "b"}},
		{name: "arrays", input: "[" + e("a") + "]\n[]\n[" + e("b") + "]", json: []string{"a", "b"}},
		{name: "envelope", input: `{"events":[` + e("a") + "," + e("b") + "]}", json: []string{"a", "b"}},
		{
			name: "envelope with spaces and more", input: "{ \"events\" : [\n" + e("a") + "\n], \"x\":{\"y\":1} }\n" + e("b"),
			json: []string{"a", "b"},
		},
		{name: "envelope, events last", input: `{"x":1,"events":[` + e("a") + "," + e("b") + "]}", json: []string{"a", "b"}},
		{name: "empty envelope", input: `{"events":[]}`},
		{name: "two lists of events", input: `{"events":[` + e("a") + `] , "events" : [` + e("b") + "]}" + e("c"), json: []string{"a", "b", "c"}},
		{
			name: "two lists of events, others between", input: `{"events":[` + e("a") + `],"id":"x","n":{"events":[3]},"events":[` + e("b") + "]}",
			json: []string{"a", "b"},
		},
		{
			name: "two lists of events, others before", input: `{"n":1,"events":[` + e("a") + `],"events":[` + e("b") + ",null]}",
			json: []string{"a", "b", "malformed@1:150"},
		},
		{name: "three lists, one is none", input: `{"events":null,"events":[` + e("a") + `],"events":[` + e("b") + "]}", json: []string{"a", "b"}},
		{
			name: "a bad record in a second list", input: `{"events":[],"x":1,` + "\n" + `"events":[5,` + e("a") + "]}",
			json: []string{"malformed@2:30", "a"},
		},
		{
			name: "long members behind the events", input: `{"events":[` + e("a") + `],"x":"` + strings.Repeat("x", currents.MaxRecord) + `","events":[` + e("b") + "]}" + e("c"),
			json: []string{"a", "b", "c"},
		},
		{
			name: "envelope inside an envelope", input: `{"events":[{"x":1,"events":[{"x":1,"events":[]}]}]}`,
			json: []string{"unknown_type@1:28"},
		},
		{
			name: "a long list of events behind other members", input: `{"x":1,"events":[` + strings.Repeat(e("a")+",\n", 20_000) + e("b") + "]}",
			json: append(slices.Repeat([]string{"a"}, 20_000), "b"),
		},
		{
			name: "long members before the events", input: `{"x":"` + strings.Repeat("x", 3*currents.MaxRecord) + `","events":[` + e("b") + "]}" + e("c"),
			json: []string{"too_large@1:0", "b", "c"},
		},
		{name: "an envelope with an id", input: `{"id":"x","events":[` + e("a") + "]}", json: []string{"a"}},
		{name: "an envelope with a time", input: `{"events2":[],"time":1,"events":[` + e("a") + "]}", json: []string{"a"}},
		{
			name: "an event with a member events", input: `{"id":"a","time":1,"event_type":"x","events":[` + e("b") + `],"events":[` + e("c") + `]}` + e("d"),
			json: []string{"a", "d"},
		},
		{name: "envelopes in an array", input: `[{"x":1,"events":[` + e("a") + `]},` + e("b") + `,{"events":[` + e("c") + `],"x":1}]`, json: []string{"a", "b", "c"}},
		{name: "a name that ends in events", input: `{"id":"a","x\"events":[` + e("b") + `],"time":1,"event_type":"x"}`, json: []string{"a"}},
		{name: "an envelope over lines", input: "{\n  \"events\" :\n [\n" + e("a") + ",\n" + e("b") + "\n]\n}\n" + e("c"), json: []string{"a", "b", "c"}, ndjson: []string{"malformed@1:0", "a", "b", "malformed@7:143", "c"}},
		{
			name: "a pretty envelope", input: "{\n  \"events\": [\n" + e("a") + ",\n" + e("b") + "\n]\n}\n" + e("c"),
			json: []string{"a", "b", "c"},
		},
		{
			name: "an object around events that is not closed", input: `{"events":[` + e("a") + "],\n" + e("b") + "\n" + e("c"),
			json: []string{"a", "malformed@1:72", "b", "c"},
		},
		{
			name: "pretty", input: "{\n  \"id\": \"a\",\n  \"time\": 1,\n  \"event_type\": \"x\"\n}\n" + e("b"),
			json:   []string{"a", "b"},
			ndjson: []string{"malformed@1:0", "malformed@3:17", "malformed@4:30", "malformed@5:48", "b"},
		},
		{
			name: "line cut inside a string", input: `{"id":"a","na` + "\n" + e("b") + "\n" + e("c"),
			json: []string{"malformed@1:0", "b", "c"},
		},
		{
			name: "line cut between members", input: `{"id":"a","time":1` + "\n" + e("b"),
			json: []string{"malformed@1:0", "b"},
		},
		{
			name: "line cut after a comma", input: `{"id":"a","time":1,` + "\n" + e("b"),
			json: []string{"malformed@1:0", "b"},
		},
		{
			name: "bracket missing inside", input: `{"id":"a","x":[1}` + "\n" + e("b"),
			json: []string{"malformed@1:16", "b"},
		},
		{
			name: "bad token", input: e("a") + "\n{\"id\": nope}\n" + e("b"),
			json: []string{"a", "malformed@2:69", "b"},
		},
		{
			name: "garbage lines", input: "# comment\n" + e("a") + "\nnull\n\"a,{\"\n12\n" + e("b"),
			json: []string{"malformed@1:0", "a", "malformed@3:71", "malformed@4:76", "malformed@5:82", "b"},
		},
		{
			name: "garbage in an array", input: `[1,"x,]",` + e("a") + `,[2,3],nul,` + e("b") + "]",
			json: []string{"malformed@1:1", "malformed@1:3", "a", "malformed@1:70", "malformed@1:76", "b"},
		},
		{
			name: "array cut off", input: "[" + e("a") + ",",
			json: []string{"a", "cut@1:62"},
		},
		{
			name: "array cut inside", input: "[" + e("a") + `,{"id`,
			json: []string{"a", "cut@1:62"},
		},
		{
			name: "envelope cut off", input: `{"events":[` + e("a") + "]",
			json: []string{"a", "cut@1:72"},
		},
		{
			name: "file cut off", input: e("a") + "\n" + e("b")[:20],
			json: []string{"a", "cut@2:61"},
		},
		{
			name: "not UTF-8", input: e("a") + "\n" + e("\xff") + "\n" + e("b"),
			json: []string{"a", "\ufffd", "b"},
		},
		{
			name: "UTF-16", input: "\xff\xfe{\x00\"\x00\n" + e("b"),
			json: []string{"malformed@1:0", "b"},
		},
		{
			name: "NUL bytes", input: "\x00\x00\n" + e("a\x00") + "\n" + e(`a\u0000`),
			json: []string{"malformed@1:0", "a\x00", "a\x00"},
		},
		{
			name: "lone surrogate", input: e(`a\ud800`) + "\n" + e(`\ud83d\ude00`),
			json: []string{"a\ufffd", "😀"},
		},
		{
			name: "name twice", input: `{"id":"a","time":1,"event_type":"users.messages.email.Open","id":"b"}` + "\n" + e("c"),
			json: []string{"b", "c"},
		},
		{
			name: "name twice, the first of another kind",
			input: `{"id":5,"time":"x","event_type":null,"id":"a","time":1,"event_type":"users.messages.email.Open"}` + "\n" +
				`{"event_type":["y"],"id":"b","time":-1,"event_type":"users.messages.email.Open","time":1}`,
			json: []string{"a", "b"},
		},
		{
			name: "name twice, written in two ways", input: `{"id":"a","time":1,"event_type":"users.messages.email.Open","\u0069d":"b"}` + "\n" + e("c"),
			json: []string{"b", "c"},
		},
		{
			name: "one of an envelope is not UTF-8", input: `{"source":"x","events":[` + e("a") + `,` + e("\xff") + `,` + e("b") + `]}`,
			json: []string{"a", "\ufffd", "b"},
		},
		{
			name: "not UTF-8 around the events", input: `{"source":"` + "\xff" + `","events":[` + e("a") + `,7,` + e("b") + `]}`,
			json: []string{"a", "malformed@1:85", "b"},
		},
		{
			name: "too long a line", input: e("a") + "\n" + long + "\n" + e("b"),
			json: []string{"a", "too_large@2:61", "b"},
		},
		{
			name: "too long and no record", input: e("a") + "\n" + strings.Repeat("x", currents.MaxRecord+1) + "\n" + e("b"),
			json: []string{"a", "too_large@2:61", "b"},
		},
		{
			name: "deep", input: `{"id":"a","x":` + strings.Repeat("[", 50_000) + "\n" + e("b"),
			json: []string{"malformed@1:0", "b"},
		},
		{
			name: "line cut inside an array", input: `{"id":"a","x":[1,` + "\n" + e("b") + "\n" + e("c"),
			json: []string{"malformed@1:0", "b", "c"},
		},
		{
			name: "pretty and cut off", input: "{\n  \"id\": \"a\",\n  \"x\": [\n    {",
			json:   []string{"cut@1:0"},
			ndjson: []string{"malformed@1:0", "malformed@3:17", "cut@4:28"},
		},
		{
			name: "deep and closed", input: `{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}\n" + e("b"),
			json: []string{"malformed@1:10004", "b"},
		},
		{
			name: "far too deep", input: `{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}\n" + e("b"),
			json: []string{"malformed@1:10004", "b"},
		},
		{
			name: "brackets that close nothing", input: strings.Repeat("[", 60_000) + strings.Repeat("}", 900_000) + "\n" + e("b") + "\n",
			json: []string{"malformed@1:1", "b", "cut@3:960062"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := outcomes(currents.ReadJSON("in", strings.NewReader(tt.input), "")); !slices.Equal(got, tt.json) {
				t.Errorf("ReadJSON = %q, want %q", got, tt.json)
			}
			if got := outcomes(currents.DecodeBody("in", []byte(tt.input))); !slices.Equal(got, tt.json) {
				t.Errorf("DecodeBody = %q, want %q", got, tt.json)
			}
			want := tt.ndjson
			if want == nil {
				want = tt.json
			}
			if got := outcomes(currents.ReadNDJSON("in", strings.NewReader(tt.input), "")); !slices.Equal(got, want) {
				t.Errorf("ReadNDJSON = %q, want %q", got, want)
			}
			if len(tt.input) > 10_000 {
				return
			}
			bytewise := iotest.OneByteReader(strings.NewReader(tt.input))
			if got := outcomes(currents.ReadJSON("in", bytewise, "")); !slices.Equal(got, tt.json) {
				t.Errorf("ReadJSON byte by byte = %q, want %q", got, tt.json)
			}
		})
	}
}

// Many records on one line are read in one pass over it, also where a line break ends
// every record.
func TestManyRecordsOnALine(t *testing.T) {
	t.Parallel()
	const many = 400_000
	n := 0
	for _, err := range currents.DecodeBody("in", []byte("{\"x\":[1,\n"+e("a")+"\n"+strings.Repeat("{}", many)+"\n")) {
		if err != nil {
			n++
		}
	}
	if n != 1+many {
		t.Errorf("%d errors, want that of the first line and %d", n, many)
	}
	n = 0
	for ev, err := range currents.DecodeBody("in", []byte(`{"id":"a","time":1,"event_type":"x"`+strings.Repeat(`,"events":[]`, 80_000)+"}")) {
		if err == nil && ev.ID == "a" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("an event with many members is read %d times", n)
	}
}

func TestBadRecords(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, input, want string }{
		{"no id", `{"event_type":"x","time":1}`, "in: line 1, offset 0: malformed record: no id"},
		{"empty id", `{"event_type":"x","id":"","time":1}`, "in: line 1, offset 0: malformed record: no id"},
		{"id a number", `{"event_type":"x","id":17,"time":1}`, "in: line 1, offset 25: malformed record: id is not a string"},
		{"no time", `{"event_type":"x","id":"a"}`, "in: line 1, offset 0: malformed record: no time"},
		{"time text", `{"event_type":"x","id":"a","time":"1"}`, "in: line 1, offset 37: malformed record: time is not a number"},
		{"time huge", `{"event_type":"x","id":"a","time":1e400}`, "in: line 1, offset 39: malformed record: time is not a whole number of seconds since 1970"},
		{"time half", `{"event_type":"x","id":"a","time":1.5}`, "in: line 1, offset 37: malformed record: time is not a whole number of seconds since 1970"},
		{"time in ms", `{"event_type":"x","id":"a","time":1700000000000}`, "in: line 1, offset 47: malformed record: time is out of range: want seconds since 1970"},
		{"time negative", `{"event_type":"x","id":"a","time":-1}`, "in: line 1, offset 36: malformed record: time is out of range: want seconds since 1970"},
		{"a HAR file", `{"log":{"version":"1.2","entries":[{}]}}`, "in: line 1, offset 0: unknown_type record: it looks like a HAR file, as browsers record traffic: give what Braze Currents wrote"},
		{"a call of Segment", `{"event":"Signed up","userId":"u"}`, "in: line 1, offset 0: unknown_type record: it looks like a call of Segment or RudderStack: give what Braze Currents wrote"},
		{"half of another", `{"event":"Signed up"}`, "in: line 1, offset 0: unknown_type record: nothing names the event type"},
		{"no type", `{"id":"a","time":1}`, "in: line 1, offset 0: unknown_type record: nothing names the event type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for ev, err := range currents.DecodeBody("in", []byte(tt.input)) {
				if err == nil || err.Error() != tt.want {
					t.Errorf("= %+v, %v\nwant %s", ev, err, tt.want)
				}
			}
		})
	}
}

// An error may be logged, so it must not hold personal data.
func TestErrorsHoldNoValues(t *testing.T) {
	t.Parallel()
	for _, input := range []string{
		`{"id":"secret@example.com","time":"secret@example.com"}`,
		`{"external_user_id":"secret@example.com" "x"}`,
		`{"secret@example.com":1,"secret@example.com":2}`,
		`{"id":{"secret@example.com":1}}`,
		`secret@example.com`,
	} {
		for _, err := range currents.DecodeBody("in", []byte(input)) {
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("DecodeBody(%s) error = %v", input, err)
			}
		}
	}
}

func TestReaderFailureEndsTheIteration(t *testing.T) {
	t.Parallel()
	failing := io.MultiReader(strings.NewReader(e("a")+"\n"+e("b")+"\n"), iotest.ErrReader(errors.New("disk on fire")))
	want := []string{"a", "b", "read in: disk on fire"}
	if got := outcomes(currents.ReadNDJSON("in", failing, "")); !slices.Equal(got, want) {
		t.Errorf("ReadNDJSON = %q, want %q", got, want)
	}
}

func TestBreakStopsReading(t *testing.T) {
	t.Parallel()
	for ev, err := range currents.ReadNDJSON("in", strings.NewReader(e("a")+e("b")), "") {
		if err != nil || ev.ID != "a" {
			t.Fatalf("= %v, %v", ev, err)
		}
		break
	}
}

// Events must not change when the reader goes on or the body is reused.
func TestEventsMayBeKept(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&body, `{"event_type":"x","id":"id%d","time":1,"n":%d,"s":"%s"}`+"\n", i, i, strings.Repeat("x", i))
	}
	raw := []byte(body.String())
	var kept []currents.Event
	for ev, err := range currents.DecodeBody("in", raw) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, ev)
	}
	clear(raw)
	for i, ev := range kept {
		if ev.ID != fmt.Sprintf("id%d", i) || string(ev.Fields[0].Value) != strconv.Itoa(i) || len(ev.Fields[1].Value) != i+2 {
			t.Fatalf("event %d became %s %s", i, ev.ID, ev.Fields[0].Value)
		}
	}
}
