package simulator_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// position is a switch that is not at its default, with what it then does to one
// request.
type position struct {
	name, value, path, body string
	status                  int
	answer                  string // part of the answer
}

// groupIdentify is what the SDKs make of a change to a group.
const groupIdentify = `{"api_key":"K","events":[{"event_type":"$groupidentify","groups":{"org":["acme"]},"group_properties":{"$set":{"a":1}},"insert_id":"i-1"}]}`

var positions = []position{
	{"short_id_httpapi", "strip", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"2","device_id":"device-1","event_type":"e"}]}`, 200, ""},
	{"short_id_batch", "reject", "/batch", `{"api_key":"K","events":[{"user_id":"2","device_id":"device-1","event_type":"e"}]}`, 400, "events_with_invalid_id_lengths"},
	{"numeric_ids", "reject", "/2/httpapi", `{"api_key":"K","events":[{"user_id":123456,"event_type":"e"}]}`, 400, `"events_with_invalid_fields":{"user_id":[0]}`},
	{"invalid_id_answer", "invalid_fields", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"anonymous","event_type":"e"}]}`, 400, `"events_with_invalid_fields":{"user_id":[0]}`},
	{"invalid_id_answer", "bare", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"anonymous","event_type":"e"}]}`, 400, `{"code":400,"error":"Invalid id value for user_id or device_id"}`},
	{"invalid_id_text", "any text", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"anonymous","event_type":"e"}]}`, 400, `"error":"any text","events_with_invalid_ids":{"user_id":[0]}`},
	{"group_identify_without_id", "reject", "/2/httpapi", groupIdentify, 400, `"events_with_missing_fields":{"user_id":[0],"device_id":[0]}}`},
	{"missing_ids_answer", "user_id", "/2/httpapi", `{"api_key":"K","events":[{"event_type":"e"}]}`, 400, `"events_with_missing_fields":{"user_id":[0]}}`},
	{"missing_ids_answer", "device_id", "/2/httpapi", `{"api_key":"K","events":[{"event_type":"e"}]}`, 400, `"events_with_missing_fields":{"device_id":[0]}}`},
	{"error_indexes", "first", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-1"},{"user_id":"user-1"}]}`, 400, `{"event_type":[0]}`},
	{
		"error_classes", "merge", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-1"},{"user_id":"user-1","event_type":"e","time":"x"},{"user_id":"u","event_type":"e"}]}`, 400,
		`"error":"Request missing required field","events_with_missing_fields":{"event_type":[0]},"events_with_invalid_fields":{"time":[1]},"events_with_invalid_id_lengths":{"user_id":[2]}}`,
	},
	{"empty_events_httpapi", "missing_field", "/2/httpapi", `{"api_key":"K","events":[]}`, 400, `"missing_field":"events"`},
	{"empty_events_batch", "accept", "/batch", `{"api_key":"K","events":[]}`, 200, ""},
	{"events_object", "accept", "/2/httpapi", `{"api_key":"K","events":{"user_id":"user-1","event_type":"e"}}`, 200, `"events_ingested":1,`},
	{"events_object", "accept", "/batch", `{"events":{"user_id":"u"},"api_key":"K"}`, 400, `"events_with_missing_fields":{"event_type":[0]}`},
	{"time_range", "milliseconds", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-1","event_type":"e","time":1583909415}]}`, 400, `"events_with_invalid_fields":{"time":[0]}`},
	{"reserved_event_types", "accept", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-1","event_type":"[Amplitude] Revenue"}]}`, 200, ""},
	{"deep_properties", "accept", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-1","event_type":"e","event_properties":` + nested(41) + `}]}`, 200, ""},
	{"megabyte", "1000000", "/2/httpapi", sized(1_000_001), 413, ""},
	{"max_events", "1999", "/2/httpapi", upload(2000, func(i int) string { return ofDevice("device-" + strconv.Itoa(i))(i) }), 413, ""},
	{"too_large_answer", "html", "/2/httpapi", upload(2001, ofDevice("device-1")), 413, "<center>nginx</center>"},
	{"too_large_answer", "text", "/2/httpapi", upload(2001, ofDevice("device-1")), 413, "Payload too large"},
	{"malformed_answer", "html", "/2/httpapi", `{`, 400, "<center><h1>400 Bad Request</h1></center>"},
	{"malformed_answer", "html", "/2/httpapi", ``, 400, "<center><h1>400 Bad Request</h1></center>"},
	{"invalid_key_answer", "bare", "/2/httpapi", `{"api_key":"nope","events":[{"user_id":"user-1","event_type":"e"}]}`, 400, `{"code":400,"error":"Invalid API key"}`},
	{"rate_comparison", "reach", "/2/httpapi", upload(900, ofDevice("device-1")), 429, `"throttled_devices":{"device-1":30}`},
	{"daily_quota_maps_httpapi", "always", "/2/httpapi", upload(901, ofDevice("device-1")), 429, `"exceeded_daily_quota_users":{},"exceeded_daily_quota_devices":{},`},
	{"identify_answer", "empty", "/identify?api_key=K&identification=%7B%22user_id%22:1%7D", ``, 200, ""},
	{"identify_answer", "json", "/identify?api_key=K&identification=%7B%22user_id%22:1%7D", ``, 200, `{"code":200}`},
	{"answer_newline", "absent", "/2/httpapi", `{"api_key":"K","events":[1]}`, 400, `{"code":400,"error":"Invalid event JSON"}`},
}

// elsewhere are the positions that one request cannot show, and the tests that do.
var elsewhere = map[string]bool{
	"long_strings=keep": true, "group_limits=keep": true, // TestStored
	"content_type=json": true, "gzip_size=compressed": true, "wrong_method=405": true, "retry_after=present": true,
	"answer_headers=plain": true, "identify_content_type=text/plain": true, // TestSwitchesOfHeaders
	"rate_scope=organization": true, "rejected_events_count=yes": true, "rejection_429=partial": true,
	"daily_quota_start=first_throttle": true, "daily_quota_maps_httpapi=never": true, "project_limit_answer=bare": true, // limits
	"dedup_without_device=project": true, "duplicates_ingested=subtracted": true, // TestSwitchesOfDedup
	"braze_success=200": true, "braze_partner_name=any-name": true, "braze_envelope=errors": true, "braze_envelope=empty": true, // TestCohortSync_switches
}

func TestSwitches(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	for _, p := range positions {
		tested[p.name+"="+p.value] = true
		t.Run(p.name+"="+p.value, func(t *testing.T) {
			t.Parallel()
			path, body := strings.Replace(p.path, "=K&", "="+testKey+"&", 1), p.body
			status, answer := newBench(t, simulator.WithBehavior(p.name, p.value)).post(path, body)
			if status != p.status || !strings.Contains(answer, p.answer) {
				t.Errorf("POST %s %.200s\n got %d %s\nwant %d with %s", p.path, p.body, status, answer, p.status, p.answer)
			}
			if s, a := newBench(t).post(path, body); s == status && a == answer {
				t.Errorf("POST %s %.200s: %d %s also without the switch", p.path, p.body, s, a)
			}
		})
	}
	for _, row := range simulator.Fidelity() {
		for _, value := range row.Alternatives {
			if at := row.Name + "=" + value; !tested[at] && !elsewhere[at] {
				t.Errorf("switch %s has no test", at)
			}
		}
	}
	for name, value := range map[string]string{"check_order": "random", "short_id_batch": "maybe", "invalid_id_text": "", "braze_partner_name": "a/b"} {
		if _, err := simulator.New(simulator.WithBehavior(name, value)); err == nil {
			t.Errorf("behavior %s=%q can be set", name, value)
		}
	}
}

func nested(depth int) string {
	return strings.Repeat(`{"a":`, depth-1) + `{}` + strings.Repeat(`}`, depth-1)
}

// sized is a body of n bytes with one event.
func sized(n int) string {
	body, end := withKey(`{"api_key":"K","events":[{"device_id":"device-x","event_type":"e1","event_properties":{"p":"`), `"}}]}`
	return body + strings.Repeat("x", n-len(body)-len(end)) + end
}

// TestMergedClasses reports two classes of errors in one map.
func TestMergedClasses(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithBehavior("error_classes", "merge"), simulator.WithBehavior("invalid_id_answer", "invalid_fields"))
	b.want(
		400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"user_id":[0,2],"event_type":[1]}}`, "/2/httpapi",
		`{"api_key":"K","events":[{"user_id":"anonymous","event_type":"e"},{"user_id":"user-1","event_type":""},{"user_id":true,"event_type":"e"}]}`,
	)
}

func TestSwitchesOfHeaders(t *testing.T) {
	t.Parallel()
	send := func(name, value, method, path, body string, header http.Header) (int, http.Header, string) {
		b := newBench(t, simulator.WithBehavior(name, value), simulator.WithLimits(control.Limits{Profile: "strict"}))
		r := httptest.NewRequest(method, path, strings.NewReader(withKey(body)))
		maps.Copy(r.Header, header)
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		return w.Code, w.Header(), w.Body.String()
	}
	if status, _, _ := send("content_type", "json", "POST", "/2/httpapi", oneEvent, http.Header{"Content-Type": {"text/plain"}}); status != 400 {
		t.Errorf("content_type=json: text/plain got %d, want 400", status)
	}
	if status, _, _ := send("content_type", "json", "POST", "/2/httpapi", oneEvent, http.Header{"Content-Type": {"application/json; charset=utf-8"}}); status != 200 {
		t.Errorf("content_type=json: JSON with a charset got %d, want 200", status)
	}
	if status, _, answer := send("wrong_method", "405", "GET", "/2/httpapi", "", nil); status != 405 || answer != `{"code":405,"error":"Invalid request path"}`+"\n" {
		t.Errorf("wrong_method=405: GET got %d %s, want 405", status, answer)
	}
	for path, want := range map[string]string{"/2/httpapi": "30", "/batch": "15"} {
		n := map[string]int{"/2/httpapi": 31, "/batch": 1001}[path]
		if status, header, _ := send("retry_after", "present", "POST", path, upload(n, ofDevice("device-1")), nil); status != 429 || header.Get("Retry-After") != want {
			t.Errorf("retry_after=present: %s got %d, Retry-After %q; want 429, %s", path, status, header.Get("Retry-After"), want)
		}
	}
	status, header, _ := send("answer_headers", "plain", "POST", "/2/httpapi", oneEvent, nil)
	if status != 200 || header.Get("Access-Control-Allow-Origin")+header.Get("Trace-Id")+header.Get("Strict-Transport-Security") != "" {
		t.Errorf("answer_headers=plain: got %d with %v, want 200 and none of them", status, header)
	}
	_, header, _ = send("identify_content_type", "text/plain", "GET", "/identify?api_key="+testKey+`&identification={"user_id":"user-1"}`, "", nil)
	if header.Get("Content-Type") != "text/plain" {
		t.Errorf("identify_content_type=text/plain: got %q", header.Get("Content-Type"))
	}
	body := gzipped(t, withKey(oneEvent))
	for value, want := range map[string]int{"compressed": len(body), "decompressed": len(withKey(oneEvent))} {
		b := newBench(t, simulator.WithBehavior("gzip_size", value))
		status, answer := b.send("POST", "/2/httpapi", body, http.Header{"Content-Encoding": {"gzip"}})
		if status != 200 || answer != accepted(1, want)+"\n" {
			t.Errorf("gzip_size=%s: got %d %s, want 200 %s", value, status, answer, accepted(1, want))
		}
	}
	large := gzipped(t, sized(2<<20))
	b := newBench(t, simulator.WithBehavior("gzip_size", "compressed"))
	if status, answer := b.send("POST", "/2/httpapi", large, http.Header{"Content-Encoding": {"gzip"}}); status != 200 {
		t.Errorf("gzip_size=compressed: 2 MB in %d bytes got %d %s, want 200", len(large), status, answer)
	}
}

func TestSwitchesOfDedup(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithBehavior("dedup_without_device", "project"))
	b.want(200, "", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-1","event_type":"e","insert_id":"i"},{"user_id":"user-2","event_type":"e","insert_id":"i"}]}`)
	if got := b.events(control.Query{Outcome: control.Duplicate}); len(got) != 1 {
		t.Errorf("dedup_without_device=project: duplicates %+v, want one", got)
	}
	b = newBench(t, simulator.WithBehavior("duplicates_ingested", "subtracted"))
	b.want(200, accepted(1, 175), "/2/httpapi",
		`{"api_key":"K","events":[{"device_id":"device-4","event_type":"e1","insert_id":"i"},{"device_id":"device-4","event_type":"e1","insert_id":"i"}]}`)
}
