package ingestion

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// TestEncode writes each type of answer with every member set, in the published order.
// What is written reads back as the same value.
func TestEncode(t *testing.T) {
	t.Parallel()
	ids := map[string]int{"b\"": 2, "a": 1}
	for _, test := range []struct {
		body any
		want string
	}{
		{
			&amplitude.Accepted{Code: 200, EventsIngested: 3, PayloadSizeBytes: 4, ServerUploadTime: 5},
			`{"code":200,"events_ingested":3,"payload_size_bytes":4,"server_upload_time":5}`,
		},
		{amplitude.Refused{Code: 413, Error: "Payload too large"}, `{"code":413,"error":"Payload too large"}`},
		{
			amplitude.Refused{
				Code: 400, Error: "e", MissingField: "m", EventsWithMissingFields: map[string][]int{"event_type": {1}, "user_id": {0, 2}},
				EventsWithInvalidFields: map[string][]int{"time": {3}}, EventsWithInvalidIDLengths: map[string][]int{"device_id": {4}},
				EventsWithInvalidIDs: map[string][]int{"user_id": {5}},
			},
			`{"code":400,"error":"e","missing_field":"m","events_with_missing_fields":{"user_id":[0,2],"event_type":[1]},` +
				`"events_with_invalid_fields":{"time":[3]},"events_with_invalid_id_lengths":{"device_id":[4]},"events_with_invalid_ids":{"user_id":[5]}}`,
		},
		{
			amplitude.Refused{Code: 400, Error: amplitude.ErrorInvalidIDLength, EventsWithInvalidIDLengths: map[string][]int{"user_id": {0}}},
			`{"code":400,"events_with_invalid_id_lengths":{"user_id":[0]},"error":"Invalid id length for user_id or device_id"}`,
		},
		{
			amplitude.Throttled{
				Code: 429, Error: "e", EPSThreshold: 30, ThrottledDevices: ids, ThrottledUsers: map[string]int{}, ExceededDailyQuotaDevices: ids,
				ExceededDailyQuotaUsers: map[string]int{"u": 9}, ThrottledEvents: []int{0, 1},
			},
			`{"code":429,"error":"e","eps_threshold":30,"throttled_devices":{"a":1,"b\"":2},"throttled_users":{},` +
				`"exceeded_daily_quota_users":{"u":9},"exceeded_daily_quota_devices":{"a":1,"b\"":2},"throttled_events":[0,1]}`,
		},
		{
			amplitude.Silenced{
				Code: 400, Error: "e", EPSThreshold: 30, ExceededDailyQuotaDevices: map[string]int{}, SilencedDevices: []string{"d", "e"},
				SilencedEvents: []int{1}, ThrottledDevices: map[string]int{}, ThrottledEvents: []int{},
			},
			`{"code":400,"error":"e","eps_threshold":30,"exceeded_daily_quota_devices":{},"silenced_devices":["d","e"],` +
				`"silenced_events":[1],"throttled_devices":{},"throttled_events":[]}`,
		},
	} {
		for _, newline := range []string{"present", "absent"} {
			s := newService(t, limits.Published(), "answer_newline="+newline)
			kind, got := s.encode(test.body)
			want := test.want
			if newline == "present" {
				want += "\n"
			}
			if kind != typeJSON || string(got) != want {
				t.Errorf("%T with the newline %s: got %s %s, want %s", test.body, newline, kind, got, want)
			}
			back := reflect.New(reflect.TypeOf(test.body))
			if err := json.Unmarshal(got, back.Interface()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.body, back.Elem().Interface()); diff != "" {
				t.Errorf("%T (-written +read):\n%s", test.body, diff)
			}
		}
	}
}

// TestEncode_texts leaves texts and pages as they are.
func TestEncode_texts(t *testing.T) {
	t.Parallel()
	s := newService(t, limits.Published(), "answer_newline=absent")
	if kind, got := s.encode(text{typeHTML, "page\n"}); kind != typeHTML || string(got) != "page\n" {
		t.Errorf("a page: got %s %q", kind, got)
	}
	if kind, got := s.encode(jsonText(`{}`)); kind != typeJSON || string(got) != `{}` {
		t.Errorf("a JSON text: got %s %q", kind, got)
	}
	if _, got := s.encode(nil); got != nil {
		t.Errorf("nothing: got %q", got)
	}
}
