package amplitude

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Bodies as published, or as quoted from real answers.
func TestDecodeAnswer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   Answer
	}{
		{"success", 200, `{"code":200,"events_ingested":50,"payload_size_bytes":50,"server_upload_time":1396381378123}`, Answer{Status: 200}},
		{"success with a broken body", 200, `{"code":2`, Answer{Status: 200}},
		{"success without a body", 204, ``, Answer{Status: 204}},
		{"success by status, failure by body", 200, `{"code":500}`, Answer{Status: 500}},
		{"failure by status, success by body", 500, `{"code":200}`, Answer{Status: 500}},
		{"page of a proxy", 413, "<html><title>413 Request Entity Too Large</title></html>", Answer{Status: 413}},
		{"refused key", 400, `{"code":400,"error":"Invalid API key: my_api_key"}`, Answer{Status: 400, KeyRefused: true}},
		{"refused key as in the docs", 400, `{"code":400,"error":"Invalid API key"}`, Answer{Status: 400, KeyRefused: true}},
		{"missing key", 400, `{"code":400,"error":"Request missing required field","missing_field":"api_key"}`, Answer{Status: 400, KeyRefused: true}},
		{"missing events", 400, `{"missing_field":"events","code":400,"error":"Request missing required field"}`, Answer{Status: 400}},
		{"missing field", 400, `{"code":400,"error":"Request missing required field","events_with_missing_fields":{"event_type":[3],"user_id":[1,3]}}`, Answer{Status: 400, MissingField: []int{1, 3}}},
		{"missing field, old name", 400, `{"code":400,"events_missing_required_fields":{"event_type":[3]}}`, Answer{Status: 400, MissingField: []int{3}}},
		{"invalid field", 400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":[3,4,7]}}`, Answer{Status: 400, InvalidField: []int{3, 4, 7}}},
		{"short id", 400, `{"code":400,"events_with_invalid_id_lengths":{"user_id":[0]},"error":"Invalid id length for user_id or device_id"}`, Answer{Status: 400, InvalidIDLength: []int{0}}},
		{"invalid id", 400, `{"code":400,"events_with_invalid_ids":{"user_id":[0]}}`, Answer{Status: 400, InvalidID: []int{0}}},
		{"one odd member beside a good one", 400, `{"code":"x","events_with_missing_fields":7,"events_with_invalid_fields":{"time":[1],"price":"all"}}`, Answer{Status: 400, InvalidField: []int{1}}},
		{
			"silenced", 400,
			`{"code":400,"error":"Events silenced for device_id","eps_threshold":100,"exceeded_daily_quota_devices":{},` +
				`"silenced_devices":["d1","d2"],"silenced_events":[5,6],"throttled_devices":{"d3":0,"d4":100},"throttled_events":[3,4]}`,
			Answer{
				Status: 400, Silenced: []int{5, 6}, SilencedDevices: []string{"d1", "d2"},
				ThrottledDevices: []string{"d3", "d4"}, ThrottledEvents: []int{3, 4},
			},
		},
		{
			"throttled", 429,
			`{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,` +
				`"throttled_devices":{"C8F9E604":31},"throttled_users":{"datamonster@amplitude.com":32},"throttled_events":[3,4,7]}`,
			Answer{
				Status: 429, ThrottledDevices: []string{"C8F9E604"}, ThrottledUsers: []string{"datamonster@amplitude.com"},
				ThrottledEvents: []int{3, 4, 7},
			},
		},
		{
			"over the quota", 429,
			`{"code":429,"exceeded_daily_quota_users":{"u":500200},"exceeded_daily_quota_devices":{"d":500900},"throttled_events":[3]}`,
			Answer{Status: 429, QuotaDevices: []string{"d"}, QuotaUsers: []string{"u"}, ThrottledEvents: []int{3}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, DecodeAnswer(row.status, []byte(row.body))); diff != "" {
				t.Errorf("DecodeAnswer(%d, %s) (-want +got):\n%s", row.status, row.body, diff)
			}
		})
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add(400, []byte(`{"code":400,"events_with_missing_fields":{"event_type":[3]}}`))
	f.Add(429, []byte(`{"throttled_devices":{"d":31},"throttled_events":[0,-1,1e99]}`))
	f.Add(502, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := DecodeAnswer(status, body)
		if isSuccess(a.Status) && !isSuccess(status) {
			t.Fatalf("DecodeAnswer(%d, %q) = %d: a failure became a success", status, body, a.Status)
		}
	})
}
