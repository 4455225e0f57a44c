package simulator_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
)

// TestSDKRequests sends what official SDKs do, from their sources: member for member
// and header for header. All that differs from an SDK's default is its server URL.
func TestSDKRequests(t *testing.T) {
	t.Parallel()
	const revenue = `{"$price":3.99,"$quantity":3,"$productId":"p-1","$revenueType":"","$receipt":"","$receiptSig":"","$revenue":0,"$currency":""}`
	for name, c := range map[string]struct {
		path   string
		header http.Header
		body   string
		zipped bool
		types  []string
	}{
		"Go": {
			"/2/httpapi",
			http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}},
			`{"api_key":"K","events":[{"event_type":"Tap","user_id":"user-0001","time":1767323045000,"insert_id":"c5a1a26f-d4b7-45ee-9046-230c05b9263e","library":"amplitude-go/1.3.1","ip":"$remote","groups":{"org":["a","b"]}},` +
				`{"event_type":"revenue_amount","user_id":"user-0001","time":1795847249895,"insert_id":"ec232a65-7e45-4c13-9193-7eb17783fcf2","library":"amplitude-go/1.3.1","event_properties":` + revenue + `},` +
				`{"event_type":"$groupidentify","time":1795847249895,"insert_id":"5a6dd1ae-d91a-447d-a0e3-90125e05b6f9","library":"amplitude-go/1.3.1","groups":{"org":["a"]},"group_properties":{"$add":{"n":2},"$set":{"k":"v"}}}]}`,
			false,
			[]string{"Tap", "revenue_amount", "$groupidentify"},
		},
		"Python": {
			"/batch",
			http.Header{"Content-Type": {"application/json; charset=UTF-8"}, "Accept": {"*/*"}},
			`{"api_key": "K", "events": [{"user_id": "user-0001", "event_type": "$identify", "time": 1767323045000, "insert_id": "a", "library": "amplitude-python/1.2.3", "user_properties": {"$set": {"age": 5}, "$unset": {"old": "-"}}}], "options": {"min_id_length": 5}}`,
			false,
			[]string{"$identify"},
		},
		"TypeScript in Node": {
			"/2/httpapi",
			http.Header{"Content-Type": {"application/json"}},
			`{"api_key":"K","events":[{"user_id":"user-0001","event_type":"Tap","event_properties":{},"library":"amplitude-node-ts/1.3.0","insert_id":"b","event_id":0,"time":1767323045000}],"options":{},"client_upload_time":"2026-01-02T03:04:05.000Z","request_metadata":{"sdk":{"metrics":{"histogram":{}}}}}`,
			false,
			[]string{"Tap"},
		},
		"TypeScript in a browser": {
			"/2/httpapi",
			http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "Origin": {"https://shop.example"}},
			`{"api_key":"K","events":[{"device_id":"6d4a3c8e-8b5a-4c9f-a0f5-6e1f3a7b9c2d","session_id":1767323045000,"event_type":"[Amplitude] Page Viewed","event_properties":{"[Amplitude] Page URL":"https://shop.example/"},"user_agent":"Mozilla/5.0","ip":"$remote","insert_id":"c","event_id":1,"time":1767323045000}],"options":{},"client_upload_time":"2026-01-02T03:04:05.000Z"}`,
			true,
			[]string{"[Amplitude] Page Viewed"},
		},
		"beacon of a browser": {
			"/2/httpapi",
			http.Header{"Content-Type": {"text/plain;charset=UTF-8"}, "Origin": {"https://shop.example"}},
			`{"api_key":"K","events":[{"device_id":"6d4a3c8e-8b5a-4c9f-a0f5-6e1f3a7b9c2d","event_type":"session_end","session_id":-1}],"options":{}}`,
			false,
			[]string{"session_end"},
		},
		"Java": {
			"/2/httpapi",
			http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}},
			`{"api_key":"K","events":[{"event_type":"Tap","user_id":"user-0001","device_id":null,"time":1767323045000,"location_lat":0.0,"app_version":null,"platform":null,"price":0.0,"quantity":0,"revenue":0.0,"productId":null,"event_id":0,"session_id":-1,"insert_id":"d","event_properties":null,"user_properties":null,"groups":null}],"options":{"min_id_length":5}}`,
			false,
			[]string{"Tap"},
		},
		"Kotlin": {
			"/2/httpapi",
			http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Accept": {"application/json"}},
			`{"api_key":"K","client_upload_time":"2026-01-02T03:04:05.000Z","events":[{"event_type":"session_start","device_id":"9c1f8a52-0e63-4a4e-8e5f-7f9d2b1c3a4eR","session_id":1767323045000,"time":1767323045000,"library":"amplitude-analytics-android/1.22.0"}],"options":{"min_id_length":5},"request_metadata":{"sdk":{}}}`,
			true,
			[]string{"session_start"},
		},
		"Swift": {
			"/2/httpapi",
			http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Accept": {"application/json"}},
			`{"api_key":"K","client_upload_time":"2026-01-02T03:04:05.000Z","events":[{"event_type":"Tap","device_id":"9C1F8A52-0E63-4A4E-8E5F-7F9D2B1C3A4E","insert_id":"e","ingestion_metadata":{"source_name":"ampli"}}],"options":{"min_id_length":3}}`,
			false,
			[]string{"Tap"},
		},
		"a trailing slash": {
			"/batch/",
			http.Header{"Content-Type": {"application/json"}},
			`{"api_key":"K","events":[{"event_type":"Tap","user_id":12345}]}`,
			false,
			[]string{"Tap"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plain := withKey(c.body)
			body, header := []byte(plain), c.header.Clone()
			if c.zipped {
				body = gzipped(t, plain)
				header.Set("Content-Encoding", "gzip")
			}
			status, answer := b.send(http.MethodPost, c.path, body, header)
			if status != 200 || answer != accepted(len(c.types), len(plain))+"\n" {
				t.Errorf("POST %s %s: got %d %s, want 200 %s", c.path, plain, status, answer, accepted(len(c.types), len(plain)))
			}
			var types []string
			for _, e := range b.events(control.Query{Outcome: control.Accepted}) {
				types = append(types, e.EventType)
			}
			if diff := cmp.Diff(c.types, types); diff != "" {
				t.Errorf("accepted events (-want +got):\n%s", diff)
			}
		})
	}
}
