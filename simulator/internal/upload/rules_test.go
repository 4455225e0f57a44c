package upload_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/internal/outcome"

	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// TestRules judges bodies by the rules as they are published and with one switch changed.
func TestRules(t *testing.T) {
	t.Parallel()
	published := func() upload.Rules {
		return upload.Rules{MaxEvents: 3, MissingIDs: upload.UserID | upload.DeviceID, InvalidIDs: "invalid", InvalidIDsMap: upload.InvalidIDsMap, Refused: upload.Time}
	}
	type want struct {
		reason  outcome.Reason
		fields  []upload.FieldError
		reasons []outcome.Reason // of the events
	}
	const good = `{"user_id":"user-0001","event_type":"e"}`
	for _, test := range []struct {
		name, events string
		change       func(*upload.Rules)
		want         want
	}{
		{"good", good, nil, want{}},
		{"none", ``, nil, want{}},
		{"none, where that is missing", ``, func(r *upload.Rules) { r.EmptyEventsMissing = true }, want{reason: outcome.MissingEvents}},
		{"too many", strings.Repeat(good+",", 3) + good, nil, want{reason: outcome.TooManyEvents}},
		{
			"no event", good + `,7`, nil,
			want{outcome.InvalidEvent, []upload.FieldError{{"", []int{1}}}, []outcome.Reason{outcome.Neighbor, outcome.InvalidEvent}},
		},
		{
			"no ids", `{"event_type":"e"},` + good, nil,
			want{outcome.MissingField, []upload.FieldError{{"user_id", []int{0}}, {"device_id", []int{0}}}, []outcome.Reason{outcome.MissingField, outcome.Neighbor}},
		},
		{"no ids of a group", `{"event_type":"$groupidentify"}`, nil, want{}},
		{
			"missing comes before invalid", `{"user_id":true,"event_type":"e"},{"user_id":"user-0001"}`, nil,
			want{outcome.MissingField, []upload.FieldError{{"event_type", []int{1}}}, []outcome.Reason{outcome.Neighbor, outcome.MissingField}},
		},
		{
			"wrong type", `{"user_id":true,"event_type":"e"}`, nil,
			want{outcome.InvalidField, []upload.FieldError{{"user_id", []int{0}}}, []outcome.Reason{outcome.InvalidField}},
		},
		{
			"time in seconds", `{"user_id":"user-0001","event_type":"e","time":1700000000}`, nil,
			want{outcome.InvalidField, []upload.FieldError{{"time", []int{0}}}, []outcome.Reason{outcome.InvalidField}},
		},
		{
			"reserved type", `{"user_id":"user-0001","event_type":"[Amplitude] Revenue"}`, nil,
			want{outcome.InvalidField, []upload.FieldError{{"event_type", []int{0}}}, []outcome.Reason{outcome.InvalidField}},
		},
		{"reserved type, where that is taken", `{"user_id":"user-0001","event_type":"[Amplitude] Revenue"}`, func(r *upload.Rules) { r.AllowReserved = true }, want{}},
		{
			"short id", `{"user_id":"u","device_id":"device-1","event_type":"e"}`, nil,
			want{outcome.InvalidIDLength, []upload.FieldError{{"user_id", []int{0}}}, []outcome.Reason{outcome.InvalidIDLength}},
		},
		{
			"short id, where it is left out", `{"user_id":"u","device_id":"device-1","event_type":"e"}`,
			func(r *upload.Rules) { r.StripShortIDs = true },
			want{},
		},
		{
			"id on the list", `{"user_id":" Anonymous ","event_type":"e"}`, nil,
			want{outcome.InvalidID, []upload.FieldError{{"user_id", []int{0}}}, []outcome.Reason{outcome.InvalidID}},
		},
		{
			"number as id, where that is refused", `{"user_id":123456,"event_type":"e"}`, func(r *upload.Rules) { r.RejectNumericIDs = true },
			want{outcome.InvalidField, []upload.FieldError{{"user_id", []int{0}}}, []outcome.Reason{outcome.InvalidField}},
		},
	} {
		var b upload.Batch
		if err := new(scan.Parser).Parse([]byte(`{"api_key":"k","events":[`+test.events+`]}`), &b); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		r := published()
		if test.change != nil {
			test.change(&r)
		}
		rejected := r.Request(&b)
		if rejected == nil {
			rejected = r.Events(&b)
		}
		if rejected == nil {
			if test.want.reason != outcome.None {
				t.Errorf("%s: accepted, want %s", test.name, test.want.reason)
			}
			continue
		}
		got := want{reason: rejected.Reason, fields: rejected.Fields}
		if len(test.want.reasons) > 0 {
			for i := range b.Events {
				got.reasons = append(got.reasons, rejected.ReasonOf(i))
			}
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestShortIDsAreCountedInCharacters(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a", "ü", "€", "😀", "aü", "€a😀"} {
		for n := range 12 {
			id := strings.Repeat(unit, n)
			b := upload.Batch{Text: []byte(id + "tail")}
			for least := range 15 {
				want := utf8.RuneCountInString(id) < least
				if got := b.Short(upload.Span{To: uint32(len(id))}, least); got != want {
					t.Errorf("Short(%q, %d) = %t, want %t", id, least, got, want)
				}
			}
		}
	}
}
