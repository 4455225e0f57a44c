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
		{"success", 200, `{"code":200,"events_ingested":50,"payload_size_bytes":50,"server_upload_time":1396381378123}`, Answer{Status: 200, Ingested: 50}},
		{"success that took nothing", 200, `{"code":200,"events_ingested":0}`, Answer{Status: 200}},
		{"success with a line end", 200, "{\"code\":200,\"events_ingested\":1}\n", Answer{Status: 200, Ingested: 1}},
		{"success cut short", 200, `{"code":2`, foreign(200)},
		{"success without a body", 200, ``, foreign(200)},
		{"success with a login page", 200, `<html>Sign in</html>`, foreign(200)},
		{"success of another service", 200, `{"ok":true}`, foreign(200)},
		{"success with null", 200, `null`, foreign(200)},
		{"success with a list", 200, `[{"code":200,"events_ingested":1}]`, foreign(200)},
		{"success without a count", 200, `{"code":200}`, foreign(200)},
		{"success with a negative count", 200, `{"code":200,"events_ingested":-1}`, foreign(200)},
		{"success with a count in text", 200, `{"code":200,"events_ingested":"1"}`, foreign(200)},
		{"success with a count that is null", 200, `{"code":200,"events_ingested":null}`, foreign(200)},
		{"success with a code in text", 200, `{"code":"200","events_ingested":1}`, foreign(200)},
		{"success followed by something", 200, `{"code":200,"events_ingested":1}{}`, foreign(200)},
		{"success in the words of another status", 202, `{"code":202,"events_ingested":1}`, foreign(202)},
		{"success by status, other status by body", 202, `{"code":200,"events_ingested":1}`, foreign(202)},
		{"no content", 204, ``, foreign(204)},
		{"success by status, failure by body", 200, `{"code":500}`, foreign(200)},
		{"success by status, refused key by body", 200, `{"code":400,"error":"Invalid API key: k"}`, foreign(200)},
		{"redirect to a login page", 302, `<html>`, foreign(302)},
		{"key refused by a proxy", 401, `{"code":401,"error":"Invalid API key"}`, foreign(401)},
		{"page of a firewall", 403, `<html>Forbidden</html>`, foreign(403)},
		{"firewall of Amplitude", 403, `{"code":403,"error":"Forbidden"}`, Answer{Status: 403}},
		{"proxy wants a password", 407, ``, foreign(407)},
		{"no such place", 404, `{"code":404,"error":"Not Found"}`, foreign(404)},
		{"400 with a page", 400, `<html>`, foreign(400)},
		{"400 with a text about the key", 400, `Invalid API key: k`, foreign(400)},
		{"400 with the shape of a framework", 400, `{"status":400,"error":"Bad Request","path":"/2/httpapi"}`, foreign(400)},
		{"400 of a gateway", 400, `{"message":"Invalid API key"}`, foreign(400)},
		{"400 with nothing but its code", 400, `{"code":400}`, foreign(400)},
		{"400 with another code", 400, `{"code":500,"error":"Invalid event JSON"}`, foreign(400)},
		{"400 with an error of another type", 400, `{"code":400,"error":{"message":"no"}}`, foreign(400)},
		{"400 of a gateway that repeats the status", 400, `{"code":400,"error":"Bad Request"}`, foreign(400)},
		{"400 with a text that nobody published", 400, `{"code":400,"error":"Request could not be processed"}`, foreign(400)},
		{"400 with a published text and more behind it", 400, `{"code":400,"error":"Invalid event JSON schema"}`, foreign(400)},
		{"400 with a published text inside another", 400, `{"code":400,"error":"Gateway: Invalid event JSON"}`, foreign(400)},
		{"400 with a published text in other case", 400, `{"code":400,"error":"invalid event json"}`, foreign(400)},
		{"key refused by a gateway", 400, `{"code":400,"error":"API_KEY_INVALID: Invalid API key"}`, foreign(400)},
		{"key refused by a gateway in other case", 400, `{"code":400,"error":"Invalid API Key"}`, foreign(400)},
		{"key refused by a gateway in a sentence", 400, `{"code":400,"error":"Invalid API key. Please pass a valid API key."}`, foreign(400)},
		{"400 with an empty list of names", 400, `{"code":400,"error":"Bad Request","events_with_invalid_fields":{}}`, foreign(400)},
		{"400 with the text of a 413", 400, `{"code":400,"error":"Payload too large"}`, foreign(400)},
		{"request without a body", 400, `{"code":400,"error":"Missing request body"}`, foreign(400)},
		{"request to another path", 400, `{"code":400,"error":"Invalid request path"}`, foreign(400)},
		{"body that is no JSON", 400, `{"code":400,"error":"Invalid JSON request body"}`, Answer{Status: 400}},
		{"event that is no object", 400, `{"code":400,"error":"Invalid event JSON"}`, Answer{Status: 400}},
		{"new text that names an event", 400, `{"code":400,"error":"New","events_with_invalid_fields":{"time":[1]}}`, Answer{Status: 400, InvalidField: []int{1}}},
		{"new text that names the key", 400, `{"code":400,"error":"New","missing_field":"api_key"}`, Answer{Status: 400, KeyRefused: true}},
		{"413", 413, `{"code":413,"error":"Payload too large"}`, Answer{Status: 413}},
		{"413 of a gateway that repeats the status", 413, `{"code":413,"error":"Request Entity Too Large"}`, foreign(413)},
		{"413 with the text of a 400", 413, `{"code":413,"error":"Invalid event JSON"}`, foreign(413)},
		{"413 of a proxy", 413, "<html><title>413 Request Entity Too Large</title></html>", foreign(413)},
		{"429 with a page", 429, `<html>slow down</html>`, foreign(429)},
		{"429 of a gateway", 429, `{"message":"API rate limit exceeded"}`, foreign(429)},
		{"page of a load balancer", 502, `<html>`, Answer{Status: 502}},
		{"overload without a body", 503, ``, Answer{Status: 503}},
		{"timeout without a body", 408, ``, Answer{Status: 408}},
		{"failure by status, success by body", 500, `{"code":200}`, Answer{Status: 500}},
		{"refused key", 400, `{"code":400,"error":"Invalid API key: my_api_key"}`, Answer{Status: 400, KeyRefused: true}},
		{"refused key as in the docs", 400, `{"code":400,"error":"Invalid API key"}`, Answer{Status: 400, KeyRefused: true}},
		{"missing key", 400, `{"code":400,"error":"Request missing required field","missing_field":"api_key"}`, Answer{Status: 400, KeyRefused: true}},
		{"missing field beside named events, as in a sample of the docs", 400, `{"code":400,"error":"Request missing required field","missing_field":"events","events_with_invalid_fields":{"time":[3]}}`, Answer{Status: 400, InvalidField: []int{3}}},
		{"events lost on the way", 400, `{"missing_field":"events","code":400,"error":"Request missing required field"}`, foreign(400)},
		{"missing field", 400, `{"code":400,"error":"Request missing required field","events_with_missing_fields":{"event_type":[3],"user_id":[1,3]}}`, Answer{Status: 400, MissingField: []int{1, 3}}},
		{"missing field, old name", 400, `{"code":400,"events_missing_required_fields":{"event_type":[3]}}`, Answer{Status: 400, MissingField: []int{3}}},
		{"invalid field", 400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":[3,4,7]}}`, Answer{Status: 400, InvalidField: []int{3, 4, 7}}},
		{"short id", 400, `{"code":400,"events_with_invalid_id_lengths":{"user_id":[0]},"error":"Invalid id length for user_id or device_id"}`, Answer{Status: 400, InvalidIDLength: []int{0}}},
		{"invalid id", 400, `{"code":400,"events_with_invalid_ids":{"user_id":[0]}}`, Answer{Status: 400, InvalidID: []int{0}}},
		{"one odd member beside a good one", 400, `{"code":400,"events_with_missing_fields":7,"events_with_invalid_fields":{"time":[1],"price":"all"}}`, Answer{Status: 400, InvalidField: []int{1}}},
		{"index in text", 400, `{"code":400,"error":"Events silenced for device_id","silenced_events":["5"]}`, Answer{Status: 400}},
		{"index in text among others", 400, `{"code":400,"error":"Events silenced for device_id","silenced_events":[3,"5"]}`, Answer{Status: 400}},
		{"index that is null", 400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":[null]}}`, Answer{Status: 400}},
		{"index with a fraction", 400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":[1.5]}}`, Answer{Status: 400}},
		{"index too large for a number", 429, `{"code":429,"error":"New","throttled_events":[1e99,7]}`, Answer{Status: 429}},
		{"index that stands alone", 400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":3}}`, Answer{Status: 400}},
		{"index twice", 400, `{"code":400,"events_with_invalid_fields":{"time":[3,3],"price":[3]}}`, Answer{Status: 400, InvalidField: []int{3}}},
		{"silenced device that is null", 400, `{"code":400,"error":"Events silenced for device_id","silenced_devices":[null,"d"]}`, Answer{Status: 400}},
		{"new text that names an event by text", 400, `{"code":400,"error":"New","events_with_invalid_fields":{"time":["1"]}}`, foreign(400)},
		{"new text with odd members", 400, `{"code":400,"error":"New","events_with_invalid_fields":"all"}`, foreign(400)},
		{"new text with a list of names for no event", 400, `{"code":400,"error":"New","events_with_invalid_fields":{"time":[]}}`, foreign(400)},
		{"new text with a map nobody published", 400, `{"code":400,"error":"New","events_with_invalid_plans":{"plan":[1]}}`, foreign(400)},
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

func foreign(status int) Answer { return Answer{Status: status, Foreign: true} }

func FuzzDecodeAnswer(f *testing.F) {
	f.Add(400, []byte(`{"code":400,"events_with_missing_fields":{"event_type":[3]}}`))
	f.Add(429, []byte(`{"throttled_devices":{"d":31},"throttled_events":[0,-1,1e99]}`))
	f.Add(502, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := DecodeAnswer(status, body)
		if a.Status != status {
			t.Fatalf("DecodeAnswer(%d, %q) has the status %d", status, body, a.Status)
		}
		if nothing := (Answer{Status: status, Foreign: true}); a.Foreign && !cmp.Equal(a, nothing) {
			t.Fatalf("DecodeAnswer(%d, %q) = %+v: something was read of an answer that is not Amplitude's", status, body, a)
		}
	})
}
